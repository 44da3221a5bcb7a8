//! What a run will cost, and whether it can be made at all.
use super::error::RunError;
use super::recording::StateSelection;
use super::samples;
use super::setup::{learner, steps_per_epoch};
use crate::config::{Experiment, Hardware, Setup};
use crate::data::{Datasets, fill_targets};
use crate::linalg::Matrix;
use crate::measure::{Clock, Measurements, Samples, Subject, Workload};

/// What a run will cost, before anything runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Training steps.
    pub steps: u64,
    /// Bytes of data, weights, moments and states.
    pub memory_bytes: f64,
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
/// If the data cannot be read, does not fit, or the network cannot be built.
pub fn estimate(setup: &Setup, datasets: &Datasets) -> Result<Cost, RunError> {
    let samples = samples::load(setup, datasets)?;
    samples::augmenter(&setup.experiment, &samples)?;
    cost(setup, &samples)
}

/// The arithmetic is counted by inferring one stimulus.
fn cost(setup: &Setup, samples: &Samples) -> Result<Cost, RunError> {
    let (experiment, training) = (&setup.experiment, &samples.splits.train);
    let architecture = setup.architecture(training.sample_shape(), training.classes())?;
    let units = architecture.units();
    let batch = experiment.training.batch_size.get();
    // The numbers do not matter, and the trace of initial weights may not be there yet.
    let weights = architecture.random(experiment.network.initialization, experiment.seeds.init)?;
    let new_learner =
        |experiment: &Experiment, hardware: &Hardware| learner(experiment, hardware, weights.clone(), 1, 1);
    let mut one = new_learner(experiment, &setup.hardware).map_err(|error| setup.misfit(&error))?;
    let inputs = Matrix::from_column_slice(units[0], 1, training.sample(0));
    let mut targets = Matrix::zeros(training.classes(), 1);
    fill_targets(&training.labels()[..1], &mut targets);
    // A divergence shows when the run is made; here only the products count.
    let _ = one.infer(inputs.as_view(), targets.as_view(), 0, None);
    // A pass, and as much for the gradient.
    let flops_per_pass: u64 = architecture.routes().iter().map(|route| route.map.flops(1)).sum();
    let epochs = experiment.training.epochs.get() as u64;
    let clock = Clock { epochs, steps_per_epoch: steps_per_epoch(experiment, samples.training.len()) };
    let steps = clock.steps_per_epoch.saturating_mul(epochs);
    let flops_per_step = (one.state.product_flops + flops_per_pass) * batch as u64;
    let subject = Subject { setup, learner: &one, new_learner: &new_learner };
    let workload = Workload { clock, samples, units: &units, batch_size: batch };
    let measuring = Measurements::new(&subject, clock)?.cost(&workload);

    let best = usize::from(experiment.training.validation.is_some());
    let state_numbers = 6 * units[1..].iter().sum::<usize>() * batch;
    let data_numbers = (training.len() + samples.test.len()) * units[0];
    let bytes = one.memory_bytes() + best * one.weights.memory_bytes() + 4 * (state_numbers + data_numbers);
    let updates = one.plan().updates.len();
    let row_bytes =
        experiment.recording.states.as_ref().map(|states| StateSelection::new(states, &architecture, batch, updates));
    let row_bytes = row_bytes.transpose()?.map_or(0, |selection| selection.row_bytes());
    let rows = experiment.recording.states.as_ref().map_or(0, |states| steps.div_ceil(states.every_steps.get() as u64));
    Ok(Cost {
        steps,
        memory_bytes: (bytes + measuring.bytes) as f64,
        trace_bytes: row_bytes as f64 * rows as f64,
        training_flops: flops_per_step as f64 * steps as f64,
        evaluation_flops: flops_per_pass as f64 * measuring.passes as f64,
    })
}
