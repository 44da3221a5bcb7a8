//! Soft bounds around a reference device that is subtracted.
use super::law::{Made, StepLaw, Stepping, ratio};
use crate::parameter::{Finite, NonNegative};
use crate::random::Stream;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl StepLaw for SoftBoundsReference {
    /// The reference.
    fn own_numbers(&self, device: &Made, draw: &mut Stream) -> Option<[f32; 2]> {
        let xi: f32 = StandardNormal.sample(draw);
        let own = self.reference_mean.get() as f32 + self.reference_std.get() as f32 * xi;
        let Made { up, down, upper, lower, .. } = *device;
        let symmetry = ratio(up - down, ratio(up, upper) - ratio(down, lower));
        Some([if self.subtract_symmetry_point { own + symmetry } else { own }; 2])
    }

    fn reference(&self, own: f32) -> f32 {
        own
    }

    #[inline]
    fn step(&self, device: &Stepping) -> f32 {
        let left = 1.0 - ratio(device.w, device.bound);
        device.s * if self.multiplicative_noise { left * (1.0 + device.noise) } else { left + device.noise }
    }
}
