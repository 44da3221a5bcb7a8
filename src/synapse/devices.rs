//! The devices behind synapses of a few levels, of any kind.
use super::conductance::ConductanceArray;
use super::ideal_levels::IdealLevels;
use super::level_array::LevelArray;
use super::level_device::SynapticDevice;
use super::pulsed_levels::PulsedLevels;
use super::quantised::Quantised;
use crate::device::frozen::{Chip, Frozen};
use crate::linalg::WeightMatrix;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Stream;

/// The devices of one layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Devices {
    Ideal(IdealLevels),
    Conductances(ConductanceArray),
    Pulsed(PulsedLevels),
}

/// Does something with devices of any kind, in code of its own for every kind: synapses are read one by one.
macro_rules! with_devices {
    ($devices:expr, $own:ident => $work:expr) => {
        match $devices {
            Devices::Ideal($own) => $work,
            Devices::Conductances($own) => $work,
            Devices::Pulsed($own) => $work,
        }
    };
}

impl Devices {
    /// The devices of layer `layer`, drawn from the chip seed where they are not measured.
    pub fn draw(config: &Quantised<'_>, layer: usize, weight: &WeightMatrix, chip: Chip) -> Self {
        match config.device {
            SynapticDevice::Conductance(device) if device.is_ideal() => Self::Ideal(IdealLevels),
            SynapticDevice::Conductance(device) => {
                Self::Conductances(ConductanceArray::draw(device, chip, layer, weight))
            }
            SynapticDevice::Pulsed(writes) => Self::Pulsed(PulsedLevels::draw(writes, layer, weight, chip)),
        }
    }
}

impl LevelArray for Devices {
    fn is_ideal(&self) -> bool {
        with_devices!(self, own => own.is_ideal())
    }

    fn write(&mut self, i: usize, value: f32, writes: u32, step: u64, draw: &mut Stream) -> (u32, bool) {
        with_devices!(self, own => own.write(i, value, writes, step, draw))
    }

    fn set(&mut self, i: usize, value: f32, step: u64, draw: &mut Stream) {
        with_devices!(self, own => own.set(i, value, step, draw));
    }

    fn read(&self, i: usize, value: f32, step: u64) -> f32 {
        with_devices!(self, own => own.read(i, value, step))
    }

    fn frozen(&self) -> Vec<Frozen> {
        with_devices!(self, own => own.frozen())
    }

    fn frozen_bytes(&self) -> usize {
        with_devices!(self, own => own.frozen_bytes())
    }

    fn flip_rate(&self) -> f64 {
        with_devices!(self, own => own.flip_rate())
    }

    fn pass_time(&mut self, step: u64) -> bool {
        with_devices!(self, own => own.pass_time(step))
    }
}

impl Persist for Devices {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        with_devices!(self, own => own.persist(archive))
    }
}
