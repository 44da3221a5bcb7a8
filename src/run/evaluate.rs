//! Loss and accuracy of a network on labelled data, by forward passes without nudging, on the hardware it learns on.
use crate::analog::Chip;
use crate::analog::moment::Context;
use crate::data::Dataset;
use crate::linalg::Matrix;
use crate::network::inference::Inference;
use crate::network::lifted::energy::TermErrors;
use crate::network::lifted::{Lifted, LiftedObjective};
use crate::network::loss::is_largest;
use crate::network::{NetworkState, Weights};

/// Mean loss and share of correctly classified samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean loss per sample.
    pub loss: f64,
    /// Share of the samples whose largest output is that of their class.
    pub accuracy: f64,
    /// Mean of ‖x − W_1ᵀz_1 − c_1‖²/‖x‖² of a network that learns to reconstruct its inputs, whose loss is its least energy;
    /// of no others.
    pub reconstruction_error: Option<f64>,
}

/// Sums over samples.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    loss: f64,
    correct: usize,
    reconstruction_error: f64,
}

/// A network to be scored.
#[derive(Debug, Clone, Copy)]
pub struct Evaluated<'a> {
    /// Its equations, and the chip it runs on.
    pub inference: &'a Inference,
    /// Its weights.
    pub weights: &'a Weights,
    /// Which set is scored: each has noise of its own.
    pub context: Context,
    /// After this epoch.
    pub epoch: u64,
}

/// Samples in a batch of an evaluation.
const BATCH: usize = 250;

/// Room for evaluations of one network.
#[derive(Debug)]
pub struct Evaluator {
    full: Batch,
}

#[derive(Debug)]
struct Batch {
    inputs: Matrix,
    labels: Vec<u16>,
    target: Vec<f32>,
    state: NetworkState,
}

impl Batch {
    fn new(units: &[usize], samples: usize, chip: Option<&Chip>) -> Self {
        Self {
            inputs: Matrix::zeros(units[0], samples),
            labels: vec![0; samples],
            target: vec![0.0; units[units.len() - 1]],
            state: NetworkState::zeros(units, samples, chip),
        }
    }

    /// Sums over a batch; `chunk` numbers the batches of an evaluation.
    fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32], chunk: u64) -> Sums {
        let Evaluated { inference, weights, context, epoch } = *network;
        data.fill_batch(indices, &mut self.inputs, &mut self.labels);
        self.state.begin(context, epoch);
        self.state.skip_ticks(chunk << 32);
        self.state.restart_coloured_noise();
        inference.forward(weights, self.inputs.as_view(), &mut self.state);
        if let Some(lifted) = inference.lifted.as_deref()
            && lifted.objective == LiftedObjective::Reconstruction
        {
            return self.reconstruction(lifted, weights);
        }
        let outputs = &self.state.layers()[weights.layers().len() - 1].mean;
        let mut sums = Sums::default();
        for (output, &label) in outputs.column_iter().zip(&self.labels) {
            let class = usize::from(label);
            self.target.fill(0.0);
            self.target[class] = 1.0;
            sums.loss += inference.loss.value(output.as_slice(), &self.target);
            sums.correct += usize::from(is_largest(output.as_slice(), class));
        }
        sums
    }

    fn reconstruction(&self, lifted: &Lifted, weights: &Weights) -> Sums {
        let states = self.state.layers().iter().map(|layer| layer.mean.clone());
        let z: Vec<Matrix> = std::iter::once(self.inputs.clone()).chain(states).collect();
        let errors = TermErrors::new(weights, 1, z[0].as_view(), z[1].as_view()).reconstruction;
        let square = |x: nalgebra::DVectorView<f32>| x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let shares = errors.column_iter().zip(z[0].column_iter()).map(|(error, x)| square(error) / square(x));
        Sums { loss: lifted.energy(weights, &z), correct: 0, reconstruction_error: shares.sum() }
    }
}

impl Evaluator {
    /// For networks with layers of `units` (inputs first), on this chip if on any.
    pub fn new(units: &[usize], chip: Option<&Chip>) -> Self {
        Self { full: Batch::new(units, BATCH, chip) }
    }

    /// Scores the samples at `indices`; NaN if there are none.
    pub fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32]) -> Score {
        let prepared = network.inference.prepared(network.weights);
        let network = &Evaluated { inference: &prepared, ..*network };
        let mut sums = Sums::default();
        for (number, chunk) in (0..).zip(indices.chunks(BATCH)) {
            let of_chunk = if chunk.len() == BATCH {
                self.full.score(network, data, chunk, number)
            } else {
                let chip = network.inference.chip.as_deref();
                Batch::new(&network.weights.units(), chunk.len(), chip).score(network, data, chunk, number)
            };
            sums.loss += of_chunk.loss;
            sums.correct += of_chunk.correct;
            sums.reconstruction_error += of_chunk.reconstruction_error;
        }
        let n = indices.len() as f64;
        let reconstructs = |lifted: &Lifted| lifted.objective == LiftedObjective::Reconstruction;
        let is_reconstruction = prepared.lifted.as_deref().is_some_and(reconstructs);
        Score {
            loss: sums.loss / n,
            accuracy: sums.correct as f64 / n,
            reconstruction_error: is_reconstruction.then_some(sums.reconstruction_error / n),
        }
    }
}
