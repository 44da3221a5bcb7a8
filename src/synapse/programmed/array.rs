//! The devices of a layer, as they were programmed.
use super::aged::AgedArray;
use super::config::{DriftCompensation, ProgrammedSynapses};
use super::law::{Device, DeviceLaw};
use super::mapping::WeightMap;
use crate::linalg::Matrix;
use crate::parameter::OutOfRange;
use crate::random::{NormalStream, Purpose, Seeds, key};
use rayon::prelude::*;

/// Columns that share a stream. Part of every result.
const COLUMNS: usize = 16;

/// What the random numbers of a programming are keyed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgrammingEvent {
    /// Seeds of the experiment: the chip seed for the drift exponents, the noise seed for the rest.
    pub seeds: Seeds,
    /// Layer of the weights.
    pub layer: usize,
    /// Number of the event, if a layer is programmed more than once.
    pub event: u64,
}

/// What is drawn. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Quantity {
    ProgrammingError = 0,
    Relaxation = 1,
    DriftExponent = 2,
}

/// What a read-out is for. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Role {
    Inference = 0,
    /// Read-out right after programming, to which the drift compensation refers.
    Baseline = 1,
    /// Read-out that the drift compensation compares with it.
    Calibration = 2,
}

/// A layer of synapses that has been programmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgrammedArray {
    pub(super) law: DeviceLaw,
    pub(super) map: WeightMap,
    pub(super) event: ProgrammingEvent,
    pub(super) shape: (usize, usize),
    /// Block after block of columns; in a block plane after plane.
    pub(super) devices: Vec<Device>,
    /// Mean |W| of a read-out at the first time of the law, if drift is compensated.
    baseline: Option<f64>,
}

impl ProgrammedArray {
    /// Programs weights (post × pre): g_P = [g_T + σ_P(g_T) ξ]₊ for both devices of every pair. The drift exponents are
    /// those of the chip; the error, and a relaxation after it, are new at every event.
    ///
    /// Settings with [`ProgrammedSynapses::conflicts`] give no meaningful array.
    pub fn program(weights: &Matrix, config: &ProgrammedSynapses, event: ProgrammingEvent) -> Self {
        let law = DeviceLaw::new(config);
        let map = WeightMap::new(weights, &law, config.pairs());
        let shape = weights.shape();
        let mut devices = vec![Device::default(); map.planes * weights.len()];
        let block = block_length(shape);
        devices
            .par_chunks_mut(map.planes * block)
            .zip(weights.as_slice().par_chunks(block))
            .enumerate()
            .for_each(|(index, (devices, weights))| event.program_block(&law, &map, index, devices, weights));
        let mut array = Self { law, map, event, shape, devices, baseline: None };
        if config.drift_compensation == DriftCompensation::Global {
            let first = AgedArray::new(&array, law.model.first_time_s());
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
        let mut aged = AgedArray::new(self, time_s);
        if let Some(baseline) = self.baseline {
            aged.compensate(baseline, time_s);
        }
        Ok(aged)
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

impl ProgrammingEvent {
    fn program_block(self, law: &DeviceLaw, map: &WeightMap, index: usize, devices: &mut [Device], weights: &[f32]) {
        let frozen = [Quantity::DriftExponent as u64, self.layer as u64, index as u64];
        let volatile = |quantity| [quantity as u64, self.layer as u64, self.event, index as u64];
        let draw = |seed, indices: &[u64]| {
            let mut normals = vec![0.0; devices.len()];
            NormalStream::new(key(seed, Purpose::Programming, indices)).fill(&mut normals);
            normals
        };
        let errors = draw(self.seeds.noise, &volatile(Quantity::ProgrammingError));
        let drifts = if law.drift_is_frozen() {
            draw(self.seeds.chip, &frozen)
        } else {
            draw(self.seeds.noise, &volatile(Quantity::Relaxation))
        };
        for (place, device) in devices.iter_mut().enumerate() {
            let (plane, synapse) = (place / weights.len(), place % weights.len());
            *device = law.program(map.target_us(weights[synapse], plane), errors[place], drifts[place]);
        }
    }

    /// Stream of the read noise of a block.
    pub(crate) fn read_stream(self, role: Role, block: usize, reader: &[u64]) -> NormalStream {
        let mut indices = vec![role as u64, self.layer as u64, self.event, block as u64];
        indices.extend_from_slice(reader);
        NormalStream::new(key(self.seeds.noise, Purpose::DeviceRead, &indices))
    }
}

/// Synapses of a block of columns; the last block may have fewer.
pub(crate) fn block_length((post, _): (usize, usize)) -> usize {
    (post * COLUMNS).max(1)
}
