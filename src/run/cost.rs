//! What a run will cost, and whether it can be made at all.
use super::error::RunError;
use super::recording::StateSelection;
use super::setup::{fill_targets, learner, steps_per_epoch, units};
use super::stimuli::Data;
use crate::config::Setup;
use crate::data::Datasets;
use crate::linalg::Matrix;
use crate::network::Weights;

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
    /// Floating-point operations of the passes that measure loss, accuracy and robustness, the last at most.
    pub evaluation_flops: f64,
}

/// Checks that an experiment can be run on its data, and estimates the cost.
///
/// # Errors
/// If the data cannot be read, does not fit, or the network cannot be built.
pub fn estimate(setup: &Setup, datasets: &Datasets) -> Result<Cost, RunError> {
    let data = Data::load(setup, datasets)?;
    cost(setup, &data)
}

/// The arithmetic is counted by inferring one stimulus.
fn cost(setup: &Setup, data: &Data) -> Result<Cost, RunError> {
    let (experiment, training) = (&setup.experiment, &data.splits.train);
    let units = units(experiment, training.features(), training.classes());
    let batch = experiment.training.batch_size.get();
    // The numbers do not matter, and the trace of initial weights may not be there yet.
    let weights = Weights::random(&units, experiment.network.initialization, experiment.seeds.init)?;
    let mut one = learner(experiment, &setup.hardware, weights, 1, 1)?;
    let inputs = Matrix::from_column_slice(units[0], 1, training.sample(0));
    let mut targets = Matrix::zeros(training.classes(), 1);
    fill_targets(&training.labels()[..1], &mut targets);
    // A divergence shows when the run is made; here only the products count.
    let _ = one.infer(inputs.as_view(), targets.as_view(), 0, None);
    let weights: usize = units.windows(2).map(|w| w[0] * w[1]).sum();
    let epochs = experiment.training.epochs.get();
    let steps = steps_per_epoch(experiment, data.training.len()).saturating_mul(epochs as u64);
    let flops_per_step = (one.state.product_flops + 2 * weights as u64) * batch as u64;
    let trained_on = data.training.len().min(experiment.measure.train_samples.get());
    let measured = experiment.measure.accuracy_every_epochs.map_or(0, |every| 1 + epochs.div_ceil(every.get()));
    let evaluated = measured * (trained_on + data.test.len()) + (epochs + 1) * data.validation.len();

    let best = usize::from(experiment.training.validation.is_some());
    let audit = if experiment.measure.gradient_every_steps.flatten().is_some() { 2 } else { 1 };
    let state_numbers = 6 * units[1..].iter().sum::<usize>() * batch * audit;
    let data_numbers = (training.len() + data.test.len()) * units[0];
    let bytes = one.memory_bytes() + best * one.weights.memory_bytes() + 4 * (state_numbers + data_numbers);
    let visits = one.plan().visits.len();
    let row_bytes =
        experiment.recording.states.as_ref().map(|states| StateSelection::new(states, &units, batch, visits));
    let row_bytes = row_bytes.transpose()?.map_or(0, |selection| selection.row_bytes());
    let rows = experiment.recording.states.as_ref().map_or(0, |states| steps.div_ceil(states.every_steps.get() as u64));
    let robustness = experiment.measure.robustness.as_ref().map_or((0, 0), |settings| {
        let samples = data.test.len().min(settings.samples.get());
        let measured = 1 + settings.every_epochs.map_or(0, |every| epochs / every.get());
        // Inputs, perturbed inputs, worst ones, gradients, directions; outputs and slopes of a point and the one before.
        let numbers = 6 * units[0] + 4 * units[1..].iter().sum::<usize>();
        (settings.most_passes(samples).saturating_mul(measured), 4 * samples * numbers)
    });
    Ok(Cost {
        steps,
        memory_bytes: (bytes + robustness.1) as f64,
        trace_bytes: row_bytes as f64 * rows as f64,
        training_flops: flops_per_step as f64 * steps as f64,
        evaluation_flops: 2.0 * weights as f64 * (evaluated as f64 + robustness.0 as f64),
    })
}
