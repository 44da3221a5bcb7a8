//! Pulsed devices that hold one of two levels: every write drives a device towards one of its bounds.
use super::level_array::LevelArray;
use super::level_device::PulsedWrites;
use super::pulsed::array::PulsedArray;
use crate::device::frozen::{Chip, Frozen};
use crate::linalg::WeightMatrix;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Stream;

/// The devices of one layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PulsedLevels {
    array: PulsedArray,
    pulses_per_write: u32,
    /// Column stride of the weight.
    stride: usize,
}

impl PulsedLevels {
    /// The devices of layer `layer`, drawn from the chip seed.
    pub fn draw(writes: &PulsedWrites, layer: usize, weight: &WeightMatrix, chip: Chip) -> Self {
        Self {
            array: PulsedArray::draw(&writes.device, chip, layer, weight.post(), weight.pre()),
            pulses_per_write: writes.pulses_per_write.get().min(u32::MAX as usize) as u32,
            stride: weight.stride(),
        }
    }
}

impl LevelArray for PulsedLevels {
    fn set(&mut self, i: usize, value: f32, _step: u64, draw: &mut Stream) {
        let (row, column) = (i % self.stride, i / self.stride);
        self.array.pulse(row, column, value > 0.0, self.pulses_per_write, draw);
    }

    fn read(&self, i: usize, _value: f32, _step: u64) -> f32 {
        self.array.read(i % self.stride, i / self.stride)
    }

    fn frozen(&self) -> Vec<Frozen> {
        self.array.frozen()
    }

    fn frozen_bytes(&self) -> usize {
        self.array.frozen_bytes()
    }

    fn pass_time(&mut self, step: u64) -> bool {
        self.array.pass_time(step)
    }
}

impl Persist for PulsedLevels {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.array.persist("written_at", archive)
    }
}
