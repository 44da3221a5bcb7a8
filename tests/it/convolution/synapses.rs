//! Every kind of synapse in a convolutional network with a wire.
use super::runs::layers;
use crate::fixtures::repository::repository_file;
use dyadsim::config::Hardware;
use dyadsim::learning::rules::SynapseRule;
use dyadsim::learning::synapses::{TrainOn, Training};
use dyadsim::learning::{LearnerSettings, Sgd};
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::parameter::ProperFraction;
use dyadsim::prelude::*;
use dyadsim::synapse::config::SynapseConfig;
use law_assertions::assert_count;
use serde_json::{Value, json};

const SAMPLES: usize = 10;

fn hardware(model: &str) -> Hardware {
    let file = std::fs::read_to_string(repository_file(format!("hw_models/{model}.json"))).unwrap();
    serde_json::from_str(&file).unwrap()
}

fn learner(model: &str, rule: Option<Value>, optimizer: Optimizer, batch_size: usize) -> Learner {
    learner_of(&hardware(model).synapses, rule, optimizer, batch_size, Seeds::default())
}

fn learner_of(
    config: &SynapseConfig,
    rule: Option<Value>,
    optimizer: Optimizer,
    batch_size: usize,
    seeds: Seeds,
) -> Learner {
    let layers: Vec<Layer> = serde_json::from_value(layers()).unwrap();
    let image = Shape { channels: 1, rows: 28, columns: 28 };
    let architecture = Architecture::new(image, &layers, Some(10), MaximaSettings::default()).unwrap();
    let mut network = architecture.random(Initialization::LecunNormal, 1).unwrap();
    let training = rule.map(|rule| Training {
        rule: serde_json::from_value::<SynapseRule>(rule).unwrap(),
        train_on: TrainOn::Devices,
        latent_magnitude: None,
        steps_per_epoch: 20,
        batch_size,
    });
    let online = batch_size == 1;
    let synapses = Synapses::new(config, training, online, &mut network, seeds);
    let inference =
        Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    let settings = LearnerSettings::new(network, inference, optimizer, batch_size);
    Learner::new(LearnerSettings { synapses, ..settings }).unwrap()
}

fn batch() -> MiniBatch {
    let DataSplits { train: digits, .. } = digits(SAMPLES, 10, 3).unwrap();
    digits.batches(SAMPLES, 1, 1).next().unwrap()
}

/// Mean loss with the weights that the devices hold.
fn loss(learner: &Learner, batch: &MiniBatch) -> f64 {
    let deployed = learner.synapses.deployed(&learner.weights, 7);
    let weights = deployed.as_ref().unwrap_or(&learner.weights);
    let mut state = NetworkState::zeros(weights, SAMPLES, &Substrate::Ideal);
    learner.inference.forward(weights, batch.inputs.as_view(), &mut state);
    let columns = state.outputs().mean.column_iter().zip(batch.targets.column_iter());
    let loss = learner.inference.rule.loss();
    columns.map(|(o, t)| loss.value(o.as_slice(), t.as_slice())).sum::<f64>() / SAMPLES as f64
}

/// The loss before and after this many steps on the same mini-batch, or on its stimuli in turn.
fn train(learner: &mut Learner, rate: f64, steps: u64) -> (f64, f64) {
    let batch = batch();
    let before = loss(learner, &batch);
    let at_once = learner.state.samples();
    for step in 0..steps {
        let first = (step as usize * at_once) % SAMPLES;
        let (x, y) =
            (batch.inputs.columns(first, at_once).into_owned(), batch.targets.columns(first, at_once).into_owned());
        learner.infer(x.as_view(), y.as_view(), step, None).unwrap();
        learner.update(rate, step).unwrap();
    }
    (before, loss(learner, &batch))
}

fn plain() -> Optimizer {
    Optimizer::Sgd(Sgd { momentum: ProperFraction::new(0.0).unwrap(), ..Sgd::default() })
}

#[test]
fn every_rule_of_binary_synapses_learns_convolutions() {
    for (rule, rate, share) in [
        (json!({"straight_through": {}}), 0.02, 0.6),
        (json!({"adaste": {}}), 0.02, 0.6),
        (json!({"pmf": {}}), 0.02, 0.6),
        (json!({"md_tanh": {}}), 0.02, 0.6),
        (json!({"md_tanh_s": {}}), 0.02, 0.6),
        (json!({"bayes_binn": {}}), 0.02, 0.8),
        (json!({"prox_quant": {}}), 0.02, 0.6),
    ] {
        let mut learner = learner("binary_ideal", Some(rule.clone()), Optimizer::default(), SAMPLES);
        let (before, after) = train(&mut learner, rate, 100);
        assert!(after < share * before, "{rule}: {before} to {after}");
    }
}

#[test]
fn rules_without_latent_values_learn_convolutions() {
    // Where stimuli come one by one the flips of the last few are most of the loss: a mean of some trainings.
    for (rule, batch_size, rate, steps, trainings, share) in [
        (json!("stochastic_flips"), SAMPLES, 1.0, 600, 1, 0.7),
        (json!({"hysteresis_counter": {"bits": 2}}), SAMPLES, 1.0, 600, 1, 0.7),
        (json!({"hysteresis_counter": {"bits": 3}}), 1, 0.1, 8000, 4, 0.97),
    ] {
        let (mut before, mut after) = (0.0, 0.0);
        for noise in 0..trainings {
            let seeds = Seeds { noise, ..Seeds::default() };
            let synapses = &hardware("binary_ideal").synapses;
            let mut learner = learner_of(synapses, Some(rule.clone()), plain(), batch_size, seeds);
            let of_training = train(&mut learner, rate, steps);
            before += of_training.0 / trainings as f64;
            after += of_training.1 / trainings as f64;
        }
        assert!(after < share * before, "{rule}, batches of {batch_size}: {before} to {after}");
    }
}

/// An event has the probability of the gradient, which is a sum over the places; bits alone could not hold that.
#[test]
fn flips_of_a_convolution_have_the_probability_of_the_rule() {
    let (mut found, mut expected) = (vec![0; 7], vec![0.0; 7]);
    let MiniBatch { inputs, targets, .. } = batch();
    let (x, y, rate) = (inputs.columns(3, 1), targets.columns(3, 1), 0.5);
    for noise in 1..200 {
        let seeds = Seeds { noise, ..Seeds::default() };
        let rule = Some(json!("stochastic_flips"));
        let mut learner = learner_of(&hardware("binary_ideal").synapses, rule, plain(), 1, seeds);
        assert!(!matches!(learner.synapses, Synapses::Packed(_)));
        learner.infer(x.as_view(), y.as_view(), 0, None).unwrap();
        for (p, own) in learner.weights.projections().iter().enumerate().filter(|(_, own)| own.synapses() > 0) {
            let (weight, gradient) = (own.weight.to_matrix(), learner.gradient().weight(p + 1));
            let scale = f64::from(weight[(0, 0)].abs());
            let pairs = weight.iter().zip(&gradient).filter(|(w, g)| **w * **g > 0.0);
            expected[p] += pairs.map(|(_, &g)| (rate * scale * f64::from(g.abs())).min(1.0)).sum::<f64>();
        }
        learner.update(rate, 0).unwrap();
        let projections = learner.weights.projections().iter().enumerate();
        let with_synapses: Vec<usize> = projections.filter(|(_, own)| own.synapses() > 0).map(|(p, _)| p).collect();
        let writes = with_synapses.into_iter().zip(learner.take_writes());
        writes.for_each(|(p, (totals, _))| found[p] += totals.flips as usize);
    }
    for (p, (&found, &expected)) in found.iter().zip(&expected).enumerate().filter(|(p, _)| *p != 2) {
        assert!(expected > 30.0, "projection {}: {expected} flips prove nothing", p + 1);
        assert_count(found, expected, format!("flips of projection {}", p + 1));
    }
}

/// Devices that step by so much.
fn pulsed(dw_min: f64) -> SynapseConfig {
    serde_json::from_value(json!({"pulsed": {
        "device": {"model": "constant_step", "dw_min": dw_min, "w_min": -1, "w_max": 1},
        "scale": {"fixed": {"value": 1}}
    }}))
    .unwrap()
}

/// The pulses of all places add up to a step down the gradient.
#[test]
fn pulses_move_a_convolution_down_its_gradient() {
    let MiniBatch { inputs, targets, .. } = batch();
    let (rate, repeats) = (0.2, 40);
    let mut shares = vec![0.0; 7];
    for noise in 0..repeats {
        let mut learner = learner_of(&pulsed(1e-3), None, plain(), SAMPLES, Seeds { noise, ..Seeds::default() });
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        let gradients: Vec<Matrix> = (1..=shares.len()).map(|p| learner.gradient().weight(p)).collect();
        let before: Vec<Matrix> = learner.weights.projections().iter().map(|own| own.weight.to_matrix()).collect();
        learner.update(rate, 0).unwrap();
        for (p, own) in learner.weights.projections().iter().enumerate().filter(|(_, own)| own.synapses() > 0) {
            let step = own.weight.to_matrix() - &before[p];
            shares[p] -= f64::from(step.dot(&gradients[p]) / gradients[p].norm_squared()) / rate / repeats as f64;
        }
    }
    for (p, share) in shares.into_iter().enumerate().filter(|(p, _)| *p != 2) {
        assert!((share - 1.0).abs() < 0.1, "projection {}: {share} times the step", p + 1);
    }
}

#[test]
fn pulsed_and_programmed_devices_learn_convolutions() {
    let mut pulses = learner_of(&pulsed(2e-4), None, plain(), SAMPLES, Seeds::default());
    let (before, after) = train(&mut pulses, 0.5, 100);
    assert!(after < 0.7 * before, "pulses: {before} to {after}");
    // What a coarse device learns of ten images says little; it is written in every array.
    for model in ["gokmen_vlasov", "capacitor", "ecram", "reram_es", "pcm", "reram_array_om"] {
        let mut learner = learner(model, None, plain(), SAMPLES);
        let (_, after) = train(&mut learner, 1.0, 20);
        let written = learner.take_writes().iter().all(|(totals, synapses)| (totals.writes > 0) == (*synapses > 0));
        assert!(after.is_finite() && written, "{model}");
    }
    for model in ["pcm_like", "hermes_two_devices", "reram_wan2022", "ideal"] {
        let mut learner = learner(model, None, Optimizer::default(), SAMPLES);
        let (before, after) = train(&mut learner, 0.005, 100);
        assert!(after < 0.5 * before, "{model}: {before} to {after}");
    }
}
