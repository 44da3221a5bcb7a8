//! What a population of a die receives from arrays that are read at places ([`super::places`]): a± and d± of all its units,
//! before its dyads are stepped.
use super::arrivals::{Arrival, Arrivals};
use super::circuits::Present;
use super::die::Die;
use super::places::{KeptTile, PlacedRead};
use super::products::find_taps;
use crate::crossbar::periphery::Line;
use crate::device::noise_key::{NoiseKey, Tick};
use crate::dynamics::state::{DyadState, Pooling, route};
use crate::linalg::{Matrix, with_scratch};
use crate::map::max_pool::Taps;
use crate::map::{ArrayShape, DriveMaxima, MaxPool, Maxima};
use rayon::prelude::*;
use std::ops::Range;

/// a± or d± of a population as they were received (unit × sample).
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub plus: Matrix,
    pub minus: Matrix,
    /// When that was.
    pub at: Option<Tick>,
    /// Products of every array, where a later read of the same values finds them again.
    kept: Vec<Option<Kept>>,
}

/// Products of one array, before the noise of the read.
#[derive(Debug, Clone)]
struct Kept {
    /// (read unit × sample)
    products: Matrix,
    /// Of every read.
    lines: Vec<Line>,
}

impl Received {
    pub fn new(units: usize, samples: usize) -> Self {
        Self { plus: Matrix::zeros(units, samples), minus: Matrix::zeros(units, samples), at: None, kept: vec![] }
    }

    /// Makes room for the products of arrays that send the same whenever their senders are the same.
    fn keep(&mut self, reads: &[PlacedRead]) {
        let samples = self.plus.ncols();
        if self.kept.is_empty() {
            let kept = |read: &PlacedRead| {
                let ArrayShape { rows, reads, .. } = read.array();
                (reads > 0 && read.arrival.crossbar.periphery.sends_steadily()).then(|| Kept {
                    products: Matrix::zeros(rows * reads, samples),
                    lines: vec![Line { scale: 1.0, norm: 0.0 }; reads * samples],
                })
            };
            self.kept = reads.iter().map(kept).collect();
        }
    }

    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        let kept = self.kept.iter().flatten();
        let kept = kept.map(|own| size_of_val(own.products.as_slice()) + size_of_val(&own.lines[..]));
        let received = [&self.plus, &self.minus].map(|matrix| size_of_val(matrix.as_slice()));
        received.into_iter().chain(kept).sum()
    }

    /// What a recording sees of it.
    fn mean_into(&self, mean: &mut Matrix) {
        let both = self.plus.as_slice().par_iter().zip(self.minus.as_slice());
        mean.as_mut_slice().par_iter_mut().zip(both).with_min_len(1 << 14).for_each(|(x, (p, m))| *x = 0.5 * (p + m));
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
                dirty[0],
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

/// Reads the errors that come back to population k at places.
pub(super) fn receive_errors(arrivals: &Arrivals, present: Present, die: &Die, k: usize, received: &mut Received) {
    let routed: Vec<Option<Matrix>> = arrivals.feedback.iter().map(|_| None).collect();
    receive_feedback(&reads(&arrivals.feedback, die, present.tick, k), &routed, received);
    received.at = Some(present.tick);
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

/// Reads everything that arrives at a population; products are made if they are `due`, or not kept. With a pooling `taps`
/// says which taps count, if the reads do not.
fn receive_drive(
    reads: &[PlacedRead],
    received: &mut Received,
    pooling: Option<&mut Pooling>,
    taps: Option<&Taps>,
    due: bool,
) {
    received.keep(reads);
    let Received { plus, minus, kept, .. } = received;
    let (units, all) = plus.shape();
    let samples = samples_at_once(reads);
    let tile = samples * units;
    let pool = pooling.as_ref().map(|pooling| pooling.pool);
    let mut own_taps = pooling.map(|pooling| pooling.taps.as_mut_slice().chunks_mut(tile));
    let mut kept: Vec<_> = kept
        .iter_mut()
        .zip(reads)
        .map(|(kept, read)| {
            let ArrayShape { rows, reads, .. } = read.array();
            kept.as_mut().map(|Kept { products, lines }| {
                let products = products.as_mut_slice().chunks_mut(samples * rows * reads);
                products.zip(lines.chunks_mut(samples * reads))
            })
        })
        .collect();
    let tiles = plus.as_mut_slice().chunks_mut(tile).zip(minus.as_mut_slice().chunks_mut(tile)).enumerate();
    let tiles: Vec<_> = tiles
        .map(|(index, (plus, minus))| DriveTile {
            samples: index * samples..(index * samples + plus.len() / units).min(all),
            plus,
            minus,
            taps: own_taps.as_mut().and_then(Iterator::next),
            kept: kept
                .iter_mut()
                .map(|kept| {
                    kept.as_mut().and_then(Iterator::next).map(|(products, lines)| KeptTile { products, lines })
                })
                .collect(),
        })
        .collect();
    tiles.into_par_iter().for_each(|tile| tile.receive(reads, pool, taps, due));
}

/// What is read for some samples.
struct DriveTile<'a> {
    samples: Range<usize>,
    plus: &'a mut [f32],
    minus: &'a mut [f32],
    taps: Option<&'a mut [u8]>,
    kept: Vec<Option<KeptTile<'a>>>,
}

impl DriveTile<'_> {
    fn receive(self, reads: &[PlacedRead], pool: Option<MaxPool>, taps: Option<&Taps>, due: bool) {
        let Self { samples, plus, minus, taps: mut own_taps, kept } = self;
        let units = plus.len() / samples.len();
        for (index, (read, kept)) in reads.iter().zip(kept).enumerate() {
            let Some(pool) = pool.filter(|_| read.arrival.pool.is_some()) else {
                if index == 0 {
                    read.forward(samples.clone(), [plus, minus], kept, due);
                    continue;
                }
                with_scratch(2 * plus.len(), |more| {
                    let (more_plus, more_minus) = more.split_at_mut(plus.len());
                    read.forward(samples.clone(), [&mut *more_plus, &mut *more_minus], kept, due);
                    add([&mut *plus, &mut *minus], [more_plus, more_minus]);
                });
                continue;
            };
            let image = pool.input().units();
            with_scratch(2 * image * samples.len() + 2 * units, |scratch| {
                let (images, pooled) = scratch.split_at_mut(2 * image * samples.len());
                let (pooled_plus, pooled_minus) = pooled.split_at_mut(units);
                let (image_plus, image_minus) = images.split_at_mut(image * samples.len());
                read.forward(samples.clone(), [&mut *image_plus, &mut *image_minus], kept, due);
                for (j, sample) in samples.clone().enumerate() {
                    let images = [&image_plus[j * image..][..image], &image_minus[j * image..][..image]];
                    let Some(own_taps) = own_taps.as_deref_mut() else { continue };
                    let own_taps = &mut own_taps[j * units..][..units];
                    let mut pooled_into = |pooled: [&mut [f32]; 2]| match taps {
                        None => pool.pool_both(images, pooled, own_taps),
                        Some(taps) => {
                            own_taps.copy_from_slice(taps.column(sample).as_slice());
                            pooled.into_iter().zip(images).for_each(|(own, image)| pool.pick(image, own_taps, own));
                        }
                    };
                    let into = [&mut plus[j * units..][..units], &mut minus[j * units..][..units]];
                    if index == 0 {
                        pooled_into(into);
                        continue;
                    }
                    pooled_into([&mut *pooled_plus, &mut *pooled_minus]);
                    add(into, [&*pooled_plus, &*pooled_minus]);
                }
            });
        }
    }
}

/// Reads everything that comes back to a population; of an array whose reads are pooled `routed` has the differences.
fn receive_feedback(reads: &[PlacedRead], routed: &[Option<Matrix>], received: &mut Received) {
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
                add([&mut *plus, &mut *minus], [more_plus, more_minus]);
            });
        }
    });
}

/// Adds what one array more gives.
fn add(into: [&mut [f32]; 2], from: [&[f32]; 2]) {
    for (into, from) in into.into_iter().zip(from) {
        into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
    }
}
