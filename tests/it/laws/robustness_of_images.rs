//! Robustness of networks with convolutions, poolings and skips: derivatives against finite differences, bounds against
//! what is found, and bounds that are reached.
use dyadsim::map::NormEstimate;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use dyadsim::random::{Purpose, stream};
use dyadsim::robustness::{FeedForward, Linearised, NORM_MARGIN, Response, steepness};
use rand_distr::{Distribution, StandardNormal};
use serde_json::{Value, json};

const IMAGE: Shape = Shape { channels: 2, rows: 9, columns: 8 };
const SAMPLES: usize = 5;

fn network(layers: Value, outputs: Option<usize>) -> Network {
    let layers: Vec<Layer> = serde_json::from_value(layers).unwrap();
    let architecture = Architecture::new(IMAGE, &layers, outputs, Default::default()).unwrap();
    let mut network = architecture.random(Initialization::HeNormal, 5).unwrap();
    for own in network.projections_mut() {
        own.bias.iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * i as f32 - 0.2);
    }
    network
}

/// Overlapping and side-by-side maxima, both kinds of skips, average pooling.
fn mixed() -> Network {
    let layers = json!([
        {"convolution": {"features": 4, "kernel": 3, "padding": "same", "name": "first"}},
        {"max_pool": {"window": 3, "stride": 2}},
        {"convolution": {"features": 4, "kernel": 3, "padding": 1, "groups": 2}},
        {"skip": {"from": "first"}},
        {"convolution": {"features": 6, "kernel": 3, "padding": 1}},
        {"max_pool": {"window": 2}},
        {"skip": {"from": "hidden_2", "convolution": {"stride": [2, 3]}}},
        {"average_pool": {"window": [2, 1], "stride": 1}},
        {"dense": {"units": 7}}
    ]);
    network(layers, Some(3))
}

fn response(network: &Network, activation: Activation) -> FeedForward {
    FeedForward::new(&Inference::of(Backprop::new(activation, Loss::default())), network)
}

fn normal(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut random = stream(seed, Purpose::Robustness, &[]);
    Matrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut random))
}

/// Σ a b of every column.
fn dots(a: &Matrix, b: &Matrix) -> Vec<f64> {
    let dot = |j: usize| a.column(j).iter().zip(b.column(j).iter()).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
    (0..a.ncols()).map(dot).collect()
}

#[test]
fn the_derivative_goes_through_convolutions_poolings_and_skips() {
    let network = mixed();
    let f = response(&network, Activation::Tanh);
    let (x, v) = (normal(IMAGE.units(), SAMPLES, 1), normal(IMAGE.units(), SAMPLES, 2));
    let point = f.respond(x.as_view(), 0, None);
    let along = point.jvp(v.as_view());
    let h = 2e-4f32;
    let ahead = f.respond((&x + &v * h).as_view(), 0, None);
    let behind = f.respond((&x - &v * h).as_view(), 0, None);
    let slope = (ahead.outputs() - behind.outputs()) / (2.0 * h);
    // Where a maximum changes its place the slope jumps; a step this small meets none.
    let error = (&slope - &along).norm() / along.norm();
    assert!(error < 5e-3, "{slope} {along}");
    // Jᵀ is the adjoint of J.
    let u = normal(3, SAMPLES, 3);
    for (a, b) in dots(&u, &along).into_iter().zip(dots(&point.vjp(u.as_view()), &v)) {
        assert!((a - b).abs() < 1e-4 * a.abs().max(1.0), "{a} {b}");
    }
}

#[test]
fn no_derivative_is_steeper_than_the_bound() {
    let network = mixed();
    let f = response(&network, Activation::Relu);
    let bound = f.certificate().unwrap();
    let x = normal(IMAGE.units(), 40, 4);
    let point = f.respond(x.as_view(), 0, None);
    let found = steepness(&point, IMAGE.units(), 20, |sample| stream(6, Purpose::Robustness, &[sample as u64]));
    let steepest = found.norms.iter().copied().fold(0.0, f64::max);
    assert!(steepest > 0.0 && steepest <= bound, "{steepest} {bound}");
}

/// Λ of the graph, by hand: a pooling multiplies by the root of the windows that a place is in.
#[test]
fn the_bound_is_the_sum_over_all_paths_with_poolings() {
    let network = mixed();
    let norm = |p: usize| {
        let own = &network.projections()[p];
        own.norm(NormEstimate::LanczosWithin(200), &mut stream(0, Purpose::PowerIteration, &[0, p as u64]))
    };
    // A place is in at most two of the windows of three at a distance of two, to each side.
    let first = 2.0 * norm(0);
    let second = norm(1) * first + first;
    let third = norm(3) * second + norm(4) * second;
    let expected = norm(6) * norm(5) * third;
    let bound = response(&network, Activation::Relu).certificate().unwrap();
    assert!((bound / expected - 1.0).abs() < 6.0 * NORM_MARGIN, "{bound} {expected}");
}

#[test]
fn the_bound_of_overlapping_maxima_is_reached() {
    let layers = json!([{"convolution": {"features": 2, "kernel": 1}}, {"max_pool": {"window": 3, "stride": 1}}]);
    let mut network = network(layers, None);
    network.projections_mut()[0].weight.copy_from(&Matrix::identity(2, 2));
    let f = response(&network, Activation::Relu);
    assert!((f.certificate().unwrap() - 3.0).abs() < 1e-2, "{:?}", f.certificate());
    // One place that is the largest of all nine windows that it is in.
    let at = IMAGE.places() + 4 * IMAGE.columns + 4;
    let peak = |height: f32| Matrix::from_fn(IMAGE.units(), 1, |i, _| if i == at { height } else { 0.0 });
    let outputs = |x: Matrix| f.respond(x.as_view(), 0, None).outputs().clone();
    let slope = (outputs(peak(1.5)) - outputs(peak(1.0))).norm() / 0.5;
    assert!((slope - 3.0).abs() < 1e-5, "{slope}");
}

/// Against the singular values of the map, written out as a matrix.
#[test]
fn the_norm_of_a_convolution_is_that_of_its_matrix() {
    let network = mixed();
    for (p, own) in network.projections().iter().enumerate() {
        let inputs = own.map.input().units();
        let mut matrix = Matrix::zeros(own.map.output().units(), inputs);
        own.apply(matrix.as_view_mut(), Matrix::identity(inputs, inputs).as_view());
        let exact = matrix.cast::<f64>().singular_values().max();
        let norm = own.norm(NormEstimate::LanczosWithin(200), &mut stream(0, Purpose::PowerIteration, &[0, p as u64]));
        assert!((norm / exact - 1.0).abs() < 0.2 * NORM_MARGIN, "projection {p}: {norm} {exact}");
    }
}
