//! Synapses that are numbers.
use super::kind::SynapseKind;
use crate::persist::{Archive, Damaged, Persist};

/// Numbers, which the optimizer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Float;

impl SynapseKind for Float {
    fn are_devices(&self) -> bool {
        false
    }

    fn are_written(&self) -> bool {
        false
    }
}

impl Persist for Float {
    fn persist(&mut self, _archive: &mut Archive) -> Result<(), Damaged> {
        Ok(())
    }
}
