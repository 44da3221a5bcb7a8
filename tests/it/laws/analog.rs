//! What noise and mismatch do to units, against theory. Ensembles are units × samples of one unnudged layer, whose
//! membranes follow a known linear law; every bound is 4 standard errors of the estimate.
use dyadsim::config::Hardware;
use dyadsim::credit::Inference;
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::parameter::Positive;
use dyadsim::random::Seeds;
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Plan, Start, Update};
use law_assertions::{assert_covariance, assert_estimate, assert_mean, assert_variance, kurtosis, variance};
use nalgebra::DVector;
use serde_json::{Value, json};

const UNITS: usize = 40;
const SAMPLES: usize = 500;

fn hardware(changes: &Value) -> Hardware {
    let mut model = json!({"schema_version": 2, "name": "test", "description": ""});
    model.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(model).unwrap()
}

/// One layer of linear outputs with weight 0 for 3 inputs, on a chip.
struct Ensemble {
    inference: Inference,
    weights: Network,
    state: NetworkState,
}

impl Ensemble {
    fn new(model: &Value) -> Self {
        Self::with_weights(model, Matrix::zeros(UNITS, 3), SAMPLES)
    }

    fn with_weights(model: &Value, weight: Matrix, samples: usize) -> Self {
        let layer = (WeightMatrix::from_matrix(&weight), DVector::zeros(weight.nrows()));
        let mut weights = Network::chain(vec![layer]).unwrap();
        let nudging = Nudging { beta: Positive::constant(1.0), ..Nudging::default() };
        let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
        let inference = Inference { start: Start::Carried, ..inference };
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        let seeds = Seeds::default();
        let inference = inference.on_die(&hardware(model).chip(), &mut weights, feedback, initialization, seeds);
        let state = NetworkState::zeros(&weights, samples, &inference.substrate);
        Self { inference, weights, state }
    }

    /// States s⁺ and s⁻ after each of this many updates.
    fn updates(&mut self, step: u64, updates: usize) -> Vec<[Vec<f64>; 2]> {
        let inputs = Matrix::from_element(3, self.state.samples(), 0.5);
        let targets = Matrix::zeros(self.weights.projections()[0].weight.post(), self.state.samples());
        (0..updates as u64)
            .map(|t| {
                self.state.begin(dyadsim::device::noise_key::Context::Training, step + t);
                let plan = Plan { updates: vec![Update::OutputsUnnudged], ..Plan::default() };
                let Self { inference, weights, state } = self;
                inference.infer(weights, inputs.as_view(), targets.as_view(), &plan, state, None);
                let layer = &self.state.dyads()[0];
                [&layer.s_plus, &layer.s_minus].map(|m| m.iter().map(|&x| f64::from(x)).collect())
            })
            .collect()
    }
}

/// Stationary variance σ² and autocorrelation (1−κ)^lag = exp(−lag·dt/τ) of the leaky membrane, for any dt.
#[test]
fn white_noise_gives_a_leaky_membrane_its_stationary_law() {
    let (std, common_mode) = (0.2f64, 0.3);
    for dt_over_tau in [0.05f64, 0.4, 2.0] {
        let model = json!({"units": {"tau_s": 1e-5, "dt_s": 1e-5 * dt_over_tau,
            "process_noise": {"white": {"std": std, "common_mode": common_mode}}}});
        let mut ensemble = Ensemble::new(&model);
        // Until e^(−2t/τ) of the start is left, far below a standard error.
        let settled = (8.0 / dt_over_tau).ceil() as usize;
        let states = ensemble.updates(0, settled + 4);
        let v = std * std;
        let [plus, minus] = &states[settled];
        assert_variance(plus, v, kurtosis::NORMAL, "s⁺");
        assert_variance(minus, v, kurtosis::NORMAL, "s⁻");
        assert_covariance(plus, minus, common_mode * v, v, "s⁺ and s⁻");
        for lag in [1, 3] {
            let expected = v * (-(lag as f64) * dt_over_tau).exp();
            let what = format!("dt/τ {dt_over_tau}, lag {lag}");
            assert_covariance(plus, &states[settled + lag][0], expected, v, what);
        }
        assert_mean(plus, 0.0, v, "the membrane");
    }
}

/// The Ornstein–Uhlenbeck process is stationary from its first step, with autocorrelation exp(−lag·dt/τ_c).
#[test]
fn ornstein_uhlenbeck_noise_has_its_law_for_any_step() {
    let (std, common_mode) = (0.3f64, 0.6);
    for dt_over_tau in [0.01, 0.2, 1.5] {
        let model = json!({"units": {"dt_s": 1e-6, "process_noise": {"ornstein_uhlenbeck":
            {"std": std, "correlation_time_s": 1e-6 / dt_over_tau, "common_mode": common_mode}}}});
        let states = Ensemble::new(&model).updates(0, 21);
        let v = std * std;
        for t in [0, 20] {
            let [plus, minus] = &states[t];
            assert_variance(plus, v, kurtosis::NORMAL, format!("s⁺ at {t}"));
            assert_covariance(plus, minus, common_mode * v, v, format!("s⁺ and s⁻ at {t}"));
        }
        for lag in [1, 5, 20] {
            let expected = v * (-(lag as f64) * dt_over_tau).exp();
            assert_covariance(&states[0][0], &states[lag][0], expected, v, format!("lag {lag}"));
        }
    }
}

/// One-sided density 2σ²dt·f_c/f between the lowest frequency and the Nyquist frequency: slope −1, and the level of
/// white noise of std σ at the corner.
#[test]
fn flicker_noise_falls_as_one_over_f_and_has_its_corner() {
    let (std, corner, dt) = (0.1f64, 2e4, 1e-6);
    let model = json!({"units": {"dt_s": dt, "process_noise": {"flicker":
        {"std": std, "corner_hz": corner, "low_hz": 300.0, "common_mode": 0.0}}}});
    let (length, samples) = (2048usize, 60);
    let mut ensemble = Ensemble::with_weights(&model, Matrix::zeros(4, 3), samples);
    let states = ensemble.updates(0, length);
    let series = 2 * 4 * samples;
    // Averages of the periodogram over every octave up to the Nyquist frequency, which is bin 1024; a Hann window against
    // leakage, whose bins are independent at a distance of two.
    let phase = |turns: usize| std::f64::consts::TAU * turns as f64 / length as f64;
    for octave in 3..10 {
        let (low, high) = (1usize << octave, 1 << (octave + 1));
        let bins: Vec<usize> = (low..high).step_by((low / 16).max(2)).collect();
        let mut sum = 0.0;
        for &bin in &bins {
            let wave: Vec<[f64; 2]> = (0..length)
                .map(|t| {
                    let (sin, cos) = phase(bin * t % length).sin_cos();
                    let window = 0.5 - 0.5 * phase(t).cos();
                    [window * cos, window * sin]
                })
                .collect();
            let f = bin as f64 / (length as f64 * dt);
            for side in 0..2 {
                for i in 0..4 * samples {
                    let [re, im] = states.iter().zip(&wave).fold([0.0, 0.0], |[re, im], (state, [cos, sin])| {
                        [re + cos * state[side][i], im + sin * state[side][i]]
                    });
                    // Σ window² = 3/8 of the length.
                    let density = 2.0 * dt * (re * re + im * im) / (0.375 * length as f64);
                    sum += density * f / (2.0 * std * std * dt * corner);
                }
            }
        }
        let count = bins.len() * series;
        let level = sum / count as f64;
        // Exponential law: relative standard error 1/√n; 4 % for the ripple of the sections.
        let error = law_assertions::STANDARD_ERRORS / (count as f64).sqrt() + 0.04;
        assert!((level - 1.0).abs() < error, "density × f from bin {low} is {level} of what it should be (± {error})");
    }
}

/// All sources in a linear layer add up: what one of them adds does not depend on which others are on, so switching
/// a source off does not change the draws of another.
#[test]
fn switching_a_source_off_never_changes_the_draws_of_another() {
    let everything = json!({
        "units": {
            "dt_s": 1e-6,
            "process_noise": {
                "white": {"std": 0.1, "common_mode": 0.2},
                "ornstein_uhlenbeck": {"std": 0.1, "correlation_time_s": 1e-5},
                "flicker": {"std": 0.1, "corner_hz": 1e4, "low_hz": 1e3}
            },
            "readout_noise": {"std": 0.1, "common_mode": 0.5}
        },
        "arrays": {"forward": {"dac_noise_std": 0.1, "read_noise": {"std": 0.1}}},
        "input_noise_std": 0.1,
        "teacher_noise": {"std": 0.1}
    });
    let none = json!({"units": {"dt_s": 1e-6}});
    let sources = [
        "/units/process_noise/white/std",
        "/units/process_noise/ornstein_uhlenbeck/std",
        "/units/process_noise/flicker/std",
        "/units/readout_noise/std",
        "/arrays/forward/dac_noise_std",
        "/arrays/forward/read_noise/std",
        "/input_noise_std",
        "/teacher_noise/std",
    ];
    let silence = |model: &Value, keep: &dyn Fn(&str) -> bool| {
        let mut model = model.clone();
        for source in sources {
            if !keep(source) {
                *model.pointer_mut(source).unwrap() = json!(0.0);
            }
        }
        model
    };
    let states = |model: &Value| -> Vec<f64> {
        let weight = Matrix::from_fn(6, 3, |i, j| (i + 2 * j) as f32 * 0.1);
        let mut ensemble = Ensemble::with_weights(model, weight, 50);
        let inputs = Matrix::from_element(3, 50, 0.5);
        let targets = Matrix::from_element(6, 50, 0.3);
        let plan = Plan { updates: vec![Update::Layer(1); 3], ..Plan::default() };
        let Ensemble { inference, weights, state } = &mut ensemble;
        inference.infer(weights, inputs.as_view(), targets.as_view(), &plan, state, None);
        let layer = &state.dyads()[0];
        layer.s_plus.iter().chain(layer.s_minus.iter()).map(|&x| f64::from(x)).collect()
    };
    let (all, quiet) = (states(&everything), states(&none));
    for source in sources {
        let without = states(&silence(&everything, &|s| s != source));
        let alone = states(&silence(&everything, &|s| s == source));
        let largest = alone.iter().zip(&quiet).fold(0.0f64, |m, (a, q)| m.max((a - q).abs()));
        assert!(largest > 0.02, "{source} does nothing");
        for (((all, without), alone), quiet) in all.iter().zip(&without).zip(&alone).zip(&quiet) {
            assert!(((all - without) - (alone - quiet)).abs() < 1e-5, "{source} draws differently next to others");
        }
    }
}

/// Read noise in its three forms: Var = σ² + σ_x²‖x‖² + σ_w² Σ|w|x².
#[test]
fn read_noise_has_the_variance_of_its_forms() {
    let weight = Matrix::from_fn(UNITS, 3, |i, j| if (i + j) % 2 == 0 { 0.8 } else { -0.4 });
    // x = ½ everywhere.
    for (form, variance_of) in [
        (json!({"std": 0.2}), (|_: f64| 0.04) as fn(f64) -> f64),
        (json!({"per_input_norm": 0.3}), |_| 0.09 * 0.75),
        (json!({"per_weight": 0.5}), |sum| 0.25 * sum * 0.25),
        (json!({"std": 0.2, "per_input_norm": 0.3, "per_weight": 0.5}), |sum| 0.04 + 0.09 * 0.75 + 0.25 * sum * 0.25),
    ] {
        let model = json!({"arrays": {"forward": {"read_noise": form}}});
        let mut ensemble = Ensemble::with_weights(&model, weight.clone(), SAMPLES);
        // The samples of one unit, over several updates.
        let states = ensemble.updates(0, 20);
        for unit in 0..2 {
            let x: Vec<f64> =
                states.iter().flat_map(|[plus, _]| plus.iter().skip(unit).step_by(UNITS).copied()).collect();
            let sum: f64 = weight.row(unit).iter().map(|w| f64::from(w.abs())).sum();
            let variance = variance_of(sum);
            assert_variance(&x, variance, kurtosis::NORMAL, format!("{form}, unit {unit}"));
            assert_mean(&x, 0.5 * f64::from(weight.row(unit).sum()), variance, format!("{form}, unit {unit}"));
        }
    }
}

/// Gain and offset of every compartment reach its state: s± = g± a + o±.
#[test]
fn mismatch_reaches_the_states_with_its_moments_and_correlation() {
    let model = json!({"units": {"mismatch": {
        "offset": {"std": 0.1, "correlation": 0.8}, "gain": {"std": 0.2, "correlation": 0.0}}}});
    let units = 20_000;
    // Drive 3 · ½ · ⅔ = 1.
    let mut ensemble = Ensemble::with_weights(&model, Matrix::from_element(units, 3, 2.0 / 3.0), 1);
    let states = ensemble.updates(0, 2);
    assert_eq!(states[0], states[1], "mismatch is frozen");
    let [plus, minus] = &states[0];
    // Log-normal gain: mean e^(σ²/2), variance (e^σ² − 1) e^σ².
    let (expected, gain_variance) = (0.02f64.exp(), (0.04f64.exp() - 1.0) * 0.04f64.exp());
    let variance = 0.01 + gain_variance;
    assert_mean(plus, expected, variance, "s⁺");
    assert_covariance(plus, minus, 0.8 * 0.01, variance, "s⁺ and s⁻, by offsets that are common to 0.8");
    // The fourth moment of a log-normal law is a little above that of a normal one.
    assert_variance(plus, variance, 3.6, "s⁺");
}

/// Calibration of the offset over n reads leaves the mean error of the measurement: Var = 2σ²(1−ρ)/(n·batch) of the difference.
#[test]
fn calibration_takes_the_offset_to_within_the_noise_of_its_reads() {
    use dyadsim::learning::{Learner, LearnerSettings, Optimizer};
    let residual = |reads: usize| -> f64 {
        let model = json!({
            "units": {
                "mismatch": {"offset": {"std": 0.5}}, "process_noise": {"white": {"std": 0.2}},
                "calibration": {"parameters": "offset", "method": {"reads": {"count": reads}}}
            },
            "learning": {"offset_std": 0.3}
        });
        let batch = 4;
        let units = 2000;
        let ensemble = Ensemble::with_weights(&model, Matrix::zeros(units, 3), batch);
        let Ensemble { weights, inference, .. } = ensemble;
        let schedule = dyadsim::relax::schedule::Schedule::BwK;
        let settings = LearnerSettings::new(weights, inference, Optimizer::default(), batch);
        let mut learner = Learner::new(LearnerSettings { schedule, ..settings }).unwrap();
        let (inputs, targets) = (Matrix::zeros(3, batch), Matrix::zeros(units, batch));
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        // The mean over many later reads shows what is left of every unit's offset.
        let mut sums = vec![0.0f64; units];
        let later = 400;
        for step in 1..=later {
            let Learner { inference, weights, state, .. } = &mut learner;
            state.begin(dyadsim::device::noise_key::Context::Training, step);
            inference.start = Start::Forward;
            let plan = Plan::default();
            inference.infer(weights, inputs.as_view(), targets.as_view(), &plan, state, None);
            for column in state.learning_signal(1).column_iter() {
                sums.iter_mut().zip(column.iter()).for_each(|(sum, &x)| *sum += f64::from(x));
            }
        }
        let count = (later as usize * batch) as f64;
        let measured: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
        // What the later reads themselves are uncertain about: 2σ²/count.
        variance(&measured) - 2.0 * 0.04 / count
    };
    for reads in [1, 16] {
        let expected = 2.0 * 0.04 / (reads * 4) as f64;
        assert_estimate(residual(reads), expected, expected * (2.0f64 / 2000.0).sqrt(), format!("{reads} reads"));
    }
}
