//! Means of each channel over all samples, and loops over those of one sample, whose numbers lie place after place, the
//! channels of a place next to each other.
//!
//! The loops are compiled for each instruction set. Every channel has a sum of its own, so all of them give the same bits.
use crate::linalg::Matrix;
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;

/// A mean for each channel over all numbers of `of` (unit × sample), of what `add` adds up for the sample whose numbers
/// stand in the range; sample after sample for any number of threads.
pub(crate) fn channel_means(of: &Matrix, channels: usize, add: impl Fn(&mut [f64], Range<usize>) + Sync) -> Vec<f64> {
    let of_sample = |sample: usize| {
        let mut sums = vec![0.0; channels];
        add(&mut sums, sample * of.nrows()..(sample + 1) * of.nrows());
        sums
    };
    let of_samples: Vec<Vec<f64>> = (0..of.ncols()).into_par_iter().map(of_sample).collect();
    let mut sums = vec![0.0; channels];
    of_samples.iter().for_each(|own| sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own));
    let count = (of.len() / channels) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

/// sums += x
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn add_numbers(sums: &mut [f64], sample: &[f32]) {
    let n = sums.len();
    for place in sample.chunks_exact(n) {
        for i in 0..n {
            sums[i] += f64::from(place[i]);
        }
    }
}

/// sums += (x − m)²
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn add_squares(sums: &mut [f64], sample: &[f32], mean: &[f64]) {
    let n = sums.len();
    let mean = &mean[..n];
    for place in sample.chunks_exact(n) {
        for i in 0..n {
            let from_mean = f64::from(place[i]) - mean[i];
            sums[i] += from_mean * from_mean;
        }
    }
}

/// sums += e (x + b)
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn add_products(sums: &mut [f64], errors: &[f32], reads: &[f32], bias: &[f32]) {
    let n = sums.len();
    let bias = &bias[..n];
    for (e, x) in errors.chunks_exact(n).zip(reads.chunks_exact(n)) {
        for i in 0..n {
            sums[i] += f64::from(e[i] * (x[i] + bias[i]));
        }
    }
}

/// x ← g x + o
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn scale_and_shift(sample: &mut [f32], gains: &[f32], offsets: &[f32]) {
    let n = gains.len();
    let offsets = &offsets[..n];
    for place in sample.chunks_exact_mut(n) {
        for i in 0..n {
            place[i] = gains[i] * place[i] + offsets[i];
        }
    }
}

/// centred ← e − ⟨e⟩ − (x + b) ⟨e x̂⟩
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn centre(centred: &mut [f32], errors: &[f32], reads: &[f32], constants: [&[f32]; 3]) {
    let [bias, mean, along] = constants;
    let n = bias.len();
    let (mean, along) = (&mean[..n], &along[..n]);
    let places = centred.chunks_exact_mut(n).zip(errors.chunks_exact(n)).zip(reads.chunks_exact(n));
    for ((centred, e), x) in places {
        for i in 0..n {
            centred[i] = e[i] - (mean[i] + (x[i] + bias[i]) * along[i]);
        }
    }
}
