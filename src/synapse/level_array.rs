//! What the devices of synapses that hold levels do. Whatever a device leaves out is that of one that never fails and
//! never changes by itself.
use crate::device::frozen::Frozen;
use crate::persist::Persist;
use crate::random::Stream;

/// The devices of one layer; `i` is a place in the storage of its weight.
pub(super) trait LevelArray: Persist {
    /// Whether every device holds exactly the level that was written last.
    fn is_ideal(&self) -> bool {
        false
    }

    /// Writes level `value` into synapse `i`, which has been written `writes` times before, in training step `step`.
    /// Returns the number of attempts and whether one has worked.
    fn write(&mut self, i: usize, value: f32, _writes: u32, step: u64, draw: &mut Stream) -> (u32, bool) {
        self.set(i, value, step, draw);
        (1, true)
    }

    /// As [`Self::write`], without failures.
    fn set(&mut self, i: usize, value: f32, step: u64, draw: &mut Stream);

    /// What synapse `i`, told to hold level `value`, weighs in training step `step`, in units of the scale.
    fn read(&self, i: usize, value: f32, step: u64) -> f32;

    /// What was drawn of the devices.
    fn frozen(&self) -> Vec<Frozen> {
        vec![]
    }

    /// Bytes that this takes.
    fn frozen_bytes(&self) -> usize {
        0
    }

    /// Probability in a training step that a synapse moves by itself.
    fn flip_rate(&self) -> f64 {
        0.0
    }

    /// What happens to all devices with training step `step`; whether any weight may have changed.
    fn pass_time(&mut self, _step: u64) -> bool {
        false
    }
}
