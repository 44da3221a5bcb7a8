//! Stability of inference: the probe against the theory of linear networks, and what it leaves of a run.
use crate::fixtures::{experiment, noisy_hardware, numbers, output, text};
use dyadsim::config::StabilityProbe;
use dyadsim::credit::Inference;
use dyadsim::credit::dual_propagation::DualPropagation;
use dyadsim::credit::{CreditRule, Damping, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::dynamics::output::{Linearised, LossGradientAt, OutputNudge};
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::measure::{Probed, Stability};
use dyadsim::network::Network;
use dyadsim::parameter::{Fraction, OpenFraction, Positive, ProbePasses, Repeats};
use dyadsim::random::{Purpose, stream as random};
use dyadsim::relax::schedule::{Parallel, Passes, RandomLayer, Schedule, Start};
use dyadsim::trace::TraceReader;
use dyadsim::vocabulary::Verdict;
use nalgebra::DVector;
use rand_distr::{Distribution, StandardNormal};
use serde_json::json;

/// 4 inputs, 6 linear hidden units, 3 outputs whose weights have the largest singular value σ.
fn network(sigma: f64) -> Network {
    let mut normal = random(3, Purpose::InitialWeights, &[]);
    let mut draw = |post, pre| Matrix::from_fn(post, pre, |_, _| StandardNormal.sample(&mut normal));
    let (first, second): (Matrix, Matrix) = (draw(6, 4), draw(3, 6));
    let norm = second.clone().cast::<f64>().singular_values().max();
    let layer = |matrix: &Matrix| (WeightMatrix::from_matrix(matrix), DVector::from_element(matrix.nrows(), 0.1));
    Network::chain(vec![layer(&first), layer(&(second * (sigma / norm) as f32))]).unwrap()
}

fn inputs() -> Matrix {
    Matrix::from_fn(4, 5, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 1.0)
}

fn gain(inference: &Inference, sigma: f64) -> f64 {
    inference.nudging_gain(&network(sigma), inputs().as_view(), 1)
}

fn probe(inference: &Inference, schedule: &Schedule, sigma: f64, settings: &StabilityProbe) -> Stability {
    let (inputs, targets) = (inputs(), Matrix::from_fn(3, 5, |i, j| if i == j % 3 { 1.0 } else { 0.0 }));
    let (inputs, targets) = (inputs.as_view(), targets.as_view());
    Probed { inference, schedule, weights: &network(sigma), inputs, targets, seed: 1, epoch: 0 }.stability(settings)
}

fn inference(rule: CreditRule, nudging: Nudging) -> Inference {
    Inference::new(Activation::Identity, Loss::HalfSquaredError, rule, nudging)
}

/// Hidden layer, then outputs: every pass is one step of the iteration.
fn one_by_one() -> Schedule {
    Schedule::FwK(Passes { passes: Repeats::constant(1) })
}

fn nudging(alpha: f64, beta: f64) -> Nudging {
    Nudging { alpha: Fraction::new(alpha).unwrap(), beta: Positive::new(beta).unwrap(), ..Nudging::default() }
}

/// Høier & Zach 2024 for a linear hidden layer: dp converges iff |1−2α|γcσ² < 1, by which factor every pass multiplies
/// the change; on the side of α = 1 it turns its sign, on the side of α = 0 it does not.
#[test]
fn dp_converges_below_the_boundary_and_diverges_above_it() {
    let fraction = |x| Some(Fraction::new(x).unwrap());
    let gain_of_two = Positive::constant(2.0);
    for (nudging, answer) in [
        // c of the theory, with |1−2α| and γ.
        (nudging(0.0, 0.8), 0.8),
        (nudging(1.0, 0.8), 0.8),
        (nudging(0.25, 0.8), 0.4),
        (Nudging { feedback_gain: gain_of_two, ..nudging(1.0, 0.8) }, 1.6),
        // Only the asymmetry of the hidden layers counts where the outputs are linearised.
        (Nudging { alpha_hidden: fraction(1.0), ..nudging(0.5, 0.8) }, 0.8),
        (Nudging { output: OutputNudge::Proximal, ..nudging(1.0, 0.8) }, 0.8 / 1.8),
        (Nudging { output: OutputNudge::Proximal, ..nudging(0.0, 0.4) }, 0.4 / 0.6),
        (
            Nudging { output: OutputNudge::Proximal, alpha_hidden: fraction(0.0), ..nudging(0.5, 0.8) },
            0.8 / (1.4 * 0.6),
        ),
    ] {
        let inference = inference(CreditRule::Dp, nudging);
        for share in [0.9f64, 1.1] {
            let sigma = (share / answer).sqrt();
            assert!((gain(&inference, sigma) - share).abs() < 1e-5, "{nudging:?}");
            let found = probe(&inference, &one_by_one(), sigma, &StabilityProbe::default());
            let expected = if share < 1.0 { Verdict::Converged } else { Verdict::Diverged };
            assert_eq!(found.verdict, expected, "{nudging:?} at {share} of the boundary");
            for pair in found.changes[20..50].windows(2) {
                let factor = pair[1] / pair[0];
                assert!((factor / share - 1.0).abs() < 0.01, "{nudging:?}: {factor} against {share}");
            }
        }
        // At the boundary: back after two passes where the factor is −1, away in even steps where it is 1.
        let found = probe(&inference, &one_by_one(), answer.sqrt().recip(), &StabilityProbe::default());
        let turns = nudging.alpha_hidden().get() > 0.5;
        let expected = if turns { (Verdict::LimitCycle, Some(2)) } else { (Verdict::Undecided, None) };
        assert_eq!((found.verdict, found.period), expected, "{nudging:?} at the boundary");
        assert_eq!(found.changes.len(), 200);
    }
}

#[test]
fn symmetric_and_transposed_nudging_rest_at_once() {
    let linearised = Linearised { loss_gradient_at: LossGradientAt::InitialForward };
    let at_initial_forward = Nudging { output: OutputNudge::Linearised(linearised), ..nudging(0.0, 2.0) };
    for (rule, nudging) in [
        (CreditRule::Dp, nudging(0.5, 2.0)),
        (CreditRule::Dp, at_initial_forward),
        (CreditRule::DpTranspose, nudging(0.0, 2.0)),
        (CreditRule::DpTranspose, nudging(0.3, 2.0)),
        (CreditRule::DpTranspose, nudging(1.0, 2.0)),
    ] {
        let inference = inference(rule, nudging);
        assert_eq!(gain(&inference, 3.0), 0.0);
        let found = probe(&inference, &one_by_one(), 3.0, &StabilityProbe::default());
        assert_eq!(found.verdict, Verdict::Converged, "{rule:?} {nudging:?}");
        assert!(found.changes.len() <= 4, "{rule:?} {nudging:?}: {:?}", found.changes);
    }
}

/// The damped factor is (L − cσ²)/(1+L) at α = 1; with c = 1 the published L = (σ²−1)/2 makes it −1.
#[test]
fn the_published_damping_has_a_limit_cycle_of_two_passes() {
    let sigma = 1.8f64;
    let published = (sigma * sigma - 1.0) / 2.0;
    let rule = CreditRule::DampedDp(Damping::default());
    for (damping, expected, factor) in [
        (published, Verdict::LimitCycle, 1.0),
        (1.2 * published, Verdict::Converged, (3.24 - 1.2 * 1.12) / 2.344),
        (0.8 * published, Verdict::Diverged, (3.24 - 0.8 * 1.12) / 1.896),
    ] {
        let nudging = nudging(1.0, 1.0);
        let dyads = DualPropagation::new(Activation::Identity, Loss::HalfSquaredError, rule, nudging);
        let inference = Inference::of(dyads.with_damping(vec![damping as f32]));
        let found = probe(&inference, &one_by_one(), sigma, &StabilityProbe::default());
        assert_eq!(found.verdict, expected, "L = {damping}");
        assert_eq!(found.period, (expected == Verdict::LimitCycle).then_some(2));
        assert!((gain(&inference, sigma) - factor).abs() < 1e-5);
        for pair in found.changes[20..40].windows(2) {
            assert!((pair[1] / pair[0] / factor - 1.0).abs() < 0.01, "L = {damping}: {pair:?} against {factor}");
        }
    }
}

/// The first steps of a parallel schedule from zero are not nudged, and a layer that was not updated does not rest.
#[test]
fn no_schedule_seems_to_rest_before_the_nudge_has_arrived_everywhere() {
    let settings = StabilityProbe { tolerance: OpenFraction::constant(1e-5), ..StabilityProbe::default() };
    let dp = |alpha, beta, start| Inference { start, ..inference(CreditRule::Dp, nudging(alpha, beta)) };
    let parallel = Schedule::Parallel(Parallel::of_steps(Repeats::constant(2)));
    let random = Schedule::RandomLayer(RandomLayer { updates: Repeats::constant(1) });
    for (schedule, start) in [(&parallel, Start::Zero), (&random, Start::Forward)] {
        let long = StabilityProbe { passes: ProbePasses::constant(2000), ..settings };
        assert_eq!(probe(&dp(1.0, 0.9, start), schedule, 1.0, &long).verdict, Verdict::Converged, "{schedule:?}");
        for alpha in [0.0, 1.0] {
            assert_eq!(probe(&dp(alpha, 1.2, start), schedule, 1.0, &long).verdict, Verdict::Diverged, "{schedule:?}");
        }
    }
}

/// Every number of the trace of a run, but for the probe's own.
fn run(changes: serde_json::Value, probed: bool) -> std::collections::BTreeMap<String, Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let mut changes = changes;
    changes["training"] = json!({"epochs": 2, "batch_size": 20, "rate": 0.002});
    if probed {
        changes["measure"] = json!({"stability": {"passes": 30, "samples": 7}});
    }
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let mut all = numbers(&folder.path().join("r/trace.h5"));
    assert_eq!(all.contains_key("stability/verdict"), probed);
    all.retain(|name, _| !name.starts_with("stability/"));
    all
}

#[test]
fn probing_does_not_change_a_bit_of_a_run() {
    for changes in [
        json!({"credit_rule": {"damped_dp": {}}, "nudging": {"alpha": 0.0, "beta": 0.5}, "start": "carried"}),
        json!({"hardware": "noisy.json", "start": "carried", "schedule": {"random_layer": {"updates": 9}}}),
        json!({"hardware": "noisy.json", "schedule": {"parallel": {"steps": 6, "update_probability": 0.5}}}),
    ] {
        let measure = json!({});
        let mut plain = changes.clone();
        plain["measure"] = measure;
        assert!(run(plain, false) == run(changes.clone(), true), "{changes}");
    }
}

/// What is random in time would keep the states moving by far more than the tolerance.
#[test]
fn a_noisy_chip_is_probed_without_its_noise() {
    let folder = tempfile::tempdir().unwrap();
    let mut hardware = noisy_hardware();
    hardware["units"]["process_noise"]["white"]["std"] = json!(0.05);
    // Coarse converters may leave a cycle of their last bit; what their stochastic rounding would leave is still above the tolerance.
    for (side, converter) in [("forward", "dac"), ("forward", "adc"), ("feedback", "dac"), ("feedback", "adc")] {
        hardware["arrays"][side][converter]["bits"] = json!(16);
    }
    let file = experiment(
        folder.path(),
        json!({"hardware": "loud.json", "measure": {"stability": {"every_epochs": 2, "tolerance": 1e-5}}}),
    );
    std::fs::write(folder.path().join("loud.json"), hardware.to_string()).unwrap();
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    assert!(text(&run).contains("inference of the trained network: converged in "), "{}", text(&run));
    let trace = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    // Before training, every second epoch, and the last.
    assert_eq!(trace.read("stability/epoch").unwrap().values, [0.0, 2.0, 3.0]);
    assert_eq!(trace.read("stability/verdict").unwrap().values, [1.0; 3]);
    assert!(trace.read("stability/verdict_period").unwrap().values.iter().all(|x| x.is_nan()));
}

/// The gain of the trace is that of the norms next to it, and the verdict follows.
#[test]
fn a_trace_holds_gain_and_verdict_of_every_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(
        folder.path(),
        json!({
            "network": {"hidden": [30], "activation": "identity"}, "credit_rule": "dp", "loss": "half_squared_error",
            "nudging": {"alpha": 1.0, "beta": 4.0}, "training": {"epochs": 0, "batch_size": 20, "rate": 0.002},
            "schedule": {"fwK": {"passes": 1}}, "measure": {"stability": {}}
        }),
    );
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    assert!(text(&run).contains("inference of the network as it is: diverged in "), "{}", text(&run));
    let trace = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    let sigma = trace.read("metrics/spectral_norm").unwrap().values[1];
    let gain = trace.read("metrics/nudging_gain").unwrap().values[0];
    // Two iterations found them, each to some five digits.
    assert!(gain > 1.0 && (gain / (4.0 * sigma * sigma) - 1.0).abs() < 1e-4, "{gain} for a norm of {sigma}");
}
