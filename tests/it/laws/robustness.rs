//! Measurements of robustness against theory: derivatives, exact solutions of linear networks, certificates, and networks
//! that hide their gradient.
use dyadsim::credit::Inference;
use dyadsim::credit::lifted::{LiftedConfig, LiftedEnergy, Reconstruction};
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::loss::{Loss, is_largest};
use dyadsim::dynamics::{Activation, LeakyReluConfig};
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::network::Network;
use dyadsim::parameter::{AtLeastOne, Fraction, Positive, Repeats, Size};
use dyadsim::random::{Purpose, Stream, stream};
use dyadsim::robustness::{
    AttackLoss, FeedForward, LiftedNetwork, Linearised, Measured, NORM_MARGIN, Range, Response, Robustness,
    RobustnessSettings, measure, steepness,
};
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

const ACTIVATIONS: [Activation; 5] = [
    Activation::Relu,
    Activation::LeakyRelu(LeakyReluConfig { slope: Fraction::constant(0.1) }),
    Activation::Tanh,
    Activation::HardSigmoid,
    Activation::Identity,
];

fn random(seed: u64) -> Stream {
    stream(seed, Purpose::Robustness, &[99])
}

fn normal(rows: usize, columns: usize, random: &mut Stream) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| StandardNormal.sample(random))
}

/// Singular values all 1.
fn orthogonal(post: usize, pre: usize, random: &mut Stream) -> Matrix {
    let wide = normal(post.max(pre), post.min(pre), random).cast::<f64>().qr().q();
    let q = if post >= pre { wide } else { wide.transpose() };
    q.map(|x| x as f32)
}

fn network(activation: Activation, matrices: &[Matrix], biases: f32, random: &mut Stream) -> FeedForward {
    let layers = matrices.iter().map(|matrix| {
        let bias = DVector::from_fn(matrix.nrows(), |_, _| {
            let z: f32 = StandardNormal.sample(random);
            biases * z
        });
        (WeightMatrix::from_matrix(matrix), bias)
    });
    let weights = Network::chain(layers.collect()).unwrap();
    let inference = Inference::new(activation, Loss::SoftmaxCrossEntropy, CreditRule::Backprop, Nudging::default());
    FeedForward::new(&inference, &weights)
}

/// Random matrices for layers of `units`, about 1/√pre.
fn matrices(units: &[usize], random: &mut Stream) -> Vec<Matrix> {
    units.windows(2).map(|pair| normal(pair[1], pair[0], random) / (pair[0] as f32).sqrt()).collect()
}

fn positive(numbers: &[f64]) -> Vec<Positive> {
    numbers.iter().map(|&x| Positive::new(x).unwrap()).collect()
}

/// Quick, without limits of the inputs.
fn quick() -> RobustnessSettings {
    RobustnessSettings {
        epsilons_l2: vec![],
        epsilons_linf: vec![],
        input_range: None,
        steps: Repeats::constant(20),
        restarts: 1,
        noise_draws: Repeats::constant(5),
        power_iterations: Repeats::constant(20),
        pairs: Size::constant(40),
        pair_steps: Repeats::constant(20),
        ..RobustnessSettings::default()
    }
}

fn found(network: &FeedForward, inputs: &Matrix, labels: &[u16], settings: &RobustnessSettings) -> Robustness {
    found_in(network, inputs, labels, settings, None)
}

fn found_in(
    network: &FeedForward,
    inputs: &Matrix,
    labels: &[u16],
    settings: &RobustnessSettings,
    range: Option<Range>,
) -> Robustness {
    let data_range = Range { low: inputs.min(), high: inputs.max() };
    let loss = Loss::SoftmaxCrossEntropy;
    let measured = Measured { inputs, labels, loss, data_range, range, seed: 1, measurement: 0 };
    measure(network, &measured, settings, &mut |_| {})
}

/// The classes that a network gives.
fn classes(network: &FeedForward, inputs: &Matrix) -> Vec<u16> {
    let point = network.respond(inputs.as_view(), 0, None);
    let class = |z: &[f32]| (0..z.len()).find(|&c| is_largest(z, c)).unwrap() as u16;
    point.outputs().column_iter().map(|z| class(z.as_slice())).collect()
}

fn dot(a: &Matrix, b: &Matrix, column: usize) -> f64 {
    a.column(column).iter().zip(b.column(column).iter()).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

#[test]
fn derivatives_are_slopes_and_push_and_pull_are_transposes() {
    for (seed, activation) in (1..).zip(ACTIVATIONS) {
        let random = &mut random(seed);
        let network = network(activation, &matrices(&[9, 30, 20, 5], random), 0.3, random);
        // More than one chunk of samples.
        let samples = 150;
        let (x, v, u) = (normal(9, samples, random), normal(9, samples, random), normal(5, samples, random));
        let point = network.respond(x.as_view(), 0, None);
        let (pushed, pulled) = (point.jvp(v.as_view()), point.vjp(u.as_view()));
        let h = 2e-3;
        let at = |h: f32| network.respond((&x + &v * h).as_view(), 0, None);
        let (above, below) = (at(h), at(-h));
        let (slope_above, slope_below) = (above.jvp(v.as_view()), below.jvp(v.as_view()));
        let mut compared = 0;
        for j in 0..samples {
            let (forth, back) = (dot(&u, &pushed, j), dot(&pulled, &v, j));
            let scale = (dot(&u, &u, j) * dot(&pushed, &pushed, j)).sqrt();
            assert!((forth - back).abs() <= 1e-5 * scale, "{activation:?}: {forth} {back}");
            // Not across a kink.
            if activation != Activation::Tanh
                && (slope_above.column(j) != pushed.column(j) || slope_below.column(j) != pushed.column(j))
            {
                continue;
            }
            compared += 1;
            for i in 0..5 {
                let slope = (above.outputs()[(i, j)] - below.outputs()[(i, j)]) / (2.0 * h);
                let size = pushed.column(j).norm();
                assert!((slope - pushed[(i, j)]).abs() < 2e-3 * (1.0 + size), "{activation:?}: {slope}");
            }
        }
        assert!(compared > samples / 2, "{activation:?}: {compared}");
    }
}

/// Of z = W x + b the nearest other class is at (z_c − z_j)/‖w_c − w_j‖ in L2, over ‖w_c − w_j‖₁ in the maximum norm.
#[test]
fn pgd_finds_the_exact_radius_of_linear_networks() {
    for seed in 0..20 {
        let random = &mut random(seed);
        let (inputs, outputs, samples) = (12, if seed % 2 == 0 { 2 } else { 4 }, 60);
        let w = normal(outputs, inputs, random);
        let network = network(Activation::Identity, std::slice::from_ref(&w), 0.5, random);
        let x = normal(inputs, samples, random);
        let mut labels = classes(&network, &x);
        labels[0] = (labels[0] + 1) % outputs as u16;
        let z = network.respond(x.as_view(), 0, None).outputs().clone();
        let radius = |j: usize, size: fn(&[f64]) -> f64| -> f64 {
            let c = usize::from(labels[j]);
            let of = |k: usize| {
                let difference: Vec<f64> =
                    w.row(c).iter().zip(w.row(k).iter()).map(|(&a, &b)| f64::from(a) - f64::from(b)).collect();
                (f64::from(z[(c, j)]) - f64::from(z[(k, j)])) / size(&difference)
            };
            (0..outputs).filter(|&k| k != c).map(of).fold(f64::INFINITY, f64::min)
        };
        let l2: Vec<f64> = (0..samples).map(|j| radius(j, |d| d.iter().map(|x| x * x).sum::<f64>().sqrt())).collect();
        let linf: Vec<f64> = (0..samples).map(|j| radius(j, |d| d.iter().map(|x| x.abs()).sum())).collect();
        let settings = RobustnessSettings {
            epsilons_l2: positive(&[0.05, 0.2, 0.4, 0.7, 1.0]),
            epsilons_linf: positive(&[0.02, 0.06, 0.1, 0.2, 0.3]),
            steps: Repeats::constant(60),
            restarts: 3,
            ..quick()
        };
        let robustness = found(&network, &x, &labels, &settings);
        assert_eq!(robustness.accuracy, (samples - 1) as f64 / samples as f64);
        for (curve, radii) in [(robustness.l2.unwrap(), l2), (robustness.linf.unwrap(), linf)] {
            for (epsilon, accuracy) in curve.epsilons.iter().zip(&curve.pgd) {
                let right = |share: f64| radii.iter().filter(|radius| **radius * share > *epsilon).count() as f64;
                let counted = accuracy * samples as f64;
                let (least, most) = (right(1.0 - 1e-4), right(1.0 + 2e-3));
                assert!(counted > least - 0.5 && counted < most + 0.5, "{seed}: {counted} not in {least}..{most}");
            }
            // Two classes have one way out, which is straight.
            if outputs == 2 {
                assert_eq!(curve.pgd, curve.fgsm);
            }
            assert_eq!(curve.pgd_huge, 0.0);
        }
    }
}

/// Within the range of valid inputs less can be done, and nothing outside of it.
#[test]
fn attacks_stay_in_the_range_of_valid_inputs() {
    // z₁ − z₀ = x − 0.8: a sample at 0.5 is fooled by 0.3, but not with inputs up to 0.7.
    let w = Matrix::from_column_slice(2, 1, &[0.0, 1.0]);
    let weights =
        Network::chain(vec![(WeightMatrix::from_matrix(&w), DVector::from_column_slice(&[0.8, 0.0]))]).unwrap();
    let inference = Inference::new(Activation::Relu, Loss::HalfSquaredError, CreditRule::Backprop, Nudging::default());
    let network = FeedForward::new(&inference, &weights);
    let x = Matrix::from_element(1, 1, 0.5);
    let epsilons = positive(&[0.29, 0.31, 5.0]);
    for loss in [AttackLoss::Margin, AttackLoss::Experiment] {
        let settings =
            RobustnessSettings { epsilons_l2: epsilons.clone(), epsilons_linf: epsilons.clone(), loss, ..quick() };
        for (high, expected) in [(1.0, vec![1.0, 0.0, 0.0]), (0.7, vec![1.0; 3])] {
            let robustness = found_in(&network, &x, &[0], &settings, Some(Range { low: 0.0, high }));
            for curve in [robustness.l2.unwrap(), robustness.linf.unwrap()] {
                assert_eq!((&curve.pgd, &curve.fgsm), (&expected, &expected), "{loss:?} up to {high}");
                assert_eq!(curve.pgd_huge, expected[2]);
            }
        }
    }
}

#[test]
fn lower_estimates_stay_below_the_certificate_and_reach_it_where_it_is_tight() {
    let mut tight = 0;
    for seed in 0..330 {
        let random = &mut random(seed);
        let depth = random.random_range(1..4);
        let units: Vec<usize> = (0..=depth).map(|_| random.random_range(2..24)).collect();
        let activation = ACTIVATIONS[(seed % 5) as usize];
        let is_tight = seed % 6 == 0;
        let (activation, own) = if is_tight {
            // Orthogonal maps that do not widen and narrow again keep every length in some direction.
            let mut units = units;
            units.sort_by(|a, b| b.cmp(a));
            let scale: f32 = random.random_range(0.3..3.0);
            let all = units.windows(2).map(|pair| orthogonal(pair[1], pair[0], random) * scale);
            (Activation::Identity, all.collect())
        } else {
            (activation, matrices(&units, random))
        };
        let network = network(activation, &own, 0.2, random);
        let samples = 12;
        let x = normal(network.inputs(), samples, random);
        let labels = classes(&network, &x);
        let settings = RobustnessSettings {
            epsilons_l2: positive(&[0.02, 0.1, 0.3, 1.0]),
            epsilons_linf: positive(&[0.01, 0.05, 0.2]),
            ..quick()
        };
        let robustness = found(&network, &x, &labels, &settings);
        let certificate = robustness.lipschitz_certified;
        let exact: f64 = own.iter().map(|w| w.clone().cast::<f64>().singular_values().max()).product();
        assert!(certificate >= exact && certificate <= exact * (1.0 + NORM_MARGIN).powi(4), "{certificate} {exact}");
        for lower in [robustness.lipschitz_local, robustness.lipschitz_pairs, robustness.lipschitz_local_mean] {
            assert!(lower <= certificate, "{seed}: {lower} above {certificate}");
            if is_tight {
                assert!(lower >= 0.999 * certificate, "{seed}: {lower} far below {certificate}");
            }
        }
        tight += usize::from(is_tight);
        for curve in [robustness.l2.unwrap(), robustness.linf.unwrap()] {
            for i in 0..curve.epsilons.len() {
                assert!(curve.pgd[i] >= curve.certified[i], "{seed}: a certified radius is broken: {curve:?}");
                // One sample may be found by chance alone.
                assert!(curve.noise[i] + 1.5 / samples as f64 >= curve.pgd[i], "{seed}: noise beats PGD: {curve:?}");
            }
        }
    }
    assert!(tight >= 50);
}

/// Of orthonormal rows ‖w_c − w_j‖ = √2, so the certified radius is the exact one.
#[test]
fn the_certified_radius_of_orthonormal_rows_is_exact() {
    for seed in 0..20 {
        let random = &mut random(seed);
        let w = orthogonal(3, 10, random);
        let network = network(Activation::Identity, &[w], 0.1, random);
        let x = normal(10, 40, random);
        let labels = classes(&network, &x);
        let epsilons: Vec<f64> = (1..20).map(|i| 0.1 * f64::from(i)).collect();
        let settings = RobustnessSettings {
            epsilons_l2: positive(&epsilons),
            steps: Repeats::constant(60),
            restarts: 2,
            ..quick()
        };
        let robustness = found(&network, &x, &labels, &settings);
        let curve = robustness.l2.unwrap();
        // A radius may lie just between the two.
        let apart = curve.pgd.iter().zip(&curve.certified).filter(|(pgd, certified)| pgd != certified).count();
        assert!(apart <= 2, "{seed}: {curve:?}");
        let mean = robustness.certified_radius_mean;
        let steps: f64 = curve.pgd.iter().map(|accuracy| 0.1 * accuracy).sum::<f64>() + 0.05;
        assert!((mean - steps).abs() < 0.05, "{seed}: mean radius {mean}, area under the curve {steps}");
    }
}

/// The norm of wide random matrices, whose largest singular values lie close to each other, is not underestimated.
#[test]
fn the_certificate_bounds_wide_matrices() {
    for (seed, (post, pre)) in (0..).zip([(300, 300), (600, 500), (200, 784)]) {
        let random = &mut random(seed);
        let w = normal(post, pre, random);
        let exact = w.clone().cast::<f64>().singular_values().max();
        let certificate = network(Activation::Relu, &[w], 0.0, random).certificate().unwrap();
        assert!(certificate >= exact && certificate < exact * (1.0 + 2.0 * NORM_MARGIN), "{certificate} {exact}");
    }
}

#[test]
fn the_steepness_of_a_linear_network_is_its_norm() {
    let random = &mut random(4);
    let own = matrices(&[30, 20, 6], random);
    let exact = (&own[1] * &own[0]).cast::<f64>().singular_values().max();
    let network = network(Activation::Identity, &own, 0.1, random);
    let point = network.respond(normal(30, 70, random).as_view(), 0, None);
    let found = steepness(&point, 30, 60, |sample| stream(1, Purpose::Robustness, &[sample as u64]));
    for norm in &found.norms {
        // The second singular value is close; a start far from the first takes long.
        assert!(*norm <= exact * (1.0 + 1e-6) && *norm > 0.99 * exact, "{norm} {exact}");
    }
    assert!(found.norms.iter().any(|norm| *norm > exact * (1.0 - 1e-5)));
    let directions = &found.directions;
    assert!((0..70).all(|j| (dot(directions, directions, j) - 1.0).abs() < 1e-5));
}

/// Saturated units have no gradient at all, yet a small step across their threshold changes the class: PGD sees
/// nothing, and the controls do.
#[test]
fn a_masked_gradient_is_unmasked_by_the_controls() {
    let steep = Matrix::from_column_slice(1, 1, &[1e4]);
    let outputs = Matrix::from_column_slice(2, 1, &[1.0, -1.0]);
    let layer = |w: &Matrix, bias: &[f32]| (WeightMatrix::from_matrix(w), DVector::from_column_slice(bias));
    // Class 1 below 0.5, class 0 above.
    let weights = Network::chain(vec![layer(&steep, &[-5e3]), layer(&outputs, &[0.0, 1.0])]).unwrap();
    let inference =
        Inference::new(Activation::HardSigmoid, Loss::SoftmaxCrossEntropy, CreditRule::Backprop, Nudging::default());
    let network = FeedForward::new(&inference, &weights);
    let x = Matrix::from_row_slice(1, 4, &[0.3, 0.4, 0.6, 0.7]);
    let settings = RobustnessSettings {
        epsilons_l2: positive(&[0.25]),
        epsilons_linf: positive(&[0.25]),
        restarts: 0,
        noise_draws: Repeats::constant(20),
        ..quick()
    };
    let range = Some(Range { low: 0.0, high: 1.0 });
    let robustness = found_in(&network, &x, &[1, 1, 0, 0], &settings, range);
    assert_eq!(robustness.accuracy, 1.0);
    assert_eq!(robustness.lipschitz_local, 0.0);
    for curve in [robustness.l2.unwrap(), robustness.linf.unwrap()] {
        assert_eq!((curve.pgd[0], curve.fgsm[0]), (1.0, 1.0), "the gradient is masked");
        assert_eq!(curve.noise[0], 0.0, "noise is not fooled");
        assert_eq!(curve.pgd_huge, 1.0, "nor is the attack that spans all inputs");
        assert_eq!(curve.certified[0], 0.0);
    }
    // Pairs look across the threshold.
    assert!(robustness.lipschitz_pairs > 1.0, "{}", robustness.lipschitz_pairs);
}

/// Outputs that are no numbers are wrong, and do not pass for a bound.
#[test]
fn nan_is_not_hidden() {
    let w = Matrix::from_column_slice(2, 1, &[f32::NAN, 1.0]);
    let network = network(Activation::Relu, &[w], 0.0, &mut random(1));
    let settings = RobustnessSettings { epsilons_l2: positive(&[0.5]), ..quick() };
    let robustness = found(&network, &Matrix::from_row_slice(1, 3, &[0.1, 0.2, 0.3]), &[0, 0, 1], &settings);
    assert_eq!(robustness.l2.unwrap().pgd, [0.0]);
    assert!(robustness.lipschitz_local.is_nan() && robustness.lipschitz_pairs.is_nan());
    assert!(robustness.lipschitz_certified.is_nan());
}

/// A random lifted network, with weights whose singular values are all 1/√λ (where the certificate is attained if its units
/// are free) or any.
fn lifted(depth: usize, rho: f64, activation: Activation, is_tight: bool, random: &mut Stream) -> LiftedNetwork {
    let mut units: Vec<usize> = (0..=depth).map(|_| random.random_range(2..12)).collect();
    let config = LiftedConfig {
        energy: LiftedEnergy::Lrrn(Reconstruction::Lipschitz(AtLeastOne::new(rho).unwrap())),
        feedback_weight: Positive::new(random.random_range(0.1..1.0)).unwrap(),
        ..LiftedConfig::default()
    };
    let constants = config.resolve(depth, activation, 1);
    let own: Vec<Matrix> = if is_tight {
        units.sort_by(|a, b| b.cmp(a));
        let scale = (1.0 / constants.lambda[0].sqrt()) as f32;
        units.windows(2).map(|pair| orthogonal(pair[1], pair[0], random) * scale).collect()
    } else {
        matrices(&units, random).into_iter().map(|w| w * 1.5).collect()
    };
    let layers = own
        .iter()
        .map(|w| (WeightMatrix::from_matrix(w), DVector::from_fn(w.nrows(), |_, _| StandardNormal.sample(random))));
    let weights = Network::chain(layers.collect()).unwrap().with_reconstruction_biases();
    LiftedNetwork::new(&Inference::lifted(Loss::HalfSquaredError, constants), &weights).unwrap()
}

const SETS: [Activation; 3] = [Activation::Relu, Activation::HardSigmoid, Activation::Identity];

/// J v against differences of the minimum, Jᵀ u against J v, away from the edges of the sets.
#[test]
fn derivatives_of_lifted_networks_are_slopes_and_transposes() {
    for seed in 0..30 {
        let random = &mut random(1000 + seed);
        let network = lifted(1 + seed as usize % 3, 1.5, SETS[seed as usize / 3 % 3], false, random);
        let samples = 10;
        let x = normal(network.inputs(), samples, random);
        let (v, u) = (normal(network.inputs(), samples, random), normal(network.outputs(), samples, random));
        let point = network.respond(x.as_view(), 0, None);
        let (pushed, pulled) = (point.jvp(v.as_view()), point.vjp(u.as_view()));
        let h = 1e-2f32;
        let outputs = |sign: f32| network.respond((&x + &v * (sign * h)).as_view(), 0, None).outputs().clone();
        let slopes = (outputs(1.0) - outputs(-1.0)) / (2.0 * h);
        let mut near = 0;
        for j in 0..samples {
            let (a, b) = (dot(&u, &pushed, j), dot(&pulled, &v, j));
            assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{seed}: {a} against {b}");
            let distance = (slopes.column(j) - pushed.column(j)).norm();
            near += usize::from(distance < 2e-3 * (1e-2 + pushed.column(j).norm()));
        }
        // A unit of some samples crosses the edge of its set on the way.
        assert!(near * 10 >= samples * 6, "{seed}: {near} of {samples}");
    }
}

#[test]
fn estimates_of_lifted_networks_stay_below_the_certificate_and_reach_it_where_it_is_tight() {
    for seed in 0..240 {
        let random = &mut random(2000 + seed);
        let is_tight = seed % 6 == 0;
        let rho = random.random_range(1.0..2.5);
        let (depth, activation) =
            if is_tight { (1, Activation::Identity) } else { (1 + seed as usize % 3, SETS[seed as usize / 3 % 3]) };
        let network = lifted(depth, rho, activation, is_tight, random);
        let x = normal(network.inputs(), 8, random);
        let point = network.respond(x.as_view(), 0, None);
        let class = |z: &[f32]| (0..z.len()).find(|&c| is_largest(z, c)).unwrap() as u16;
        let labels: Vec<u16> = point.outputs().column_iter().map(|z| class(z.as_slice())).collect();
        let settings = RobustnessSettings { epsilons_l2: positive(&[0.05, 0.3, 1.0]), ..quick() };
        let data_range = Range { low: x.min(), high: x.max() };
        let loss = Loss::HalfSquaredError;
        let measured = Measured { inputs: &x, labels: &labels, loss, data_range, range: None, seed: 1, measurement: 0 };
        let robustness = measure(&network, &measured, &settings, &mut |_| {});
        let certificate = robustness.lipschitz_certified;
        assert!((certificate / rho.powi(depth as i32) - 1.0).abs() < 1e-9);
        for lower in [robustness.lipschitz_local, robustness.lipschitz_pairs] {
            assert!(lower <= certificate * (1.0 + 1e-5), "{seed}: {lower} above {certificate}");
            if is_tight {
                assert!(lower >= 0.999 * certificate, "{seed}: {lower} far below {certificate}");
            }
        }
        let curve = robustness.l2.unwrap();
        assert!(curve.pgd.iter().zip(&curve.certified).all(|(pgd, certified)| pgd >= certified), "{seed}: {curve:?}");
    }
}
