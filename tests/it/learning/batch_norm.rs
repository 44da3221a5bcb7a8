//! Batch normalisation: its gradients against definitions written down in double precision, the running statistics, and
//! runs with it.
use crate::convolution::runs::layers;
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, numbers, output, text};
use dyadsim::network::{Architecture, BatchNorm, ChannelStatistics, Layer};
use dyadsim::prelude::*;
use dyadsim::trace::TraceReader;
use serde_json::json;
use std::collections::BTreeMap;

const EPSILON: f64 = 1e-5;

fn inference(rule: CreditRule, beta: f64) -> Inference {
    let nudging = Nudging { beta: Positive::new(beta).unwrap(), ..Nudging::default() };
    Inference::new(Activation::Tanh, Loss::HalfSquaredError, rule, nudging)
}

fn gradients(network: &Network, rule: CreditRule, beta: f64, [x, y]: [&Matrix; 2]) -> (NetworkState, Vec<Matrix>) {
    let inference = inference(rule, beta);
    let mut plan = Plan::default();
    Schedule::default().plan(network.last(), Start::Forward, 1, 0, &mut plan).unwrap();
    let mut state = NetworkState::zeros(network, x.ncols(), &inference.substrate);
    let evidence = inference.infer(network, x.as_view(), y.as_view(), &plan, &mut state, None);
    let gradient = evidence.gradient(&state);
    let synapses = network.with_synapses();
    let weights = synapses.map(|(k, _)| gradient.weight(k)).collect();
    for (k, own) in network.with_synapses() {
        let mut bias = vec![1.0; own.bias.len()];
        gradient.bias(k, &mut bias);
        assert!(bias.iter().all(|&b| b == 0.0), "a normalised projection has no bias to learn");
    }
    (state, weights)
}

fn wave(rows: usize, columns: usize, turn: f32) -> Matrix {
    Matrix::from_fn(rows, columns, |i, j| ((i * 7 + j * 3) as f32 * 0.37 + turn * (i * j) as f32).sin())
}

/// x̂ of every row of W s, in double precision.
fn normal(weight: &[Vec<f64>], s: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let samples = s[0].len();
    let of_row = |row: &Vec<f64>| {
        let a: Vec<f64> = (0..samples).map(|j| row.iter().zip(s).map(|(w, s)| w * s[j]).sum()).collect();
        let mean = a.iter().sum::<f64>() / samples as f64;
        let variance = a.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / samples as f64;
        a.iter().map(|a| (a - mean) / (variance + EPSILON).sqrt()).collect()
    };
    weight.iter().map(of_row).collect()
}

fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
}

#[test]
fn backprop_takes_the_derivative_through_the_statistics() {
    let settings = Some(BatchNorm::default());
    let network =
        Architecture::chain(&[5, 6, 3]).with_batch_norm(settings).random(Initialization::HeNormal, 3).unwrap();
    let (x, y) = (wave(5, 7, 0.1), wave(3, 7, 0.4));
    let (state, found) = gradients(&network, CreditRule::Backprop, 1.0, [&x, &y]);
    let (s, targets) = (rows(&x), rows(&y));
    let mut weights: Vec<Vec<Vec<f64>>> =
        network.projections().iter().map(|own| rows(&own.weight.to_matrix())).collect();
    let outputs = |weights: &[Vec<Vec<f64>>]| {
        let hidden =
            normal(&weights[0], &s).iter().map(|row| row.iter().map(|a| a.tanh()).collect()).collect::<Vec<_>>();
        normal(&weights[1], &hidden)
    };
    let loss = |weights: &[Vec<Vec<f64>>]| {
        let differences = outputs(weights).into_iter().flatten().zip(targets.iter().flatten());
        differences.map(|(a, y)| 0.5 * (a - y).powi(2)).sum::<f64>() / 7.0
    };
    for (found, exact) in state.outputs().mean.row_iter().zip(outputs(&weights)) {
        assert!(found.iter().zip(exact).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5));
    }
    for (k, found) in found.iter().enumerate() {
        for (i, j) in [(0, 0), (2, 3), (1, 4), (2, 1)] {
            let h = 1e-4;
            let original = weights[k][i][j];
            weights[k][i][j] = original + h;
            let above = loss(&weights);
            weights[k][i][j] = original - h;
            let slope = (above - loss(&weights)) / (2.0 * h);
            weights[k][i][j] = original;
            let difference = (slope - f64::from(found[(i, j)])).abs();
            assert!(difference < 1e-5 * (1.0 + slope.abs()), "projection {k}, {i},{j}: {slope} {}", found[(i, j)]);
        }
    }
}

/// Convolutions, a pooling, a skip with synapses: each array has statistics of its own.
fn branched(arrays: &str) -> Network {
    let layers: Vec<Layer> = serde_json::from_value(json!([
        {"convolution": {"features": 3, "kernel": 3, "padding": "same"}},
        {"max_pool": {"window": 2}},
        {"convolution": {"features": 4, "kernel": 3, "padding": "same"}},
        {"skip": {"from": "hidden_1", "convolution": {"stride": 1}}}
    ]))
    .unwrap();
    let image = Shape { channels: 2, rows: 6, columns: 6 };
    let settings = serde_json::from_value(json!({"arrays": arrays})).unwrap();
    let architecture = Architecture::new(image, &layers, Some(3), Default::default()).unwrap();
    architecture.with_batch_norm(Some(settings)).random(Initialization::HeNormal, 5).unwrap()
}

#[test]
fn the_gradient_of_images_is_the_slope_of_the_loss_of_the_mini_batch() {
    for arrays in ["all", "convolutions"] {
        let mut network = branched(arrays);
        assert_eq!(
            network.projections().iter().filter(|own| own.normalisation.is_some()).count(),
            match arrays {
                "all" => 4,
                _ => 3,
            }
        );
        let (x, y) = (wave(72, 5, 0.02), wave(3, 5, 0.4));
        let inference = inference(CreditRule::Backprop, 1.0);
        let run = |network: &Network| {
            let mut state = NetworkState::zeros(network, 5, &inference.substrate);
            let evidence = inference.infer(network, x.as_view(), y.as_view(), &Plan::default(), &mut state, None);
            (evidence, state)
        };
        let (evidence, state) = run(&network);
        let gradient = evidence.gradient(&state);
        let found: Vec<Matrix> = (1..=4).map(|k| gradient.weight(k)).collect();
        // The factors that pulsed synapses take make the same gradient.
        for (k, found) in (1..).zip(&found) {
            let (factor, [d, s]) = gradient.factors(k);
            let product = d.view() * s.view().transpose() * factor;
            assert!((product - found).norm() < 1e-5 * found.norm(), "projection {k}");
        }
        let loss = |network: &Network| -> f64 {
            let (_, state) = run(network);
            let outputs = state.outputs().mean.iter().zip(y.iter());
            outputs.map(|(&a, &y)| 0.5 * (f64::from(a) - f64::from(y)).powi(2)).sum::<f64>() / 5.0
        };
        for (k, found) in found.iter().enumerate() {
            // Along the gradient the loss changes by its square: a direction in which rounding is small.
            let h = 2e-3 / found.norm();
            let moved = |network: &mut Network, step: f32| {
                let mut weight = network.projections()[k].weight.to_matrix();
                weight += found * step;
                network.projections_mut()[k].weight.copy_from(&weight);
            };
            moved(&mut network, h);
            let above = loss(&network);
            moved(&mut network, -2.0 * h);
            let slope = (above - loss(&network)) / (2.0 * f64::from(h));
            moved(&mut network, h);
            let exact = f64::from(found.norm_squared());
            assert!((slope / exact - 1.0).abs() < 0.02, "{arrays}, projection {}: {slope} for {exact}", k + 1);
        }
    }
}

#[test]
fn for_dyads_the_statistics_are_constants() {
    let settings = Some(BatchNorm::default());
    let network =
        Architecture::chain(&[5, 8, 6, 3]).with_batch_norm(settings).random(Initialization::HeNormal, 3).unwrap();
    let (x, y) = (wave(5, 20, 0.1), wave(3, 20, 0.4));
    let (_, dyads) = gradients(&network, CreditRule::DpTranspose, 0.01, [&x, &y]);
    let (_, exact) = gradients(&network, CreditRule::Backprop, 1.0, [&x, &y]);
    // The same network without normalisation, with the statistics put into weights and biases by hand.
    let (mut layers, mut gains) = (vec![], vec![]);
    let mut activity = x.clone();
    for own in network.projections() {
        let weight = own.weight.to_matrix();
        let reads = &weight * &activity;
        let ChannelStatistics { mean, variance, .. } = ChannelStatistics::of(&reads, weight.nrows());
        let gain: Vec<f32> = variance.iter().map(|v| 1.0 / (v + EPSILON as f32).sqrt()).collect();
        let folded = Matrix::from_fn(weight.nrows(), weight.ncols(), |i, j| gain[i] * weight[(i, j)]);
        let bias: Vec<f32> = gain.iter().zip(&mean).map(|(g, m)| -g * m).collect();
        activity = Matrix::from_fn(reads.nrows(), reads.ncols(), |i, j| (gain[i] * reads[(i, j)] + bias[i]).tanh());
        layers.push((WeightMatrix::from_matrix(&folded), bias.into()));
        gains.push(gain);
    }
    let folded = Network::chain(layers).unwrap();
    let rule = inference(CreditRule::Backprop, 1.0);
    let mut state = NetworkState::zeros(&folded, 20, &rule.substrate);
    let evidence = rule.infer(&folded, x.as_view(), y.as_view(), &Plan::default(), &mut state, None);
    let angle_deg =
        |a: &Matrix, b: &Matrix| f64::from((a.dot(b) / (a.norm() * b.norm())).clamp(-1.0, 1.0)).acos().to_degrees();
    for (k, gain) in gains.iter().enumerate() {
        let of_folded = evidence.gradient(&state).weight(k + 1);
        let constant = Matrix::from_fn(of_folded.nrows(), of_folded.ncols(), |i, j| gain[i] * of_folded[(i, j)]);
        let ratio = dyads[k].norm() / constant.norm();
        assert!(angle_deg(&dyads[k], &constant) < 0.3, "projection {}: {}", k + 1, angle_deg(&dyads[k], &constant));
        assert!((ratio - 1.0).abs() < 0.01, "projection {}: {ratio}", k + 1);
        assert!(angle_deg(&dyads[k], &exact[k]) > 3.0, "projection {}: {}", k + 1, angle_deg(&dyads[k], &exact[k]));
    }
}

#[test]
fn a_network_that_answers_has_running_statistics() {
    let settings = Some(BatchNorm::default());
    let network = Architecture::chain(&[5, 4]).with_batch_norm(settings).random(Initialization::HeNormal, 3).unwrap();
    let rule = inference(CreditRule::DpTranspose, 0.1);
    let mut learner = Learner::new(LearnerSettings::new(network, rule, Optimizer::default(), 10)).unwrap();
    let (mut mean, mut variance) = (vec![0.0; 4], vec![1.0; 4]);
    for step in 0..3 {
        let (x, y) = (wave(5, 10, 0.1 + step as f32), wave(4, 10, 0.4));
        let reads = learner.weights.projections()[0].weight.to_matrix() * &x;
        for (i, row) in reads.row_iter().enumerate() {
            let own: f32 = row.iter().sum::<f32>() / 10.0;
            let unbiased: f32 = row.iter().map(|a| (a - own).powi(2)).sum::<f32>() / 9.0;
            mean[i] = 0.8 * mean[i] + 0.2 * own;
            variance[i] = 0.8 * variance[i] + 0.2 * unbiased;
        }
        train(&mut learner, x.as_view(), y.as_view(), 0.1, step).unwrap();
    }
    let x = wave(5, 2, 0.3);
    let Learner { inference, weights, .. } = &learner;
    let mut state = NetworkState::zeros(weights, 2, &inference.substrate);
    inference.forward(weights, x.as_view(), &mut state);
    let reads = weights.projections()[0].weight.to_matrix() * &x;
    for ((i, j), a) in (0..2).flat_map(|j| (0..4).map(move |i| (i, j))).zip(state.outputs().mean.iter()) {
        let needed = (reads[(i, j)] - mean[i]) / (variance[i] + EPSILON as f32).sqrt();
        assert!((a - needed).abs() < 1e-5, "unit {i}: {a} for {needed}");
    }
}

fn run(changes: serde_json::Value, threads: &str) -> (BTreeMap<String, Vec<u64>>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet", "--threads", threads]);
    assert!(run.status.success(), "{}", text(&run));
    (numbers(&folder.path().join("r/trace.h5")), folder)
}

fn changes(rule: &str) -> serde_json::Value {
    json!({
        "hardware": "ideal.json",
        "data": {"source": {"digits": {"train_count": 120, "test_count": 40}}},
        "network": {"layers": layers(), "batch_norm": {}},
        "credit_rule": rule,
        "training": {"epochs": 2, "batch_size": 12, "rate": 0.01},
        "measure": {"norms_every_epochs": 1},
    })
}

#[test]
fn threads_do_not_change_a_bit_with_batch_normalisation() {
    let mut binary = changes("backprop");
    binary["hardware"] = json!(repository_file("hw_models/binary_ideal.json"));
    binary["training"]["synapses"] = json!({"rule": {"straight_through": {}}});
    (binary["nudging"], binary["schedule"], binary["measure"]) = (json!(null), json!(null), json!({}));
    for changes in [changes("dp_transpose"), binary] {
        let of_weights = |threads| {
            let mut all = run(changes.clone(), threads).0;
            all.retain(|name, _| name.starts_with("weights/final/"));
            all
        };
        let one = of_weights("1");
        assert!(one.contains_key("weights/final/layer1/running_mean"), "{:?}", one.keys());
        assert_eq!(one, of_weights("2"));
    }
}

#[test]
fn a_trace_keeps_the_statistics_of_the_network_that_answers() {
    let (_, folder) = run(changes("dp_transpose"), "1");
    let trace = folder.path().join("r/trace.h5");
    let variance = TraceReader::open(&trace).unwrap().read("weights/final/layer1/running_variance").unwrap();
    assert_eq!(variance.shape, [6]);
    assert!(variance.values.iter().all(|&v| v > 0.0 && v != 1.0));
    let mut again = changes("dp_transpose");
    again["network"]["initial_weights"] = json!({"trace": trace.to_str().unwrap()});
    again["training"]["epochs"] = json!(0);
    let (_, again) = run(again, "1");
    let last_loss = |folder: &std::path::Path| {
        TraceReader::open(&folder.join("r/trace.h5")).unwrap().read("metrics/test_loss").unwrap().values.pop()
    };
    assert_eq!(last_loss(folder.path()), last_loss(again.path()));
}
