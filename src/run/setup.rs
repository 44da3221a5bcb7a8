//! From the files of a run to a network ready to learn, and what the run will cost.
use super::recording::StateSelection;
use crate::analog::Chip;
use crate::config::{Experiment, FloatTwin, Hardware, TrainingConfig};
use crate::data::Dataset;
use crate::learning::synapses::{Packed, Programmed, Pulsed, Quantised, Synapses, Training};
use crate::learning::{Learner, LearnerSettings, Optimizers};
use crate::linalg::Matrix;
use crate::network::inference::Inference;
use crate::network::schedule::Start;
use crate::network::{NetworkError, Weights};
use crate::parameter::Positive;
use crate::synapse::config::SynapseConfig;
use std::sync::Arc;

/// Units of every layer, inputs first.
pub(super) fn units(experiment: &Experiment, features: usize, classes: usize) -> Vec<usize> {
    let hidden = experiment.network.hidden.iter().map(|n| n.get());
    std::iter::once(features).chain(hidden).chain([classes]).collect()
}

/// The network of an experiment with its initial weights.
pub(super) fn learner(
    experiment: &Experiment,
    hardware: &Hardware,
    units: &[usize],
    batch_size: usize,
    steps_per_epoch: u64,
) -> Result<Learner, NetworkError> {
    let nudging = experiment.nudging.unwrap_or_default();
    let inference = Inference::new(experiment.network.activation, experiment.loss, experiment.credit_rule, nudging);
    let mut inference = Inference { start: experiment.start.unwrap_or(Start::Forward), ..inference };
    let initialization = experiment.network.initialization;
    let mut weights = Weights::random(units, initialization, experiment.seeds.init)?;
    let synapses = synapses(experiment, hardware, steps_per_epoch, &mut weights);
    let schedule = experiment.schedule.clone().unwrap_or_default();
    // Units that move one by one are a matter of the chip, be it an ideal one.
    if experiment.has_dyads() && (!hardware.is_ideal() || schedule.moves_units_singly()) {
        let nudges = inference.nominal_nudges(units.len() - 1);
        let chip = Chip::new(&hardware.chip(), units, &nudges, experiment.seeds);
        weights.set_arrays(hardware.arrays.feedback_weights, initialization, &chip, experiment.seeds.chip)?;
        inference.chip = Some(Arc::new(chip));
    }
    Learner::new(LearnerSettings {
        weights,
        inference,
        schedule,
        optimizers: optimizers(&experiment.training),
        synapses,
        batch_size,
        noise_seed: experiment.seeds.noise,
        dt_s: hardware.units.dt_s.map(Positive::get),
        feedback_weights: hardware.arrays.feedback_weights,
        watch_divergence: experiment.measure.divergence,
    })
}

/// The same network with float synapses on ideal hardware, trained by the same rule on the same stimuli.
pub(super) fn twin(
    experiment: &Experiment,
    hardware: &Hardware,
    settings: &FloatTwin,
    units: &[usize],
    batch_size: usize,
    steps_per_epoch: u64,
) -> Result<Learner, NetworkError> {
    let training = TrainingConfig {
        optimizer: settings.optimizer,
        bias_optimizer: None,
        bias_rate: None,
        synapses: None,
        ..experiment.training.clone()
    };
    let experiment = Experiment { training, ..experiment.clone() };
    learner(&experiment, &hardware.idealised(), units, batch_size, steps_per_epoch)
}

/// The synapses that hold `weights`, which become what they hold.
fn synapses(experiment: &Experiment, hardware: &Hardware, steps_per_epoch: u64, weights: &mut Weights) -> Synapses {
    let config = match &hardware.synapses {
        SynapseConfig::Pulsed(config) => return Synapses::Pulsed(Pulsed::new(config, weights, experiment.seeds)),
        SynapseConfig::Programmed(config) => {
            return Synapses::Programmed(Programmed { config: *config, seeds: experiment.seeds });
        }
        other => other.quantised(),
    };
    let (Some(config), Some(own)) = (config, &experiment.training.synapses) else { return Synapses::Float };
    let training = Training {
        rule: own.rule,
        train_on: own.train_on,
        latent_magnitude: own.latent_magnitude.map(|x| x.get() as f32),
        steps_per_epoch,
    };
    // One stimulus at a time, without a number for each synapse: bits are enough.
    let online = experiment.training.batch_size.get() == 1 && hardware.is_ideal() && config.device.is_ideal();
    if let Some(threshold) = own.rule.event_threshold().filter(|_| online && config.codebook.is_binary()) {
        let scales: Option<Vec<f32>> = weights.layers().iter().map(|l| config.scale.fixed(l.weight.pre())).collect();
        if let Some(scales) = scales {
            return Synapses::Packed(Packed::new(weights, &scales, threshold, experiment.seeds.noise));
        }
    }
    Synapses::Quantised(Quantised::new(&config, training, weights, experiment.seeds))
}

fn optimizers(training: &TrainingConfig) -> Optimizers {
    Optimizers {
        weights: training.optimizer,
        biases: training.bias_optimizer.unwrap_or(training.optimizer),
        bias_rate_factor: training.bias_rate.map_or(1.0, |rate| rate.get() / training.rate.get()),
    }
}

/// One-hot targets (class × sample) of a mini-batch.
pub(super) fn fill_targets(labels: &[u16], targets: &mut Matrix) {
    targets.fill(0.0);
    for (sample, &class) in labels.iter().enumerate() {
        targets[(usize::from(class), sample)] = 1.0;
    }
}

/// Number of mini-batches in an epoch of so many training samples.
pub(super) fn steps_per_epoch(experiment: &Experiment, training_samples: usize) -> u64 {
    (training_samples / experiment.training.batch_size.get()) as u64
}

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
}

/// Estimates the cost of an experiment on data of known size. The arithmetic is counted by inferring one stimulus.
///
/// # Errors
/// If the network cannot be built.
pub fn cost(
    experiment: &Experiment,
    hardware: &Hardware,
    training: &Dataset,
    training_samples: usize,
    test_samples: usize,
) -> Result<Cost, NetworkError> {
    let units = units(experiment, training.features(), training.classes());
    let batch = experiment.training.batch_size.get();
    let mut one = learner(experiment, hardware, &units, 1, 1)?;
    let inputs = Matrix::from_column_slice(units[0], 1, training.sample(0));
    let mut targets = Matrix::zeros(training.classes(), 1);
    fill_targets(&training.labels()[..1], &mut targets);
    // A divergence shows when the run is made; here only the products count.
    let _ = one.infer(inputs.as_view(), targets.as_view(), 0, None);
    let weights: usize = units.windows(2).map(|w| w[0] * w[1]).sum();
    let epochs = experiment.training.epochs.get() as u64;
    let steps = steps_per_epoch(experiment, training_samples).saturating_mul(epochs);
    let flops_per_step = (one.state.product_flops + 2 * weights as u64) * batch as u64;

    let best = usize::from(experiment.training.validation.is_some());
    let audit = if experiment.measure.gradient_every_steps.flatten().is_some() { 2 } else { 1 };
    let state_numbers = 6 * units[1..].iter().sum::<usize>() * batch * audit;
    let data_numbers = (training_samples + test_samples) * units[0];
    let bytes = one.memory_bytes() + best * one.weights.memory_bytes() + 4 * (state_numbers + data_numbers);
    let visits = one.plan().visits.len();
    let trace_bytes = experiment.recording.states.as_ref().map_or(0.0, |states| {
        let rows = steps.div_ceil(states.every_steps.get() as u64);
        StateSelection::new(states, &units, batch, visits).map_or(0, |s| s.row_bytes()) as f64 * rows as f64
    });
    Ok(Cost { steps, memory_bytes: bytes as f64, trace_bytes, training_flops: flops_per_step as f64 * steps as f64 })
}
