//! Backprop on a die: the algorithm itself where devices are ideal, and what the circuits of a unit of one compartment add.
use crate::fixtures::branches;
use dyadsim::config::Hardware;
use dyadsim::device::noise_key::Context;
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use law_assertions::{assert_covariance, assert_mean, assert_variance, kurtosis};
use serde_json::{Value, json};

fn chip(changes: &Value) -> DieConfig {
    let mut model = json!({"schema_version": 2, "name": "test", "description": ""});
    model.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value::<Hardware>(model).unwrap().chip()
}

fn backprop(activation: Activation) -> Inference {
    Inference::new(activation, Loss::HalfSquaredError, CreditRule::Backprop, Nudging::default())
}

fn on_die(inference: Inference, network: &mut Network, changes: &Value) -> Inference {
    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
    inference.on_die(&chip(changes), network, feedback, initialization, Seeds::default())
}

fn infer(inference: &Inference, network: &Network, samples: usize) -> NetworkState {
    let [inputs, outputs] = [0, network.last()].map(|k| network.units()[k]);
    let inputs = Matrix::from_fn(inputs, samples, |i, j| ((i * 7 + j * 3) as f32).sin());
    let targets = Matrix::from_fn(outputs, samples, |i, j| f32::from(u8::from(i == j % outputs)));
    let mut state = NetworkState::zeros(network, samples, &inference.substrate);
    state.begin(Context::Training, 3);
    inference.infer(network, inputs.as_view(), targets.as_view(), &Plan::default(), &mut state, None);
    state
}

/// Dense, and with convolutions, poolings and skips.
#[test]
fn a_die_of_ideal_devices_makes_the_exact_gradient_bit_for_bit() {
    let layers: Vec<Layer> = serde_json::from_value(branches()).unwrap();
    let image = Shape { channels: 1, rows: 28, columns: 28 };
    let branches = Architecture::new(image, &layers, Some(10), MaximaSettings::default()).unwrap();
    let networks = [
        Network::random(&[30, 300, 40, 10], Initialization::HeNormal, 1).unwrap(),
        branches.random(Initialization::HeNormal, 1).unwrap(),
    ];
    for (network, activation) in networks.iter().flat_map(|own| [(own, Activation::Relu), (own, Activation::Tanh)]) {
        let exact = infer(&backprop(activation), network, 50);
        let mut network = network.clone();
        let inference = on_die(backprop(activation), &mut network, &json!({}));
        assert!(!inference.substrate.is_ideal());
        let found = infer(&inference, &network, 50);
        let evidence = inference.rule.standing_evidence(50);
        let (exact_gradient, gradient) = (evidence.gradient(&exact), evidence.gradient(&found));
        for k in 1..=network.projections().len() {
            assert!(gradient.weight(k) == exact_gradient.weight(k), "{activation:?}, projection {k}");
        }
        for (found, exact) in found.dyads().iter().zip(exact.dyads()) {
            assert!(found.difference == exact.difference && found.mean == exact.mean, "{activation:?}");
        }
    }
}

/// Mismatch and noise reach a unit with the law of one compartment, and nothing tells two of them apart.
#[test]
fn a_unit_has_the_mismatch_and_the_noise_of_one_compartment() {
    let model = json!({"units": {
        "mismatch": {"offset": {"std": 0.3, "correlation": 0.2}},
        "process_noise": {"white": {"std": 0.2, "common_mode": 0.3}},
        "readout_noise": {"std": 0.1, "common_mode": 0.0}
    }});
    let units = 20_000;
    let weight = WeightMatrix::from_matrix(&Matrix::zeros(units, 1));
    let mut network = Network::chain(vec![(weight, vec![0.0; units].into())]).unwrap();
    let inference = on_die(backprop(Activation::Identity), &mut network, &model);
    let state = infer(&inference, &network, 1);
    let dyads = &state.dyads()[0];
    assert!(dyads.s_plus == dyads.s_minus && dyads.s_plus == dyads.mean);
    let s: Vec<f64> = dyads.s_plus.iter().map(|&s| f64::from(s)).collect();
    assert_mean(&s, 0.0, 0.14, "states");
    assert_variance(&s, 0.09 + 0.04 + 0.01, kurtosis::NORMAL, "states");
}

/// e = ∂ℓ/∂a − t at the outputs.
#[test]
fn the_noise_of_the_teacher_is_that_of_the_error() {
    let units = 20_000;
    let weight = WeightMatrix::from_matrix(&Matrix::zeros(units, 1));
    let mut network = Network::chain(vec![(weight, vec![0.5; units].into())]).unwrap();
    let inference = on_die(backprop(Activation::Identity), &mut network, &json!({"teacher_noise": {"std": 0.2}}));
    let mut state = NetworkState::zeros(&network, 1, &inference.substrate);
    let (inputs, targets) = (Matrix::zeros(1, 1), Matrix::zeros(units, 1));
    inference.infer(&network, inputs.as_view(), targets.as_view(), &Plan::default(), &mut state, None);
    let errors: Vec<f64> = state.learning_signal(1).iter().map(|&e| f64::from(e)).collect();
    assert_mean(&errors, 0.5, 0.04, "errors");
    assert_variance(&errors, 0.04, kurtosis::NORMAL, "errors");
}

/// The slope is that of the membrane that mismatch has moved, and zero where a rail holds the state.
#[test]
fn the_slope_is_that_of_the_unit_as_it_is() {
    let weight = |rows: usize, columns: usize, x: f32| {
        (WeightMatrix::from_matrix(&Matrix::from_element(rows, columns, x)), vec![0.0; rows].into())
    };
    let mut network = Network::chain(vec![weight(400, 1, 1.0), weight(1, 400, 0.5)]).unwrap();
    let model = json!({"units": {"rails": {"low": -0.5, "high": 0.5}, "mismatch": {"offset": {"std": 0.5}}}});
    let inference = on_die(backprop(Activation::Tanh), &mut network, &model);
    let mut state = NetworkState::zeros(&network, 1, &inference.substrate);
    // The only output is held by a rail as well; its error is that of its state.
    let (inputs, targets) = (Matrix::zeros(1, 1), Matrix::from_element(1, 1, 3.0));
    inference.infer(&network, inputs.as_view(), targets.as_view(), &Plan::default(), &mut state, None);
    let [hidden, outputs] = state.dyads() else { panic!("two layers") };
    let d = 0.5 * outputs.difference[0];
    let mut held = 0;
    for (s, e) in hidden.s_plus.iter().zip(hidden.difference.iter()) {
        if s.abs() == 0.5 {
            held += 1;
            assert_eq!(*e, 0.0);
        } else {
            assert!((e - (1.0 - s * s) * d).abs() < 1e-5, "{e} at {s}");
        }
    }
    assert!(held > 20 && held < 380, "{held} of 400 units are held");
}

/// One read of a column for both compartments, or one for each: the covariance of what they receive is σ² or 0.
#[test]
fn one_read_serves_both_compartments_or_each_has_its_own() {
    let (std, units, samples) = (0.2, 40, 500);
    for (side, shared) in [("forward", true), ("forward", false), ("feedback", true), ("feedback", false)] {
        let mut arrays = json!({});
        arrays[side] = json!({"read_noise": {"std": std}, "shared_by_compartments": shared});
        let layer = |rows: usize, columns: usize| {
            (WeightMatrix::from_matrix(&Matrix::zeros(rows, columns)), vec![0.0; rows].into())
        };
        let mut network = Network::chain(vec![layer(units, 2), layer(units, units)]).unwrap();
        let inference =
            Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, Nudging::default());
        let inference = on_die(inference, &mut network, &json!({"arrays": arrays}));
        let mut state = NetworkState::zeros(&network, samples, &inference.substrate);
        let plan = Plan { updates: vec![dyadsim::relax::schedule::Update::Layer(1)], ..Plan::default() };
        let (inputs, targets) = (Matrix::zeros(2, samples), Matrix::zeros(units, samples));
        inference.infer(&network, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
        let dyads = &state.dyads()[0];
        // u± = a± ± ½ d±
        let sign = if side == "forward" { [1.0, 1.0] } else { [2.0, -2.0] };
        let received = |s: &Matrix, sign: f64| s.iter().map(|&s| sign * f64::from(s)).collect::<Vec<_>>();
        let (plus, minus) = (received(&dyads.s_plus, sign[0]), received(&dyads.s_minus, sign[1]));
        let v = std * std;
        assert_variance(&plus, v, kurtosis::NORMAL, format!("{side}, s⁺"));
        assert_covariance(&plus, &minus, if shared { v } else { 0.0 }, v, format!("{side}, shared: {shared}"));
        assert_eq!(plus == minus, shared, "{side}");
    }
}

/// A stochastic converter too: it converts once, or once for each compartment.
#[test]
fn one_read_is_one_conversion() {
    let agree = |shared: bool| {
        let model = json!({"arrays": {"forward": {
            "adc": {"bits": 3, "range": 1, "stochastic_rounding": true}, "shared_by_compartments": shared
        }}});
        let weight = WeightMatrix::from_matrix(&Matrix::from_element(2000, 1, 0.25));
        let mut network = Network::chain(vec![(weight, vec![0.0; 2000].into())]).unwrap();
        let inference =
            Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, Nudging::default());
        let inference = on_die(inference, &mut network, &model);
        let mut state = NetworkState::zeros(&network, 1, &inference.substrate);
        inference.forward(&network, Matrix::from_element(1, 1, 1.0).as_view(), &mut state);
        let dyads = &state.dyads()[0];
        assert!(dyads.s_plus.iter().any(|s| *s != dyads.s_plus[0]), "nothing is rounded at random");
        dyads.s_plus == dyads.s_minus
    };
    assert!(agree(true) && !agree(false));
}
