//! Arrays that a die reads at places, one after the other: those of convolutions, and of what is pooled.
//!
//! Each read sends a patch, with a scale of its own, and every compartment receives it; on the way back each sends the
//! difference of one place, and what comes out of the columns is added up where patches overlap (so does aihwkit with
//! unfolded images). What is sent is converted when it is read. A pooling stands behind the converters; it follows the mean of both compartments.
use super::arrivals::{Arrival, Arrivals};
use super::circuits::Present;
use super::die::Die;
use super::products::find_taps;
use crate::crossbar::lines::Lines;
use crate::crossbar::read::{CrossbarRead, Products};
use crate::device::noise_key::{NoiseKey, Tick};
use crate::dynamics::state::{DyadState, Pooling, route};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, with_scratch};
use crate::map::max_pool::Taps;
use crate::map::{ArrayShape, Dense, DriveMaxima, LinearMap, MaxPool, Maxima, Shape, Stretch};
use rayon::prelude::*;
use std::ops::Range;

/// a± or d± of a population as they were received (unit × sample).
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub plus: Matrix,
    pub minus: Matrix,
    /// When that was.
    pub at: Option<Tick>,
}

impl Received {
    pub fn new(units: usize, samples: usize) -> Self {
        Self { plus: Matrix::zeros(units, samples), minus: Matrix::zeros(units, samples), at: None }
    }

    /// What a recording sees of it.
    fn mean_into(&self, mean: &mut Matrix) {
        let both = self.plus.as_slice().par_iter().zip(self.minus.as_slice());
        mean.as_mut_slice().par_iter_mut().zip(both).with_min_len(1 << 14).for_each(|(x, (p, m))| *x = 0.5 * (p + m));
    }
}

/// One array that is read at places, and the keys of the noise of those that send and receive.
pub(super) struct PlacedRead<'a> {
    pub arrival: &'a Arrival<'a>,
    pub sender: NoiseKey,
    pub receiver: NoiseKey,
    /// Number of the array among those that join the same two populations, and others of the receiver.
    pub number: usize,
}

/// Streams of reads at places, away from those of whole populations and of reads that are repeated.
const PLACED: usize = 1 << 48;

impl PlacedRead<'_> {
    fn array(&self) -> ArrayShape {
        self.arrival.crossbar.map.array()
    }

    /// The key of a piece that begins at this read of the batch.
    fn key(&self, key: &NoiseKey, first: usize) -> NoiseKey {
        NoiseKey { first_unit: PLACED + self.number, first_sample: first, ..*key }
    }

    /// Sends `sent` (line × read), reads it and gives what both compartments receive (receiver × read), as an array that
    /// is read once for every column.
    fn read(&self, first: usize, sent: MatrixViewMut, receivers: usize, mut visit: impl FnMut(&[f32], &[f32])) {
        let own = &self.arrival.crossbar;
        let ArrayShape { rows, columns, .. } = self.array();
        let as_dense = LinearMap::Dense(Dense::new(Shape::flat(columns), rows));
        let crossbar = CrossbarRead {
            periphery: own.periphery,
            map: &as_dense,
            matrix: own.matrix,
            magnitude: own.magnitude.as_deref().map(std::borrow::Cow::Borrowed),
        };
        let mut sent = sent;
        let count = sent.ncols();
        let mut lines = Lines::new(own.periphery, 0, 0);
        lines.send_piece(own.periphery, self.key(&self.sender, first), &mut sent);
        with_scratch(3 * receivers * count, |scratch| {
            let (y, received) = scratch.split_at_mut(receivers * count);
            crossbar.product(MatrixViewMut::from_slice(y, receivers, count), 0, sent.as_view());
            if own.periphery.receives_ideally() {
                return visit(y, y);
            }
            let variance = lines.squares.as_ref().filter(|_| crossbar.magnitude.is_some()).map(|squares| {
                let mut variance = Matrix::zeros(receivers, count);
                crossbar.variance(variance.as_view_mut(), 0, squares.as_view());
                variance
            });
            let key = self.key(&self.receiver, first);
            let mut draws = own.periphery.read_draws(&key, y.len(), vec![]);
            let (plus, minus) = received.split_at_mut(receivers * count);
            let products = Products {
                y: MatrixView::from_slice(y, receivers, count),
                variance: variance.as_ref().map(|variance| variance.as_view()),
                lines: &lines,
                first_sample: 0,
                number: (self.number << 40) + first,
            };
            crossbar.receive(&key, &products, &mut draws, plus, minus);
            visit(plus, minus);
        });
    }

    /// What both compartments receive of the reads of some samples: (read unit × sample), column after column.
    fn forward(&self, samples: Range<usize>, plus: &mut [f32], minus: &mut [f32]) {
        let ArrayShape { rows, columns, reads } = self.array();
        if reads == 0 {
            // A wire.
            let values = self.arrival.values.columns(samples.start, samples.len());
            plus.iter_mut().zip(minus).zip(values.iter()).for_each(|((plus, minus), &x)| (*plus, *minus) = (x, x));
            return;
        }
        let map = self.arrival.crossbar.map;
        let stretch = Stretch { first: 0, places: reads, samples: samples.len() };
        for piece in stretch.pieces(map.reads_at_once()) {
            with_scratch(columns * piece.len(), |unfolded| {
                for (sample, places, at) in stretch.of_piece(piece.clone()) {
                    let x = self.arrival.values.column(samples.start + sample);
                    let n = places.len() * columns;
                    map.unfold(x.data.into_slice(), places, &mut unfolded[at * columns..][..n]);
                }
                let sent = MatrixViewMut::from_slice(unfolded, columns, piece.len());
                let own = piece.start * rows..piece.end * rows;
                self.read(samples.start * reads + piece.start, sent, rows, |from_plus, from_minus| {
                    plus[own.clone()].copy_from_slice(from_plus);
                    minus[own.clone()].copy_from_slice(from_minus);
                });
            });
        }
    }

    /// What both compartments of the senders receive back of the differences `d` (read unit × sample) of some samples:
    /// (unit × sample), column after column.
    fn back(&self, samples: Range<usize>, d: MatrixView, plus: &mut [f32], minus: &mut [f32]) {
        let ArrayShape { rows, columns, reads } = self.array();
        let units = plus.len() / samples.len();
        if reads == 0 {
            plus.iter_mut().zip(minus).zip(d.iter()).for_each(|((plus, minus), &x)| (*plus, *minus) = (x, x));
            return;
        }
        if let Some((map, matrix)) = &self.arrival.adjoint {
            map.apply(matrix, MatrixViewMut::from_slice(plus, units, samples.len()), 0, d);
            minus.copy_from_slice(plus);
            return;
        }
        plus.fill(0.0);
        minus.fill(0.0);
        let map = self.arrival.crossbar.map;
        let stretch = Stretch { first: 0, places: reads, samples: samples.len() };
        for piece in stretch.pieces(map.reads_at_once()) {
            with_scratch(rows * piece.len(), |sent| {
                for (sample, places, at) in stretch.of_piece(piece.clone()) {
                    let d = d.column(sample);
                    sent[at * rows..][..places.len() * rows]
                        .copy_from_slice(&d.as_slice()[places.start * rows..places.end * rows]);
                }
                let sent = MatrixViewMut::from_slice(sent, rows, piece.len());
                self.read(samples.start * reads + piece.start, sent, columns, |from_plus, from_minus| {
                    for (sample, places, at) in stretch.of_piece(piece.clone()) {
                        let own = sample * units..(sample + 1) * units;
                        let received = at * columns..(at + places.len()) * columns;
                        map.fold(&from_plus[received.clone()], places.clone(), &mut plus[own.clone()]);
                        map.fold(&from_minus[received], places, &mut minus[own]);
                    }
                });
            });
        }
    }
}

/// Reads what a population reads at places, as far as that is due, and returns which products remain to be made. A
/// read is due if a sender has moved, and at every tick if it is noisy.
pub(super) fn receive(
    arrivals: &Arrivals,
    present: Present,
    die: &Die,
    k: usize,
    dirty: [bool; 2],
    received: &mut [Option<Received>; 2],
    dyads: &mut DyadState,
) -> [bool; 2] {
    let due = |side: usize, received: &Received| {
        let periphery = [&die.forward, &die.feedback][side];
        let is_noisy = *periphery != periphery.without_noise();
        dirty[side] || (is_noisy && received.at != Some(present.tick))
    };
    let mut remaining = dirty;
    let [drive, feedback] = received;
    if let Some(received) = drive {
        remaining[0] = false;
        if !arrivals.drive.is_empty() && due(0, received) {
            let taps = dyads.pooling.as_ref().filter(|pooling| pooling.pool.maxima.drive == DriveMaxima::SPlus);
            let taps = taps.and_then(|pooling| {
                let arrival = arrivals.drive.iter().find(|arrival| arrival.pool.is_some())?;
                Some(taps_of(&pooling.pool, arrival, arrival.s_plus))
            });
            receive_drive(
                &reads(&arrivals.drive, die, present.tick, k),
                received,
                dyads.pooling.as_mut(),
                taps.as_ref(),
            );
            received.at = Some(present.tick);
            received.mean_into(&mut dyads.drive);
        }
    }
    if let Some(received) = feedback {
        remaining[1] = false;
        if !arrivals.feedback.is_empty() && due(1, received) {
            let routed: Vec<Option<Matrix>> =
                arrivals.feedback.iter().map(|arrival| rerouted(arrival, dyads)).collect();
            receive_feedback(&reads(&arrivals.feedback, die, present.tick, k), &routed, received);
            received.at = Some(present.tick);
            received.mean_into(&mut dyads.feedback);
        }
    }
    remaining
}

/// The reads of population k at a tick.
fn reads<'a>(arrivals: &'a [Arrival<'a>], die: &Die, tick: Tick, k: usize) -> Vec<PlacedRead<'a>> {
    let key = |population: usize| NoiseKey::new(die.noise_seed, tick, population);
    let read = |(index, arrival): (usize, &'a Arrival<'a>)| PlacedRead {
        arrival,
        sender: key(arrival.sender),
        receiver: key(k),
        number: (k << 8) + index,
    };
    arrivals.iter().enumerate().map(read).collect()
}

/// The taps of the largest reads by what these senders hold, found without the noise of a read.
fn taps_of(pool: &MaxPool, arrival: &Arrival, senders: &Matrix) -> Taps {
    let mut taps = Taps::zeros(pool.output().units(), senders.ncols());
    find_taps(pool, |y, x| arrival.forward_product(y, x), senders, &mut taps);
    taps
}

/// The differences that come back, at maxima that are looked for anew; none where those of the last read count.
fn rerouted(arrival: &Arrival, own: &DyadState) -> Option<Matrix> {
    let pool = arrival.pool?;
    let senders = match pool.maxima.feedback {
        Maxima::LastRead => return None,
        Maxima::Mean => &own.mean,
        Maxima::SPlus => &own.s_plus,
    };
    let mut routed = Matrix::zeros(pool.input().units(), senders.ncols());
    route(&pool, arrival.values, &taps_of(&pool, arrival, senders), &mut routed);
    Some(routed)
}

/// Samples of a tile.
fn samples_at_once(reads: &[PlacedRead]) -> usize {
    reads.iter().filter_map(|read| read.arrival.crossbar.map.tiling().samples()).min().unwrap_or(1)
}

/// Reads everything that arrives at a population. With a pooling `taps` says which taps count, if the reads do not.
pub(super) fn receive_drive(
    reads: &[PlacedRead],
    received: &mut Received,
    pooling: Option<&mut Pooling>,
    taps: Option<&Taps>,
) {
    let (units, samples) = (received.plus.nrows(), samples_at_once(reads));
    let pool = pooling.as_ref().map(|pooling| pooling.pool);
    let work = |(tile, ((plus, minus), mut own_taps)): (usize, ((&mut [f32], &mut [f32]), Option<&mut [u8]>))| {
        let (first, count) = (tile * samples, plus.len() / units);
        let own = first..first + count;
        for (index, read) in reads.iter().enumerate() {
            let pool = pool.filter(|_| read.arrival.pool.is_some());
            let image = pool.map_or(units, |pool| pool.input().units());
            with_scratch(2 * image * count + 2 * units, |scratch| {
                let (images, pooled) = scratch.split_at_mut(2 * image * count);
                let (image_plus, image_minus) = images.split_at_mut(image * count);
                read.forward(own.clone(), image_plus, image_minus);
                for j in 0..count {
                    let (from_plus, from_minus) =
                        (&mut image_plus[j * image..][..image], &mut image_minus[j * image..][..image]);
                    let into = [&mut plus[j * units..][..units], &mut minus[j * units..][..units]];
                    let Some((pool, own_taps)) = pool.zip(own_taps.as_deref_mut()) else {
                        put(index, into, [from_plus, from_minus]);
                        continue;
                    };
                    let own_taps = &mut own_taps[j * units..][..units];
                    match taps {
                        Some(taps) => own_taps.copy_from_slice(taps.column(first + j).as_slice()),
                        None => {
                            let mean: Vec<f32> =
                                from_plus.iter().zip(&*from_minus).map(|(p, m)| 0.5 * (p + m)).collect();
                            pool.pool(&mean, &mut pooled[..units], own_taps);
                        }
                    }
                    let (pooled_plus, pooled_minus) = pooled.split_at_mut(units);
                    pool.pick(from_plus, own_taps, pooled_plus);
                    pool.pick(from_minus, own_taps, pooled_minus);
                    put(index, into, [pooled_plus, pooled_minus]);
                }
            });
        }
    };
    let tile = samples * units;
    let received =
        received.plus.as_mut_slice().par_chunks_mut(tile).zip(received.minus.as_mut_slice().par_chunks_mut(tile));
    match pooling {
        Some(pooling) => {
            received.zip(pooling.taps.as_mut_slice().par_chunks_mut(tile).map(Some)).enumerate().for_each(work);
        }
        None => received.map(|both| (both, None)).enumerate().for_each(work),
    }
}

/// Reads everything that comes back to a population; of an array whose reads are pooled `routed` has the differences.
pub(super) fn receive_feedback(reads: &[PlacedRead], routed: &[Option<Matrix>], received: &mut Received) {
    let (units, samples) = (received.plus.nrows(), samples_at_once(reads));
    let tile = samples * units;
    let tiles =
        received.plus.as_mut_slice().par_chunks_mut(tile).zip(received.minus.as_mut_slice().par_chunks_mut(tile));
    tiles.enumerate().for_each(|(tile, (plus, minus))| {
        let (first, count) = (tile * samples, plus.len() / units);
        for (index, (read, routed)) in reads.iter().zip(routed).enumerate() {
            let d = routed.as_ref().unwrap_or(read.arrival.values).columns(first, count);
            if index == 0 {
                read.back(first..first + count, d, plus, minus);
                continue;
            }
            with_scratch(2 * plus.len(), |scratch| {
                let (more_plus, more_minus) = scratch.split_at_mut(plus.len());
                read.back(first..first + count, d, more_plus, more_minus);
                put(index, [&mut *plus, &mut *minus], [more_plus, more_minus]);
            });
        }
    });
}

/// Writes what the first array gives, adds what more do.
fn put(index: usize, into: [&mut [f32]; 2], from: [&[f32]; 2]) {
    for (into, from) in into.into_iter().zip(from) {
        match index {
            0 => into.copy_from_slice(from),
            _ => into.iter_mut().zip(from).for_each(|(into, from)| *into += from),
        }
    }
}
