//! In a stream an error meets the activity that it belongs to: by delay lines, or while a layer's drive is still.
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, train};
use dyadsim::linalg::Matrix;
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::parameter::Positive;
use dyadsim::random::{NormalStream, Seeds};
use dyadsim::relax::schedule::{Schedule, Start};
use dyadsim::relax::stream::Stream;
use dyadsim::substrate::DieConfig;
use law_assertions::{assert_variance, kurtosis};
use serde_json::{Value, json};

const UNITS: [usize; 4] = [6, 9, 8, 4];
const LAYERS: usize = UNITS.len() - 1;
const SAMPLES: usize = 5;

/// A network in a stream of stimuli of so many steps, whose teacher lags by the way of a stimulus to the outputs.
fn learner(activation: Activation, on_chip: bool, steps: usize, timing: &Value) -> Learner {
    made(&UNITS, activation, on_chip.then(DieConfig::default), steps, timing)
}

fn made(units: &[usize], activation: Activation, chip: Option<DieConfig>, steps: usize, timing: &Value) -> Learner {
    let nudging = Nudging { beta: Positive::constant(0.01), ..Nudging::default() };
    let mut weights = Network::random(units, Initialization::LecunNormal, 4).unwrap();
    let inference = Inference::new(activation, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
    let mut inference = Inference { start: Start::Carried, ..inference };
    if let Some(chip) = chip {
        let (feedback, how) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        inference = inference.on_die(&chip, &mut weights, feedback, how, Seeds::default());
    }
    let mut stream = json!({"presentation": {"fixed": {"steps": steps}}, "teacher": {"lag_steps": LAYERS - 1}});
    for (key, value) in timing.as_object().unwrap() {
        stream[key] = value.clone();
    }
    let schedule = Schedule::Stream(serde_json::from_value(stream).unwrap());
    let settings = LearnerSettings::new(weights, inference, Optimizer::default(), SAMPLES);
    Learner::new(LearnerSettings { schedule, ..settings }).unwrap()
}

/// Stimulus and target of a step; unlike those of any other.
fn stimulus(step: u64) -> (Matrix, Matrix) {
    let (mut x, mut y) = (Matrix::zeros(UNITS[0], SAMPLES), Matrix::zeros(UNITS[LAYERS], SAMPLES));
    let mut draw = NormalStream::new(step);
    draw.fill(x.as_mut_slice());
    draw.fill(y.as_mut_slice());
    (x, y)
}

/// Shows stimuli of which nothing is learnt.
fn show(learner: &mut Learner, steps: std::ops::Range<u64>) {
    for step in steps {
        let (x, y) = stimulus(step);
        train(learner, x.as_view(), y.as_view(), 0.0, step).unwrap();
    }
}

fn gradients(learner: &Learner) -> Vec<Matrix> {
    (1..=LAYERS).map(|k| learner.gradient().weight(k)).collect()
}

/// What backprop finds for the stimulus of a step.
fn exact(learner: &Learner, activation: Activation, step: u64) -> Vec<Matrix> {
    let inference = Inference::new(activation, Loss::HalfSquaredError, CreditRule::Backprop, Nudging::default());
    let settings = LearnerSettings::new(learner.weights.clone(), inference, Optimizer::default(), SAMPLES);
    let mut exact = Learner::new(settings).unwrap();
    let (x, y) = stimulus(step);
    exact.infer(x.as_view(), y.as_view(), 0, None).unwrap();
    gradients(&exact)
}

fn difference(a: &Matrix, b: &Matrix) -> f32 {
    (a - b).norm() / b.norm()
}

/// A new stimulus at every step: layer k of L learns the exact gradient of the stimulus 2L − k − 1 steps ago. In a linear
/// network every layer does; where slopes differ, those whose error has passed no slope but their own, or all if what is
/// sent back has been held back, too.
#[test]
fn delay_lines_give_the_exact_gradient_of_a_stimulus_that_is_gone() {
    for (activation, on_chip, sent_back, from) in [
        (Activation::Identity, false, "present", 1),
        (Activation::Identity, true, "present", 1),
        (Activation::Tanh, false, "present", LAYERS - 1),
        (Activation::Tanh, true, "present", LAYERS - 1),
        (Activation::Tanh, false, "held", 1),
        (Activation::Tanh, true, "held", 1),
    ] {
        let mut lines = learner(activation, on_chip, 1, &json!({"delay_line": {"sent_back": sent_back}}));
        let mut without = learner(activation, on_chip, 1, &json!({}));
        show(&mut lines, 0..12);
        show(&mut without, 0..12);
        let (found, astray) = (gradients(&lines), gradients(&without));
        for k in from..=LAYERS {
            let age = 2 * LAYERS - k - 1;
            let exact = &exact(&lines, activation, 11 - age as u64)[k - 1];
            let off = difference(&found[k - 1], exact);
            assert!(off < 2e-3, "{activation:?}, on a chip: {on_chip}, {sent_back}, layer {k}: {off}");
            assert!(difference(&astray[k - 1], exact) > 0.5, "layer {k} needs no line");
        }
    }
}

/// Stimuli of two steps: the line still holds the activity of the right one.
#[test]
fn delay_lines_serve_stimuli_of_any_length() {
    let mut lines = learner(Activation::Identity, false, 2, &json!({"delay_line": {}}));
    show(&mut lines, 0..9);
    let found = gradients(&lines);
    for k in 1..=LAYERS {
        // The last step is number 17; stimuli change at even ones.
        let seen = (17 - (2 * LAYERS - k - 1)) / 2;
        let off = difference(&found[k - 1], &exact(&lines, Activation::Identity, seen as u64)[k - 1]);
        assert!(off < 2e-3, "layer {k}: {off}");
    }
}

/// One number of stages for all layers: right for the layer whose way it is.
#[test]
fn a_line_of_one_length_for_all_fits_one_layer() {
    let mut lines = learner(Activation::Identity, false, 1, &json!({"delay_line": {"depth": {"stages": 2}}}));
    show(&mut lines, 0..12);
    let found = gradients(&lines);
    let off = |k: usize| {
        let age = 2 * LAYERS - k - 1;
        difference(&found[k - 1], &exact(&lines, Activation::Identity, 11 - age as u64)[k - 1])
    };
    assert!(off(2) < 2e-3 && off(1) > 0.5 && off(3) > 0.5, "{} {} {}", off(1), off(2), off(3));
}

/// The stimulus reaches layer k after k − 1 updates, and 2(L−k) more must be still.
#[test]
fn a_layer_learns_when_its_own_drive_has_been_still() {
    for on_chip in [false, true] {
        for steps in 2..=6 {
            let mut clocked = learner(Activation::Identity, on_chip, steps, &json!({"layer_clock": {}}));
            show(&mut clocked, 0..5);
            for (k, gradient) in (1..).zip(gradients(&clocked)) {
                let learns = k == LAYERS || steps >= 2 * LAYERS - k;
                assert_eq!(gradient.norm() > 0.0, learns, "layer {k}, {steps} steps, on a chip: {on_chip}");
                if learns && steps >= 2 * LAYERS {
                    let off = difference(&gradient, &exact(&clocked, Activation::Identity, 4)[k - 1]);
                    assert!(off < 2e-3, "layer {k}: {off}");
                }
            }
        }
    }
}

/// Units of one slow membrane.
fn slow(white_std: f64) -> DieConfig {
    let units = json!({"relaxation": 0.3, "process_noise": {"white": {"std": white_std}}});
    DieConfig { units: serde_json::from_value(units).unwrap(), ..DieConfig::default() }
}

/// Membranes of κ = 0.3 whose units are prospective send what membranes of κ = 1 would; lines and clocks see it.
#[test]
fn prospective_units_are_as_fast_as_without_a_membrane() {
    for timing in [json!({}), json!({"delay_line": {"sent_back": "held"}})] {
        let mut prospective = timing.clone();
        prospective["prospective"] = json!(true);
        let mut fast = learner(Activation::Tanh, false, 1, &timing);
        let mut ahead = made(&UNITS, Activation::Tanh, Some(slow(0.0)), 1, &prospective);
        let mut behind = made(&UNITS, Activation::Tanh, Some(slow(0.0)), 1, &timing);
        for own in [&mut fast, &mut ahead, &mut behind] {
            show(own, 0..12);
        }
        for k in 1..=LAYERS {
            let [fast, ahead, behind] = [&fast, &ahead, &behind].map(|own| &gradients(own)[k - 1] * 1.0);
            assert!(difference(&ahead, &fast) < 5e-3, "layer {k}: {}", difference(&ahead, &fast));
            assert!(difference(&behind, &fast) > 0.3, "layer {k} is fast anyway");
        }
    }
}

/// White noise of a membrane with variance σ² is sent with variance (2−κ)/κ σ² by prospective units, and with σ² by others.
#[test]
fn prospective_units_amplify_the_noise_of_their_membranes() {
    let (kappa, std) = (0.3, 0.2);
    for (prospective, factor) in [(false, 1.0), (true, (2.0 - kappa) / kappa)] {
        let timing = json!({"prospective": prospective});
        let mut learner = made(&[2, 3000], Activation::Identity, Some(slow(std)), 1, &timing);
        let (x, y) = (Matrix::zeros(2, SAMPLES), Matrix::zeros(3000, SAMPLES));
        for step in 0..60 {
            train(&mut learner, x.as_view(), y.as_view(), 0.0, step).unwrap();
        }
        let sent: Vec<f64> = learner.state.outputs().s_plus.iter().map(|&s| f64::from(s)).collect();
        assert_variance(&sent, factor * std * std, kurtosis::NORMAL, format!("prospective: {prospective}"));
    }
}

/// A replica that has just changed its stimulus still answers the one before.
#[test]
fn replicas_change_stimuli_at_steps_of_their_own() {
    let steps = 6;
    let (mut on, mut old) = (0, 0);
    for seed in 1..=4 {
        let mut stream = json!({"presentation": {"fixed": {"steps": steps}}, "offsets": true});
        stream["teacher"] = json!({"lag_steps": 2});
        let stream: Stream = serde_json::from_value(stream).unwrap();
        let mut offset = learner(Activation::Identity, false, steps, &json!({"offsets": true}));
        let settings =
            LearnerSettings::new(offset.weights.clone(), offset.inference.clone(), Optimizer::default(), SAMPLES);
        let schedule = Schedule::Stream(stream);
        offset = Learner::new(LearnerSettings { schedule, noise_seed: seed, ..settings }).unwrap();
        show(&mut offset, 0..4);
        for (j, after) in stream.replica_offsets(seed, SAMPLES).into_iter().enumerate() {
            let is_through = steps as u64 - after >= LAYERS as u64;
            if is_through {
                on += 1
            } else {
                old += 1
            }
            let mut plain = learner(Activation::Identity, false, steps, &json!({}));
            show(&mut plain, if is_through { 3..4 } else { 2..3 });
            let (own, expected) = (offset.state.outputs().mean.column(j), plain.state.outputs().mean.column(j));
            assert!((own - expected).norm() < 1e-4 * expected.norm(), "replica {j}, {after} steps after the others");
        }
    }
    assert!(on > 0 && old > 0, "{on} and {old}");
}

/// Another state of a layer reaches what the layer below learns at this step by the error that it sends back, and what
/// the outputs learn by their drive; all others learn from what was held back before.
#[test]
fn a_line_holds_what_its_own_unit_has_seen() {
    let mut before = learner(Activation::Tanh, false, 1, &json!({"delay_line": {}}));
    show(&mut before, 0..12);
    let mut reference = before.clone();
    show(&mut reference, 12..13);
    for k in 1..=LAYERS {
        let mut other = before.clone();
        let dyads = &mut other.state.dyads_mut()[k - 1];
        dyads.mean.iter_mut().for_each(|x| *x += 0.5);
        dyads.difference.iter_mut().for_each(|x| *x += 0.5);
        show(&mut other, 12..13);
        let moved: Vec<usize> =
            (1..=LAYERS).filter(|&i| gradients(&other)[i - 1] != gradients(&reference)[i - 1]).collect();
        let expected: Vec<usize> = (1..=LAYERS).filter(|&i| i + 1 == k || (i == LAYERS && k + 1 == LAYERS)).collect();
        assert_eq!(moved, expected, "another state of layer {k}");
    }
}
