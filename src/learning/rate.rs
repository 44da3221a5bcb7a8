//! Learning-rate schedules over epochs; an epoch is a real number that grows with every training step.
//!
//! | schedule | rate at epoch e, with base rate η |
//! |---|---|
//! | `constant` | η |
//! | `step` | η · factor^⌊e / every_epochs⌋ |
//! | `warmup_cosine` | linear from `initial_rate` to η over `warmup_epochs`, then ½(1 + cos) down to `final_rate` at `end_epoch` |
//!
//! The last is the schedule of the ICML 2023 and 2024 experiments.
use crate::math;
use crate::parameter::{Count, NonNegative, Positive, PositiveFraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the learning rate changes over the epochs.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let schedule: RateSchedule = serde_json::from_str(r#"{"step": {"every_epochs": 2, "factor": 0.5}}"#)?;
/// assert_eq!(schedule.rate(0.1, 0.0, 10), 0.1);
/// assert_eq!(schedule.rate(0.1, 4.5, 10), 0.025);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateSchedule {
    /// The same rate throughout.
    #[default]
    Constant,
    /// Multiplied by a factor every few epochs.
    Step(StepDecay),
    /// Linear warm-up, then half a cosine down.
    WarmupCosine(WarmupCosine),
}

/// Settings of the step schedule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDecay {
    /// Epochs between two steps.
    pub every_epochs: Count,
    /// Factor of each step.
    pub factor: PositiveFraction,
}

/// Settings of warm-up and cosine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmupCosine {
    /// Length of the warm-up in epochs; 0 begins at the full rate.
    #[serde(default)]
    pub warmup_epochs: NonNegative,
    /// Rate at the very first step.
    #[serde(default)]
    pub initial_rate: NonNegative,
    /// Rate at the end.
    #[serde(default)]
    pub final_rate: NonNegative,
    /// Epoch at which the final rate is reached; the last epoch unless given.
    #[serde(default)]
    pub end_epoch: Option<Positive>,
}

impl RateSchedule {
    /// The rate at `epoch` (0 at the first step) of a training of `epochs`.
    pub fn rate(&self, base: f64, epoch: f64, epochs: usize) -> f64 {
        match self {
            Self::Constant => base,
            Self::Step(s) => base * s.factor.get().powi((epoch / s.every_epochs.get() as f64).floor() as i32),
            Self::WarmupCosine(w) => {
                let warmup = w.warmup_epochs.get();
                if epoch < warmup {
                    return w.initial_rate.get() + (base - w.initial_rate.get()) * epoch / warmup;
                }
                let end = w.end_epoch.map_or(epochs as f64, Positive::get);
                let progress = if end > warmup { ((epoch - warmup) / (end - warmup)).min(1.0) } else { 1.0 };
                let cosine = 0.5 * (1.0 + math::cos(std::f64::consts::PI * progress));
                w.final_rate.get() + (base - w.final_rate.get()) * cosine
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_computed_by_hand() {
        let step =
            RateSchedule::Step(StepDecay { every_epochs: Count::constant(2), factor: PositiveFraction::constant(0.5) });
        let cosine = RateSchedule::WarmupCosine(WarmupCosine {
            warmup_epochs: NonNegative::constant(2.0),
            initial_rate: NonNegative::constant(0.1),
            final_rate: NonNegative::constant(0.2),
            end_epoch: Some(Positive::constant(6.0)),
        });
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} against {b}");
        for (epoch, expected) in [(0.0, 1.0), (1.9, 1.0), (2.0, 0.5), (4.5, 0.25)] {
            close(step.rate(1.0, epoch, 10), expected);
            close(RateSchedule::Constant.rate(1.0, epoch, 10), 1.0);
        }
        for (epoch, expected) in [(0.0, 0.1), (1.0, 0.55), (2.0, 1.0), (4.0, 0.6), (6.0, 0.2), (9.0, 0.2)] {
            close(cosine.rate(1.0, epoch, 10), expected);
        }
    }
}
