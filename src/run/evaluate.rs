//! Loss and accuracy of a network on labelled data, by forward passes without nudging, on the hardware it learns on.
use crate::analog::Chip;
use crate::analog::moment::Context;
use crate::data::Dataset;
use crate::linalg::Matrix;
use crate::network::inference::Inference;
use crate::network::loss::is_largest;
use crate::network::{NetworkState, Weights};

/// Mean loss and share of correctly classified samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean loss per sample.
    pub loss: f64,
    /// Share of the samples whose largest output is that of their class.
    pub accuracy: f64,
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

    /// Sum of losses and number of correct samples; `chunk` numbers the batches of an evaluation.
    fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32], chunk: u64) -> (f64, usize) {
        let Evaluated { inference, weights, context, epoch } = *network;
        data.fill_batch(indices, &mut self.inputs, &mut self.labels);
        self.state.begin(context, epoch);
        self.state.skip_ticks(chunk << 32);
        self.state.restart_coloured_noise();
        inference.forward(weights, self.inputs.as_view(), &mut self.state);
        let outputs = &self.state.layers()[weights.layers().len() - 1].mean;
        let (mut loss, mut correct) = (0.0, 0);
        for (output, &label) in outputs.column_iter().zip(&self.labels) {
            let class = usize::from(label);
            self.target.fill(0.0);
            self.target[class] = 1.0;
            loss += inference.loss.value(output.as_slice(), &self.target);
            correct += usize::from(is_largest(output.as_slice(), class));
        }
        (loss, correct)
    }
}

impl Evaluator {
    /// For networks with layers of `units` (inputs first), on this chip if on any.
    pub fn new(units: &[usize], chip: Option<&Chip>) -> Self {
        Self { full: Batch::new(units, BATCH, chip) }
    }

    /// Scores the samples at `indices`; NaN if there are none.
    pub fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32]) -> Score {
        let (mut loss, mut correct) = (0.0, 0);
        for (number, chunk) in (0..).zip(indices.chunks(BATCH)) {
            let (chunk_loss, chunk_correct) = if chunk.len() == BATCH {
                self.full.score(network, data, chunk, number)
            } else {
                let chip = network.inference.chip.as_deref();
                Batch::new(&network.weights.units(), chunk.len(), chip).score(network, data, chunk, number)
            };
            loss += chunk_loss;
            correct += chunk_correct;
        }
        let n = indices.len() as f64;
        Score { loss: loss / n, accuracy: correct as f64 / n }
    }
}
