//! Auto-zero: what every dyad's circuits read where nothing is nudged, measured and subtracted.
use super::learner::Learner;
use crate::analog::Chip;
use crate::analog::learning_circuit::AutoZero;
use crate::analog::moment::Context;
use crate::linalg::{Matrix, MatrixView};
use crate::network::NetworkState;
use std::sync::Arc;

impl Learner {
    /// Calibrates, if it is due before training step `step`: the mean of s⁺ − s⁻ and of what the learning circuit
    /// reads, over the samples of the mini-batch and the reads of forward passes without nudging.
    pub(super) fn calibrate(&mut self, inputs: MatrixView, step: u64) {
        let Some(chip) = &mut self.inference.chip else { return };
        let Some(AutoZero { reads, every_steps }) = chip.auto_zero else { return };
        let due = step == 0 || every_steps.is_some_and(|n| step.is_multiple_of(n.get() as u64));
        if !due {
            return;
        }
        // What is measured must not contain what the last calibration has found.
        Arc::make_mut(chip).clear_zero();
        let chip: Arc<Chip> = Arc::clone(chip);
        let mut state = NetworkState::zeros(&self.weights.units(), inputs.ncols(), Some(&chip));
        let layers = self.weights.layers().len();
        let mut sums: Vec<[Vec<f64>; 2]> =
            self.weights.layers().iter().map(|layer| [(); 2].map(|()| vec![0.0; layer.bias.len()])).collect();
        for read in 0..reads.get() as u64 {
            state.begin(Context::Calibration, step);
            // Reads are as far apart in the key as a stimulus can have visits.
            state.skip_ticks(read << 32);
            self.inference.forward(&self.weights, inputs, &mut state);
            self.inference.finish_visit(&mut state);
            for (k, [difference, signal]) in sums.iter_mut().enumerate() {
                let layer = &state.layers()[k];
                let apart = &layer.s_plus - &layer.s_minus;
                add_rows(&apart, difference);
                add_rows(layer.learning_signal(), signal);
            }
        }
        let count = reads.get() as f64 * inputs.ncols() as f64;
        let chip = Arc::make_mut(self.inference.chip.as_mut().expect("this learner has a chip"));
        for k in 1..=layers {
            let mean = |sums: &[f64]| sums.iter().map(|sum| (sum / count) as f32).collect();
            chip.set_zero(k, mean(&sums[k - 1][0]), mean(&sums[k - 1][1]));
        }
    }
}

fn add_rows(matrix: &Matrix, sums: &mut [f64]) {
    for column in matrix.column_iter() {
        sums.iter_mut().zip(column.iter()).for_each(|(sum, &x)| *sum += f64::from(x));
    }
}
