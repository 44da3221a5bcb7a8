//! A step that depends on a power of the distance to the bound.
use super::law::{Made, Nominal, StepLaw, Stepping, number, ratio};
use crate::math::{self, Elementary};
use crate::parameter::{Finite, NonNegative};
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
    fn own_numbers<T: Elementary>(&self, _device: &Made<T>, normal: &mut impl FnMut() -> T) -> Option<[T; 2]> {
        let gamma: T = number(self.gamma.get());
        let own = T::one() + number::<T>(self.gamma_dtod.get()) * normal();
        let (mean, r) = (number::<T>(self.up_down.get()), number::<T>(self.up_down_dtod.get()) * normal());
        let (up, down) = (own + mean.min(T::zero()) + r, own - mean.max(T::zero()) - r);
        Some([(gamma * up).abs(), (gamma * down).abs()])
    }

    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        let Stepping { w, s, bound, upper, lower, own: gamma, noise, .. } = *device;
        let left = ratio((bound - w).abs(), upper - lower);
        s * math::pow(left, gamma) * (T::one() + noise)
    }

    /// In the middle between the bounds.
    fn granularity(&self, device: &Nominal) -> f64 {
        device.dw_min * math::pow(0.5, self.gamma.get())
    }
}
