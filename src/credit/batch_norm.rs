//! Batch normalisation in inference ([`crate::network::Normalisation`] has the equations).
//!
//! Before a mini-batch is inferred, one forward pass finds the statistics of all that is read; they are then part of the
//! weights and biases of a network that is inferred like any other ([`normalised`]). For dyads they are constants of
//! the inference: the derivative of the loss by way of m and v is left out of what the synapses learn from, because no
//! unit could know it. Backprop takes it ([`through_statistics`]): with e the error at x̂,
//!
//! ```text
//! ∂J/∂(A s̄) = g (e − ⟨e⟩ − x̂ ⟨e x̂⟩)      ⟨·⟩: mean over samples and places of the channel
//! ```
use crate::dynamics::Activation;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::dynamics::state::route;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, with_scratch};
use crate::network::channel_kernel::{add_numbers, add_products, centre, channel_means, scale_and_shift};
use crate::network::{ChannelStatistics, Network, Projection};
use crate::relax::NetworkState;
use crate::relax::normalised::Normalised;
use rayon::prelude::*;
use std::borrow::Cow;

/// Samples of a tile of a map that is cut by units.
const SAMPLES: usize = 32;

/// The network with the statistics of these inputs (input × sample, in the order of files) as part of weights and biases,
/// and what has been folded in, by projection; as it is, and nothing, without normalisation.
pub(crate) fn normalised<'a>(
    network: &'a Network,
    hidden: Activation,
    inputs: MatrixView,
) -> (Cow<'a, Network>, Vec<Option<Normalised>>) {
    if !network.has_normalisation() {
        return (Cow::Borrowed(network), vec![]);
    }
    let mut found: Vec<Option<Normalised>> = vec![None; network.projections().len()];
    let mut stimulus = inputs.into_owned();
    network.populations()[0].shape.to_memory_order(stimulus.as_mut_slice());
    let mut activities = vec![stimulus];
    for k in 1..=network.last() {
        let units = network.populations()[k].units();
        let mut all: Option<Matrix> = None;
        for (p, projection) in network.arriving_with_places(k) {
            let mut reads = reads(projection, &activities[projection.from]);
            match &projection.normalisation {
                Some(normalisation) => {
                    let statistics = ChannelStatistics::of(&reads, projection.output().channels);
                    let gains = normalisation.gains(&statistics);
                    let offsets: Vec<f32> = gains.iter().zip(&statistics.mean).map(|(g, m)| -g * m).collect();
                    scale(&mut reads, &gains, &offsets);
                    found[p] = Some(Normalised { gains, statistics });
                }
                None if projection.bias.is_empty() => {}
                None => scale(&mut reads, &vec![1.0; projection.bias.len()], projection.bias.as_slice()),
            }
            match &mut all {
                None => all = Some(reads),
                Some(all) => {
                    let columns = all.as_mut_slice().par_chunks_mut(units).zip(reads.as_slice().par_chunks(units));
                    columns.for_each(|(all, reads)| all.iter_mut().zip(reads).for_each(|(all, x)| *all += x));
                }
            }
        }
        let mut drive = all.unwrap_or_else(|| Matrix::zeros(units, inputs.ncols()));
        let activation = if k == network.last() { Activation::Identity } else { hidden };
        with_transfer!(activation, |f| drive.as_mut_slice().par_chunks_mut(units).for_each(|column| {
            column.iter_mut().for_each(|a| *a = f.value(*a));
        }));
        activities.push(drive);
        // What nothing reads any more need not be kept.
        for (from, activity) in activities.iter_mut().enumerate().take(k) {
            if network.leaving(from).all(|own| own.to <= k) {
                *activity = Matrix::zeros(0, 0);
            }
        }
    }
    (network.folded_by(|p| found[p].as_ref().map(|own| &own.statistics)), found)
}

/// reads ← g · reads + o, by channel.
fn scale(reads: &mut Matrix, gains: &[f32], offsets: &[f32]) {
    let units = reads.nrows();
    reads.as_mut_slice().par_chunks_mut(units).for_each(|sample| scale_and_shift(sample, gains, offsets));
}

/// A s̄ of all samples (unit × sample), the largest of every window where they are pooled.
fn reads(projection: &Projection, activity: &Matrix) -> Matrix {
    let units = projection.output().units();
    let mut all = Matrix::zeros(units, activity.ncols());
    let samples = projection.map.tiling().samples().unwrap_or(SAMPLES);
    all.as_mut_slice().par_chunks_mut(units * samples).enumerate().for_each(|(tile, numbers)| {
        let count = numbers.len() / units;
        let x = activity.columns(tile * samples, count);
        let Some(pool) = &projection.pool else {
            return projection.apply(MatrixViewMut::from_slice(numbers, units, count), x);
        };
        let reads = pool.input().units();
        let mut taps = vec![0; units];
        with_scratch(reads * count, |images| {
            projection.apply(MatrixViewMut::from_slice(images, reads, count), x);
            for (image, pooled) in images.chunks_exact(reads).zip(numbers.chunks_exact_mut(units)) {
                pool.pool(image, pooled, &mut taps);
            }
        });
    });
    all
}

/// Makes the errors of population k, which stand in its `difference`, those that go back through the statistics of what it
/// reads. `network` is the one that [`normalised`] has made.
pub(super) fn through_statistics(network: &Network, k: usize, state: &mut NetworkState) {
    let is_alone = network.arriving(k).len() == 1;
    for (p, projection) in network.arriving_with_places(k) {
        if state.normalised(p).is_none() {
            continue;
        }
        let own = &state.dyads()[k - 1];
        let read = match is_alone {
            true => Cow::Borrowed(&own.drive),
            false => Cow::Owned(reads(projection, state.activity(projection.from))),
        };
        let errors = centred(&own.difference, &read, projection.bias.as_slice());
        let own = &mut state.parts().0.dyads[k - 1];
        if projection.pool.is_some()
            && let Some(pooling) = &mut own.pooling
        {
            route(&pooling.pool, &errors, &pooling.taps, &mut pooling.routed);
        } else {
            own.returned.push((p, errors));
        }
    }
}

/// e − ⟨e⟩ − x̂ ⟨e x̂⟩ (unit × sample), with x̂ what was read and the bias of its channel.
fn centred(errors: &Matrix, read: &Matrix, bias: &[f32]) -> Matrix {
    let (units, channels) = (errors.nrows(), bias.len());
    let single = |means: Vec<f64>| means.into_iter().map(|mean| mean as f32).collect::<Vec<f32>>();
    let (e, x) = (errors.as_slice(), read.as_slice());
    let mean = single(channel_means(errors, channels, |sums, own| add_numbers(sums, &e[own])));
    let along = single(channel_means(errors, channels, |sums, own| add_products(sums, &e[own.clone()], &x[own], bias)));
    let mut centred = Matrix::zeros(units, errors.ncols());
    let columns = centred.as_mut_slice().par_chunks_mut(units).zip(e.par_chunks(units)).zip(x.par_chunks(units));
    columns.for_each(|((centred, e), x)| centre(centred, e, x, [bias, &mean, &along]));
    centred
}
