//! Products of populations with places. Each side is cut as its map wants it: a convolution by samples, a dense map by units; pooled reads keep their maxima.
use super::arrivals::{Arrival, Arrivals};
use crate::dynamics::state::DyadState;
use crate::dynamics::tile::Tile;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, sum_products, with_scratch};
use crate::map::max_pool::Taps;
use crate::map::{DriveMaxima, MaxPool, Maxima};
use rayon::prelude::*;

/// Makes drive and feedback of one population on ideal hardware, as far as they are among the arrivals.
pub(super) fn make(arrivals: &Arrivals, own: &mut DyadState) {
    match samples_at_once(&arrivals.drive) {
        _ if arrivals.drive.is_empty() => {}
        None => Tile::whole(own, []).for_each(is_packed(&arrivals.drive), &|tile: &mut Tile| {
            arrivals.make_drive(tile);
        }),
        Some(samples) => make_drive(&arrivals.drive, own, samples),
    }
    match samples_at_once(&arrivals.feedback) {
        _ if arrivals.feedback.is_empty() => {}
        None => Tile::whole(own, []).for_each(is_packed(&arrivals.feedback), &|tile: &mut Tile| {
            arrivals.make_feedback(tile);
        }),
        Some(samples) => make_feedback(&arrivals.feedback, own, samples),
    }
}

/// Samples of a tile, if a side is cut by samples.
fn samples_at_once(arrivals: &[Arrival]) -> Option<usize> {
    arrivals.iter().filter_map(|arrival| arrival.crossbar.map.tiling().samples()).min()
}

fn is_packed(arrivals: &[Arrival]) -> bool {
    arrivals.iter().any(|arrival| arrival.crossbar.matrix.is_packed())
}

fn make_drive(arrivals: &[Arrival], own: &mut DyadState, samples: usize) {
    let DyadState { drive, pooling, .. } = own;
    let units = drive.nrows();
    let work = |(tile, (y, mut taps)): (usize, (&mut [f32], Option<&mut [u8]>))| {
        let (first, count) = (tile * samples, y.len() / units);
        let products = arrivals.iter().map(|arrival| {
            let taps = arrival.pool.and_then(|_| taps.take());
            move |mut y: MatrixViewMut| match (arrival.pool, taps) {
                (Some(pool), Some(taps)) => {
                    let maxima = (pool.maxima.drive == DriveMaxima::SPlus).then_some(arrival.s_plus);
                    pooled_drive(arrival, &pool, [arrival.values, maxima.unwrap_or(arrival.values)], first, &mut y, taps);
                }
                _ => arrival.make_product(y, [0, first]),
            }
        });
        sum_products(MatrixViewMut::from_slice(y, units, count), products);
    };
    let tiles = drive.as_mut_slice().par_chunks_mut(samples * units);
    match pooling {
        Some(pooling) => {
            let taps = pooling.taps.as_mut_slice().par_chunks_mut(samples * units).map(Some);
            tiles.zip(taps).enumerate().for_each(work);
        }
        None => tiles.map(|y| (y, None)).enumerate().for_each(work),
    }
}

/// The largest reads of every window for the samples of `y`, by the maxima of another sender's reads where that is another.
fn pooled_drive(
    arrival: &Arrival,
    pool: &MaxPool,
    [values, maxima]: [&Matrix; 2],
    first: usize,
    y: &mut MatrixViewMut,
    taps: &mut [u8],
) {
    let (units, reads) = (y.nrows(), pool.input().units());
    let read = |x: &Matrix, j: usize, image: &mut [f32]| {
        let product = MatrixViewMut::from_slice(image, reads, 1);
        arrival.crossbar.product(product, 0, x.columns(first + j, 1));
    };
    with_scratch(reads, |image| {
        for (j, taps) in taps.chunks_exact_mut(units).enumerate() {
            let mut y = y.column_mut(j);
            read(maxima, j, image);
            pool.pool(image, y.as_mut_slice(), taps);
            if !std::ptr::eq(maxima, values) {
                read(values, j, image);
                pool.pick(image, taps, y.as_mut_slice());
            }
        }
    });
}

fn make_feedback(arrivals: &[Arrival], own: &mut DyadState, samples: usize) {
    let DyadState { feedback, mean, s_plus, .. } = own;
    let units = feedback.nrows();
    feedback.as_mut_slice().par_chunks_mut(samples * units).enumerate().for_each(|(tile, y)| {
        let (first, count) = (tile * samples, y.len() / units);
        let products = arrivals.iter().map(|arrival| {
            let senders = match arrival.pool.map(|pool| pool.maxima.feedback) {
                None | Some(Maxima::LastRead) => None,
                Some(Maxima::Mean) => Some(&*mean),
                Some(Maxima::SPlus) => Some(&*s_plus),
            };
            move |y: MatrixViewMut| match (arrival.pool, senders) {
                (Some(pool), Some(senders)) => rerouted_feedback(arrival, &pool, senders, first, y),
                _ => arrival.make_product(y, [0, first]),
            }
        });
        sum_products(MatrixViewMut::from_slice(y, units, count), products);
    });
}

/// Wᵀ of what is fed back to the maxima of the reads of these senders.
fn rerouted_feedback(arrival: &Arrival, pool: &MaxPool, senders: &Matrix, first: usize, mut y: MatrixViewMut) {
    let (units, reads) = (pool.output().units(), pool.input().units());
    let mut taps = vec![0; units];
    with_scratch(reads + units, |scratch| {
        let (image, pooled) = scratch.split_at_mut(reads);
        for j in 0..y.ncols() {
            let sample = first + j;
            arrival.forward_product(MatrixViewMut::from_slice(image, reads, 1), senders.columns(sample, 1));
            pool.pool(image, pooled, &mut taps);
            pool.route(arrival.values.column(sample).as_slice(), &taps, image);
            arrival.crossbar.product(y.columns_mut(j, 1), 0, MatrixView::from_slice(image, reads, 1));
        }
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
