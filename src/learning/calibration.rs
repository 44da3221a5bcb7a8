//! Auto-zero: what every dyad's circuits read where nothing is nudged, measured and subtracted.
use crate::credit::Inference;
use crate::device::noise_key::Context;
use crate::dynamics::DyadState;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::relax::NetworkState;
use crate::substrate::AutoZero;

/// Calibrates, if it is due before training step `step`: the mean of s⁺ − s⁻ and of what the learning circuit
/// reads, over the samples of the mini-batch and the reads of forward passes without nudging.
pub(super) fn calibrate(inference: &mut Inference, network: &Network, inputs: MatrixView, step: u64) {
    let Some(AutoZero { reads, every_steps }) = inference.substrate.calibration() else { return };
    let due = step == 0 || every_steps.is_some_and(|n| step.is_multiple_of(n.get() as u64));
    if !due {
        return;
    }
    // What is measured must not contain what the last calibration has found.
    if let Some(die) = inference.substrate.die_mut() {
        die.clear_zero();
    }
    let mut state = NetworkState::zeros(network, inputs.ncols(), &inference.substrate);
    let zeros = |dyads: &DyadState| [(); 2].map(|()| vec![0.0; dyads.mean.nrows()]);
    let mut sums: Vec<[Vec<f64>; 2]> = state.dyads().iter().map(zeros).collect();
    for read in 0..reads.get() as u64 {
        state.begin(Context::Calibration, step);
        // Reads are as far apart in the key as a stimulus can have updates.
        state.skip_ticks(read << 32);
        inference.forward(network, inputs, &mut state);
        state.finish_update(network);
        for (k, [difference, signal]) in (1..).zip(&mut sums) {
            let dyads = &state.dyads()[k - 1];
            let mut apart = &dyads.s_plus - &dyads.s_minus;
            let mut read = state.learning_signal(k).clone();
            // Of the first compartment less the second, whichever their roles are.
            if let Some(roles) = state.roles(k) {
                roles.apply(&mut apart);
                roles.apply(&mut read);
            }
            add_rows(&apart, difference);
            add_rows(&read, signal);
        }
    }
    let count = reads.get() as f64 * inputs.ncols() as f64;
    let mean = |sums: &[f64]| sums.iter().map(|sum| (sum / count) as f32).collect();
    if let Some(die) = inference.substrate.die_mut() {
        for (k, [difference, signal]) in (1..).zip(&sums) {
            die.set_zero(k, mean(difference), mean(signal));
        }
    }
}

fn add_rows(matrix: &Matrix, sums: &mut [f64]) {
    for column in matrix.column_iter() {
        sums.iter_mut().zip(column.iter()).for_each(|(sum, &x)| *sum += f64::from(x));
    }
}
