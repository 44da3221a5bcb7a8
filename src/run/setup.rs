//! From settings and weights to a network ready to learn.
use crate::config::{Experiment, Hardware, TrainingConfig};
use crate::credit::lifted::LiftedInference;
use crate::credit::phases::TwoPhases;
use crate::credit::{CreditRule, Inference};
use crate::device::frozen::{Chip, MeasuredDie};
use crate::learning::synapses::{Synapses, Training};
use crate::learning::{Learner, LearnerSettings, Optimizers};
use crate::network::{Network, NetworkError};
use crate::parameter::Positive;
use crate::relax::schedule::Start;

/// The network of an experiment, which begins with `weights` as far as its synapses can hold them.
pub(super) fn learner(
    experiment: &Experiment,
    hardware: &Hardware,
    mut weights: Network,
    batch_size: usize,
    steps_per_epoch: u64,
    die: &MeasuredDie,
) -> Result<Learner, NetworkError> {
    let synapses = synapses(experiment, hardware, steps_per_epoch, &mut weights, die);
    let inference = inference(experiment, hardware, &mut weights, die);
    let schedule = experiment.schedule.clone().unwrap_or_default();
    let settings = LearnerSettings {
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
    };
    Learner::of_chip(settings, Chip { seeds: experiment.seeds, measured: die })
}

/// How the network of an experiment infers, on its chip if there is one, whose arrays are set to `weights`.
pub(super) fn inference(
    experiment: &Experiment,
    hardware: &Hardware,
    weights: &mut Network,
    die: &MeasuredDie,
) -> Inference {
    let nudging = experiment.nudging.unwrap_or_default();
    let (activation, seeds) = (experiment.network.activation, experiment.seeds);
    let mut schedule = experiment.schedule.as_ref();
    let inference = match &experiment.lifted {
        Some(lifted) => {
            if let LiftedInference::Local(local) = &lifted.inference {
                schedule = Some(&local.schedule);
            }
            Inference::lifted(experiment.loss, lifted.resolve(weights.last(), activation, seeds.noise))
        }
        None => {
            let phase = || experiment.schedule.clone().unwrap_or_default();
            match experiment.credit_rule {
                CreditRule::EquilibriumPropagation(settings) => {
                    Inference::of(TwoPhases::equilibrium(activation, experiment.loss, settings, phase()))
                }
                CreditRule::ContrastiveHebbian(settings) => {
                    Inference::of(TwoPhases::contrastive(activation, settings, phase()))
                }
                rule => Inference::new(activation, experiment.loss, rule, nudging),
            }
        }
    };
    let inference = Inference { start: experiment.start.unwrap_or(Start::Forward), ..inference };
    let moves_units_singly = schedule.is_some_and(|schedule| schedule.moves_units_singly());
    // Units that move one by one are a matter of the die, be it an ideal one.
    if hardware.is_ideal() && !moves_units_singly {
        return inference;
    }
    let initialization = experiment.network.initialization;
    inference.on_die(
        &hardware.chip(),
        weights,
        hardware.arrays.feedback_weights,
        initialization,
        Chip { seeds, measured: die },
    )
}

/// The synapses that hold `weights`, which become what they hold.
pub(super) fn synapses(
    experiment: &Experiment,
    hardware: &Hardware,
    steps_per_epoch: u64,
    weights: &mut Network,
    die: &MeasuredDie,
) -> Synapses {
    let training = experiment.training.synapses.map(|own| Training {
        rule: own.rule,
        train_on: own.train_on,
        latent_magnitude: own.latent_magnitude.map(|x| x.get() as f32),
        steps_per_epoch,
        batch_size: experiment.training.batch_size.get(),
    });
    let online = experiment.training.batch_size.get() == 1 && hardware.is_ideal();
    let chip = Chip { seeds: experiment.seeds, measured: die };
    Synapses::new(&hardware.synapses, training, online, weights, chip)
}

fn optimizers(training: &TrainingConfig) -> Optimizers {
    Optimizers {
        weights: training.optimizer,
        biases: training.bias_optimizer.unwrap_or(training.optimizer),
        bias_rate_factor: training.bias_rate.map_or(1.0, |rate| rate.get() / training.rate.get()),
    }
}

/// Number of mini-batches in an epoch of this many training samples.
pub(super) fn steps_per_epoch(experiment: &Experiment, training_samples: usize) -> u64 {
    (training_samples / experiment.training.batch_size.get()) as u64
}
