//! Updates of populations with places on ideal hardware. Each side is made as its map wants it: a convolution some
//! samples at a time, a dense map by units; the dyads of these samples are stepped while their products are in cache.
use super::arrivals::{Arrival, Arrivals};
use super::remake::remake_side;
use crate::dynamics::moves::SampleSet;
use crate::dynamics::sample_tile::{PoolingTile, SampleTile, tiles_of_samples};
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
    let samples = sides.into_iter().flatten().min().unwrap_or(SAMPLES);
    tiles_of_samples(own, samples).into_par_iter().for_each(|mut tile| {
        let own = tile.dyads.first_sample..tile.dyads.first_sample + tile.dyads.samples();
        let has_any = |of: &SampleSet| of.of(own.clone()).contains(&true);
        if sides[0].is_some() && has_any(stale_drive) {
            make_drive(&arrivals.drive, &mut tile);
        }
        if sides[1].is_some() && has_any(stale_feedback) {
            make_feedback(&arrivals.feedback, &mut tile.dyads);
        }
        if has_any(steps) {
            step(&mut tile);
        }
    });
}

fn make_drive(arrivals: &[Arrival], tile: &mut SampleTile) {
    let SampleTile { dyads, pooling } = tile;
    let first = dyads.first_sample;
    let mut pooling = pooling.as_mut();
    let products = arrivals.iter().map(|arrival| {
        let pooling = if arrival.pool.is_some() { pooling.take() } else { None };
        move |mut y: MatrixViewMut| match pooling {
            Some(pooling) => pooled_drive(arrival, first, &mut y, pooling),
            None => arrival.make_product(y, [0, first]),
        }
    });
    sum_products(dyads.drive.as_view_mut(), products);
}

/// The largest reads of every window, by the maxima of the reads of s⁺ if those count.
fn pooled_drive(arrival: &Arrival, first: usize, y: &mut MatrixViewMut, pooling: &mut PoolingTile) {
    let PoolingTile { pool, taps, .. } = pooling;
    let (units, reads, samples) = (y.nrows(), pool.input().units(), y.ncols());
    let read = |x: &Matrix, images: &mut [f32]| {
        let product = MatrixViewMut::from_slice(images, reads, samples);
        arrival.crossbar.product(product, 0, x.columns(first, samples));
    };
    let by_s_plus = pool.maxima.drive == DriveMaxima::SPlus;
    with_scratch(reads * samples, |images| {
        read(if by_s_plus { arrival.s_plus } else { arrival.values }, images);
        let taps_of = taps.chunks_exact_mut(units);
        for ((image, taps), mut y) in images.chunks_exact(reads).zip(taps_of).zip(y.column_iter_mut()) {
            pool.pool(image, y.as_mut_slice(), taps);
        }
        if by_s_plus {
            read(arrival.values, images);
            let taps_of = taps.chunks_exact(units);
            for ((image, taps), mut y) in images.chunks_exact(reads).zip(taps_of).zip(y.column_iter_mut()) {
                pool.pick(image, taps, y.as_mut_slice());
            }
        }
    });
}

fn make_feedback(arrivals: &[Arrival], tile: &mut Tile) {
    let Tile { feedback, mean, s_plus, first_sample, .. } = tile;
    let first = *first_sample;
    let (mean, s_plus) = (mean.as_view(), s_plus.as_view());
    let products = arrivals.iter().map(|arrival| {
        let senders = match arrival.pool.map(|pool| pool.maxima.feedback) {
            None | Some(Maxima::LastRead) => None,
            Some(Maxima::Mean) => Some(mean),
            Some(Maxima::SPlus) => Some(s_plus),
        };
        move |y: MatrixViewMut| match (arrival.pool, senders) {
            (Some(pool), Some(senders)) => rerouted_feedback(arrival, &pool, senders, first, y),
            _ => arrival.make_product(y, [0, first]),
        }
    });
    sum_products(feedback.as_view_mut(), products);
}

/// Wᵀ of what is fed back to the maxima of the reads of these senders (unit × sample), of samples from `first` on.
fn rerouted_feedback(arrival: &Arrival, pool: &MaxPool, senders: MatrixView, first: usize, y: MatrixViewMut) {
    let (units, reads, samples) = (pool.output().units(), pool.input().units(), y.ncols());
    let mut taps = vec![0; units];
    with_scratch(reads * samples + units, |scratch| {
        let (images, pooled) = scratch.split_at_mut(reads * samples);
        arrival.forward_product(MatrixViewMut::from_slice(images, reads, samples), senders);
        for (j, image) in images.chunks_exact_mut(reads).enumerate() {
            pool.pool(image, pooled, &mut taps);
            pool.route(arrival.values.column(first + j).as_slice(), &taps, image);
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
