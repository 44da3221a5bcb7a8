//! Norm of the Jacobian at every sample: how steep the network is there.
//!
//! Power iteration v ← JᵀJ v / ‖JᵀJ v‖ on all samples at once, each with a vector of its own. ‖J v‖/‖v‖ of the best v is
//! reported, which no rounding lifts noticeably above ‖J‖₂: a lower bound of it, and so of the Lipschitz constant.
use super::norm::column_norms;
use super::response::{Linearised, column, for_each_column};
use crate::linalg::Matrix;
use crate::random::{StandardNormal, Stream};
use rand::distr::Distribution;

/// How steep a network is at every sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Steepness {
    /// Lower bound of ‖J‖₂ of every sample; NaN where the network does not give numbers.
    pub norms: Vec<f64>,
    /// The direction of unit length (input × sample) in which that was found.
    pub directions: Matrix,
}

/// The norm of the Jacobian at every sample of a point with this many inputs, by this many iterations. `start` opens the
/// stream of a sample's first direction.
pub fn steepness(
    point: &impl Linearised,
    inputs: usize,
    iterations: usize,
    start: impl Fn(usize) -> Stream + Sync,
) -> Steepness {
    let samples = point.outputs().ncols();
    let mut v = Matrix::zeros(inputs, samples);
    for_each_column(&mut v, |sample, v| {
        let mut random = start(sample);
        v.iter_mut().for_each(|x| *x = StandardNormal.sample(&mut random));
    });
    normalise(&mut v);
    let mut best = Steepness { norms: vec![0.0; samples], directions: v.clone() };
    for iteration in 0..=iterations {
        let image = point.jvp(v.as_view());
        let ratios = column_norms(&image).into_iter().zip(column_norms(&v)).map(|(up, down)| up / down);
        for (sample, ratio) in ratios.enumerate() {
            // A NaN, once there, stays.
            if ratio > best.norms[sample] || ratio.is_nan() {
                best.norms[sample] = ratio;
                best.directions.set_column(sample, &v.column(sample));
            }
        }
        if iteration < iterations {
            let mut next = point.vjp(image.as_view());
            normalise(&mut next);
            // Where J is zero there is no better direction.
            for_each_column(&mut next, |sample, next| {
                if next.iter().all(|&x| x == 0.0) {
                    next.copy_from_slice(column(&v, sample));
                }
            });
            v = next;
        }
    }
    best
}

/// Brings every column to length 1; columns of zeros stay.
pub(super) fn normalise(v: &mut Matrix) {
    let norms = column_norms(v);
    for_each_column(v, |j, column| {
        if norms[j] != 0.0 {
            column.iter_mut().for_each(|x| *x = (f64::from(*x) / norms[j]) as f32);
        }
    });
}
