//! What a level of 1 weighs.
use crate::parameter::Positive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Weight of a level of 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeightScale {
    /// 1/√pre in every layer.
    #[default]
    InverseSqrtFanIn,
    /// The same number in every layer.
    Fixed(FixedScale),
    /// Mean magnitude of the latent values (Rastegari et al., ECCV 2016); latent values then are in units of weights.
    MeanLatent(MeanLatentScale),
}

/// A given scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedScale {
    /// The weight.
    pub value: Positive,
}

/// Over what the mean of the latent values is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanLatentScale {
    /// A whole layer, or the synapses of one receiving unit.
    pub per: ScaleGroup,
}

/// Synapses that share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScaleGroup {
    /// Those of a layer.
    Layer,
    /// Those of a receiving unit.
    OutputUnit,
}

impl WeightScale {
    /// The scale of a layer of `pre` senders; `None` if it follows the latent values.
    pub fn fixed(&self, pre: usize) -> Option<f32> {
        match self {
            Self::InverseSqrtFanIn => Some((pre as f64).sqrt().recip() as f32),
            Self::Fixed(fixed) => Some(fixed.value.get() as f32),
            Self::MeanLatent(_) => None,
        }
    }
}
