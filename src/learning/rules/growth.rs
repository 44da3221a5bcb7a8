//! A parameter that grows during training: annealing.
use crate::math;
use crate::parameter::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// initial · factor^n, where n counts the epochs (or blocks of training steps) that are over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Value at the first step.
    pub initial: Positive,
    /// Factor of each growth; 1 stays at the initial value.
    #[serde(default = "one")]
    pub factor: Positive,
    /// Training steps between two growths; null grows after every epoch.
    #[serde(default)]
    pub every_steps: Option<Count>,
    /// The value stops growing here; null is no limit (but see the rule).
    #[serde(default)]
    pub last: Option<Positive>,
}

fn one() -> Positive {
    Positive::constant(1.0)
}

impl Growth {
    /// β₀ = 1, growing with every hundred steps: what the authors of mirror descent take for CIFAR-10 and ResNet-18.
    pub(super) const MIRROR_DESCENT: Self = Self {
        initial: Positive::constant(1.0),
        factor: Positive::constant(1.01),
        every_steps: Some(Count::constant(100)),
        last: None,
    };

    /// Always the same.
    pub const fn constant(value: f64) -> Self {
        Self { initial: Positive::constant(value), factor: Positive::constant(1.0), every_steps: None, last: None }
    }

    /// The value at training step `step`.
    pub fn at(&self, step: u64, steps_per_epoch: u64) -> f64 {
        let every = self.every_steps.map_or(steps_per_epoch.max(1), |n| n.get() as u64);
        let grown = self.initial.get() * math::pow(self.factor.get(), (step / every) as f64);
        // A parameter beyond this makes no difference in single precision, but its products overflow.
        const LARGEST: f64 = 1e30;
        grown.min(self.last.map_or(LARGEST, Positive::get))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_by_hand() {
        let growth =
            Growth { factor: Positive::constant(2.0), last: Some(Positive::constant(5.0)), ..Growth::constant(1.0) };
        assert_eq!([0, 9, 10, 25, 30].map(|step| growth.at(step, 10)), [1.0, 1.0, 2.0, 4.0, 5.0]);
        let by_steps = Growth { every_steps: Some(Count::constant(3)), ..growth };
        assert_eq!([2, 3, 6].map(|step| by_steps.at(step, 10)), [1.0, 2.0, 4.0]);
    }
}
