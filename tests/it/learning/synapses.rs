//! Learning with synapses of every kind: what is learnt, by which law, and with the same bits however it is run.
use dyadsim::credit::Inference;
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::rules::SynapseRule;
use dyadsim::learning::synapses::{Packed, Pulsed, Quantised, Synapses, TrainOn, Training};
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd};
use dyadsim::linalg::Matrix;
use dyadsim::network::{Initialization, Network};
use dyadsim::parameter::{NonNegative, ProperFraction};
use dyadsim::random::Seeds;
use dyadsim::synapse::config::SynapseConfig;
use law_assertions::assert_mean;
use serde_json::{Value, json};

const UNITS: [usize; 4] = [30, 80, 70, 5];

fn quantised(rule: Value, train_on: TrainOn, synapses: Value) -> impl Fn(&mut Network) -> Synapses {
    move |weights| {
        let config: SynapseConfig = serde_json::from_value(synapses.clone()).unwrap();
        let rule: SynapseRule = serde_json::from_value(rule.clone()).unwrap();
        let training = Training { rule, train_on, latent_magnitude: None, steps_per_epoch: 20, batch_size: 10 };
        let config = config.quantised().unwrap();
        Synapses::Quantised(Quantised::new(&config, training, weights, Seeds::default()))
    }
}

fn learner(synapses: impl Fn(&mut Network) -> Synapses, optimizer: Optimizer, batch_size: usize) -> Learner {
    let mut weights = Network::random(&UNITS, Initialization::LecunNormal, 1).unwrap();
    let synapses = synapses(&mut weights);
    let inference =
        Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    let settings = LearnerSettings::new(weights, inference, optimizer, batch_size);
    Learner::new(LearnerSettings { synapses, ..settings }).unwrap()
}

fn batch(samples: usize) -> (Matrix, Matrix) {
    let inputs = Matrix::from_fn(UNITS[0], samples, |i, j| ((i * 7 + j * 11) % 17) as f32 / 17.0);
    (inputs, Matrix::from_fn(UNITS[3], samples, |i, j| if i == j % UNITS[3] { 1.0 } else { 0.0 }))
}

/// Mean loss with the weights that the devices hold.
fn loss(learner: &mut Learner, inputs: &Matrix, targets: &Matrix) -> f64 {
    let deployed = learner.synapses.deployed(&learner.weights, 7);
    let Learner { inference, weights, state, .. } = learner;
    inference.forward(deployed.as_ref().unwrap_or(weights), inputs.as_view(), state);
    let outputs = &state.dyads()[2].mean;
    let columns = outputs.column_iter().zip(targets.column_iter());
    columns.map(|(o, t)| inference.rule.loss().value(o.as_slice(), t.as_slice())).sum::<f64>() / inputs.ncols() as f64
}

/// The loss before and after this many steps on the same mini-batch (or on its stimuli in turn, for a learner of one).
fn train(learner: &mut Learner, rate: f64, steps: u64) -> (f64, f64) {
    let (inputs, targets) = batch(10);
    let of_one = learner.state.samples() == 1;
    let mut whole = learner.clone();
    whole.state = dyadsim::relax::NetworkState::zeros(&learner.weights, 10, &learner.inference.substrate);
    let before = loss(&mut whole, &inputs, &targets);
    for step in 0..steps {
        let column = step as usize % 10;
        let (x, t) = if of_one {
            (inputs.columns(column, 1).into_owned(), targets.columns(column, 1).into_owned())
        } else {
            (inputs.clone(), targets.clone())
        };
        learner.infer(x.as_view(), t.as_view(), step, None).unwrap();
        learner.update(rate, step).unwrap();
    }
    whole.weights = learner.weights.clone();
    whole.synapses = learner.synapses.clone();
    (before, loss(&mut whole, &inputs, &targets))
}

/// Gradient descent without momentum.
fn plain_descent() -> Optimizer {
    Optimizer::Sgd(Sgd { momentum: ProperFraction::constant(0.0), weight_decay: NonNegative::default() })
}

const BINARY: &str = r#"{"binary": {}}"#;

fn binary() -> Value {
    serde_json::from_str(BINARY).unwrap()
}

#[test]
fn every_rule_with_a_latent_value_learns_a_mini_batch() {
    let beta = json!({"initial": 1, "factor": 1.2, "every_steps": 10});
    for (rule, train_on, rate) in [
        (json!({"adaste": {"straight_through_below": 0.001}}), TrainOn::Devices, 0.005),
        (
            json!({"adaste": {"mapping": {"double_well": {"form": "as_published", "mu": {"initial": 100}}}}}),
            TrainOn::Devices,
            0.005,
        ),
        (json!({"adaste": {"mapping": {"tanh": {"beta": beta}}}}), TrainOn::RelaxedWeights, 0.005),
        (json!({"adaste": {"mapping": {"hardtanh": {"beta": beta}}}}), TrainOn::RelaxedWeights, 0.005),
        (json!({"straight_through": {}}), TrainOn::Devices, 0.02),
        (json!({"straight_through": {"clip": false}}), TrainOn::Devices, 0.02),
        (json!({"prox_quant": {"strength_per_epoch": 0.002}}), TrainOn::RelaxedWeights, 0.02),
        (json!({"md_tanh": {"beta": {"initial": 1}}}), TrainOn::RelaxedWeights, 0.05),
        (json!({"md_tanh_s": {"beta": beta}}), TrainOn::RelaxedWeights, 0.02),
        (json!({"pmf": {"beta": beta}}), TrainOn::RelaxedWeights, 0.02),
        (json!({"bayes_binn": {"temperature": 1}}), TrainOn::RelaxedWeights, 0.05),
    ] {
        let mut learner = learner(quantised(rule.clone(), train_on, binary()), Optimizer::default(), 10);
        let (before, after) = train(&mut learner, rate, 200);
        assert!(after < 0.5 * before, "{rule}: {before} to {after}");
        let held = learner.synapses.deployed(&learner.weights, 1).unwrap_or_else(|| learner.weights.clone());
        for layer in held.projections() {
            let scale = (layer.weight.pre() as f64).sqrt().recip() as f32;
            assert!(layer.weight.to_matrix().iter().all(|w| w.abs() == scale), "{rule}: weights are not binary");
        }
    }
}

#[test]
fn rules_without_a_latent_value_learn_a_mini_batch() {
    for (rule, rate) in [(json!("stochastic_flips"), 0.5), (json!({"hysteresis_counter": {"bits": 3}}), 2.0)] {
        let mut learner = learner(quantised(rule.clone(), TrainOn::Devices, binary()), plain_descent(), 10);
        let (before, after) = train(&mut learner, rate, 1500);
        assert!(after < 0.7 * before, "{rule}: {before} to {after}");
    }
}

#[test]
fn packed_bits_learn_online() {
    for (threshold, rate) in [(1, 0.01), (4, 0.1)] {
        let packed = |weights: &mut Network| {
            let scales: Vec<f32> = UNITS[..3].iter().map(|&pre| (pre as f32).sqrt().recip()).collect();
            Synapses::Packed(Packed::new(weights, &scales, threshold, 1))
        };
        let mut learner = learner(packed, plain_descent(), 1);
        let (before, after) = train(&mut learner, rate, 10_000);
        assert!(after < 0.9 * before, "threshold {threshold}: {before} to {after}");
    }
}

#[test]
fn levels_and_pulsed_devices_learn_a_mini_batch() {
    let levels = json!({"levels": {"levels": {"uniform": {"count": 7}}}});
    let mut few =
        learner(quantised(json!({"straight_through": {}}), TrainOn::Devices, levels), Optimizer::default(), 10);
    let (before, after) = train(&mut few, 0.02, 200);
    assert!(after < 0.3 * before, "levels: {before} to {after}");
    let pulsed = |weights: &mut Network| {
        let model: Value = serde_json::from_str(include_str!("../../../hw_models/idealized.json")).unwrap();
        let config = serde_json::from_value(model["synapses"]["pulsed"].clone()).unwrap();
        Synapses::Pulsed(Pulsed::new(&config, weights, Seeds::default()))
    };
    let mut pulses = learner(pulsed, plain_descent(), 10);
    let (before, after) = train(&mut pulses, 1.0, 500);
    assert!(after < 0.7 * before, "pulses: {before} to {after}");
    assert!(pulses.take_writes().iter().all(|(totals, _)| totals.writes > 0));
}

/// Latent values of layer k, from 0.
fn latent(synapses: &Quantised, k: usize) -> std::borrow::Cow<'_, [f32]> {
    synapses.arrays().nth(k).unwrap().1
}

/// θ ← clip(θ − η ℓ′ [|θ| ≤ 1]) and W = scale · sgn θ, in double precision next to the program, over three steps.
#[test]
fn a_straight_through_step_is_its_formula_and_reaches_the_devices() {
    let straight_through = quantised(json!({"straight_through": {}}), TrainOn::Devices, binary());
    let mut learner = learner(straight_through, plain_descent(), 10);
    let (inputs, targets) = batch(10);
    let rate = 20.0;
    let mut flips = 0;
    for step in 0..3 {
        learner.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
        let Synapses::Quantised(before) = learner.synapses.clone() else { panic!() };
        let gradients: Vec<Matrix> = (1..=3).map(|k| learner.gradient().weight(k)).collect();
        learner.update(rate, step).unwrap();
        let Synapses::Quantised(after) = &learner.synapses else { panic!() };
        for (k, g) in gradients.iter().enumerate() {
            let weight = &learner.weights.projections()[k].weight;
            let (stride, w) = (weight.stride(), weight.to_matrix());
            let scale = f64::from(weight.pre() as u32).sqrt().recip();
            for j in 0..w.ncols() {
                for i in 0..w.nrows() {
                    let theta = f64::from(latent(&before, k)[j * stride + i]);
                    let expected = (theta - rate * scale * f64::from(g[(i, j)])).clamp(-1.0, 1.0);
                    let found = f64::from(latent(after, k)[j * stride + i]);
                    assert!((found - expected).abs() < 1e-5, "layer {} ({i}, {j}): {found}, not {expected}", k + 1);
                    assert_eq!(w[(i, j)] >= 0.0, found >= 0.0);
                    flips += usize::from((theta >= 0.0) != (found >= 0.0));
                }
            }
        }
    }
    assert!(flips > 10);
    let counted: u64 = learner.take_writes().iter().map(|(totals, _)| totals.flips).sum();
    assert_eq!(counted, flips as u64);
}

/// A synapse flips with probability η |ℓ′| where ℓ′ asks for it, and never elsewhere; dense and packed alike.
#[test]
fn flips_have_the_probability_of_the_rule() {
    let rate = 3.0;
    let (inputs, targets) = batch(1);
    let trials = 3000;
    for packed in [false, true] {
        let synapses: Box<dyn Fn(&mut Network) -> Synapses> = if packed {
            Box::new(|weights| {
                let scales: Vec<f32> = UNITS[..3].iter().map(|&pre| (pre as f32).sqrt().recip()).collect();
                Synapses::Packed(Packed::new(weights, &scales, 1, 1))
            })
        } else {
            Box::new(quantised(json!("stochastic_flips"), TrainOn::Devices, binary()))
        };
        let mut start = learner(synapses, Optimizer::default(), 1);
        start.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        let gradient = start.gradient().weight(1);
        let before = start.weights.projections()[0].weight.to_matrix();
        let scale = (UNITS[0] as f64).sqrt().recip();
        let mut flipped = before.map(|_| 0.0f64);
        for step in 0..trials {
            let mut trial = start.clone();
            trial.update(rate, step).unwrap();
            let after = trial.weights.projections()[0].weight.to_matrix();
            flipped.zip_zip_apply(&before, &after, |n, b, a| *n += f64::from(u8::from(b != a)));
        }
        let mut chi_squared = vec![];
        for ((n, g), w) in flipped.iter().zip(&gradient).zip(&before) {
            let wants = (f64::from(*g) < 0.0) == (*w < 0.0);
            let p = if wants { (rate * scale * f64::from(g.abs())).min(1.0) } else { 0.0 };
            let frequency = n / trials as f64;
            let error = (p * (1.0 - p) / trials as f64).sqrt();
            // 2400 synapses are looked at: five standard errors.
            assert!((frequency - p).abs() <= 5.0 * error + 2e-3, "packed {packed}: {frequency} instead of {p}");
            if p > 0.01 {
                chi_squared.push(((frequency - p) / error).powi(2));
            }
        }
        assert!(chi_squared.len() > 100);
        assert_mean(&chi_squared, 1.0, 2.0, format!("squared deviations, packed {packed}"));
    }
}

#[test]
fn threads_change_no_bit() {
    let noisy = json!({"binary": {"device": {"conductance": {"on_off_ratio": 10, "on_spread": {"std": 0.2},
        "write_noise_std": 0.1, "failed_write_probability": 0.1, "stuck_on": 0.05,
        "retention": {"flip_rate": {"per_step": 0.001}}}}}});
    for (rule, train_on) in [
        (json!({"straight_through": {}}), TrainOn::Devices),
        (json!({"bayes_binn": {}}), TrainOn::RelaxedWeights),
        (json!({"pmf": {}}), TrainOn::RelaxedWeights),
        (json!({"hysteresis_counter": {"bits": 2}}), TrainOn::Devices),
    ] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut learner = learner(quantised(rule.clone(), train_on, noisy.clone()), Optimizer::default(), 10);
                train(&mut learner, 0.02, 20);
                (learner.weights, learner.synapses)
            })
        };
        let one = run(1);
        assert_eq!(one, run(2), "{rule}");
        assert_eq!(one, run(7), "{rule}");
    }
}

/// A rate is that of devices: weights, 1/√pre of them, move by rate/pre times their gradient. Projection of the change on
/// the gradient, over draws of the trains.
#[test]
fn a_rate_of_pulsed_devices_moves_weights_by_the_square_of_the_scale() {
    let config: Value = json!({"device": {"model": "constant_step", "dw_min": 5e-4, "w_min": -4, "w_max": 4}});
    let (inputs, targets) = batch(4);
    // No change needs more pulses than a train can have.
    let rate = 0.2;
    let mut shares = vec![vec![]; 3];
    for noise in 0..60 {
        let seeds = Seeds { noise, ..Seeds::default() };
        let synapses = |weights: &mut Network| {
            Synapses::Pulsed(Pulsed::new(&serde_json::from_value(config.clone()).unwrap(), weights, seeds))
        };
        let mut learner = learner(synapses, plain_descent(), 4);
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        let before: Vec<_> = learner.weights.projections().iter().map(|layer| layer.weight.to_matrix()).collect();
        let gradients: Vec<_> = (1..=3).map(|k| learner.gradient().weight(k)).collect();
        learner.update(rate, 0).unwrap();
        for (k, own) in learner.weights.projections().iter().enumerate() {
            let (change, g) = (own.weight.to_matrix() - &before[k], &gradients[k]);
            shares[k].push(-f64::from(change.dot(g) / g.dot(g)));
        }
    }
    for (sample, pre) in shares.iter().zip(UNITS) {
        let expected = rate / pre as f64;
        let variance = law_assertions::variance(sample);
        assert!(variance.sqrt() < 0.3 * expected, "too few pulses to tell: {variance}");
        assert_mean(sample, expected, variance, format_args!("fan-in {pre}"));
    }
}

fn published(threshold: f64, unit: &str, loss: &str) -> Value {
    let well = json!({"form": "as_published", "mu": {"initial": 100}, "published_threshold": threshold});
    json!({"adaste": {"mapping": {"double_well": well}, "threshold_unit": unit, "loss": loss}})
}

/// Share of |ℓ′| above the threshold, counted over the gradient times 1/√pre.
#[test]
fn gradients_above_the_threshold_are_counted_in_units_of_the_synapses() {
    let (inputs, targets) = batch(10);
    for (threshold, unit, loss) in
        [(2e-4, "absolute", "mean"), (2e-3, "absolute", "sum"), (0.5, "root_mean_square", "mean")]
    {
        let synapses = quantised(published(threshold, unit, loss), TrainOn::Devices, json!({"binary": {}}));
        let mut learner = learner(synapses, plain_descent(), 10);
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        let gradient = learner.gradient();
        let found = learner.synapses.gradients_above_threshold(&learner.weights, &gradient).unwrap();
        for (k, (share, pre)) in found.iter().zip(UNITS).enumerate() {
            let loss_gradient = gradient.weight(k + 1).map(|g| f64::from(g) / (pre as f64).sqrt());
            let square = loss_gradient.iter().map(|l| l * l).sum::<f64>() / loss_gradient.len() as f64;
            let limit = match (unit, loss) {
                ("root_mean_square", _) => threshold * square.sqrt(),
                (_, "sum") => threshold / 10.0,
                _ => threshold,
            };
            let expected = loss_gradient.iter().filter(|l| l.abs() > limit).count() as f64 / loss_gradient.len() as f64;
            // One synapse may be on the other side by rounding.
            assert!((share - expected).abs() <= 1.01 / loss_gradient.len() as f64, "{unit} {loss}: {share} {expected}");
            assert!((0.02..0.98).contains(share), "{unit} {loss} layer {k}: {share} tells nothing");
        }
    }
    let always = quantised(json!({"adaste": {}}), TrainOn::Devices, json!({"binary": {}}));
    let learner = learner(always, plain_descent(), 10);
    assert_eq!(learner.synapses.gradients_above_threshold(&learner.weights, &learner.gradient()), None);
}

/// Beyond all gradients the rule is plain STE, below all of them it always acts, bit by bit; in between it is neither.
#[test]
fn a_threshold_relative_to_the_gradients_lies_between_plain_ste_and_the_rule_itself() {
    let (inputs, targets) = batch(10);
    let trained = |rule: Value| {
        let mut learner = learner(quantised(rule, TrainOn::Devices, json!({"binary": {}})), plain_descent(), 10);
        for step in 0..20 {
            learner.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
            learner.update(2.0, step).unwrap();
        }
        let Synapses::Quantised(own) = &learner.synapses else { panic!() };
        own.arrays().flat_map(|(_, latent)| latent.into_owned()).collect::<Vec<f32>>()
    };
    let ste = trained(json!({"straight_through": {"clip": false}}));
    let rule = trained(published(0.0, "absolute", "mean"));
    assert!(ste != rule);
    assert!(trained(published(1e6, "root_mean_square", "mean")) == ste);
    assert!(trained(published(1e-30, "root_mean_square", "mean")) == rule);
    let between = trained(published(1.0, "root_mean_square", "mean"));
    assert!(between != ste && between != rule);
}
