//! Settings of synapses that are made of conductances; what they do is in [`super::conductance`].
use crate::device::spread::SpreadDistribution;
use crate::parameter::{AboveOne, Fraction, NonNegative, Positive, ProperFraction, Repeats};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A synapse of conductances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConductanceDevice {
    /// Devices in a synapse.
    pub arrangement: Arrangement,
    /// Nominal on-conductance over nominal off-conductance; null is an off-conductance of zero.
    pub on_off_ratio: Option<AboveOne>,
    /// Differences of the on-conductance between devices.
    pub on_spread: DeviceSpread,
    /// Differences of the off-conductance between devices.
    pub off_spread: DeviceSpread,
    /// Standard deviation of a written conductance over its aim, new at every write.
    pub write_noise_std: NonNegative,
    /// Probability that a write leaves a synapse as it was.
    pub failed_write_probability: ProperFraction,
    /// A write that has failed is repeated until this many attempts were made in all.
    pub write_attempts: Repeats,
    /// Share of the devices that are always on.
    pub stuck_on: Fraction,
    /// Share of the devices that are always off.
    pub stuck_off: Fraction,
    /// What time does to a written synapse; null is nothing.
    pub retention: Option<Retention>,
    /// Writes that a synapse tolerates before it stays as it is for good; null is any number.
    pub endurance: Option<Endurance>,
}

/// Devices in a synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// One, read against a reference column.
    #[default]
    Single,
    /// Two, whose difference is read.
    DifferentialPair,
}

/// Frozen differences of a conductance between devices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceSpread {
    /// Standard deviation of the ratio to the nominal value (`normal`) or of its logarithm (`log_normal`).
    pub std: NonNegative,
    /// Shape of the distribution.
    pub distribution: SpreadDistribution,
}

/// What time does to a written synapse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// It moves to a neighbouring level by itself, at random times.
    FlipRate(FlipRate),
    /// Its conductances fall with a power of time.
    Drift(Drift),
}

/// Random changes of the level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlipRate {
    /// Probability in a training step.
    pub per_step: Fraction,
}

/// Power-law drift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Mean exponent ν.
    pub nu: NonNegative,
    /// Standard deviation of ν between devices; ν is never negative.
    #[serde(default)]
    pub nu_std: NonNegative,
    /// Time t₀ after a write from which on it drifts.
    pub t0_s: Positive,
    /// Duration of a training step.
    pub step_s: Positive,
}

/// Limited number of writes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endurance {
    /// Median number of writes.
    pub writes: Positive,
    /// Standard deviation of the logarithm of that number.
    #[serde(default)]
    pub log_std: NonNegative,
}

impl Default for DeviceSpread {
    fn default() -> Self {
        Self { std: NonNegative::constant(0.0), distribution: SpreadDistribution::LogNormal }
    }
}

impl Default for ConductanceDevice {
    fn default() -> Self {
        Self {
            arrangement: Arrangement::Single,
            on_off_ratio: None,
            on_spread: DeviceSpread::default(),
            off_spread: DeviceSpread::default(),
            write_noise_std: NonNegative::constant(0.0),
            failed_write_probability: ProperFraction::constant(0.0),
            write_attempts: Repeats::constant(1),
            stuck_on: Fraction::constant(0.0),
            stuck_off: Fraction::constant(0.0),
            retention: None,
            endurance: None,
        }
    }
}

impl ConductanceDevice {
    /// Whether a synapse holds exactly the level that was written last.
    pub fn is_ideal(&self) -> bool {
        let differs = self.on_spread.std.get() > 0.0 || (self.off_spread.std.get() > 0.0 && self.off() > 0.0);
        let fails = self.failed_write_probability.get() + self.stuck_on.get() + self.stuck_off.get() > 0.0;
        let varies = self.write_noise_std.get() > 0.0 || self.retention.is_some();
        !(differs || fails || varies || self.endurance.is_some())
    }

    /// The broken rule between settings, with its key.
    pub fn conflict(&self) -> Option<(&'static str, String)> {
        let all = self.stuck_on.get() + self.stuck_off.get();
        (all > 1.0).then(|| ("stuck_off", "and stuck_on must not make more than all devices".to_owned()))
    }

    /// Nominal off-conductance.
    pub(super) fn off(&self) -> f64 {
        self.on_off_ratio.map_or(0.0, |ratio| ratio.get().recip())
    }

    /// Devices of a synapse.
    pub(super) fn devices(&self) -> usize {
        match self.arrangement {
            Arrangement::Single => 1,
            Arrangement::DifferentialPair => 2,
        }
    }
}
