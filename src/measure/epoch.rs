//! What a measurement finds after an epoch.
use super::evaluator::{Evaluated, Evaluator, Score};
use super::samples::{Batch, Samples};
use super::tables::Tables;
use crate::config::Setup;
use crate::costs::Operations;
use crate::credit::Inference;
use crate::device::noise_key::Context;
use crate::learning::Learner;
use crate::network::Network;
use crate::synapse::counts::WriteTotals;

/// A network after an epoch; epoch 0 is the untrained one.
#[derive(Debug, Clone, Copy)]
pub struct EpochNetwork<'a> {
    /// Settings of the run.
    pub setup: &'a Setup,
    /// Samples of the run.
    pub samples: &'a Samples,
    /// The network.
    pub learner: &'a Learner,
    /// Its weights as the devices hold them.
    pub held: &'a Network,
    /// Writes of every layer during the epoch, and its number of synapses; none before the first epoch.
    pub writes: &'a [(WriteTotals, usize)],
    /// What the chip has done in the epoch: to train, and of calibration.
    pub operations: &'a [Operations; 2],
    /// Stimuli of the epoch.
    pub stimuli: u64,
    /// Number of the epoch.
    pub epoch: u64,
    /// The training step that comes next.
    pub next_step: u64,
}

/// A network after an epoch, what it is scored with, and the tables that the numbers go into.
#[derive(Debug)]
pub struct AfterEpoch<'a> {
    /// The network.
    pub network: EpochNetwork<'a>,
    /// Where the numbers go; the row of metrics has begun.
    pub tables: &'a mut Tables,
    pub(super) evaluator: &'a mut Evaluator,
}

/// Samples to be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSet {
    /// The first N training samples.
    Training(usize),
    /// Those held out.
    Validation,
    /// The test set.
    Test,
}

impl EpochNetwork<'_> {
    /// The first training samples, at most so many: the stimuli of probes.
    pub fn probe_batch(&self, most: usize) -> Batch {
        let splits = &self.samples.splits;
        let size = self.samples.training.len().min(most);
        let mut batch = Batch::new(splits.train.features(), splits.train.outputs(), size);
        batch.order = (0..size as u32).collect();
        batch.fill(self.samples, 0);
        batch
    }
}

impl AfterEpoch<'_> {
    /// Scores the network.
    pub fn score(&mut self, set: SampleSet) -> Score {
        self.score_of(&self.network.learner.inference, self.network.held, set)
    }

    /// Scores a variant of the network; each set has noise of its own.
    pub fn score_of(&mut self, inference: &Inference, weights: &Network, set: SampleSet) -> Score {
        let EpochNetwork { samples, epoch, .. } = self.network;
        let (train, test) = (&samples.splits.train, &samples.splits.test);
        let (context, data, indices) = match set {
            SampleSet::Training(most) => {
                let first = samples.training.len().min(most);
                (Context::EvaluationTrain, train, &samples.training[..first])
            }
            SampleSet::Validation => (Context::EvaluationValidation, samples.validation_set(), &samples.validation[..]),
            SampleSet::Test => (Context::EvaluationTest, test, &samples.test[..]),
        };
        self.evaluator.score(&Evaluated { inference, weights, context, epoch }, data, indices)
    }
}
