//! The memory of a run at its peak: what it keeps, the largest of what passes, and what the program needs itself.
use super::network_cost::{NetworkCost, Probe};
use crate::config::Experiment;
use crate::data::Dataset;
use crate::measure::{Evaluator, Samples};
use crate::network::{Architecture, Network, Projection};
use crate::relax::schedule::Start;

/// Peak of the resident memory of a run, bytes, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Samples of both sets, and what is read of them before they are scaled, as far as that is more than all that follows.
    pub data: usize,
    /// Weights, moments of the optimizer, what synapses keep; the weights before training and the best ones.
    pub synapses: usize,
    /// States of a mini-batch, and its stimuli.
    pub states: usize,
    /// States of the samples that are scored at a time.
    pub evaluation: usize,
    /// What other measurements keep, such as the states of backprop.
    pub measurements: usize,
    /// The largest of what passes: copies of the weights for checkpoints and traces.
    pub files: usize,
    /// The program itself, and room for the products of every thread.
    pub program: usize,
}

/// The program without any network, and the figure that it draws of a run.
const PROGRAM: usize = 22_000_000;
const FIGURE: usize = 12_000_000;
/// Packed operands of a product, and stack, of one thread.
const THREAD: usize = 3_000_000;

impl Memory {
    /// Of a run with these samples, whose measurements keep so many bytes, and have so many of them in a checkpoint.
    pub(super) fn new(
        experiment: &Experiment,
        samples: &Samples,
        probe: &Probe,
        cost: &NetworkCost,
        [measurements, saved]: [usize; 2],
    ) -> Self {
        let training = &experiment.training;
        let (weights, batch_size) = (&probe.learner.weights, training.batch_size.get());
        let splits = &samples.splits;
        let features = splits.train.features();
        let number = size_of::<f32>();
        let of_inputs = number * features;
        let one_evaluated = (cost.state_bytes() - cost.timing_bytes()) / batch_size + of_inputs;
        let [kept, passing] = Evaluator::samples(&evaluated(experiment, samples));
        let initial = usize::from(experiment.recording.weights);
        let best = usize::from(experiment.has_validation());
        let synapses = cost.synapse_bytes() + (initial + best) * weights.memory_bytes();
        let states = cost.state_bytes() + batch_size * of_inputs;
        // States that go on from stimulus to stimulus, and delay lines, are part of a checkpoint.
        let carried = if experiment.start == Some(Start::Carried) { cost.state_bytes() } else { 0 };
        let figure = if experiment.output.figure { FIGURE } else { 0 };
        let mut memory = Self {
            data: (splits.train.len() + splits.test.len() + splits.validation.as_ref().map_or(0, Dataset::len))
                * of_inputs,
            synapses,
            states,
            evaluation: (kept + passing) * one_evaluated,
            measurements,
            files: passing_copies(
                experiment,
                probe,
                synapses - probe.learner.synapses.frozen_bytes() + saved + carried,
            ),
            program: PROGRAM + figure + rayon::current_num_threads() * (THREAD + room(weights, batch_size)),
        };
        // Pixels of 8 bits stand next to what they become.
        let reading = memory.data + memory.data / number + PROGRAM;
        memory.data += reading.saturating_sub(memory.total());
        memory
    }

    /// All of it.
    pub fn total(&self) -> usize {
        let Self { data, synapses, states, evaluation, measurements, files, program } = *self;
        [data, synapses, states, evaluation, measurements, files, program].into_iter().sum()
    }
}

/// What a run with such a network keeps at the least, bytes: its weights, and the copies of them that its settings ask for.
pub(super) fn least_bytes(experiment: &Experiment, architecture: &Architecture) -> usize {
    let copies = usize::from(experiment.recording.weights) + usize::from(experiment.has_validation());
    architecture.synapses().saturating_mul(size_of::<f32>()).saturating_mul(1 + copies)
}

/// Sizes of the sets that are scored.
fn evaluated(experiment: &Experiment, samples: &Samples) -> Vec<usize> {
    let mut sets = vec![samples.validation.len()];
    if experiment.measure.accuracy_every_epochs.is_some() {
        let most = experiment.measure.train_samples.get();
        sets.extend([samples.training.len().min(most), samples.test.len()]);
    }
    sets
}

/// The most that is copied of the weights at any time: when the network is made, for a checkpoint, and when a matrix is brought into the order of files.
///
/// A checkpoint copies all that is kept and changes.
fn passing_copies(experiment: &Experiment, probe: &Probe, kept: usize) -> usize {
    let weights = &probe.weights;
    let largest = weights.projections().iter().map(Projection::memory_bytes).max().unwrap_or(0);
    let epochs = experiment.training.epochs.get() as u64;
    let every = experiment.output.checkpoint_every_epochs.map_or(u64::MAX, |every| every.get() as u64);
    let saves = every < epochs || experiment.output.final_state;
    let checkpoint = if saves { kept + largest } else { 0 };
    [weights.memory_bytes(), 2 * largest, checkpoint].into_iter().max().unwrap_or(0)
}

/// Room for the patches that one thread unfolds at a time, and what is made of them.
fn room(weights: &Network, batch_size: usize) -> usize {
    let of_projection = |own: &Projection| {
        let array = own.map.array();
        let reads = own.map.reads_at_once().min(array.reads * batch_size);
        size_of::<f32>() * (array.columns + array.rows) * reads
    };
    weights.projections().iter().map(of_projection).max().unwrap_or(0)
}
