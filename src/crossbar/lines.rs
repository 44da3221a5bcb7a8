//! What the units of a population have put on the lines of an array. It stays there until they send again.
use super::periphery::{Line, Periphery};
use crate::device::noise_key::{NoiseKey, Tick};
use crate::linalg::{Matrix, MatrixViewMut};
use crate::persist::{Archive, Damaged};
use rayon::prelude::*;
use std::cell::Cell;

/// The lines of all samples.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// Scale and norm of every sample.
    pub of_sample: Vec<Line>,
    /// Squares of what was sent (unit × sample), if the read noise needs them.
    pub squares: Option<Matrix>,
    /// What was to be sent (unit × sample), if bound management may have to send it again.
    raw: Option<Matrix>,
    /// When the units moved, if what they send has not been put on the lines yet.
    pub pending: Option<Tick>,
    idle: Line,
}

/// Samples that share a stream of DAC noise.
pub(crate) const SEND_SAMPLES: usize = 32;

thread_local! {
    static BUFFER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

impl Lines {
    /// Nothing has been sent yet.
    pub fn new(periphery: &Periphery, units: usize, samples: usize) -> Self {
        let idle = Line { scale: if periphery.follows_signal { 0.0 } else { 1.0 }, norm: 0.0 };
        let zeros = || Matrix::zeros(units, samples);
        Self {
            of_sample: vec![idle; samples],
            squares: (periphery.per_weight != 0.0).then(zeros),
            raw: periphery.bound_managed.then(zeros),
            pending: None,
            idle,
        }
    }

    /// Of reads that were sent before, with neither squares nor what was to be sent.
    pub fn of(reads: &[Line]) -> Self {
        let idle = Line { scale: 1.0, norm: 0.0 };
        Self { of_sample: reads.to_vec(), squares: None, raw: None, pending: None, idle }
    }

    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        let kept = [&self.squares, &self.raw].into_iter().flatten().map(|matrix| size_of_val(matrix.as_slice()));
        kept.sum::<usize>() + size_of_val(&self.of_sample[..])
    }

    /// As before anything was sent.
    pub fn reset(&mut self) {
        self.of_sample.fill(self.idle);
        self.pending = None;
    }

    /// Whether they carry what is sent as it is, and keep nothing of it.
    pub fn carries_what_is_sent(&self, periphery: &Periphery) -> bool {
        periphery.sends_ideally() && self.squares.is_none() && self.raw.is_none()
    }

    /// Sends all columns of `x` (unit × sample); they become what arrives at the other end.
    pub fn send(&mut self, periphery: &Periphery, key: NoiseKey, x: &mut Matrix) {
        if let Some(raw) = &mut self.raw {
            raw.copy_from(x);
        }
        if !periphery.sends_ideally() {
            let units = x.nrows();
            let tiles = x.as_mut_slice().par_chunks_mut(SEND_SAMPLES * units);
            tiles.zip(self.of_sample.par_chunks_mut(SEND_SAMPLES)).enumerate().for_each(|(tile, (x, lines))| {
                let key = NoiseKey { first_sample: tile * SEND_SAMPLES, ..key };
                BUFFER.with(|cell| {
                    let mut draws = periphery.line_draws(&key, units, cell.take());
                    for (x, line) in x.chunks_exact_mut(units).zip(lines) {
                        *line = periphery.send(x, 1.0, &mut draws);
                    }
                    cell.set(draws.into_buffer());
                });
            });
        }
        if let Some(squares) = &mut self.squares {
            squares.iter_mut().zip(x.iter()).for_each(|(square, x)| *square = x * x);
        }
    }

    /// Sends all columns of `x` (unit × read) from one stream, as lines of their own.
    pub fn send_piece(&mut self, periphery: &Periphery, key: NoiseKey, x: &mut MatrixViewMut) {
        let (units, reads) = x.shape();
        self.raw = periphery.bound_managed.then(|| x.clone_owned());
        self.of_sample.resize(reads, self.idle);
        if !periphery.sends_ideally() {
            BUFFER.with(|cell| {
                let mut draws = periphery.line_draws(&key, units, cell.take());
                for (mut x, line) in x.column_iter_mut().zip(&mut self.of_sample) {
                    *line = periphery.send(x.as_mut_slice(), 1.0, &mut draws);
                }
                cell.set(draws.into_buffer());
            });
        }
        self.squares = (periphery.per_weight != 0.0).then(|| x.map(|x| x * x));
    }

    /// What stays on the lines, under names that begin with `name`.
    pub fn persist(&mut self, name: &str, archive: &mut Archive) -> Result<(), Damaged> {
        let mut of_sample: Vec<f32> = self.of_sample.iter().flat_map(|line| [line.scale, line.norm]).collect();
        archive.array(name, &mut of_sample)?;
        for (line, numbers) in self.of_sample.iter_mut().zip(of_sample.chunks_exact(2)) {
            (line.scale, line.norm) = (numbers[0], numbers[1]);
        }
        let kinds = [("squares", &mut self.squares), ("raw", &mut self.raw)];
        kinds
            .into_iter()
            .filter_map(|(kind, matrix)| Some((kind, matrix.as_mut()?)))
            .try_for_each(|(kind, matrix)| archive.array(format!("{name}_{kind}"), matrix.as_mut_slice()))
    }

    /// What was to be sent of one sample; empty where it is not kept.
    pub fn raw_column(&self, sample: usize) -> &[f32] {
        self.raw.as_ref().map_or(&[], |raw| &raw.as_slice()[sample * raw.nrows()..][..raw.nrows()])
    }
}
