//! Networks that are no chain: populations at which several projections arrive, or from which several leave.
use dyadsim::credit::lifted::{LiftedConfig, LiftedEnergy};
use dyadsim::map::NormEstimate;
use dyadsim::prelude::*;
use dyadsim::random::{Purpose, stream};
use dyadsim::robustness::{FeedForward, Linearised, NORM_MARGIN, Response, steepness};

const SAMPLES: usize = 5;
const UNITS: [usize; 4] = [4, 7, 6, 3];
/// The stimulus reaches both hidden populations, the first of them reaches the outputs as well.
const ROUTES: [(usize, usize); 5] = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)];

/// Every projection has a bias, so that those which arrive together have to be summed.
fn network() -> Network {
    let names = ["stimulus", "first", "second", "output"];
    let populations = names.into_iter().zip(UNITS).map(|(name, units)| Population::flat(name, units)).collect();
    let projection = |(number, (from, to)): (usize, (usize, usize))| {
        let map = LinearMap::Dense(Dense::new(Shape::flat(UNITS[from]), UNITS[to]));
        let mut own = Projection::random(from, to, map, Initialization::LecunNormal, number, 3);
        own.bias.iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * (i + number) as f32 - 0.4);
        own
    };
    Network::new(populations, (1..).zip(ROUTES).map(projection).collect()).unwrap()
}

fn batch() -> (Matrix, Matrix) {
    let inputs = Matrix::from_fn(UNITS[0], SAMPLES, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 1.0);
    (inputs, Matrix::from_fn(UNITS[3], SAMPLES, |i, j| if i == j % 3 { 1.0 } else { 0.0 }))
}

fn inference(rule: CreditRule, loss: Loss, beta: f64) -> Inference {
    Inference::new(Activation::Tanh, loss, rule, Nudging { beta: Positive::new(beta).unwrap(), ..Nudging::default() })
}

fn learner(inference: Inference) -> Learner {
    Learner::new(LearnerSettings::new(network(), inference, Optimizer::default(), SAMPLES)).unwrap()
}

/// A learner that has inferred its batch.
fn inferred(rule: CreditRule, loss: Loss, beta: f64) -> Learner {
    let (inputs, targets) = batch();
    let mut learner = learner(inference(rule, loss, beta));
    learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
    learner
}

fn mean_loss(inference: &Inference, network: &Network) -> f64 {
    let (inputs, targets) = batch();
    let mut state = NetworkState::zeros(network, SAMPLES, &Substrate::Ideal);
    inference.forward(network, inputs.as_view(), &mut state);
    let pairs = state.outputs().mean.column_iter().zip(targets.column_iter());
    pairs.map(|(s, y)| inference.rule.loss().value(s.as_slice(), y.as_slice())).sum::<f64>() / SAMPLES as f64
}

/// Central differences of the mean loss over every weight and bias of every projection.
#[test]
fn backprop_is_the_slope_of_the_mean_loss_along_every_projection() {
    let h = 1e-2f32;
    for loss in [Loss::SoftmaxCrossEntropy, Loss::HalfSquaredError] {
        let learner = inferred(CreditRule::Backprop, loss, 1.0);
        let (gradient, inference) = (learner.gradient(), &learner.inference);
        let mut network = network();
        let mut check = |change: &dyn Fn(&mut Network, f32), exact: f32, what: String| {
            let mut at = |by: f32| {
                let before = network.clone();
                change(&mut network, by);
                let found = mean_loss(inference, &network);
                network = before;
                found
            };
            let slope = (at(h) - at(-h)) / (2.0 * f64::from(h));
            assert!((slope - f64::from(exact)).abs() < 2e-4, "{loss:?}, {what}: {exact} against {slope}");
        };
        for (p, (from, to)) in ROUTES.into_iter().enumerate() {
            let exact = gradient.weight(p + 1);
            assert!(exact.amax() > 0.01, "a gradient that is small proves nothing");
            for (i, j) in (0..UNITS[to]).flat_map(|i| (0..UNITS[from]).map(move |j| (i, j))) {
                let change = |network: &mut Network, by: f32| {
                    network.projections_mut()[p].weight.view_mut()[(i, j)] += by;
                };
                check(&change, exact[(i, j)], format!("weight {i}, {j} from {from} to {to}"));
            }
            let mut exact = vec![0.0; UNITS[to]];
            gradient.bias(p + 1, &mut exact);
            for (i, &exact) in exact.iter().enumerate() {
                let change = |network: &mut Network, by: f32| network.projections_mut()[p].bias[i] += by;
                check(&change, exact, format!("bias {i} from {from} to {to}"));
            }
        }
    }
}

/// With symmetric nudging what is left of the error is of second order in β.
#[test]
fn dual_propagation_has_the_gradient_of_backprop_where_it_nudges_little() {
    for loss in [Loss::SoftmaxCrossEntropy, Loss::HalfSquaredError] {
        let dyads = inferred(CreditRule::DpTranspose, loss, 0.01);
        let exact = inferred(CreditRule::Backprop, loss, 1.0);
        for (route, found) in ROUTES.into_iter().zip(dyads.gradient().alignment(&exact.gradient())) {
            let close = found.angle_deg() < 0.1 && (found.norm_ratio - 1.0).abs() < 1e-3;
            assert!(
                close,
                "{loss:?}, {route:?}: {:.4} degrees, {:.6} times as long",
                found.angle_deg(),
                found.norm_ratio
            );
        }
    }
}

#[test]
fn dual_propagation_trains_every_projection() {
    let (inputs, targets) = batch();
    let mut learner = learner(inference(CreditRule::DpTranspose, Loss::SoftmaxCrossEntropy, 0.1));
    let before = mean_loss(&learner.inference, &learner.weights);
    for step in 0..200 {
        train(&mut learner, inputs.as_view(), targets.as_view(), 0.02, step).unwrap();
    }
    let after = mean_loss(&learner.inference, &learner.weights);
    assert!(after < 0.05 * before, "{before} to {after}");
    for ((own, initial), route) in learner.weights.projections().iter().zip(network().projections()).zip(ROUTES) {
        assert!((own.weight.to_matrix() - initial.weight.to_matrix()).amax() > 0.05, "{route:?} has not learnt");
    }
}

#[test]
fn a_die_refuses_what_it_cannot_sum() {
    let mut config = DieConfig::default();
    config.units.readout_noise.std = NonNegative::new(0.01).unwrap();
    let on_die = |network: &mut Network| {
        let ideal = inference(CreditRule::DpTranspose, Loss::default(), 0.1);
        ideal.on_die(&config, network, FeedbackWeights::Transposed, Initialization::default(), Seeds::default())
    };
    let made = |mut network: Network| {
        let inference = on_die(&mut network);
        Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), SAMPLES)).map(drop)
    };
    assert_eq!(made(network()), Err(NetworkError::Branches { population: 0 }));
    // A chain is welcome.
    assert_eq!(made(Network::random(&UNITS, Initialization::default(), 1).unwrap()), Ok(()));
}

/// The network as a function of its stimuli: slopes along random directions, and the derivative from both sides.
#[test]
fn the_derivative_by_the_stimulus_goes_along_every_path() {
    let function = FeedForward::new(&inference(CreditRule::Backprop, Loss::default(), 1.0), &network());
    let (inputs, _) = batch();
    let direction = Matrix::from_fn(UNITS[0], SAMPLES, |i, j| ((i * 5 + j * 2) % 9) as f32 / 4.5 - 1.0);
    let errors = Matrix::from_fn(UNITS[3], SAMPLES, |i, j| ((i * 4 + j * 7) % 5) as f32 / 2.5 - 0.7);
    let point = function.respond(inputs.as_view(), 0, None);
    let (change, back) = (point.jvp(direction.as_view()), point.vjp(errors.as_view()));
    let h = 1e-2;
    let at = |by: f32| function.respond((&inputs + &direction * by).as_view(), 0, None).outputs().clone();
    let slope = (at(h) - at(-h)) / (2.0 * h);
    assert!(slope.amax() > 0.1, "slopes that are small prove nothing");
    assert!((&slope - &change).amax() < 1e-3, "{slope} against {change}");
    for j in 0..SAMPLES {
        let (forth, back) = (errors.column(j).dot(&change.column(j)), back.column(j).dot(&direction.column(j)));
        assert!((forth - back).abs() < 1e-5 * (1.0 + forth.abs()), "{forth} against {back}");
    }
}

/// The bound sums the products of norms over all four paths; a linear network whose maps are multiples of 1 attains it.
#[test]
fn the_lipschitz_bound_sums_over_all_paths() {
    let certified = |network: &Network, activation| {
        let inference = Inference::new(activation, Loss::default(), CreditRule::Backprop, Nudging::default());
        let function = FeedForward::new(&inference, network);
        let point = function.respond(Matrix::from_element(network.units()[0], 1, 0.1).as_view(), 0, None);
        let start = |sample: usize| stream(1, Purpose::Robustness, &[sample as u64]);
        (function.certificate().unwrap(), steepness(&point, network.units()[0], 30, start).norms[0])
    };
    let network = network();
    let norms: Vec<f64> = network
        .projections()
        .iter()
        .map(|own| own.norm(NormEstimate::Lanczos, &mut stream(5, Purpose::PowerIteration, &[])) * (1.0 + NORM_MARGIN))
        .collect();
    let [first, second, between, skip, last] = norms[..] else { panic!("{norms:?}") };
    let sum = first * skip + first * between * last + second * last;
    let (bound, steepest) = certified(&network, Activation::Tanh);
    assert!((bound / sum - 1.0).abs() < 1e-4 && steepest < bound, "{bound} for {sum}, {steepest} found");

    let populations = ["stimulus", "first", "second", "output"].map(|name| Population::flat(name, 3)).to_vec();
    let multiple = |((from, to), by): ((usize, usize), f32)| {
        Projection::dense(
            from,
            to,
            WeightMatrix::from_matrix(&Matrix::from_diagonal_element(3, 3, by)),
            vec![0.0; 3].into(),
        )
    };
    let multiples = ROUTES.into_iter().zip([2.0, 0.5, 1.5, 3.0, 0.25]).map(multiple).collect();
    let (bound, steepest) = certified(&Network::new(populations, multiples).unwrap(), Activation::Identity);
    // 2 · 3 + 2 · 1.5 · 0.25 + 0.5 · 0.25
    assert!((steepest - 6.875).abs() < 1e-4 && (bound / 6.875 - 1.0).abs() < 4e-4, "{bound}, {steepest}");
    assert!(bound >= steepest);
}

#[test]
fn a_lifted_network_refuses_what_is_no_chain() {
    let constants =
        LiftedConfig { energy: LiftedEnergy::Lpom, ..LiftedConfig::default() }.resolve(3, Activation::Relu, 1);
    let lifted = Inference::lifted(Loss::HalfSquaredError, constants);
    let made = Learner::new(LearnerSettings::new(network(), lifted, Optimizer::default(), SAMPLES)).map(drop);
    assert_eq!(made, Err(NetworkError::LiftedGraph { projection: 2 }));
}
