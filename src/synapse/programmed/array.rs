//! The devices of a layer, as they were programmed.
use super::aged::AgedArray;
use super::config::{DriftCompensation, ProgrammedSynapses};
use super::device::Device;
use super::devices::{Block, FrozenDevices};
use super::event::{ProgrammingEvent, Role, block_length};
use super::law::DeviceLaw;
use super::mapping::WeightMap;
use crate::linalg::Matrix;
use crate::parameter::OutOfRange;
use crate::vocabulary::device::stuck;
use rayon::prelude::*;

/// A layer of synapses that has been programmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgrammedArray {
    law: DeviceLaw,
    map: WeightMap,
    event: ProgrammingEvent,
    shape: (usize, usize),
    /// Block after block of columns; in a block plane after plane.
    pub(super) devices: Vec<Device>,
    /// Mean |W| of a read-out at the first time of the law, if drift is compensated.
    baseline: Option<f64>,
}

impl ProgrammedArray {
    /// Programs weights (post × pre): g_P = [g_T + σ_P(g_T) ξ]₊ for both devices of every pair. The drift exponents are
    /// those of the chip; the error, and a relaxation after it, are new at every event.
    ///
    /// Settings with conflicts give no meaningful array.
    pub fn program(weights: &Matrix, config: &ProgrammedSynapses, event: ProgrammingEvent) -> Self {
        Self::program_devices(weights, config, event, &FrozenDevices::default())
    }

    /// The same on devices of which something is measured.
    pub(crate) fn program_devices(
        weights: &Matrix,
        config: &ProgrammedSynapses,
        event: ProgrammingEvent,
        measured: &FrozenDevices,
    ) -> Self {
        let law = config.law();
        let map = WeightMap::new(weights, &law.operation, config.pairs());
        let shape = weights.shape();
        let mut devices = vec![Device::default(); map.planes * weights.len()];
        let block = block_length(shape);
        devices.par_chunks_mut(map.planes * block).zip(weights.as_slice().par_chunks(block)).enumerate().for_each(
            |(index, (devices, weights))| {
                let place = Block { index, first: index * block, synapses: shape.0 * shape.1 };
                program_block(&law, &map, event, (place, measured), devices, weights);
            },
        );
        let mut array = Self { law, map, event, shape, devices, baseline: None };
        if config.drift_compensation == DriftCompensation::Global {
            let first = array.at(law.first_time_s());
            array.baseline = Some(first.mean_magnitude(Role::Baseline, &[]));
        }
        array
    }

    /// The array a time t after it was programmed. Under global drift compensation it is calibrated here, once, by a
    /// read-out with read noise of its own.
    ///
    /// # Errors
    /// [`OutOfRange`] if the law does not know the time.
    pub fn aged(&self, time_s: f64) -> Result<AgedArray, OutOfRange> {
        self.law.check_time(time_s)?;
        let mut aged = self.at(time_s);
        if let Some(baseline) = self.baseline {
            aged.compensate(baseline, time_s);
        }
        Ok(aged)
    }

    fn at(&self, time_s: f64) -> AgedArray {
        AgedArray::new(&self.law, self.map, self.event, self.shape, &self.devices, time_s)
    }

    /// Weights (post × pre) as they are read a time t after programming. `reader` keys the read noise: another reader
    /// finds other noise, the same one the same. For many reads at one time take [`Self::aged`].
    ///
    /// # Errors
    /// [`OutOfRange`] if the law does not know the time.
    pub fn read(&self, time_s: f64, reader: &[u64]) -> Result<Matrix, OutOfRange> {
        Ok(self.aged(time_s)?.read(reader))
    }
}

/// Programs the devices of a block.
fn program_block(
    law: &DeviceLaw,
    map: &WeightMap,
    event: ProgrammingEvent,
    (block, measured): (Block, &FrozenDevices),
    devices: &mut [Device],
    weights: &[f32],
) {
    let errors = event.errors(block.index, devices.len());
    let frozen = FrozenDevices::of_block(law, event, block.index, devices.len());
    // What is new at every event is never measured.
    let drifts = if law.drift_is_frozen() { frozen.drift } else { event.new_drifts(block.index, devices.len()) };
    for (place, device) in devices.iter_mut().enumerate() {
        let (plane, synapse) = (place / weights.len(), place % weights.len());
        let of_chip = plane * block.synapses + block.first + synapse;
        let drift = measured.drift.get(of_chip).copied().unwrap_or(drifts[place]);
        let code = measured.stuck.get(of_chip).or(frozen.stuck.get(place)).copied().unwrap_or(stuck::FREE);
        let target = map.target_us(weights[synapse], plane);
        *device = law.program_unless_stuck(target, [errors[place], drift], code);
    }
}
