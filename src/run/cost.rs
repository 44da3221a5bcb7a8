//! What a run will cost, and whether it can be made at all.
use super::error::RunError;
use super::foreseen::{Foreseen, foresee};
use super::memory::{Memory, least_bytes};
use super::memory_limit::MemoryLimit;
use super::network_cost::{NetworkCost, Probe};
use super::recording::StateSelection;
use super::samples;
use super::setup::{learner, steps_per_epoch};
use crate::config::{Experiment, Hardware, Setup};
use crate::data::Datasets;
use crate::device::frozen::MeasuredDie;
use crate::measure::{Clock, Measurements, Samples, Subject, Workload};
use crate::network::Architecture;
use crate::persist::saved;
use crate::relax::NetworkState;
use crate::substrate::Substrate;

const RUN: &str = "this run";

/// What a run will cost, before anything runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Training steps.
    pub steps: u64,
    /// What the parts of the network cost.
    pub network: NetworkCost,
    /// What it will cost the chip; none if nothing is known of that.
    pub chip: Option<Foreseen>,
    /// Memory at its peak.
    pub memory: Memory,
    /// Bytes of recorded states before compression.
    pub trace_bytes: f64,
    /// Floating-point operations of the products of all training steps.
    pub training_flops: f64,
    /// Floating-point operations of the passes that measure, at most.
    pub evaluation_flops: f64,
}

/// Checks that an experiment can be run on its data, and estimates the cost.
///
/// # Errors
/// If the data cannot be read, does not fit, the network cannot be built, or by its number of synapses alone takes more memory than
/// the machine has.
pub fn estimate(setup: &Setup, datasets: &Datasets) -> Result<Cost, RunError> {
    let samples = samples::load(setup, datasets)?;
    samples::augmenter(&setup.experiment, &samples)?;
    let training = &samples.splits.train;
    let architecture = setup.architecture(training.sample_shape(), training.outputs())?;
    MemoryLimit::of_machine().check(RUN, least_bytes(&setup.experiment, &architecture) as f64)?;
    cost(setup, &samples)
}

/// Whether a run fits into so much memory. What is more than that by its number of synapses alone is not even built to be
/// looked at.
pub(super) fn check_memory(
    setup: &Setup,
    samples: &Samples,
    architecture: &Architecture,
    limit: MemoryLimit,
) -> Result<(), RunError> {
    limit.check(RUN, least_bytes(&setup.experiment, architecture) as f64)?;
    Ok(limit.check(RUN, cost(setup, samples)?.memory.total() as f64)?)
}

/// The arithmetic is counted by inferring one stimulus.
fn cost(setup: &Setup, samples: &Samples) -> Result<Cost, RunError> {
    let (experiment, training) = (&setup.experiment, &samples.splits.train);
    let architecture = setup.architecture(training.sample_shape(), training.outputs())?;
    let units = architecture.units();
    let batch = experiment.training.batch_size.get();
    let probe = Probe::new(setup, &architecture, training.sample(0))?;
    let one = &probe.learner;
    let network = probe.cost(batch);
    // Measured devices cost as much as drawn ones.
    let drawn = MeasuredDie::default();
    let new_learner = |experiment: &Experiment, hardware: &Hardware| {
        learner(experiment, hardware, probe.weights.clone(), 1, 1, &drawn)
    };
    let flops_per_pass = probe.answer_flops(training.sample(0));
    let epochs = experiment.training.epochs.get() as u64;
    let clock = Clock { epochs, steps_per_epoch: steps_per_epoch(experiment, samples.training.len()) };
    let steps = clock.steps_per_epoch.saturating_mul(epochs);
    let subject = Subject { setup, learner: one, new_learner: &new_learner };
    let ideal = NetworkState::zeros(&one.weights, 1, &Substrate::Ideal);
    let state_bytes = (0..units.len()).map(|k| ideal.memory_bytes(k)).sum();
    let workload = Workload { clock, samples, units: &units, batch_size: batch, state_bytes };
    let mut measurements = Measurements::new(&subject, clock)?;
    let measuring = measurements.cost(&workload);
    let of_checkpoint = saved(&mut measurements).values().map(|array| array.len() * array.size()).sum();
    let updates = one.plan().updates.len();
    let row_bytes =
        experiment.recording.states.as_ref().map(|states| StateSelection::new(states, &architecture, batch, updates));
    let row_bytes = row_bytes.transpose()?.map_or(0, |selection| selection.row_bytes());
    let rows = experiment.recording.states.as_ref().map_or(0, |states| steps.div_ceil(states.every_steps.get() as u64));
    Ok(Cost {
        steps,
        chip: foresee(setup, &probe.weights, training.sample(0), steps)?,
        memory: Memory::new(experiment, samples, &probe, &network, [measuring.bytes, of_checkpoint]),
        trace_bytes: row_bytes as f64 * rows as f64,
        training_flops: network.flops() as f64 * batch as f64 * steps as f64,
        evaluation_flops: flops_per_pass as f64 * measuring.passes as f64,
        network,
    })
}
