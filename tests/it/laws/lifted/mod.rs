//! Lifted networks: every way of inference reaches the one minimum, energies never rise, gradients are the slopes of the
//! objectives, and the Lipschitz bound holds and is attained.
mod reference;

use dyadsim::credit::Inference;
use dyadsim::credit::lifted::blocks::Blocks;
use dyadsim::credit::lifted::energy::energy;
use dyadsim::credit::lifted::settings::{LocalInference, SoftTargets};
use dyadsim::credit::lifted::solve::{Solver, Top};
use dyadsim::credit::lifted::{
    Lifted, LiftedConfig, LiftedEnergy, LiftedInference, LiftedObjective, Reconstruction, Stopping,
};
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer};
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::network::{Initialization, Network};
use dyadsim::parameter::{AtLeastOne, NonNegative, Positive, PositiveFraction, Repeats};
use dyadsim::random::{Purpose, Seeds, stream};
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Parallel, Passes, RandomLayer, Schedule};
use dyadsim::substrate::{Die, DieConfig, Substrate};
use law_assertions::{assert_mean, assert_variance, kurtosis};
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use reference::{Held, Reference, column};

const TIGHT: Stopping = Stopping { max_passes: Repeats::constant(4000), tolerance: Some(Positive::constant(1e-8)) };

fn exact() -> LiftedInference {
    LiftedInference::BlockCoordinateDescent(TIGHT)
}

fn gradient_steps() -> LiftedInference {
    LiftedInference::ProjectedGradient(TIGHT)
}

fn local(schedule: Schedule) -> LiftedInference {
    LiftedInference::Local(LocalInference { schedule, max_passes: TIGHT.max_passes, tolerance: TIGHT.tolerance })
}

fn simultaneous(probability: f64) -> Schedule {
    let mut parallel = Parallel::of_steps(Repeats::constant(1));
    parallel.update_probability = PositiveFraction::new(probability).unwrap();
    Schedule::Parallel(parallel)
}

/// A random network with biases on both sides, and what its states are bounded by.
struct Case {
    lifted: Lifted,
    weights: Network,
    reference: Reference,
    inputs: Matrix,
    targets: Matrix,
}

const UNITS: [usize; 4] = [5, 8, 6, 3];
const SAMPLES: usize = 4;

fn case(seed: u64, activation: Activation, objective: LiftedObjective, inference: LiftedInference) -> Case {
    let mut draw = stream(seed, Purpose::InitialWeights, &[99]);
    let mut normal = |std: f32| -> f32 {
        let z: f32 = StandardNormal.sample(&mut draw);
        std * z
    };
    let layers = UNITS
        .windows(2)
        .map(|pair| {
            (
                WeightMatrix::from_matrix(&Matrix::from_fn(pair[1], pair[0], |_, _| normal(0.6))),
                DVector::from_fn(pair[1], |_, _| normal(0.3)),
            )
        })
        .collect();
    let mut weights = Network::chain(layers).unwrap().with_reconstruction_biases();
    weights.reconstruction_biases_mut().iter_mut().for_each(|c| c.iter_mut().for_each(|c| *c = normal(0.3)));
    let inputs = Matrix::from_fn(UNITS[0], SAMPLES, |_, _| normal(1.0));
    let targets = Matrix::from_fn(UNITS[3], SAMPLES, |_, _| normal(1.0));
    let lambdas = [0.3, 1.0, 2.5].map(Positive::constant).to_vec();
    let config = LiftedConfig {
        energy: LiftedEnergy::Lrrn(Reconstruction::LambdaOfLayers(lambdas)),
        feedback_weight: Positive::constant(0.7),
        shrinkage: NonNegative::constant(if seed.is_multiple_of(2) { 0.0 } else { 0.2 }),
        objective,
        inference,
    };
    let lifted = config.resolve(3, activation, 1);
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let bounds = match activation {
        Activation::Relu => (0.0, f64::INFINITY),
        Activation::HardSigmoid => (0.0, 1.0),
        _ => free,
    };
    let top = if objective == LiftedObjective::Reconstruction { bounds } else { free };
    let reference = Reference::new(&lifted, &weights, bounds, top);
    Case { lifted, weights, reference, inputs, targets }
}

impl Case {
    fn inference(&self, chip: bool) -> Inference {
        let mut inference = Inference::lifted(Loss::HalfSquaredError, self.lifted.clone());
        if chip {
            let nudges = inference.rule.nominal_nudges(&self.weights);
            inference.substrate = Substrate::die(Die::new(&DieConfig::default(), &UNITS, &nudges, Seeds::default()));
        }
        inference
    }

    fn free_states(&self, chip: bool) -> Vec<Matrix> {
        let inference = self.inference(chip);
        let mut state = NetworkState::zeros(&self.weights, SAMPLES, &inference.substrate);
        inference.forward(&self.weights, self.inputs.as_view(), &mut state);
        state.dyads().iter().map(|layer| layer.mean.clone()).collect()
    }

    fn learner(&self, chip: bool) -> Learner {
        let settings = LearnerSettings::new(self.weights.clone(), self.inference(chip), Optimizer::default(), SAMPLES);
        let mut learner = Learner::new(settings).unwrap();
        learner.infer(self.inputs.as_view(), self.targets.as_view(), 0, None).unwrap();
        learner
    }
}

fn activations() -> [Activation; 3] {
    [Activation::Relu, Activation::HardSigmoid, Activation::Identity]
}

fn ways() -> Vec<(LiftedInference, bool)> {
    vec![
        (exact(), false),
        (gradient_steps(), false),
        (local(Schedule::FwK(Passes::default())), false),
        (local(simultaneous(1.0)), false),
        (local(Schedule::FwK(Passes::default())), true),
        (local(simultaneous(0.5)), true),
        (local(Schedule::RandomLayer(RandomLayer { updates: Repeats::constant(6) })), false),
    ]
}

fn largest_distance(z: &Matrix, reference: &[Vec<DVector<f64>>], k: usize) -> f64 {
    let norm = reference.iter().map(|z| z[k].norm_squared()).sum::<f64>().sqrt();
    let distance: f64 = (0..SAMPLES).map(|j| (column(z, j) - &reference[j][k]).norm_squared()).sum();
    distance.sqrt() / norm
}

/// Exact blocks, projected gradient and the local form in every order, on ideal hardware and through the analog step.
#[test]
fn every_way_of_inference_reaches_the_one_minimum() {
    for activation in activations() {
        for seed in 0..4 {
            for (way, chip) in ways() {
                let case = case(seed, activation, LiftedObjective::Clamped, way.clone());
                let minimum: Vec<_> =
                    (0..SAMPLES).map(|j| case.reference.minimum(&column(&case.inputs, j), Held::Free)).collect();
                for (k, z) in (1..).zip(case.free_states(chip)) {
                    let distance = largest_distance(&z, &minimum, k);
                    assert!(distance < 1e-5, "{way:?} chip {chip} {activation:?} layer {k}: {distance}");
                }
            }
        }
    }
}

#[test]
fn held_states_are_the_minimum_too() {
    for objective in [LiftedObjective::Clamped, LiftedObjective::Nudged(SoftTargets { beta: Positive::constant(0.8) })]
    {
        for (way, chip) in ways() {
            let case = case(5, Activation::Relu, objective, way.clone());
            let learner = case.learner(chip);
            for j in 0..SAMPLES {
                let y = column(&case.targets, j);
                let held = match objective {
                    LiftedObjective::Clamped => Held::Clamped(&y),
                    _ => Held::Pulled(0.8, &y),
                };
                let minimum = case.reference.minimum(&column(&case.inputs, j), held);
                for (k, layer) in (1..).zip(learner.state.dyads()) {
                    let distance = (column(&layer.s_plus, j) - &minimum[k]).norm() / (1.0 + minimum[k].norm());
                    assert!(distance < 1e-5, "{objective:?} {way:?} chip {chip} layer {k}: {distance}");
                }
            }
        }
    }
}

/// Every update lowers the energy, or leaves it within rounding.
#[test]
fn the_energy_never_rises() {
    for activation in activations() {
        for (inference, seed) in [(exact(), 1), (gradient_steps(), 2), (gradient_steps(), 3)] {
            let case = case(seed, activation, LiftedObjective::Clamped, inference);
            let blocks = Blocks::new(&case.lifted, &case.weights);
            let mut z = vec![case.inputs.clone()];
            z.extend(UNITS[1..].iter().map(|&n| Matrix::from_element(n, SAMPLES, 0.9)));
            let mut energies = vec![energy(&case.lifted, &case.weights, &z)];
            let solver = Solver { lifted: &case.lifted, network: &case.weights, blocks: &blocks };
            solver.solve_tile(&mut z, Top::Free, |z| energies.push(energy(&case.lifted, &case.weights, z)));
            assert!(energies.len() > 10 && energies[0] > energies.last().unwrap() * 1.05);
            for pair in energies.windows(2) {
                assert!(pair[1] <= pair[0] * (1.0 + 1e-6), "{activation:?}: {} to {}", pair[0], pair[1]);
            }
        }
        for schedule in [
            Schedule::FwK(Passes::default()),
            simultaneous(1.0),
            simultaneous(0.3),
            Schedule::RandomLayer(RandomLayer { updates: Repeats::constant(1) }),
        ] {
            let mut previous = f64::INFINITY;
            for passes in 1..=25 {
                let way = LiftedInference::Local(LocalInference {
                    schedule: schedule.clone(),
                    max_passes: Repeats::new(passes).unwrap(),
                    tolerance: None,
                });
                let case = case(4, activation, LiftedObjective::Clamped, way);
                let mut z = vec![case.inputs.clone()];
                z.extend(case.free_states(true));
                let least = energy(&case.lifted, &case.weights, &z);
                assert!(least <= previous * (1.0 + 1e-6), "{schedule:?} pass {passes}: {previous} to {least}");
                previous = least;
            }
        }
    }
}

/// ∂J/∂W, ∂J/∂b and ∂J/∂c of all layers, for every objective and way of inference, against central differences of the
/// objective in double precision.
#[test]
fn gradients_are_the_slopes_of_the_objectives() {
    let nudged = LiftedObjective::Nudged(SoftTargets { beta: Positive::constant(0.8) });
    for objective in [LiftedObjective::Clamped, nudged, LiftedObjective::Reconstruction] {
        for activation in activations() {
            for (way, chip) in [(gradient_steps(), false), (local(Schedule::FwK(Passes::default())), true)] {
                let case = case(7, activation, objective, way);
                let learner = case.learner(chip);
                let gradient = learner.gradient();
                let mean = |reference: &Reference| -> f64 {
                    let of_sample = |j: usize| {
                        let y = column(&case.targets, j);
                        let held = match objective {
                            LiftedObjective::Clamped => Held::Clamped(&y),
                            LiftedObjective::Nudged(_) => Held::Pulled(0.8, &y),
                            LiftedObjective::Reconstruction => Held::Free,
                        };
                        reference.contrast(&column(&case.inputs, j), held)
                    };
                    (0..SAMPLES).map(of_sample).sum::<f64>() / SAMPLES as f64
                };
                let h = 1e-6;
                let slope = |change: &dyn Fn(&mut Reference, f64)| {
                    let at = |h: f64| {
                        let mut reference = case.reference.clone();
                        change(&mut reference, h);
                        mean(&reference)
                    };
                    (at(h) - at(-h)) / (2.0 * h)
                };
                for k in 1..=3 {
                    let (post, pre) = (UNITS[k], UNITS[k - 1]);
                    let mut bias = vec![0.0; post];
                    gradient.bias(k, &mut bias);
                    let weight = gradient.weight(k);
                    let mut pairs: Vec<(f64, f64)> = vec![];
                    for j in 0..pre {
                        for i in 0..post {
                            pairs.push((weight[(i, j)].into(), slope(&|r, h| r.w[k - 1][(i, j)] += h)));
                        }
                        let c = gradient.reconstruction_bias(k)[j];
                        pairs.push((c.into(), slope(&|r, h| r.c[k - 1][j] += h)));
                    }
                    for (i, &g) in bias.iter().enumerate() {
                        pairs.push((g.into(), slope(&|r, h| r.b[k - 1][i] += h)));
                    }
                    let norm = pairs.iter().map(|(_, s)| s * s).sum::<f64>().sqrt();
                    let distance = pairs.iter().map(|(g, s)| (g - s).powi(2)).sum::<f64>().sqrt();
                    assert!(
                        distance < 1e-5 * norm,
                        "{objective:?} {activation:?} chip {chip} layer {k}: {}",
                        distance / norm
                    );
                }
            }
        }
    }
}

/// One unit with one input: z = ((1+λ) w x + b − λ w c)/(1 + μ + λ w²).
#[test]
fn a_single_unit_computed_by_hand() {
    let (w, b, c, x, lambda, mu) = (0.5f32, 0.25f32, -0.5f32, 2.0f32, 0.25f32, 1.0f32);
    let layer = (WeightMatrix::from_matrix(&Matrix::from_element(1, 1, w)), DVector::from_element(1, b));
    let mut weights = Network::chain(vec![layer]).unwrap().with_reconstruction_biases();
    weights.reconstruction_biases_mut()[0][0] = c;
    let config = LiftedConfig {
        energy: LiftedEnergy::Lrrn(Reconstruction::Lambda(Positive::constant(0.25))),
        shrinkage: NonNegative::constant(1.0),
        ..LiftedConfig::default()
    };
    let lifted = config.resolve(1, Activation::Relu, 1);
    let blocks = Blocks::new(&lifted, &weights);
    let mut z = vec![Matrix::from_element(1, 1, x), Matrix::zeros(1, 1)];
    Solver { lifted: &lifted, network: &weights, blocks: &blocks }.solve(&mut z, Top::Free);
    let expected = ((1.0 + lambda) * w * x + b - lambda * w * c) / (1.0 + mu + lambda * w * w);
    assert!((z[1][0] - expected).abs() < 1e-6, "{} instead of {expected}", z[1][0]);
}

/// Without reconstruction and with weak feedback a lifted network is the feed-forward one.
#[test]
fn weak_feedback_without_reconstruction_is_a_forward_pass() {
    let config = LiftedConfig {
        energy: LiftedEnergy::Plain,
        feedback_weight: Positive::constant(1e-7),
        inference: gradient_steps(),
        ..LiftedConfig::default()
    };
    let weights = Network::random(&[20, 30, 25, 4], Initialization::LecunNormal, 3).unwrap();
    let inputs = Matrix::from_fn(20, 7, |i, j| ((i * 3 + j * 5) % 11) as f32 / 5.0 - 1.0);
    let outputs = |inference: &Inference| {
        let mut state = NetworkState::zeros(&weights, 7, &Substrate::Ideal);
        inference.forward(&weights, inputs.as_view(), &mut state);
        state.dyads()[2].mean.clone()
    };
    let plain = Inference::new(Activation::Relu, Loss::HalfSquaredError, CreditRule::Backprop, Nudging::default());
    let lifted = Inference::lifted(Loss::HalfSquaredError, config.resolve(3, Activation::Relu, 1));
    let (forward, relaxed) = (outputs(&plain), outputs(&lifted));
    assert!((&forward - &relaxed).norm() < 1e-5 * forward.norm());
}

fn free_outputs(lifted: &Lifted, weights: &Network, inputs: Matrix) -> Matrix {
    let blocks = Blocks::new(lifted, weights);
    let samples = inputs.ncols();
    let mut z = vec![inputs];
    z.extend(weights.units()[1..].iter().map(|&n| Matrix::zeros(n, samples)));
    Solver { lifted, network: weights, blocks: &blocks }.solve(&mut z, Top::Free);
    z.pop().unwrap()
}

/// ‖Δz_L‖ ≤ Π κ ‖Δx‖ on 300 random networks of one to three layers, at distances of all sizes.
#[test]
fn outputs_never_move_more_than_the_certificate() {
    let mut largest_share = 0.0f64;
    for seed in 0..300u64 {
        let mut draw = stream(seed, Purpose::InitialWeights, &[7]);
        let depth = 1 + (seed % 3) as usize;
        let units: Vec<usize> = (0..=depth).map(|_| draw.random_range(2..14)).collect();
        let weights = Network::random(&units, Initialization::HeNormal, seed).unwrap();
        let rho = 1.0 + draw.random::<f64>();
        let config = LiftedConfig {
            energy: LiftedEnergy::Lrrn(Reconstruction::Lipschitz(AtLeastOne::new(rho).unwrap())),
            feedback_weight: Positive::new(0.1 + draw.random::<f64>()).unwrap(),
            inference: gradient_steps(),
            ..LiftedConfig::default()
        };
        let lifted = config.resolve(depth, activations()[(seed / 3 % 3) as usize], 1);
        let bound = lifted.certificate().unwrap();
        let pairs = 16;
        let x = Matrix::from_fn(units[0], pairs, |_, _| StandardNormal.sample(&mut draw));
        let step = Matrix::from_fn(units[0], pairs, |_, j| {
            let z: f32 = StandardNormal.sample(&mut draw);
            z * 0.05 * (1 + j) as f32
        });
        let (before, after) = (free_outputs(&lifted, &weights, x.clone()), free_outputs(&lifted, &weights, &x + &step));
        for j in 0..pairs {
            let ratio = f64::from((after.column(j) - before.column(j)).norm() / step.column(j).norm());
            assert!(ratio <= bound * (1.0 + 1e-5), "seed {seed}: {ratio} above {bound}");
            largest_share = largest_share.max(ratio / bound);
        }
    }
    assert!(largest_share > 0.8, "{largest_share}");
}

/// A linear layer whose singular values are all 1/√λ attains κ; a bound wrong by a factor would be passed or missed.
#[test]
fn the_bound_is_attained() {
    for lambda in [0.1, 0.25, 1.0, 3.0] {
        let n = 6;
        let mut draw = stream(3, Purpose::InitialWeights, &[11]);
        let random = nalgebra::DMatrix::<f64>::from_fn(n, n, |_, _| StandardNormal.sample(&mut draw));
        let orthogonal = random.qr().q().map(|x| (x / f64::sqrt(lambda)) as f32);
        let layer = (WeightMatrix::from_matrix(&orthogonal), DVector::zeros(n));
        let weights = Network::chain(vec![layer]).unwrap();
        let config = LiftedConfig {
            energy: LiftedEnergy::Lrrn(Reconstruction::Lambda(Positive::new(lambda).unwrap())),
            inference: gradient_steps(),
            ..LiftedConfig::default()
        };
        let lifted = config.resolve(1, Activation::Identity, 1);
        let x = Matrix::from_fn(n, 1, |i, _| i as f32 - 1.0);
        let ratio = f64::from(free_outputs(&lifted, &weights, x.clone()).norm() / x.norm());
        let bound = lifted.certificate().unwrap();
        assert!((ratio / bound - 1.0).abs() < 1e-5, "λ {lambda}: {ratio} of {bound}");
    }
}

/// J of LPOM: its gradient vanishes where the targets are what a forward pass gives, and is the slope of J elsewhere.
#[test]
fn lpom_learns_down_the_slope_of_its_objective() {
    let config = LiftedConfig { energy: LiftedEnergy::Lpom, inference: gradient_steps(), ..LiftedConfig::default() };
    let mut case = case(9, Activation::Relu, LiftedObjective::Clamped, gradient_steps());
    case.lifted = config.resolve(3, Activation::Relu, 1);
    let learner = case.learner(false);
    let gradient = learner.gradient();
    // J of the relaxed states, which is least along the hidden ones: only the partial derivative is left.
    let objective = |weights: &[nalgebra::DMatrix<f64>], z: &[Vec<DVector<f64>>]| -> f64 {
        let of_sample = |z: &Vec<DVector<f64>>| -> f64 {
            (0..3)
                .map(|k| {
                    let a = &weights[k] * &z[k] + &case.reference.b[k];
                    let f = if k == 2 { a.clone() } else { a.map(|a| a.max(0.0)) };
                    ((&a - &z[k + 1]).norm_squared() - (&a - f).norm_squared()) / 2.0
                })
                .sum()
        };
        z.iter().map(of_sample).sum::<f64>() / SAMPLES as f64
    };
    let z: Vec<Vec<DVector<f64>>> = (0..SAMPLES)
        .map(|j| {
            std::iter::once(column(&case.inputs, j))
                .chain(learner.state.dyads().iter().map(|layer| column(&layer.s_plus, j)))
                .collect()
        })
        .collect();
    // The hidden states are at a minimum: J does not fall along any of them.
    let rest = objective(&case.reference.w, &z);
    for (k, i, sign) in (1..3).flat_map(|k| (0..UNITS[k]).flat_map(move |i| [(k, i, 1.0), (k, i, -1.0)])) {
        let mut moved = z.clone();
        moved.iter_mut().for_each(|z| z[k][i] = (z[k][i] + sign * 1e-3f64).max(0.0));
        assert!(objective(&case.reference.w, &moved) > rest - 1e-7, "layer {k} unit {i}");
    }
    for k in 1..=3 {
        let weight = gradient.weight(k);
        for (i, j) in [(0, 0), (2, 4), (1, 3)] {
            let slope = |h: f64| {
                let mut w = case.reference.w.clone();
                w[k - 1][(i, j)] += h;
                objective(&w, &z)
            };
            let slope = (slope(1e-5) - slope(-1e-5)) / 2e-5;
            assert!((slope - f64::from(weight[(i, j)])).abs() < 1e-5 * (1.0 + slope.abs()), "layer {k} ({i}, {j})");
        }
    }
    let mut state = NetworkState::zeros(&case.weights, SAMPLES, &Substrate::Ideal);
    case.inference(false).forward(&case.weights, case.inputs.as_view(), &mut state);
    case.targets = state.dyads()[2].mean.clone();
    let settled = case.learner(false);
    let gradient = settled.gradient();
    assert!((1..=3).all(|k| gradient.weight(k).amax() < 1e-6));
}

/// White noise σ in the membranes of a free layer of two units, W = (w₁, w₂)ᵀ: along the direction that W does not see, a
/// pass keeps the share a = 1 − (1 + μ)/D of the state, D = 1 + μ + L, L = 1.05 λ ‖W‖², so the variance is σ²/(1 − a²).
#[test]
fn noise_settles_at_the_variance_of_its_law() {
    let (w, sigma) = ([2.0f32, 0.5f32], 0.01f64);
    let square = f64::from(w[0] * w[0] + w[1] * w[1]);
    let layer = (WeightMatrix::from_matrix(&Matrix::from_column_slice(2, 1, &w)), DVector::zeros(2));
    let weights = Network::chain(vec![layer]).unwrap();
    let config = LiftedConfig {
        energy: LiftedEnergy::Lrrn(Reconstruction::Lambda(Positive::constant(1.0))),
        inference: LiftedInference::Local(LocalInference {
            max_passes: Repeats::constant(60),
            tolerance: None,
            ..LocalInference::default()
        }),
        ..LiftedConfig::default()
    };
    let mut inference = Inference::lifted(Loss::HalfSquaredError, config.resolve(1, Activation::Identity, 1));
    let mut chip = DieConfig::default();
    chip.units.process_noise.white =
        serde_json::from_value(serde_json::json!({"std": sigma, "common_mode": 1})).unwrap();
    let nudges = inference.rule.nominal_nudges(&weights);
    inference.substrate = Substrate::die(Die::new(&chip, &[1, 2], &nudges, Seeds::default()));
    let samples = 20_000;
    let mut state = NetworkState::zeros(&weights, samples, &inference.substrate);
    inference.forward(&weights, Matrix::zeros(1, samples).as_view(), &mut state);
    let z = &state.dyads()[0].mean;
    let norm = square.sqrt();
    let across: Vec<f64> = z.column_iter().map(|z| f64::from(w[1] * z[0] - w[0] * z[1]) / norm).collect();
    let kept = 1.0 - 1.0 / (1.0 + 1.05 * square);
    let law = sigma * sigma / (1.0 - kept * kept);
    assert_mean(&across, 0.0, law, "the unseen direction");
    assert_variance(&across, law, kurtosis::NORMAL, "the unseen direction");
}

/// Read noise σ of the feedback array reaches a free layer only through its error units: one unit of weight w moves as
/// z ← a z − λ w n/D, a = 1 − M/D, M = 1 + λw², D = 1 + 1.05 λw², so its variance is (λ w σ/D)²/(1 − a²).
#[test]
fn noise_of_the_error_units_settles_at_the_variance_of_its_law() {
    let (w, lambda, sigma) = (0.8f32, 2.0f64, 0.01f64);
    let layer = (WeightMatrix::from_matrix(&Matrix::from_element(1, 1, w)), DVector::zeros(1));
    let weights = Network::chain(vec![layer]).unwrap();
    let config = LiftedConfig {
        energy: LiftedEnergy::Lrrn(Reconstruction::Lambda(Positive::new(lambda).unwrap())),
        inference: LiftedInference::Local(LocalInference {
            max_passes: Repeats::constant(20),
            tolerance: None,
            ..LocalInference::default()
        }),
        ..LiftedConfig::default()
    };
    let mut inference = Inference::lifted(Loss::HalfSquaredError, config.resolve(1, Activation::Identity, 1));
    let mut chip = DieConfig::default();
    chip.feedback.read_noise = serde_json::from_value(serde_json::json!({"std": sigma, "common_mode": 1})).unwrap();
    let nudges = inference.rule.nominal_nudges(&weights);
    inference.substrate = Substrate::die(Die::new(&chip, &[1, 1], &nudges, Seeds::default()));
    let samples = 20_000;
    let mut state = NetworkState::zeros(&weights, samples, &inference.substrate);
    inference.forward(&weights, Matrix::zeros(1, samples).as_view(), &mut state);
    let z = &state.dyads()[0].mean;
    let square = lambda * f64::from(w * w);
    let (m, d) = (1.0 + square, 1.0 + 1.05 * square);
    let kept = 1.0 - m / d;
    let law = (lambda * f64::from(w) * sigma / d).powi(2) / (1.0 - kept * kept);
    let z: Vec<f32> = z.iter().copied().collect();
    assert_mean(&z, 0.0, law, "the layer");
    assert_variance(&z, law, kurtosis::NORMAL, "the layer");
}
