//! Updates of populations with places on ideal hardware. Each side is made as its map wants it: a convolution some
//! samples at a time, a dense map by units; the dyads of these samples are stepped while their products are in cache. What is
//! stale in some samples alone is made in those ([`super::picked`]).
use super::arrivals::{Arrival, Arrivals};
use super::picked::Picked;
use super::remake::remake_side;
use crate::dynamics::moves::SampleSet;
use crate::dynamics::sample_tile::{PoolingTile, SampleTile};
use crate::dynamics::state::DyadState;
use crate::dynamics::tile::Tile;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, sum_products, with_scratch};
use crate::map::max_pool::Taps;
use crate::map::{DriveMaxima, MaxPool, Maxima};
use rayon::prelude::*;

/// Samples of a tile where only dense maps meet a pooling.
const SAMPLES: usize = 4;

/// Makes drive and feedback of one population, as far as they are among the arrivals and stale, and then steps the dyads of
/// tiles that have samples to step.
pub(super) fn update(
    arrivals: &Arrivals,
    [stale_drive, stale_feedback]: &[SampleSet; 2],
    steps: &SampleSet,
    own: &mut DyadState,
    step: &(impl Fn(&mut SampleTile) + Sync),
) {
    let by_samples = |arrivals: &[Arrival]| {
        let samples = arrivals.iter().filter_map(|arrival| arrival.crossbar.map.tiling().samples()).min();
        samples.or(arrivals.iter().any(|arrival| arrival.pool.is_some()).then_some(SAMPLES))
    };
    let sides = [by_samples(&arrivals.drive), by_samples(&arrivals.feedback)];
    let is_packed = |arrivals: &[Arrival]| arrivals.iter().any(|arrival| arrival.crossbar.matrix.is_packed());
    if sides[0].is_none() && !arrivals.drive.is_empty() {
        let make = |tile: &mut Tile| {
            let at = [tile.first_unit, tile.first_sample];
            remake_side(&arrivals.drive, stale_drive, tile.drive.as_view_mut(), at);
        };
        Tile::whole(own, []).for_each(is_packed(&arrivals.drive), &make);
    }
    if sides[1].is_none() && !arrivals.feedback.is_empty() {
        let make = |tile: &mut Tile| {
            let at = [tile.first_unit, tile.first_sample];
            remake_side(&arrivals.feedback, stale_feedback, tile.feedback.as_view_mut(), at);
        };
        Tile::whole(own, []).for_each(is_packed(&arrivals.feedback), &make);
    }
    let all = own.mean.ncols();
    let most = sides.into_iter().flatten().min().unwrap_or(SAMPLES).min(all.max(1));
    let fewest = |arrivals: &[Arrival]| arrivals.iter().map(|own| own.fewest_samples(most)).max().unwrap_or(0);
    let fewest = [0, 1].map(|side| sides[side].map(|_| fewest([&arrivals.drive, &arrivals.feedback][side])));
    // A tile has at least about half as many samples as it may have.
    let are_apart = fewest.iter().flatten().all(|&fewest| 2 * fewest <= most + 1);
    let mut chosen = steps.clone();
    for (stale, _) in [stale_drive, stale_feedback].into_iter().zip(fewest).filter(|(_, fewest)| fewest.is_some()) {
        chosen.add(stale);
    }
    if !are_apart && !chosen.is_empty() {
        chosen.fill();
    }
    SampleTile::whole(own).for_each(&chosen, most, &|tile: &mut SampleTile| {
        let pick = |stale: &SampleSet, fewest: Option<usize>| {
            let fewest = if are_apart { fewest? } else { tile.dyads.samples() };
            Picked::new(stale, tile.samples(), fewest, most)
        };
        let picked = [pick(stale_drive, fewest[0]), pick(stale_feedback, fewest[1])];
        let [drive, feedback] = picked;
        if let Some(picked) = drive.filter(|_| sides[0].is_some()) {
            make_drive(&arrivals.drive, &picked, tile);
        }
        if let Some(picked) = feedback.filter(|_| sides[1].is_some()) {
            make_feedback(&arrivals.feedback, &picked, &mut tile.dyads);
        }
        if steps.has_any(tile.samples()) {
            step(tile);
        }
    });
}

fn make_drive(arrivals: &[Arrival], picked: &Picked, tile: &mut SampleTile) {
    let SampleTile { dyads, pooling } = tile;
    let mut pooling = pooling.as_mut();
    let products = arrivals.iter().map(|arrival| {
        let pooling = if arrival.pool.is_some() { pooling.take() } else { None };
        move |mut y: MatrixViewMut| match pooling {
            Some(pooling) => pooled_drive(arrival, picked, &mut y, pooling),
            None => picked.with(arrival.values, |x| arrival.product(y, 0, x)),
        }
    });
    picked.write(dyads.drive.as_view_mut(), |y| sum_products(y, products));
}

/// The largest reads of every window, by the maxima of the reads of s⁺ if those count.
fn pooled_drive(arrival: &Arrival, picked: &Picked, y: &mut MatrixViewMut, pooling: &mut PoolingTile) {
    let PoolingTile { pool, taps, .. } = pooling;
    let (units, reads, samples) = (y.nrows(), pool.input().units(), y.ncols());
    let read = |x: &Matrix, images: &mut [f32]| {
        let product = MatrixViewMut::from_slice(images, reads, samples);
        picked.with(x, |x| arrival.crossbar.product(product, 0, x));
    };
    let by_s_plus = pool.maxima.drive == DriveMaxima::SPlus;
    with_scratch(reads * samples, |images| {
        read(if by_s_plus { arrival.s_plus } else { arrival.values }, images);
        for (n, (image, mut y)) in images.chunks_exact(reads).zip(y.column_iter_mut()).enumerate() {
            pool.pool(image, y.as_mut_slice(), &mut taps[picked.column(n) * units..][..units]);
        }
        if by_s_plus {
            read(arrival.values, images);
            for (n, (image, mut y)) in images.chunks_exact(reads).zip(y.column_iter_mut()).enumerate() {
                pool.pick(image, &taps[picked.column(n) * units..][..units], y.as_mut_slice());
            }
        }
    });
}

fn make_feedback(arrivals: &[Arrival], picked: &Picked, tile: &mut Tile) {
    let Tile { feedback, mean, s_plus, .. } = tile;
    let (mean, s_plus) = (mean.as_view(), s_plus.as_view());
    let products = arrivals.iter().map(|arrival| {
        let senders = match arrival.pool.map(|pool| pool.maxima.feedback) {
            None | Some(Maxima::LastRead) => None,
            Some(Maxima::Mean) => Some(mean),
            Some(Maxima::SPlus) => Some(s_plus),
        };
        move |y: MatrixViewMut| match (arrival.pool, senders) {
            (Some(pool), Some(senders)) => rerouted_feedback(arrival, &pool, senders, picked, y),
            _ => picked.with(arrival.values, |x| arrival.product(y, 0, x)),
        }
    });
    picked.write(feedback.as_view_mut(), |y| sum_products(y, products));
}

/// Wᵀ of what is fed back to the maxima of the reads of these senders (unit × sample of the tile).
fn rerouted_feedback(arrival: &Arrival, pool: &MaxPool, senders: MatrixView, picked: &Picked, y: MatrixViewMut) {
    let (units, reads, samples) = (pool.output().units(), pool.input().units(), y.ncols());
    let mut taps = vec![0; units];
    with_scratch(reads * samples + units, |scratch| {
        let (images, pooled) = scratch.split_at_mut(reads * samples);
        picked.with_own(senders, |senders| {
            arrival.forward_product(MatrixViewMut::from_slice(images, reads, samples), senders);
        });
        for (n, image) in images.chunks_exact_mut(reads).enumerate() {
            pool.pool(image, pooled, &mut taps);
            pool.route(arrival.values.column(picked.sample(n)).as_slice(), &taps, image);
        }
        arrival.product(y, 0, MatrixView::from_slice(images, reads, samples));
    });
}

/// Finds the taps of the largest reads of every window, by what these senders (unit × sample) hold.
pub(crate) fn find_taps(
    pool: &MaxPool,
    read: impl Fn(MatrixViewMut, MatrixView) + Sync,
    senders: &Matrix,
    taps: &mut Taps,
) {
    let (units, reads) = (pool.output().units(), pool.input().units());
    taps.as_mut_slice().par_chunks_exact_mut(units).enumerate().for_each(|(sample, taps)| {
        with_scratch(reads + units, |scratch| {
            let (image, pooled) = scratch.split_at_mut(reads);
            read(MatrixViewMut::from_slice(image, reads, 1), senders.columns(sample, 1));
            pool.pool(image, pooled, taps);
        });
    });
}
