//! Soft bounds around a reference device that is subtracted.
use super::law::{Made, StepLaw, Stepping, number, ratio};
use crate::math::Elementary;
use crate::parameter::{Finite, NonNegative};
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
    fn own_numbers<T: Elementary>(&self, device: &Made<T>, normal: &mut impl FnMut() -> T) -> Option<[T; 2]> {
        let own = number::<T>(self.reference_mean.get()) + number::<T>(self.reference_std.get()) * normal();
        let Made { up, down, upper, lower, .. } = *device;
        let symmetry = ratio(up - down, ratio(up, upper) - ratio(down, lower));
        Some([if self.subtract_symmetry_point { own + symmetry } else { own }; 2])
    }

    fn reference<T: Elementary>(&self, own: T) -> T {
        own
    }

    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        let left = T::one() - ratio(device.w, device.bound);
        device.s * if self.multiplicative_noise { left * (T::one() + device.noise) } else { left + device.noise }
    }
}
