//! What a die takes in of its stimuli.
use crate::crossbar::lines::SEND_SAMPLES;
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::linalg::{Matrix, MatrixView};
use rayon::prelude::*;

/// Takes inputs (unit × sample) in, with noise of this standard deviation.
pub(super) fn sense(key: NoiseKey, std: f32, inputs: MatrixView, stimulus: &mut Matrix) {
    let units = stimulus.nrows();
    stimulus.as_mut_slice().par_chunks_mut(units).enumerate().with_min_len(SEND_SAMPLES).for_each(|(j, x)| {
        let clean = inputs.column(j);
        if std == 0.0 {
            x.copy_from_slice(clean.as_slice());
        } else {
            NoiseKey { first_sample: j, ..key }.stream(NoiseSource::Input).fill(x);
            x.iter_mut().zip(clean.as_slice()).for_each(|(x, clean)| *x = clean + std * *x);
        }
    });
}
