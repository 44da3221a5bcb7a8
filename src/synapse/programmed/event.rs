//! A programming, and the random numbers that belong to it.
use crate::random::{NormalStream, Purpose, Seeds, key, stream};
use rand::RngExt;

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
    Stuck = 3,
}

/// What a read-out is for. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Role {
    Inference = 0,
    /// Read-out right after programming, to which the drift compensation refers.
    Baseline = 1,
    /// Read-out that the drift compensation compares with it.
    Calibration = 2,
}

impl ProgrammingEvent {
    /// Normals of the programming errors of the `count` devices of a block.
    pub(super) fn errors(self, block: usize, count: usize) -> Vec<f32> {
        draw(self.seeds.noise, &self.volatile(Quantity::ProgrammingError, block), count)
    }

    /// Normals of the drift of these devices where it is a property of the chip.
    pub(super) fn frozen_drifts(self, block: usize, count: usize) -> Vec<f32> {
        draw(self.seeds.chip, &[Quantity::DriftExponent as u64, self.layer as u64, block as u64], count)
    }

    /// Normals of the drift of these devices where it is new at every event.
    pub(super) fn new_drifts(self, block: usize, count: usize) -> Vec<f32> {
        draw(self.seeds.noise, &self.volatile(Quantity::Relaxation, block), count)
    }

    /// Numbers that say which of these devices are stuck: those of the chip, uniform from 0 to 1.
    pub(super) fn chances(self, block: usize, count: usize) -> Vec<f64> {
        let indices = [Quantity::Stuck as u64, self.layer as u64, block as u64];
        let mut draw = stream(self.seeds.chip, Purpose::Programming, &indices);
        (0..count).map(|_| draw.random()).collect()
    }

    fn volatile(self, quantity: Quantity, block: usize) -> [u64; 4] {
        [quantity as u64, self.layer as u64, self.event, block as u64]
    }

    /// Stream of the read noise of a block.
    pub(super) fn read_stream(self, role: Role, block: usize, reader: &[u64]) -> NormalStream {
        let mut indices = vec![role as u64, self.layer as u64, self.event, block as u64];
        indices.extend_from_slice(reader);
        NormalStream::new(key(self.seeds.noise, Purpose::DeviceRead, &indices))
    }
}

fn draw(seed: u64, indices: &[u64], count: usize) -> Vec<f32> {
    let mut normals = vec![0.0; count];
    NormalStream::new(key(seed, Purpose::Programming, indices)).fill(&mut normals);
    normals
}

/// Synapses of a block of columns; the last block may have fewer.
pub(super) fn block_length((post, _): (usize, usize)) -> usize {
    (post * COLUMNS).max(1)
}
