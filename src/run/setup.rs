//! From the files of a run to a network ready to learn, and what the run will cost.
use crate::analog::Chip;
use crate::config::{Experiment, FloatTwin, Hardware, TrainingConfig};
use crate::learning::synapses::{Packed, Programmed, Pulsed, Quantised, Synapses, Training};
use crate::learning::{Learner, LearnerSettings, Optimizers};
use crate::linalg::Matrix;
use crate::network::inference::Inference;
use crate::network::lifted::LiftedInference;
use crate::network::schedule::Start;
use crate::network::{NetworkError, Weights};
use crate::parameter::Positive;
use crate::synapse::config::SynapseConfig;
use std::sync::Arc;

/// Units of every layer, inputs first.
pub(super) fn units(experiment: &Experiment, features: usize, classes: usize) -> Vec<usize> {
    let hidden = experiment.network.hidden.iter().map(|n| n.get());
    std::iter::once(features).chain(hidden).chain(experiment.is_supervised().then_some(classes)).collect()
}

/// The network of an experiment, which begins with `weights` as far as its synapses can hold them.
pub(super) fn learner(
    experiment: &Experiment,
    hardware: &Hardware,
    mut weights: Weights,
    batch_size: usize,
    steps_per_epoch: u64,
) -> Result<Learner, NetworkError> {
    let synapses = synapses(experiment, hardware, steps_per_epoch, &mut weights);
    let inference = inference(experiment, hardware, &mut weights)?;
    let schedule = experiment.schedule.clone().unwrap_or_default();
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
        adversarial: experiment.training.adversarial,
        watch_divergence: experiment.measure.divergence,
    })
}

/// How the network of an experiment infers, on its chip if there is one, whose arrays are set to `weights`.
pub(super) fn inference(
    experiment: &Experiment,
    hardware: &Hardware,
    weights: &mut Weights,
) -> Result<Inference, NetworkError> {
    let nudging = experiment.nudging.unwrap_or_default();
    let inference = Inference::new(experiment.network.activation, experiment.loss, experiment.credit_rule, nudging);
    let mut inference = Inference { start: experiment.start.unwrap_or(Start::Forward), ..inference };
    let units = weights.units();
    let mut schedule = experiment.schedule.as_ref();
    let lifted = experiment.lifted.as_ref();
    if let Some(LiftedInference::Local(local)) = lifted.map(|lifted| &lifted.inference) {
        schedule = Some(&local.schedule);
    }
    inference.lifted = lifted
        .map(|lifted| Arc::new(lifted.resolve(units.len() - 1, experiment.network.activation, experiment.seeds.noise)));
    let moves_units_singly = schedule.is_some_and(|schedule| schedule.moves_units_singly());
    // Units that move one by one are a matter of the chip, be it an ideal one.
    if !hardware.is_ideal() || moves_units_singly {
        let nudges = inference.nominal_nudges(units.len() - 1);
        let chip = Chip::new(&hardware.chip(), &units, &nudges, experiment.seeds);
        let initialization = experiment.network.initialization;
        weights.set_arrays(hardware.arrays.feedback_weights, initialization, &chip, experiment.seeds.chip)?;
        inference.chip = Some(Arc::new(chip));
    }
    Ok(inference)
}

/// The same network with float synapses on ideal hardware, trained by the same rule on the same stimuli.
pub(super) fn twin(
    experiment: &Experiment,
    hardware: &Hardware,
    settings: &FloatTwin,
    weights: Weights,
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
    learner(&experiment, &hardware.idealised(), weights, batch_size, steps_per_epoch)
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
