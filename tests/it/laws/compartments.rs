//! Compartments of a dyad that differ: what is left of it when they exchange their roles. Every bound is 4 standard errors of
//! the estimate.
use dyadsim::config::Hardware;
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::device::noise_key::Context;
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::linalg::Matrix;
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::parameter::{Fraction, Positive};
use dyadsim::random::Seeds;
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Plan, Start, Update};
use law_assertions::{assert_mean, assert_variance};
use serde_json::{Value, json};

const UNITS: [usize; 3] = [6, 12, 5];
/// Replicas of one chip that see the same stimulus.
const REPLICAS: usize = 4000;

fn dyads(units: &Value, alpha: f64, start: Start) -> (Inference, Network) {
    let model = json!({"schema_version": 2, "name": "test", "description": "", "units": units});
    let hardware: Hardware = serde_json::from_value(model).unwrap();
    let mut network = Network::random(&UNITS, Initialization::LecunNormal, 5).unwrap();
    let nudging = Nudging { alpha: Fraction::new(alpha).unwrap(), beta: Positive::constant(0.5), ..Nudging::default() };
    let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
    let inference = Inference { start, ..inference };
    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
    let inference = inference.on_die(&hardware.chip(), &mut network, feedback, initialization, Seeds::default());
    (inference, network)
}

fn infer(inference: &Inference, network: &Network, state: &mut NetworkState, updates: &[Update], step: u64) {
    let inputs = Matrix::from_fn(UNITS[0], state.samples(), |i, _| 0.3 + 0.2 * (i % 3) as f32);
    let targets = Matrix::from_fn(UNITS[2], state.samples(), |i, _| if i == 1 { 1.0 } else { 0.0 });
    let plan = Plan { updates: updates.to_vec(), ..Plan::default() };
    state.begin(Context::Training, step);
    inference.infer(network, inputs.as_view(), targets.as_view(), &plan, state, None);
}

/// s⁺ − s⁻ of both populations after a sweep back from the outputs, or after the forward pass alone.
fn differences(units: &Value, samples: usize, nudged: bool) -> [Matrix; 2] {
    let (inference, network) = dyads(units, 0.5, Start::Forward);
    let mut state = NetworkState::zeros(&network, samples, &inference.substrate);
    let updates = [Update::Layer(2), Update::Layer(1)];
    infer(&inference, &network, &mut state, if nudged { &updates } else { &[] }, 0);
    [0, 1].map(|k| state.dyads()[k].difference.clone())
}

fn mismatch(chopping: Value) -> Value {
    json!({"mismatch": {"gain": {"std": 0.2}, "offset": {"std": 0.1}}, "chopping": chopping})
}

/// With g± = ḡ ± cδ, o± = ō ± cΔ/2 a linear dyad has s⁺ − s⁻ = ḡ (u⁺ − u⁻) + c (2δ a + Δ): the mean over the roles is what
/// two compartments of gain ḡ would have, the variance is the square of what the dyad has without a nudge, and of what the
/// dyads above it send back.
#[test]
fn the_mean_over_the_roles_is_that_of_matched_compartments() {
    let frozen = mismatch(Value::Null);
    let [unnudged, nudged] = [false, true].map(|nudged| differences(&frozen, 1, nudged));
    let (_, network) = dyads(&frozen, 0.5, Start::Forward);
    let weight = network.projections()[1].weight.to_matrix();
    let returned = weight.transpose() * &nudged[1];
    for shared_by in ["layer", "dyad"] {
        let chopped = differences(&mismatch(json!({"shared_by": shared_by})), REPLICAS, true);
        let of_unit = |k: usize, i: usize| chopped[k].row(i).iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let square = |x: f32| f64::from(x) * f64::from(x);
        for i in 0..UNITS[2] {
            let (own, what) = (of_unit(1, i), format!("output {i}, {shared_by}"));
            assert_mean(&own, f64::from(nudged[1][i] - unnudged[1][i]), square(unnudged[1][i]), &what);
            // ±1 has the kurtosis 1.
            assert_variance(&own, square(unnudged[1][i]), 1.0 + 1e-3, &what);
        }
        let matched = &nudged[1] - &unnudged[1];
        let returned_by_matched = weight.transpose() * &matched;
        for i in 0..UNITS[1] {
            let (own, what) = (of_unit(0, i), format!("hidden {i}, {shared_by}"));
            let gain = (nudged[0][i] - unnudged[0][i]) / returned[i];
            let from_above: Vec<f32> = (0..UNITS[2]).map(|o| weight[(o, i)] * unnudged[1][o]).collect();
            let from_above = match shared_by {
                "layer" => square(from_above.iter().sum()),
                _ => from_above.iter().map(|&x| square(x)).sum(),
            };
            let variance = square(unnudged[0][i]) + square(gain) * from_above;
            // s̄ of the hidden dyads, and with it the drive of the outputs, depends on the roles in second order of the mismatch.
            assert_mean(&own, f64::from(gain * returned_by_matched[i]), variance, &what);
            assert_variance(&own, variance, 3.0, &what);
        }
    }
}

/// Where compartments agree, the shares of α stay with the roles: not a bit changes.
#[test]
fn exchanging_matched_compartments_changes_nothing() {
    let model = |chopping: Value| {
        json!({
            "tau_s": 1e-5, "dt_s": 1e-5, "rails": {"low": -2, "high": 2}, "chopping": chopping,
            "mismatch": {"gain": {"std": 0.2, "correlation": 1}, "offset": {"std": 0.1, "correlation": 1}},
            "process_noise": {"white": {"std": 0.01}}
        })
    };
    let updates = [Update::Layer(2), Update::Layer(1), Update::All, Update::All];
    let signals = |chopping: Value| {
        let (inference, network) = dyads(&model(chopping), 0.2, Start::Forward);
        let mut state = NetworkState::zeros(&network, 30, &inference.substrate);
        infer(&inference, &network, &mut state, &updates, 0);
        let states = state.dyads().iter().flat_map(|own| [own.s_plus.clone(), own.s_minus.clone(), own.mean.clone()]);
        states.collect::<Vec<_>>()
    };
    let reference = signals(Value::Null);
    for shared_by in ["chip", "layer", "dyad"] {
        assert_eq!(reference, signals(json!({"shared_by": shared_by})), "{shared_by}");
    }
}

/// Membranes go on as they are, each with its own gain, offset, time constant and coloured noise: without a nudge the
/// compartments of a dyad go through the same states, whichever of them is s⁺.
#[test]
fn an_exchange_leaves_the_compartments_as_they_are() {
    let model = |chopping: Value| {
        json!({
            "tau_s": 4e-5, "dt_s": 1e-5, "chopping": chopping,
            "mismatch": {"gain": {"std": 0.2}, "offset": {"std": 0.3}, "time_constant": {"std": 0.2}},
            "process_noise": {"ornstein_uhlenbeck": {"std": 0.1, "correlation_time_s": 1e-4}}
        })
    };
    let course = |chopping: Value| -> Vec<[f32; 2]> {
        let (inference, network) = dyads(&model(chopping), 0.5, Start::Carried);
        let mut state = NetworkState::zeros(&network, 20, &inference.substrate);
        let mut course = vec![];
        for step in 0..6 {
            // Nothing comes back to the outputs, and nothing is sent forward that depends on the roles.
            infer(&inference, &network, &mut state, &[Update::OutputsUnnudged; 3], step);
            let outputs = state.outputs();
            course.extend(outputs.s_plus.iter().zip(outputs.s_minus.iter()).map(|(plus, minus)| [*plus, *minus]));
        }
        course
    };
    let reference = course(Value::Null);
    let any_step = json!({"takes_effect": {"any_step": {"probability": 0.5}}});
    for chopping in [json!({}), json!({"every": "update"}), json!({"shared_by": "chip"}), any_step] {
        let chopped = course(chopping.clone());
        let exchanged = chopped.iter().zip(&reference).filter(|(own, other)| own != other).count();
        assert!(exchanged > reference.len() / 6 && exchanged < reference.len() * 5 / 6, "{chopping}: {exchanged}");
        for ([plus, minus], [first, second]) in chopped.iter().zip(&reference) {
            assert!([plus, minus] == [first, second] || [plus, minus] == [second, first], "{chopping}");
        }
    }
}
