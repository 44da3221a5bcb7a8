//! A step that depends on a power of the distance to the bound.
use super::law::{Made, Nominal, StepLaw, Stepping, ratio};
use crate::parameter::{Finite, NonNegative};
use crate::random::Stream;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl StepLaw for PowStep {
    /// γ↑ and γ↓.
    fn own_numbers(&self, _device: &Made, draw: &mut Stream) -> Option<[f32; 2]> {
        let mut normal = || -> f32 { StandardNormal.sample(draw) };
        let gamma = self.gamma.get() as f32;
        let own = 1.0 + self.gamma_dtod.get() as f32 * normal();
        let (mean, r) = (self.up_down.get() as f32, self.up_down_dtod.get() as f32 * normal());
        Some([(gamma * (own + mean.min(0.0) + r)).abs(), (gamma * (own - mean.max(0.0) - r)).abs()])
    }

    #[inline]
    fn step(&self, device: &Stepping) -> f32 {
        let Stepping { w, s, bound, upper, lower, own: gamma, noise, .. } = *device;
        let left = ratio((bound - w).abs(), upper - lower);
        s * left.powf(gamma) * (1.0 + noise)
    }

    /// In the middle between the bounds.
    fn granularity(&self, device: &Nominal) -> f64 {
        device.dw_min * 0.5f64.powf(self.gamma.get())
    }
}
