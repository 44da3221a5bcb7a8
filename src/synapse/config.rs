//! Settings of the synapses of a chip.
use super::codebook::{Codebook, Levels};
use super::conductance::ConductanceDevice;
use super::programmed::ProgrammedSynapses;
use super::pulsed::config::{PulsedDevice, PulsedSynapses};
use crate::parameter::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the synapses are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynapseConfig {
    /// Numbers.
    #[default]
    Float,
    /// Devices of two levels, −1 and 1 in units of the scale.
    Binary(BinarySynapses),
    /// Devices of a few levels between −1 and 1 in units of the scale.
    Levels(LevelSynapses),
    /// Devices that pulses move.
    Pulsed(PulsedSynapses),
    /// Pairs of conductances that hold weights trained elsewhere: every evaluation programs and reads them.
    Programmed(ProgrammedSynapses),
}

/// Synapses of two levels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BinarySynapses {
    /// Weight of a level of 1.
    pub scale: WeightScale,
    /// What a synapse is made of.
    pub device: SynapticDevice,
}

/// Synapses of a few levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelSynapses {
    /// The levels.
    pub levels: Levels,
    /// Weight of a level of 1.
    #[serde(default)]
    pub scale: WeightScale,
    /// What a synapse is made of.
    #[serde(default)]
    pub device: SynapticDevice,
}

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

/// What a synapse of a few levels is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynapticDevice {
    /// Conductances that a write brings to their level.
    Conductance(ConductanceDevice),
    /// A pulsed device, driven to one of its bounds by every write. For two levels.
    Pulsed(PulsedWrites),
}

/// A pulsed device that holds one of two levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedWrites {
    /// The device.
    pub device: PulsedDevice,
    /// Pulses of a write.
    pub pulses_per_write: Count,
}

impl Default for SynapticDevice {
    fn default() -> Self {
        Self::Conductance(ConductanceDevice::default())
    }
}

/// A few-level synapse, binary or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised<'a> {
    /// Its levels.
    pub codebook: Codebook,
    /// Weight of a level of 1.
    pub scale: WeightScale,
    /// What it is made of.
    pub device: &'a SynapticDevice,
}

impl SynapseConfig {
    /// The settings of synapses that hold levels.
    pub fn quantised(&self) -> Option<Quantised<'_>> {
        match self {
            Self::Float | Self::Pulsed(_) | Self::Programmed(_) => None,
            Self::Binary(s) => Some(Quantised { codebook: Codebook::binary(), scale: s.scale, device: &s.device }),
            Self::Levels(s) => {
                Some(Quantised { codebook: Codebook::new(&s.levels), scale: s.scale, device: &s.device })
            }
        }
    }

    /// The broken rules between settings, with their keys.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        let under = |prefix: &str, conflicts: Vec<(String, String)>| -> Vec<(String, String)> {
            conflicts.into_iter().map(|(key, rule)| (format!("{prefix}.{key}"), rule)).collect()
        };
        let (kind, device) = match self {
            Self::Float => return found,
            Self::Pulsed(s) => {
                if s.scale.fixed(1).is_none() {
                    found.push(("pulsed.scale".to_owned(), "pulsed devices have no latent values".to_owned()));
                }
                found.extend(under("pulsed.device", s.device.conflicts()));
                return found;
            }
            Self::Programmed(s) => return under("programmed", s.conflicts()),
            Self::Binary(s) => ("binary", &s.device),
            Self::Levels(s) => {
                found.extend(s.levels.conflict().map(|(key, rule)| (format!("levels.levels.{key}"), rule)));
                ("levels", &s.device)
            }
        };
        match device {
            SynapticDevice::Conductance(device) => {
                let conflict = device.conflict();
                found.extend(conflict.map(|(key, rule)| (format!("{kind}.device.conductance.{key}"), rule)));
            }
            SynapticDevice::Pulsed(writes) => {
                if kind == "levels" {
                    let rule = "is for two levels: use binary synapses".to_owned();
                    found.push((format!("{kind}.device.pulsed"), rule));
                }
                found.extend(under(&format!("{kind}.device.pulsed.device"), writes.device.conflicts()));
            }
        }
        found
    }
}

impl SynapticDevice {
    /// Whether a synapse holds exactly the level that was written last.
    pub fn is_ideal(&self) -> bool {
        match self {
            Self::Conductance(device) => device.is_ideal(),
            Self::Pulsed(_) => false,
        }
    }
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
