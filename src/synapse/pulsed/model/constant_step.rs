//! A step that does not depend on the state.
use super::law::{StepLaw, Stepping};
use crate::math::Elementary;

/// The model.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConstantStep;

impl StepLaw for ConstantStep {
    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        device.s * (T::one() + device.noise)
    }
}
