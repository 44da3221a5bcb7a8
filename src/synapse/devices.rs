//! The devices behind synapses of a few levels, of either kind.
use super::conductance::ConductanceArray;
use super::config::{Quantised, SynapticDevice};
use super::pulsed::array::PulsedArray;
use crate::linalg::WeightMatrix;
use crate::random::{Seeds, Stream};

/// The devices of one layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Devices {
    /// Hold what is written.
    Ideal,
    Conductances(ConductanceArray),
    Pulsed(PulsedLevels),
}

/// Pulsed devices that hold one of two levels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PulsedLevels {
    array: PulsedArray,
    pulses_per_write: u32,
    /// Column stride of the weight.
    stride: usize,
}

impl Devices {
    /// The devices of layer `layer`, drawn from the chip seed.
    pub fn draw(config: &Quantised<'_>, layer: usize, weight: &WeightMatrix, seeds: Seeds) -> Self {
        match config.device {
            SynapticDevice::Conductance(device) if device.is_ideal() => Self::Ideal,
            SynapticDevice::Conductance(device) => {
                let places = weight.stride() * weight.pre();
                Self::Conductances(ConductanceArray::draw(device, seeds.chip, layer, places))
            }
            SynapticDevice::Pulsed(writes) => Self::Pulsed(PulsedLevels {
                array: PulsedArray::draw(&writes.device, seeds, layer, weight.post(), weight.pre()),
                pulses_per_write: writes.pulses_per_write.get().min(u32::MAX as usize) as u32,
                stride: weight.stride(),
            }),
        }
    }

    /// Writes level `value` into the synapse at place `i`, which has been written `writes` times before, in training step
    /// `step`. Returns the number of attempts and whether one has worked.
    pub fn write(&mut self, i: usize, value: f32, writes: u32, step: u64, draw: &mut Stream) -> (u32, bool) {
        match self {
            Self::Ideal => (1, true),
            Self::Conductances(conductances) => conductances.write(i, value, writes, step, draw),
            Self::Pulsed(_) => {
                self.set(i, value, step, draw);
                (1, true)
            }
        }
    }

    /// As [`Self::write`], without failures.
    pub fn set(&mut self, i: usize, value: f32, step: u64, draw: &mut Stream) {
        match self {
            Self::Ideal => {}
            Self::Conductances(conductances) => conductances.set(i, value, step, draw),
            Self::Pulsed(pulsed) => {
                let (row, column) = (i % pulsed.stride, i / pulsed.stride);
                pulsed.array.pulse(row, column, value > 0.0, pulsed.pulses_per_write, draw);
            }
        }
    }

    /// What the synapse at place `i`, told to hold level `value`, weighs in training step `step`, in units of the scale.
    pub fn read(&self, i: usize, value: f32, step: u64) -> f32 {
        match self {
            Self::Ideal => value,
            Self::Conductances(conductances) => conductances.read(i, step),
            Self::Pulsed(pulsed) => pulsed.array.read(i % pulsed.stride, i / pulsed.stride),
        }
    }

    /// Probability in a training step that a synapse moves by itself.
    pub fn flip_rate(&self) -> f64 {
        match self {
            Self::Conductances(conductances) => conductances.flip_rate(),
            Self::Ideal | Self::Pulsed(_) => 0.0,
        }
    }

    /// What happens to all devices with training step `step`; whether any weight may have changed.
    pub fn pass_time(&mut self, step: u64) -> bool {
        match self {
            Self::Ideal => false,
            Self::Conductances(conductances) => conductances.drifts(),
            Self::Pulsed(pulsed) => pulsed.array.pass_time(step),
        }
    }

    /// States of the devices, and the steps of the last writes.
    pub fn registers(&self) -> (Vec<f32>, Vec<u32>) {
        match self {
            Self::Ideal => (vec![], vec![]),
            Self::Conductances(conductances) => {
                let (written, written_at) = conductances.registers();
                (written, written_at.to_vec())
            }
            Self::Pulsed(pulsed) => (pulsed.array.registers(), pulsed.array.counts()),
        }
    }

    /// Sets what [`Self::registers`] has given.
    pub fn restore(&mut self, numbers: &[f32], counts: &[u32]) {
        match self {
            Self::Ideal => {}
            Self::Conductances(conductances) => conductances.restore(numbers, counts),
            Self::Pulsed(pulsed) => pulsed.array.restore(numbers, counts),
        }
    }
}
