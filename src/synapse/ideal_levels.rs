//! Devices that hold what is written.
use super::level_array::LevelArray;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Stream;

/// The devices of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdealLevels;

impl LevelArray for IdealLevels {
    fn is_ideal(&self) -> bool {
        true
    }

    fn set(&mut self, _i: usize, _value: f32, _step: u64, _draw: &mut Stream) {}

    #[inline]
    fn read(&self, _i: usize, value: f32, _step: u64) -> f32 {
        value
    }
}

impl Persist for IdealLevels {
    /// A checkpoint has the same arrays for all devices; here they are empty.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array::<f32>("device", &mut [])?;
        archive.array::<u32>("written_at", &mut [])
    }
}
