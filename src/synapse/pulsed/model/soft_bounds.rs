//! A step that falls linearly, down to nothing at the device's own bound.
use super::law::{Made, StepLaw, Stepping, linear, ratio};
use crate::math::Elementary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl StepLaw for SoftBounds {
    /// k↑ and k↓.
    fn own_numbers<T: Elementary>(&self, device: &Made<T>, _normal: &mut impl FnMut() -> T) -> Option<[T; 2]> {
        Some([-ratio(device.up, device.upper), -ratio(device.down, device.lower)])
    }

    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        linear(device, self.multiplicative_noise)
    }
}
