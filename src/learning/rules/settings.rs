//! Settings of the rules that keep a latent value for every synapse, but for [`super::adaste`].
use super::growth::Growth;
use crate::parameter::{Count, NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of BinaryConnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StraightThrough {
    /// BinaryConnect: no gradient beyond ±1, and θ is kept between them.
    pub clip: bool,
}

/// Settings of ProxQuant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxQuant {
    /// ρ grows by this much with every epoch.
    pub strength_per_epoch: NonNegative,
    /// From the end of this epoch on θ = ±1 for good; null never.
    pub freeze_epoch: Option<Count>,
}

/// Settings of MD-tanh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MdTanh {
    /// β.
    pub beta: Growth,
}

/// Settings of MD-tanh-S.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MdTanhS {
    /// β.
    pub beta: Growth,
    /// GD-tanh: the derivative of tanh instead of 1.
    pub exact_derivative: bool,
}

/// Settings of PMF.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pmf {
    /// β.
    pub beta: Growth,
    /// J.
    pub jacobian: Jacobian,
}

/// Which derivative of the softmax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jacobian {
    /// I − u uᵀ, as in the authors' code.
    #[default]
    AsPublished,
    /// diag(u) − u uᵀ.
    Exact,
}

/// Settings of BayesBiNN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BayesBinn {
    /// τ of the concrete distribution.
    pub temperature: Positive,
}

impl Default for StraightThrough {
    fn default() -> Self {
        Self { clip: true }
    }
}

impl Default for ProxQuant {
    fn default() -> Self {
        Self { strength_per_epoch: NonNegative::constant(1e-4), freeze_epoch: None }
    }
}

/// β₀ = 1, growing with every hundred steps (CIFAR-10, ResNet-18).
const MIRROR_BETA: Growth = Growth {
    initial: Positive::constant(1.0),
    factor: Positive::constant(1.01),
    every_steps: Some(Count::constant(100)),
    last: None,
};

impl Default for MdTanh {
    fn default() -> Self {
        Self { beta: MIRROR_BETA }
    }
}

impl Default for MdTanhS {
    fn default() -> Self {
        Self { beta: MIRROR_BETA, exact_derivative: false }
    }
}

impl Default for Pmf {
    fn default() -> Self {
        Self { beta: MIRROR_BETA, jacobian: Jacobian::AsPublished }
    }
}

impl Default for BayesBinn {
    fn default() -> Self {
        Self { temperature: Positive::constant(1e-10) }
    }
}
