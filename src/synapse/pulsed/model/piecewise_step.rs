//! A step that is given at nodes.
use super::law::{Nominal, StepLaw, Stepping, number, ratio};
use crate::math::Elementary;
use crate::parameter::NonNegative;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the piecewise step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiecewiseStep {
    /// Factors of the step up at equal distances from the lower to the upper bound.
    pub up: Vec<NonNegative>,
    /// Factors of the step down.
    pub down: Vec<NonNegative>,
}

impl StepLaw for PiecewiseStep {
    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        let Stepping { w, up, s, upper, lower, noise, .. } = *device;
        let nodes = if up { &self.up } else { &self.down };
        let last = number::<T>((nodes.len() - 1) as f64);
        let place = ratio(w - lower, upper - lower).max(T::zero()).min(T::one()) * last;
        let below = place.to_usize().unwrap_or(0).min(nodes.len() - 2);
        let share = place - number(below as f64);
        let node = |n: usize| number::<T>(nodes[n].get());
        s * (node(below) * (T::one() - share) + node(below + 1) * share) * (T::one() + noise)
    }

    /// That of the middle node of steps up, of an even number the upper one.
    fn granularity(&self, device: &Nominal) -> f64 {
        device.dw_min * self.up.get(self.up.len() / 2).map_or(1.0, |node| node.get())
    }

    fn conflicts(&self) -> Vec<(&'static str, &'static str)> {
        let nodes = [("piecewise_step.up", &self.up), ("piecewise_step.down", &self.down)];
        let short = nodes.into_iter().filter(|(_, nodes)| nodes.len() < 2);
        short.map(|(key, _)| (key, "must have at least two nodes")).collect()
    }
}
