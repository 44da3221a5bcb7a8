//! Settings of pulsed devices.
use super::model::{Nominal, StepModel};
use super::train::PulseTrain;
use crate::device::spread::SpreadDistribution;
use crate::parameter::{Finite, Fraction, NonNegative, Positive, ProperFraction, Repeats};
use crate::vocabulary::device::stuck;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pulsed device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedDevice {
    /// How the step depends on the state.
    pub model: StepModel,
    /// Step of the models' formulas. Pulse trains count with the granularity, the step at w = 0, which is this of all
    /// models but `exp_step`, `pow_step` and `piecewise_step`.
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
    /// Share of the devices that are stuck at some weight between their bounds.
    pub probability: Fraction,
    /// That weight is drawn uniformly from ± this, inside their bounds.
    pub range: NonNegative,
    /// Share of the devices that are stuck at their highest weight.
    pub on: Fraction,
    /// Share of the devices that are stuck at their lowest weight.
    pub off: Fraction,
}

impl Default for Stuck {
    fn default() -> Self {
        let none = Fraction::constant(0.0);
        Self { probability: none, range: NonNegative::constant(0.1), on: none, off: none }
    }
}

impl Stuck {
    /// Whether any device may be stuck.
    pub(super) fn is_on(&self) -> bool {
        self.share() > 0.0
    }

    fn share(&self) -> f64 {
        self.probability.get() + self.on.get() + self.off.get()
    }

    /// Where a device is stuck, by a number that is uniform from 0 to 1.
    pub(super) fn code(&self, chance: f64) -> u8 {
        let (between, on) = (self.probability.get(), self.on.get());
        match chance {
            x if x < between => stuck::BETWEEN,
            x if x < between + on => stuck::ON,
            x if x < self.share() => stuck::OFF,
            _ => stuck::FREE,
        }
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

/// When a pair that only moves up is reset, after a mini-batch: where one device is read above `above` and the other above
/// `other_above`, as shares of w_max, both are reset and their difference is written again by pulses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Refresh {
    /// Limit of one device.
    pub above: Fraction,
    /// Limit of the other.
    pub other_above: Fraction,
    /// How the difference is written again.
    pub rewrite: Rewrite,
}

/// How the difference of a pair is written again after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rewrite {
    /// Open loop, as in aihwkit: a train for each column, as for a change of the weights by the differences. It is as
    /// long as a device whose step is the granularity everywhere would need.
    PulseTrain(PulseTrain),
    /// Closed loop: pulse by pulse, each followed by a read, to the device that has to rise.
    WriteAndVerify(WriteAndVerify),
}

/// When a closed loop ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WriteAndVerify {
    /// Error of the difference with which it ends, as a share of w_max.
    pub tolerance: ProperFraction,
    /// It ends after so many pulses to both devices, whatever the error.
    pub max_pulses: Repeats,
}

impl Default for Rewrite {
    fn default() -> Self {
        Self::PulseTrain(PulseTrain::default())
    }
}

impl Default for WriteAndVerify {
    fn default() -> Self {
        Self { tolerance: ProperFraction::constant(0.02), max_pulses: Repeats::constant(100) }
    }
}

impl Default for Refresh {
    fn default() -> Self {
        Self { above: Fraction::constant(0.75), other_above: Fraction::constant(0.25), rewrite: Rewrite::default() }
    }
}

impl PulsedDevice {
    /// The step that pulse trains count with: a train of n coincidences is meant to move a device by n times this. It is
    /// the step at w = 0 of a device without spread (of `exp_step` the one down), and `dw_min` where that is not above 0.
    pub fn granularity(&self) -> f64 {
        let at_zero = self.model.granularity(&Nominal { dw_min: self.dw_min.get(), up_down: self.up_down.get() });
        if at_zero > 0.0 { at_zero } else { self.dw_min.get() }
    }

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
        if self.stuck.share() > 1.0 {
            conflict("stuck.off", "with on and probability must not make more than all devices");
        }
        for (key, rule) in self.model.conflicts() {
            conflict(&format!("model.{key}"), rule);
        }
        if self.one_sided_pair.is_some() && self.w_min.get() != 0.0 {
            conflict("one_sided_pair", "is made of devices that move up from w_min 0");
        }
        found
    }
}
