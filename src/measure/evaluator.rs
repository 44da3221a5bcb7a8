//! Loss and accuracy of a network on labelled data, by forward passes without nudging, on the hardware it learns on.
use super::quality::QualitySums;
use crate::credit::Inference;
use crate::credit::lifted::energy::{TermErrors, energy};
use crate::credit::lifted::{Lifted, LiftedObjective};
use crate::data::{Dataset, TargetKind, Targets};
use crate::device::noise_key::Context;
use crate::dynamics::loss::is_largest;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::relax::NetworkState;
use crate::substrate::Substrate;
use crate::vocabulary::Term;

/// Mean loss and share of correctly classified samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean loss per sample.
    pub loss: f64,
    /// Share of the samples whose largest output is that of their class, or all of whose labels are right; NaN of real-valued targets.
    pub accuracy: f64,
    /// R² of real-valued targets, mean over the outputs; NaN of others.
    pub r2: f64,
    /// Root of their mean squared error, in units of the files; NaN of others.
    pub rmse: f64,
    /// F1 over all labels of all samples, where several may hold; NaN elsewhere.
    pub f1: f64,
    /// Mean of ‖x − W_1ᵀz_1 − c_1‖²/‖x‖² of a network that learns to reconstruct its inputs, whose loss is its least energy;
    /// of no others.
    pub reconstruction_error: Option<f64>,
}

impl Score {
    /// The number of a score of some set.
    pub fn of(&self, term: &Term) -> f64 {
        let ends = |suffix: &str| term.name.ends_with(suffix);
        match () {
            () if ends("_loss") || ends("_energy") => self.loss,
            () if ends("_reconstruction_error") => self.reconstruction_error.unwrap_or(f64::NAN),
            () if ends("_r2") => self.r2,
            () if ends("_rmse") => self.rmse,
            () if ends("_f1") => self.f1,
            () => self.accuracy,
        }
    }
}

/// The scores of a set with such targets, out of its (loss, accuracy, R², RMSE, F1).
pub(super) fn columns(targets: TargetKind, [loss, accuracy, r2, rmse, f1]: &[Term; 5]) -> Vec<Term> {
    match targets {
        TargetKind::Classes => vec![*loss, *accuracy],
        TargetKind::Values => vec![*loss, *r2, *rmse],
        TargetKind::Labels => vec![*loss, *accuracy, *f1],
    }
}

/// Sums over samples.
#[derive(Debug, Clone, Default)]
struct Sums {
    loss: f64,
    correct: usize,
    reconstruction_error: f64,
    quality: QualitySums,
}

/// A network to be scored.
#[derive(Debug, Clone, Copy)]
pub struct Evaluated<'a> {
    /// Its equations, and the chip it runs on.
    pub inference: &'a Inference,
    /// Its weights.
    pub weights: &'a Network,
    /// Which set is scored: each has noise of its own.
    pub context: Context,
    /// After this epoch.
    pub epoch: u64,
}

/// Loss and accuracy of a network on all samples of a set. Noise of the hardware is the same in every call.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let DataSplits { test, .. } = digits(10, 500, 1)?;
/// let network = Network::random(&[test.features(), 30, test.classes()], Initialization::HeNormal, 1)?;
/// let inference = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let untrained = score(&inference, &network, &test);
/// assert!(untrained.accuracy < 0.3 && untrained.loss > 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn score(inference: &Inference, network: &Network, data: &Dataset) -> Score {
    let indices: Vec<u32> = (0..data.len() as u32).collect();
    let evaluated = Evaluated { inference, weights: network, context: Context::EvaluationTest, epoch: 0 };
    Evaluator::default().score(&evaluated, data, &indices)
}

/// What a network answers to `inputs` (input × sample): its outputs (class × sample), by forward passes as in [`score`].
pub fn answers(inference: &Inference, network: &Network, inputs: MatrixView) -> Matrix {
    let prepared = inference.prepared(network);
    let network = network.folded();
    let mut outputs = Matrix::zeros(network.units()[network.last()], inputs.ncols());
    for first in (0..inputs.ncols()).step_by(BATCH) {
        let samples = BATCH.min(inputs.ncols() - first);
        let mut state = NetworkState::zeros(&network, samples, &prepared.substrate);
        state.begin(Context::EvaluationTest, 0);
        state.skip_ticks(((first / BATCH) as u64) << 32);
        prepared.forward(&network, inputs.columns(first, samples), &mut state);
        outputs.columns_mut(first, samples).copy_from(&state.outputs().mean);
    }
    outputs
}

/// Samples in a batch of an evaluation.
const BATCH: usize = 250;

/// Room for evaluations of one network on one hardware.
#[derive(Debug, Default)]
pub struct Evaluator {
    /// Made when it is first needed.
    full: Option<Batch>,
}

#[derive(Debug)]
struct Batch {
    inputs: Matrix,
    labels: Vec<u16>,
    targets: Matrix,
    state: NetworkState,
}

impl Batch {
    fn new(network: &Network, samples: usize, substrate: &Substrate) -> Self {
        let units = network.units();
        Self {
            inputs: Matrix::zeros(units[0], samples),
            labels: vec![0; samples],
            targets: Matrix::zeros(units[units.len() - 1], samples),
            state: NetworkState::zeros(network, samples, substrate),
        }
    }

    /// Brings the outputs to what they answer to a batch; `chunk` numbers the batches of an evaluation.
    fn answer(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32], chunk: u64) {
        let Evaluated { inference, weights, context, epoch } = *network;
        data.fill_batch(indices, &mut self.inputs, &mut self.labels);
        self.state.begin(context, epoch);
        self.state.skip_ticks(chunk << 32);
        self.state.restart_coloured_noise();
        inference.forward(weights, self.inputs.as_view(), &mut self.state);
    }

    /// Sums over a batch; `chunk` numbers the batches of an evaluation.
    fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32], chunk: u64) -> Sums {
        let Evaluated { inference, weights, .. } = *network;
        self.answer(network, data, indices, chunk);
        if let Some(lifted) = inference.rule.energy()
            && lifted.objective == LiftedObjective::Reconstruction
        {
            return self.reconstruction(lifted, weights);
        }
        let outputs = &self.state.outputs().mean;
        let mut sums = Sums::default();
        let loss = inference.rule.loss();
        data.fill_targets(indices, &mut self.targets);
        for (sample, output) in outputs.column_iter().enumerate() {
            let (output, target) = (output.as_slice(), self.targets.column(sample));
            sums.loss += loss.value(output, target.as_slice());
            sums.correct += usize::from(match data.targets() {
                Targets::Classes(_) => is_largest(output, self.labels[sample].into()),
                Targets::Labels(_) => sums.quality.add_labels(output, target.as_slice(), loss),
                Targets::Values(_) => {
                    sums.quality.add_values(output, target.as_slice());
                    false
                }
            });
        }
        sums
    }

    fn reconstruction(&self, lifted: &Lifted, weights: &Network) -> Sums {
        let states = self.state.dyads().iter().map(|layer| layer.mean.clone());
        let z: Vec<Matrix> = std::iter::once(self.inputs.clone()).chain(states).collect();
        let errors = TermErrors::new(weights, 1, z[0].as_view(), z[1].as_view()).reconstruction;
        let square = |x: nalgebra::DVectorView<f32>| x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let shares = errors.column_iter().zip(z[0].column_iter()).map(|(error, x)| square(error) / square(x));
        Sums { loss: energy(lifted, weights, &z), reconstruction_error: shares.sum(), ..Sums::default() }
    }
}

impl Evaluator {
    /// Samples of which states are kept when sets of these sizes have been scored, and of which they pass.
    pub fn samples(sets: &[usize]) -> [usize; 2] {
        let full = sets.iter().any(|&samples| samples >= BATCH);
        [if full { BATCH } else { 0 }, sets.iter().map(|samples| samples % BATCH).max().unwrap_or(0)]
    }

    /// What a network answers after an epoch to the samples of the test set at `indices` (class × sample), with the noise with
    /// which they are scored.
    pub fn outputs(inference: &Inference, weights: &Network, epoch: u64, test: &Dataset, indices: &[u32]) -> Matrix {
        let network = &Evaluated { inference, weights, context: Context::EvaluationTest, epoch };
        let prepared = network.inference.prepared(network.weights);
        let weights = network.weights.folded();
        let network = &Evaluated { inference: &prepared, weights: &weights, ..*network };
        let mut outputs = Matrix::zeros(weights.units()[weights.last()], indices.len());
        for (number, chunk) in (0..).zip(indices.chunks(BATCH)) {
            let mut batch = Batch::new(network.weights, chunk.len(), &prepared.substrate);
            batch.answer(network, test, chunk, number);
            outputs.columns_mut(number as usize * BATCH, chunk.len()).copy_from(&batch.state.outputs().mean);
        }
        outputs
    }

    /// Scores the samples at `indices`; NaN if there are none.
    pub fn score(&mut self, network: &Evaluated, data: &Dataset, indices: &[u32]) -> Score {
        let prepared = network.inference.prepared(network.weights);
        let weights = network.weights.folded();
        let network = &Evaluated { inference: &prepared, weights: &weights, ..*network };
        let mut sums = Sums::default();
        for (number, chunk) in (0..).zip(indices.chunks(BATCH)) {
            let room = || Batch::new(network.weights, chunk.len(), &prepared.substrate);
            let of_chunk = if chunk.len() == BATCH {
                self.full.get_or_insert_with(room).score(network, data, chunk, number)
            } else {
                room().score(network, data, chunk, number)
            };
            sums.loss += of_chunk.loss;
            sums.correct += of_chunk.correct;
            sums.quality.add(&of_chunk.quality);
            sums.reconstruction_error += of_chunk.reconstruction_error;
        }
        let n = indices.len() as f64;
        let reconstructs = |lifted: &Lifted| lifted.objective == LiftedObjective::Reconstruction;
        let is_reconstruction = prepared.rule.energy().is_some_and(reconstructs);
        Score {
            loss: sums.loss / n,
            accuracy: if data.targets().kind() == TargetKind::Values { f64::NAN } else { sums.correct as f64 / n },
            r2: sums.quality.r2(),
            rmse: sums.quality.rmse(data.target_std()),
            f1: sums.quality.f1(),
            reconstruction_error: is_reconstruction.then_some(sums.reconstruction_error / n),
        }
    }
}
