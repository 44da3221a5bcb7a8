//! Settings of pulsed devices.
use super::train::PulseTrain;
use crate::analog::spread::SpreadDistribution;
use crate::parameter::{Finite, Fraction, NonNegative, Positive};
use crate::synapse::config::WeightScale;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synapses that are pulsed devices, trained by pulses of the units that they connect. They learn by plain gradient
/// descent with the learning rate of the weights; an optimizer is used for the biases alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedSynapses {
    /// The devices.
    pub device: PulsedDevice,
    /// The pulses.
    #[serde(default)]
    pub train: PulseTrain,
    /// Weight of a device at 1.
    #[serde(default)]
    pub scale: WeightScale,
}

/// A pulsed device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedDevice {
    /// How the step depends on the state.
    pub model: StepModel,
    /// Mean step at zero.
    pub dw_min: Positive,
    /// Spread of the step between devices.
    #[serde(default)]
    pub dw_min_dtod: NonNegative,
    /// Shape of that spread.
    #[serde(default = "normal")]
    pub dw_min_distribution: SpreadDistribution,
    /// σ: noise of a single step, over the step.
    #[serde(default)]
    pub dw_min_std: NonNegative,
    /// Asymmetry: above 0 steps down, below 0 steps up are smaller by so much.
    #[serde(default)]
    pub up_down: Finite,
    /// Spread of the asymmetry between devices.
    #[serde(default)]
    pub up_down_dtod: NonNegative,
    /// Lowest weight.
    pub w_min: Finite,
    /// Highest weight.
    pub w_max: Finite,
    /// Spread of the lowest weight between devices, relative.
    #[serde(default)]
    pub w_min_dtod: NonNegative,
    /// Spread of the highest weight between devices, relative.
    #[serde(default)]
    pub w_max_dtod: NonNegative,
    /// Noise of what is read, new at every write, in units of dw_min.
    #[serde(default)]
    pub write_noise_std: NonNegative,
    /// Devices that do not move.
    #[serde(default)]
    pub stuck: Stuck,
    /// Loss of the state with every mini-batch; null is none.
    #[serde(default)]
    pub decay: Option<Decay>,
    /// Random walk with every mini-batch; null is none.
    #[serde(default)]
    pub diffusion: Option<Diffusion>,
    /// State after a reset, to which a decaying device returns.
    #[serde(default)]
    pub reset: Reset,
    /// Two devices that only move up, whose difference is the weight; null is one device that moves both ways.
    #[serde(default)]
    pub one_sided_pair: Option<Refresh>,
}

fn normal() -> SpreadDistribution {
    SpreadDistribution::Normal
}

/// Devices that do not move.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stuck {
    /// Their share.
    pub probability: Fraction,
    /// They are stuck at a weight drawn uniformly from ± this, inside their bounds.
    pub range: NonNegative,
}

impl Default for Stuck {
    fn default() -> Self {
        Self { probability: Fraction::constant(0.0), range: NonNegative::constant(0.1) }
    }
}

/// Loss of the state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    /// With every mini-batch the distance to the reset state shrinks by 1/lifetime.
    pub lifetime_batches: Positive,
    /// Spread of the lifetime between devices, relative.
    #[serde(default)]
    pub lifetime_dtod: NonNegative,
}

/// Random walk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diffusion {
    /// Standard deviation of a step.
    pub std: NonNegative,
    /// Spread of that between devices, relative.
    #[serde(default)]
    pub std_dtod: NonNegative,
}

/// State after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reset {
    /// Its mean.
    pub mean: Finite,
    /// Spread between devices.
    pub dtod: NonNegative,
    /// Noise of every reset.
    pub std: NonNegative,
}

/// When a pair that only moves up is reset, after a mini-batch: where one device stands above `above` and the other above
/// `other_above`, as shares of w_max, both are reset and their difference is written again by pulses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Refresh {
    /// Limit of one device.
    pub above: Fraction,
    /// Limit of the other.
    pub other_above: Fraction,
}

impl Default for Refresh {
    fn default() -> Self {
        Self { above: Fraction::constant(0.75), other_above: Fraction::constant(0.25) }
    }
}

/// How the step depends on the state; formulas in [`super`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepModel {
    /// Not at all.
    ConstantStep,
    /// Linearly.
    LinearStep(LinearStep),
    /// Linearly, down to nothing at the device's own bound.
    SoftBounds(SoftBounds),
    /// As soft bounds, around a reference device that is subtracted.
    SoftBoundsReference(SoftBoundsReference),
    /// Exponentially.
    ExpStep(ExpStep),
    /// With a power of the distance to the bound.
    PowStep(PowStep),
    /// As given at nodes.
    PiecewiseStep(PiecewiseStep),
}

/// Settings of the linear step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinearStep {
    /// γ↑
    pub gamma_up: NonNegative,
    /// γ↓
    pub gamma_down: NonNegative,
    /// Spread of γ↑ between devices.
    pub gamma_up_dtod: NonNegative,
    /// Spread of γ↓ between devices.
    pub gamma_down_dtod: NonNegative,
    /// γ refers to w_max and w_min; otherwise to the device's own bounds.
    pub mean_bound_reference: bool,
    /// The noise scales with the whole step.
    pub multiplicative_noise: bool,
}

impl Default for LinearStep {
    fn default() -> Self {
        Self {
            gamma_up: NonNegative::constant(0.0),
            gamma_down: NonNegative::constant(0.0),
            gamma_up_dtod: NonNegative::constant(0.05),
            gamma_down_dtod: NonNegative::constant(0.05),
            mean_bound_reference: true,
            multiplicative_noise: true,
        }
    }
}

/// Settings of soft bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SoftBounds {
    /// The noise scales with the whole step.
    pub multiplicative_noise: bool,
}

impl Default for SoftBounds {
    fn default() -> Self {
        Self { multiplicative_noise: true }
    }
}

/// Settings of soft bounds with a reference device.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SoftBoundsReference {
    /// Mean of the reference.
    pub reference_mean: Finite,
    /// Spread of the reference between devices.
    pub reference_std: NonNegative,
    /// The reference includes the state at which steps up and down are equal.
    pub subtract_symmetry_point: bool,
    /// The noise scales with the whole step.
    pub multiplicative_noise: bool,
}

/// Settings of the exponential step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpStep {
    /// A↑
    pub amplitude_up: Finite,
    /// A↓
    pub amplitude_down: Finite,
    /// γ↑
    pub gamma_up: Finite,
    /// γ↓
    pub gamma_down: Finite,
    /// a
    pub a: Finite,
    /// b
    pub b: Finite,
    /// Noise of a step beside that of its size: the step is dw + σ (|dw| + this + noise_slope |w|) ξ.
    pub noise_add: NonNegative,
    /// See noise_add.
    pub noise_slope: NonNegative,
}

impl Default for ExpStep {
    fn default() -> Self {
        Self {
            amplitude_up: Finite::constant(0.000_81),
            amplitude_down: Finite::constant(0.368_33),
            gamma_up: Finite::constant(12.446_25),
            gamma_down: Finite::constant(12.787_85),
            a: Finite::constant(0.244),
            b: Finite::constant(0.2425),
            noise_add: NonNegative::constant(0.0),
            noise_slope: NonNegative::constant(0.0),
        }
    }
}

/// Settings of the power step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PowStep {
    /// γ of both directions.
    pub gamma: NonNegative,
    /// Spread of γ between devices, relative.
    pub gamma_dtod: NonNegative,
    /// Asymmetry, relative: above 0 γ↓, below 0 γ↑ is smaller by this share.
    pub up_down: Finite,
    /// Spread of that between devices.
    pub up_down_dtod: NonNegative,
}

impl Default for PowStep {
    fn default() -> Self {
        Self {
            gamma: NonNegative::constant(1.0),
            gamma_dtod: NonNegative::constant(0.1),
            up_down: Finite::constant(0.0),
            up_down_dtod: NonNegative::constant(0.0),
        }
    }
}

/// Settings of the piecewise step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiecewiseStep {
    /// Factors of the step up at equal distances from the lower to the upper bound.
    pub up: Vec<NonNegative>,
    /// Factors of the step down.
    pub down: Vec<NonNegative>,
}

impl PulsedDevice {
    /// The broken rules between settings, with their keys.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        let mut conflict = |key: &str, rule: &str| found.push((key.to_owned(), rule.to_owned()));
        if self.w_min.get() >= self.w_max.get() {
            conflict("w_min", "must be below w_max");
        }
        if self.w_min.get() > 0.0 {
            conflict("w_min", "must not be above 0: a device begins there");
        }
        if self.w_max.get() < 0.0 {
            conflict("w_max", "must not be below 0: a device begins there");
        }
        if let StepModel::PiecewiseStep(model) = &self.model {
            for (key, nodes) in [("up", &model.up), ("down", &model.down)] {
                if nodes.len() < 2 {
                    conflict(&format!("model.piecewise_step.{key}"), "must have at least two nodes");
                }
            }
        }
        if self.one_sided_pair.is_some() && self.w_min.get() != 0.0 {
            conflict("one_sided_pair", "is made of devices that move up from w_min 0");
        }
        found
    }
}
