//! A step that does not depend on the state.
use super::law::{StepLaw, Stepping};

/// The model.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConstantStep;

impl StepLaw for ConstantStep {
    #[inline]
    fn step(&self, device: &Stepping) -> f32 {
        device.s * (1.0 + device.noise)
    }
}
