//! Rules with two phases against their definition in double precision: the exact gradient of the loss of the free states,
//! Taylor expansions in the nudge, held outputs, and dies.
use dyadsim::config::Hardware;
use dyadsim::credit::phases::{ContrastiveHebbian, EquilibriumPropagation, PhaseNudging, TwoPhases};
use dyadsim::device::noise_key::Context;
use dyadsim::dynamics::output::OutputNudge;
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use law_assertions::{assert_correlation, assert_mean, assert_variance};
use nalgebra::{DMatrix, DVector};
use serde_json::{Value, json};

const UNITS: [usize; 4] = [4, 7, 6, 3];
const SAMPLES: usize = 3;

/// A tanh network with linear outputs, in double precision: s_k = f(W_k s_{k−1} + b_k + γ W_{k+1}ᵀ s_{k+1}).
struct Definition {
    weights: Vec<DMatrix<f64>>,
    biases: Vec<DVector<f64>>,
    gain: f64,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
}

impl Definition {
    fn new(network: &Network, gain: f64) -> Self {
        let layers = network.projections();
        Self {
            weights: layers.iter().map(|own| own.weight.to_matrix().map(f64::from)).collect(),
            biases: layers.iter().map(|own| own.bias.map(f64::from)).collect(),
            gain,
            inputs: inputs().map(f64::from),
            targets: targets().map(f64::from),
        }
    }

    /// s_0 … s_L where the energy plus γ^{L−1} β ½‖s_L − y‖² is stationary; β = ∞ holds the outputs at y.
    fn states(&self, beta: f64) -> Vec<DMatrix<f64>> {
        let last = self.weights.len();
        let mut s = vec![self.inputs.clone()];
        s.extend(self.weights.iter().map(|w| DMatrix::zeros(w.nrows(), SAMPLES)));
        for _ in 0..400 {
            for k in 1..=last {
                let mut u = &self.weights[k - 1] * &s[k - 1];
                u.column_iter_mut().for_each(|mut u| u += &self.biases[k - 1]);
                s[k] = if k < last {
                    (u + self.weights[k].transpose() * &s[k + 1] * self.gain).map(f64::tanh)
                } else if beta.is_infinite() {
                    self.targets.clone()
                } else {
                    (u + &self.targets * beta) / (1.0 + beta)
                };
            }
        }
        s
    }

    /// −γ^{k−L} s_k s_{k−1}ᵀ/B of every layer: the gradient is the derivative of this with respect to β.
    fn products(&self, beta: f64) -> Vec<DMatrix<f64>> {
        let (s, last) = (self.states(beta), self.weights.len() as i32);
        let factor = |k: usize| -self.gain.powi(k as i32 - last) / SAMPLES as f64;
        (1..s.len()).map(|k| &s[k] * s[k - 1].transpose() * factor(k)).collect()
    }

    fn mean_loss(&self) -> f64 {
        let outputs = self.states(0.0).pop().unwrap();
        (outputs - &self.targets).norm_squared() / (2.0 * SAMPLES as f64)
    }

    /// By central differences of the loss of the free states.
    fn exact(&mut self) -> Vec<DMatrix<f64>> {
        const H: f64 = 1e-5;
        let mut gradients: Vec<DMatrix<f64>> = self.weights.iter().map(|w| w * 0.0).collect();
        for (k, gradient) in gradients.iter_mut().enumerate() {
            for (index, slope) in gradient.iter_mut().enumerate() {
                let original = self.weights[k][index];
                let mut at = |w: f64| {
                    self.weights[k][index] = w;
                    self.mean_loss()
                };
                *slope = (at(original + H) - at(original - H)) / (2.0 * H);
                self.weights[k][index] = original;
            }
        }
        gradients
    }
}

fn inputs() -> Matrix {
    Matrix::from_fn(UNITS[0], SAMPLES, |i, j| ((i * 7 + j * 3) as f32).sin())
}

fn targets() -> Matrix {
    Matrix::from_fn(UNITS[3], SAMPLES, |i, j| if i == j { 1.0 } else { -0.25 })
}

fn network() -> Network {
    let mut network = Network::random(&UNITS, Initialization::LecunNormal, 5).unwrap();
    for own in network.projections_mut() {
        own.weight.view_mut().iter_mut().for_each(|w| *w *= 0.5);
        own.bias.iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * (i as f32).cos());
    }
    network
}

fn rounds(n: usize) -> Schedule {
    serde_json::from_value(json!({"up_down": {"rounds": n}})).unwrap()
}

fn equilibrium(nudging: PhaseNudging, beta: f64, gain: f64, output: OutputNudge) -> TwoPhases {
    let settings = EquilibriumPropagation {
        nudging,
        beta: Positive::new(beta).unwrap(),
        feedback_gain: Positive::new(gain).unwrap(),
        output,
        ..EquilibriumPropagation::default()
    };
    TwoPhases::equilibrium(Activation::Tanh, Loss::HalfSquaredError, settings, rounds(60))
}

fn plan(network: &Network, schedule: &Schedule) -> Plan {
    let mut plan = Plan::default();
    schedule.plan(network.last(), Start::Forward, 1, 0, &mut plan).unwrap();
    plan
}

/// Its gradients on ideal hardware, in double precision.
fn gradients(inference: &Inference, network: &Network) -> Vec<DMatrix<f64>> {
    let mut state = NetworkState::zeros(network, SAMPLES, &inference.substrate);
    let plan = plan(network, &rounds(60));
    let evidence = inference.infer(network, inputs().as_view(), targets().as_view(), &plan, &mut state, None);
    let gradient = evidence.gradient(&state);
    (1..=network.last()).map(|k| gradient.weight(k).map(f64::from)).collect()
}

fn cosine(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    a.dot(b) / (a.norm() * b.norm())
}

#[test]
fn centred_equilibrium_propagation_becomes_the_exact_gradient_of_the_free_states() {
    let network = network();
    for gain in [1.0, 0.6] {
        let exact = Definition::new(&network, gain).exact();
        for output in [EquilibriumPropagation::default().output, OutputNudge::Proximal] {
            let rule = equilibrium(PhaseNudging::Centred, 0.03, gain, output);
            let reference = Inference {
                rule: rule.exact().unwrap(),
                ..Inference::of(Backprop::new(Activation::Tanh, Loss::default()))
            };
            let (found, reference) = (gradients(&Inference::of(rule), &network), gradients(&reference, &network));
            for (k, exact) in exact.iter().enumerate() {
                let at = format!("γ {gain}, {output:?}, layer {}", k + 1);
                assert!(cosine(&found[k], exact) > 0.9999, "{at}: cosine {}", cosine(&found[k], exact));
                assert!((found[k].norm() / exact.norm() - 1.0).abs() < 5e-3, "{at}: norm");
                // The reference of the measured angles.
                assert!((&reference[k] - exact).norm() < 1e-4 * exact.norm(), "{at}: adjoint equations");
            }
        }
    }
    // It is another gradient than that of the forward pass.
    let exact = Definition::new(&network, 1.0).exact();
    let backprop = gradients(&Inference::of(Backprop::new(Activation::Tanh, Loss::HalfSquaredError)), &network);
    assert!(cosine(&backprop[0], &exact[0]) < 0.999);
}

/// With G(β) = −γ^{k−L} ⟨s_k s_{k−1}ᵀ⟩ at the nudge β, the gradient is G′(0); positive nudging makes (G(β) − G(0))/β =
/// G′ + ½βG″ + …, negative G′ − ½βG″ + …, centred G′ + β²G‴/6 + ….
#[test]
fn the_three_nudgings_err_by_their_taylor_expansions() {
    let network = network();
    for gain in [1.0, 0.6] {
        let definition = Definition::new(&network, gain);
        let h = 0.01;
        let at = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|n| definition.products(n * h));
        for k in 0..3 {
            let [g_m2, g_m1, g_0, g_1, g_2] = at.each_ref().map(|products| products[k].clone());
            let first = ((&g_1 - &g_m1) * 8.0 - (&g_2 - &g_m2)) / (12.0 * h);
            let second = (&g_1 - &g_0 * 2.0 + &g_m1) / (h * h);
            let third = (&g_2 - &g_1 * 2.0 + &g_m1 * 2.0 - &g_m2) / (2.0 * h.powi(3));
            for (nudging, beta, expected) in [
                (PhaseNudging::Positive, 0.05, &second * (0.05 / 2.0) + &third * (0.0025 / 6.0)),
                (PhaseNudging::Negative, 0.05, &second * (-0.05 / 2.0) + &third * (0.0025 / 6.0)),
                (PhaseNudging::Positive, 0.1, &second * (0.1 / 2.0) + &third * (0.01 / 6.0)),
                (PhaseNudging::Centred, 0.1, &third * (0.01 / 6.0)),
            ] {
                let rule = equilibrium(nudging, beta, gain, OutputNudge::Proximal);
                let error = &gradients(&Inference::of(rule), &network)[k] - &first;
                // What is left is of the next order; a coefficient that is wrong by a factor of 2 is off by 0.5 or 1.
                let off = (&error - &expected).norm() / expected.norm();
                assert!(off < 0.25, "{nudging:?}, β {beta}, γ {gain}, layer {}: off by {off}", k + 1);
            }
        }
    }
}

#[test]
fn contrastive_hebbian_learning_is_the_contrast_of_held_and_free_states() {
    let network = network();
    let contrastive = |gain: f64| {
        let settings =
            ContrastiveHebbian { feedback_gain: Positive::new(gain).unwrap(), ..ContrastiveHebbian::default() };
        gradients(&Inference::of(TwoPhases::contrastive(Activation::Tanh, settings, rounds(60))), &network)
    };
    for gain in [1.0, 0.6] {
        let definition = Definition::new(&network, gain);
        let (held, free) = (definition.products(f64::INFINITY), definition.products(0.0));
        for ((found, held), free) in contrastive(gain).iter().zip(&held).zip(&free) {
            let expected = held - free;
            assert!((found - &expected).norm() < 1e-4 * expected.norm());
        }
    }
    // With weak feedback it is backprop (Xie & Seung 2003); with still weaker one, rounding would be all that is left of the contrast.
    let backprop = gradients(&Inference::of(Backprop::new(Activation::Tanh, Loss::HalfSquaredError)), &network);
    for (found, exact) in contrastive(0.005).iter().zip(&backprop) {
        assert!((found - exact).norm() < 0.02 * exact.norm(), "{}", (found - exact).norm() / exact.norm());
    }
}

fn chip(changes: &Value) -> DieConfig {
    let mut model = json!({"schema_version": 2, "name": "test", "description": ""});
    model.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value::<Hardware>(model).unwrap().chip()
}

fn on_die(inference: Inference, network: &mut Network, changes: &Value) -> Inference {
    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
    inference.on_die(&chip(changes), network, feedback, initialization, Seeds::default())
}

fn convolutions() -> Network {
    let layers: Vec<Layer> = serde_json::from_value(json!([
        {"convolution": {"features": 3, "kernel": 3, "padding": 1}},
        {"convolution": {"features": 4, "kernel": 3, "stride": 2}},
        {"average_pool": {"window": 2}}, {"dense": {"units": 8}}
    ]))
    .unwrap();
    let image = Shape { channels: 1, rows: 9, columns: 9 };
    let built = Architecture::new(image, &layers, Some(3), MaximaSettings::default()).unwrap();
    let mut network = built.random(Initialization::LecunNormal, 3).unwrap();
    network.projections_mut().iter_mut().for_each(|own| own.weight.view_mut().iter_mut().for_each(|w| *w *= 0.25));
    network
}

/// Of a batch of smooth stimuli, after both phases.
fn infer(inference: &Inference, network: &Network, schedule: &Schedule) -> (NetworkState, Evidence) {
    let [inputs, outputs] = [0, network.last()].map(|k| network.units()[k]);
    let inputs = Matrix::from_fn(inputs, 5, |i, j| ((i * 7 + j * 3) as f32).sin());
    let targets = Matrix::from_fn(outputs, 5, |i, j| f32::from(u8::from(i == j % outputs)));
    let mut state = NetworkState::zeros(network, 5, &inference.substrate);
    state.begin(Context::Training, 3);
    let evidence =
        inference.infer(network, inputs.as_view(), targets.as_view(), &plan(network, schedule), &mut state, None);
    (state, evidence)
}

#[test]
fn a_die_of_ideal_devices_makes_the_same_phases_bit_for_bit() {
    let dense = Network::random(&[30, 300, 40, 10], Initialization::LecunNormal, 1).unwrap();
    let schedules = [rounds(3), serde_json::from_value(json!({"parallel": {"steps": 6}})).unwrap()];
    for (network, schedule) in [dense, convolutions()].iter().flat_map(|own| schedules.iter().map(move |s| (own, s))) {
        let settings = EquilibriumPropagation::default();
        let rules = [
            TwoPhases::equilibrium(Activation::Tanh, Loss::HalfSquaredError, settings, schedule.clone()),
            TwoPhases::contrastive(Activation::Tanh, ContrastiveHebbian::default(), schedule.clone()),
        ];
        for rule in rules {
            let (ideal, evidence) = infer(&Inference::of(rule.clone()), network, schedule);
            let mut network = network.clone();
            let inference = on_die(Inference::of(rule), &mut network, &json!({}));
            assert!(!inference.substrate.is_ideal());
            let (found, _) = infer(&inference, &network, schedule);
            for k in 1..=network.projections().len() {
                let [found, ideal] = [&found, &ideal].map(|state| evidence.gradient(state).weight(k));
                assert!(found == ideal && ideal.norm() > 0.0, "projection {k}");
            }
            for (found, ideal) in found.dyads().iter().zip(ideal.dyads()) {
                assert!(found.difference == ideal.difference && found.mean == ideal.mean);
            }
        }
    }
}

/// Central differences of the loss of the free states, through convolutions and an average pooling.
#[test]
fn the_gradient_of_a_convolution_is_the_slope_of_the_loss() {
    let mut network = convolutions();
    let schedule = rounds(60);
    let settings = EquilibriumPropagation { beta: Positive::constant(0.05), ..EquilibriumPropagation::default() };
    let rule = TwoPhases::equilibrium(Activation::Tanh, Loss::HalfSquaredError, settings, schedule.clone());
    let inference = Inference::of(rule);
    let (state, evidence) = infer(&inference, &network, &schedule);
    let count = network.projections().len();
    let gradients: Vec<Matrix> = (1..=count).map(|k| evidence.gradient(&state).weight(k)).collect();
    for (k, gradient) in gradients.iter().enumerate() {
        // The synapse whose slope is the largest: those of others drown in rounding.
        let largest = gradient.iter().enumerate().max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()));
        let (index, &found) = largest.unwrap();
        let h = 0.02;
        let original = network.projections()[k].weight.view()[index];
        let mut at = |w: f32| {
            network.projections_mut()[k].weight.view_mut()[index] = w;
            free_loss(&inference, &network)
        };
        let slope = (at(original + h) - at(original - h)) / (2.0 * f64::from(h));
        at(original);
        let off = (f64::from(found) - slope).abs() / slope.abs();
        assert!(off < 0.03, "projection {}, {index}: {found}, {slope}", k + 1);
    }
}

fn free_loss(inference: &Inference, network: &Network) -> f64 {
    let [inputs, outputs] = [0, network.last()].map(|k| network.units()[k]);
    let inputs = Matrix::from_fn(inputs, 5, |i, j| ((i * 7 + j * 3) as f32).sin());
    let mut state = NetworkState::zeros(network, 5, &inference.substrate);
    inference.forward(network, inputs.as_view(), &mut state);
    let errors = state.outputs().mean.column_iter().enumerate().map(|(j, output)| {
        let error = |(i, s): (usize, &f32)| (f64::from(*s) - f64::from(u8::from(i == j % outputs))).powi(2) / 2.0;
        output.iter().enumerate().map(error).sum::<f64>()
    });
    errors.sum::<f64>() / 5.0
}

const MEMORY_UNITS: usize = 400;

/// States of the first phase as they are remembered by the hidden units of a die with this memory: (unit × sample) numbers.
fn remembered(memory: Value, step: u64, chip_seed: u64) -> Vec<f32> {
    let mut network = Network::random(&[10, MEMORY_UNITS, 3], Initialization::LecunNormal, 1).unwrap();
    let schedule = rounds(2);
    let settings =
        EquilibriumPropagation { second_updates: Some(Count::constant(3)), ..EquilibriumPropagation::default() };
    let rule = TwoPhases::equilibrium(Activation::HardSigmoid, Loss::HalfSquaredError, settings, schedule.clone());
    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
    let seeds = Seeds { chip: chip_seed, ..Seeds::default() };
    let chip = chip(&json!({"phase_memory": memory}));
    let inference = Inference::of(rule).on_die(&chip, &mut network, feedback, initialization, seeds);
    let inputs = Matrix::from_fn(10, 20, |i, j| ((i * 7 + j * 3) as f32).sin());
    let targets = Matrix::from_fn(3, 20, |i, j| f32::from(u8::from(i == j % 3)));
    let mut state = NetworkState::zeros(&network, 20, &inference.substrate);
    state.begin(Context::Training, step);
    inference.infer(&network, inputs.as_view(), targets.as_view(), &plan(&network, &schedule), &mut state, None);
    let hidden = &state.dyads()[0];
    // The contrast is made with what is remembered.
    assert!((&hidden.s_plus - &hidden.s_minus - &hidden.difference).amax() < 1e-6);
    hidden.s_minus.as_slice().to_vec()
}

fn less(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[test]
fn a_memory_adds_the_offset_of_every_unit() {
    let ideal = remembered(json!({}), 3, 1);
    let offsets = less(&remembered(json!({"offset_std": 0.02}), 3, 1), &ideal);
    let of_first = &offsets[..MEMORY_UNITS];
    assert!(offsets.chunks(MEMORY_UNITS).all(|column| less(column, of_first).iter().all(|d| d.abs() < 1e-6)));
    assert_mean(of_first, 0.0, 4e-4, "offsets");
    assert_variance(of_first, 4e-4, 3.0, "offsets");
    let other = less(&remembered(json!({"offset_std": 0.02}), 3, 2), &ideal);
    assert_correlation(of_first, &other[..MEMORY_UNITS], 0.0, "offsets of two chips");
}

#[test]
fn a_memory_stores_with_noise_that_is_new_every_time() {
    let ideal = remembered(json!({}), 3, 1);
    let noise = |step: u64| less(&remembered(json!({"noise_std": 0.03}), step, 1), &ideal);
    let (first, again) = (noise(3), noise(4));
    assert_eq!(first, noise(3));
    assert_mean(&first, 0.0, 9e-4, "noise");
    assert_variance(&first, 9e-4, 3.0, "noise");
    assert_correlation(&first, &again, 0.0, "noise of two stores");
    let (one, other) = first.split_at(first.len() / 2);
    assert_correlation(one, other, 0.0, "noise of two stimuli");
}

/// Three updates of the second phase, and what was stored with its noise leaks alike.
#[test]
fn a_memory_leaks_until_the_second_phase_has_ended() {
    let ideal = remembered(json!({}), 3, 1);
    let left = 0.9f32.powi(3);
    let leaked = remembered(json!({"leak": 0.1}), 3, 1);
    assert!(ideal.iter().zip(&leaked).all(|(s, m)| (m - left * s).abs() < 1e-5 * (1.0 + s.abs())));
    let stored = remembered(json!({"noise_std": 0.03, "leak": 0.1}), 3, 1);
    assert_variance(&less(&stored, &leaked), 9e-4 * f64::from(left).powi(2), 3.0, "noise that has leaked");
}
