//! A step that depends on the state linearly.
use super::law::{Made, StepLaw, Stepping, linear, number, ratio};
use crate::math::Elementary;
use crate::parameter::NonNegative;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl StepLaw for LinearStep {
    /// k↑ and k↓.
    fn own_numbers<T: Elementary>(&self, device: &Made<T>, normal: &mut impl FnMut() -> T) -> Option<[T; 2]> {
        let mut slope = |gamma: f64, dtod: f64| (number::<T>(gamma) + number::<T>(dtod) * normal()).abs();
        let up = slope(self.gamma_up.get(), self.gamma_up_dtod.get());
        let down = slope(self.gamma_down.get(), self.gamma_down_dtod.get());
        let (upper, lower) = if self.mean_bound_reference { device.nominal } else { (device.upper, device.lower) };
        Some([-ratio(up * device.up, upper), -ratio(down * device.down, lower)])
    }

    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        linear(device, self.multiplicative_noise)
    }
}
