//! What calibration leaves of the difference between the compartments of a dyad, against theory.
use dyadsim::config::Hardware;
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::device::noise_key::Context;
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer};
use dyadsim::linalg::Matrix;
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::parameter::Positive;
use dyadsim::random::Seeds;
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Plan, Schedule};
use law_assertions::{assert_mean, assert_variance, kurtosis};
use serde_json::{Value, json};

const UNITS: usize = 2000;
const BATCH: usize = 8;

fn learner(units: &Value, learning: &Value) -> Learner {
    let model = json!({"schema_version": 2, "name": "test", "description": "", "units": units, "learning": learning});
    let hardware: Hardware = serde_json::from_value(model).unwrap();
    let mut network = Network::random(&[3, UNITS], Initialization::LecunNormal, 5).unwrap();
    let nudging = Nudging { beta: Positive::constant(1.0), ..Nudging::default() };
    let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
    let inference = inference.on_die(&hardware.chip(), &mut network, feedback, initialization, Seeds::default());
    let settings = LearnerSettings::new(network, inference, Optimizer::default(), BATCH);
    Learner::new(LearnerSettings { schedule: Schedule::BwK, ..settings }).unwrap()
}

fn inputs() -> Matrix {
    Matrix::from_fn(3, BATCH, |i, j| ((3 * i + 5 * j) % 7) as f32 / 3.0 - 0.5)
}

/// Steps of inference, from which the synapses do not learn.
fn work(learner: &mut Learner, steps: std::ops::Range<u64>, targets: &Matrix) {
    for step in steps {
        learner.infer(inputs().as_view(), targets.as_view(), step, None).unwrap();
    }
}

/// s̄, s⁺ − s⁻ as it is fed back and as the synapses get it, without a nudge.
fn unnudged(learner: &Learner) -> [Matrix; 3] {
    let mut state = NetworkState::zeros(&learner.weights, BATCH, &learner.inference.substrate);
    state.begin(Context::Audit, 0);
    let targets = Matrix::zeros(UNITS, BATCH);
    let plan = Plan::default();
    learner.inference.infer(&learner.weights, inputs().as_view(), targets.as_view(), &plan, &mut state, None);
    [state.outputs().mean.clone(), state.outputs().difference.clone(), state.learning_signal(1).clone()]
}

/// A line through N reads with noise σ is uncertain by σ²/N (1 + (x − x̄)²/Var x) at x.
#[test]
fn a_measured_line_is_as_uncertain_as_least_squares_are() {
    let std = 0.05;
    for count in [1, 12] {
        let units = json!({
            "mismatch": {"gain": {"std": 0.2}, "offset": {"std": 0.3}},
            "calibration": {"parameters": "offset_and_gain", "method": {"reads": {"count": count}}, "noise_std": std}
        });
        let mut learner = learner(&units, &json!({"offset_std": 0.1}));
        work(&mut learner, 0..1, &Matrix::zeros(UNITS, BATCH));
        let [mean, difference, signal] = unnudged(&learner);
        for (residual, what) in [(difference, "difference"), (signal, "signal")] {
            for j in [0, 3] {
                let standardised: Vec<f64> = (0..UNITS)
                    .map(|i| {
                        let row: Vec<f64> = mean.row(i).iter().map(|&x| f64::from(x)).collect();
                        let center = row.iter().sum::<f64>() / BATCH as f64;
                        let variance = row.iter().map(|x| (x - center).powi(2)).sum::<f64>() / BATCH as f64;
                        let reads = (count * BATCH) as f64;
                        let expected = std * std / reads * (1.0 + (row[j] - center).powi(2) / variance);
                        f64::from(residual[(i, j)]) / expected.sqrt()
                    })
                    .collect();
                let what = format!("{what} of stimulus {j}, {count} reads");
                assert_mean(&standardised, 0.0, 1.0, &what);
                assert_variance(&standardised, 1.0, kurtosis::NORMAL, &what);
            }
        }
    }
}

/// A line fits compartments that differ in offset and gain, a mean does not.
#[test]
fn two_parameters_take_away_what_one_leaves() {
    let left = |parameters: &str, chopping: Value| -> [f32; 2] {
        let units = json!({
            "mismatch": {"gain": {"std": 0.2}, "offset": {"std": 0.3}}, "chopping": chopping,
            "calibration": {"parameters": parameters, "method": {"reads": {"count": 4}}}
        });
        let mut learner = learner(&units, &json!({"offset_std": 0.1}));
        work(&mut learner, 0..1, &Matrix::zeros(UNITS, BATCH));
        let [_, difference, signal] = unnudged(&learner);
        [difference.amax(), signal.amax()]
    };
    for chopping in [Value::Null, json!({"shared_by": "dyad"})] {
        assert!(left("offset_and_gain", chopping.clone()).iter().all(|&x| x < 1e-4), "{chopping}");
        assert!(left("offset", chopping.clone()).iter().all(|&x| x > 0.1), "{chopping}");
    }
}

/// A line does not fit a rectifier that is silent for some stimuli; where it is active it does, and where it is silent there is nothing to
/// subtract.
#[test]
fn rectifiers_are_calibrated_where_they_are_active() {
    let left = |parameters: Value, chopping: Value| -> f32 {
        let units = json!({
            "mismatch": {"gain": {"std": 0.1}, "offset": {"std": 0.01}}, "chopping": chopping,
            "calibration": {"parameters": parameters, "method": {"reads": {"count": 4}}}
        });
        let model = json!({"schema_version": 2, "name": "test", "description": "", "units": units});
        let hardware: Hardware = serde_json::from_value(model).unwrap();
        let mut network = Network::random(&[3, 200, 2], Initialization::LecunNormal, 5).unwrap();
        let inference =
            Inference::new(Activation::Relu, Loss::HalfSquaredError, CreditRule::DpTranspose, Nudging::default());
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        let inference = inference.on_die(&hardware.chip(), &mut network, feedback, initialization, Seeds::default());
        let settings = LearnerSettings::new(network, inference, Optimizer::default(), BATCH);
        let mut learner = Learner::new(LearnerSettings { schedule: Schedule::BwK, ..settings }).unwrap();
        learner.infer(inputs().as_view(), Matrix::zeros(2, BATCH).as_view(), 0, None).unwrap();
        let mut state = NetworkState::zeros(&learner.weights, BATCH, &learner.inference.substrate);
        state.begin(Context::Audit, 0);
        let (inputs, targets, plan) = (inputs(), Matrix::zeros(2, BATCH), Plan::default());
        learner.inference.infer(&learner.weights, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
        let hidden = &state.dyads()[0];
        let clear = hidden.mean.iter().zip(hidden.difference.iter()).filter(|(s, _)| **s <= 0.0 || **s > 0.05);
        clear.fold(0.0, |most, (_, difference)| most.max(difference.abs()))
    };
    let active = json!({"offset_and_gain_where_active": {"margin": 0.05, "prior_reads": 0}});
    for chopping in [Value::Null, json!({"shared_by": "dyad"})] {
        let fitted = left(active.clone(), chopping.clone());
        assert!(fitted < 1e-4, "{chopping}: {fitted}");
        let line = left(json!("offset_and_gain"), chopping);
        assert!(line > 0.005, "{line}");
    }
}

/// Where roles are exchanged a running estimate of an offset has the stationary variance η/(2 − η) e²/B around it, whatever
/// the learning signal e is; where they are not, it takes e for an offset.
#[test]
fn a_running_estimate_sees_through_the_learning_signal_if_roles_are_exchanged() {
    let rate = 0.1;
    let estimates = |chopping: Value| -> (Vec<f64>, Vec<f64>) {
        let units = json!({
            "mismatch": {"offset": {"std": 0.3}}, "chopping": chopping,
            "calibration": {"parameters": "offset", "method": {"running": {"rate": rate}}}
        });
        let mut learner = learner(&units, &json!({}));
        // The same nudge for all stimuli.
        learner.weights.projections_mut()[0].weight.view_mut().fill(0.0);
        let targets = Matrix::from_fn(UNITS, BATCH, |i, _| 0.5 + (i % 5) as f32);
        work(&mut learner, 0..200, &targets);
        let [_, difference, _] = unnudged(&learner);
        // What is left without a nudge, over what a nudge makes; both without the sign of the roles.
        let nudge = targets.column(0).map(f64::from);
        let left = difference.column(0).map(f64::from);
        (left.iter().copied().collect(), nudge.iter().copied().collect())
    };
    let (left, nudge) = estimates(json!({"shared_by": "dyad"}));
    let standardised: Vec<f64> = left.iter().zip(&nudge).map(|(left, e)| left / e).collect();
    let expected = rate / (2.0 - rate) / BATCH as f64;
    assert_mean(&standardised, 0.0, expected, "exchanged");
    assert_variance(&standardised, expected, kurtosis::NORMAL, "exchanged");
    let (left, nudge) = estimates(Value::Null);
    for (left, e) in left.iter().zip(&nudge) {
        assert!((left + e).abs() < 1e-3 * e, "{left} is left of a nudge of {e}");
    }
}

/// What is stored walks at random: after t steps its variance is t times that of a step.
#[test]
fn what_is_stored_drifts() {
    let (std, steps) = (0.01, 30);
    let units = json!({"calibration": {"parameters": "offset", "method": {"reads": {"count": 1}}, "drift_std": std}});
    let mut learner = learner(&units, &json!({}));
    work(&mut learner, 0..steps + 1, &Matrix::zeros(UNITS, BATCH));
    let [_, difference, signal] = unnudged(&learner);
    for residual in [difference, signal] {
        let residual: Vec<f64> = residual.column(0).iter().map(|&x| f64::from(x)).collect();
        assert_mean(&residual, 0.0, steps as f64 * std * std, "drift");
        assert_variance(&residual, steps as f64 * std * std, kurtosis::NORMAL, "drift");
    }
}
