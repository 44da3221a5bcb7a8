//! Gradients of convolutional networks: backprop against slopes of a forward pass in double precision, dyads against
//! backprop.
use super::reference::{answer, loss, parameters};
use dyadsim::map::{DriveMaxima, Maxima, MaximaSettings};
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use serde_json::{Value, json};

const SAMPLES: usize = 3;
pub(super) const CLASSES: usize = 4;
pub(super) const IMAGE: Shape = Shape { channels: 2, rows: 7, columns: 6 };

/// One of everything that a convolutional network can have, in four networks.
pub(super) fn networks() -> Vec<(&'static str, Value)> {
    vec![
        (
            "max pooling, windows side by side and overlapping",
            json!([
                {"convolution": {"features": 3, "kernel": 3, "padding": "same"}}, {"max_pool": {"window": 2}},
                {"convolution": {"features": 4, "kernel": 2, "padding": 1}}, {"max_pool": {"window": [2, 3], "stride": 1}},
                {"dense": {"units": 5}}
            ]),
        ),
        (
            "average pooling before a convolution and before a dense layer",
            json!([
                {"convolution": {"features": 4, "kernel": [3, 2], "padding": 1, "groups": 2}},
                {"average_pool": {"window": 2, "stride": [2, 1]}},
                {"convolution": {"features": 3, "kernel": 2, "dilation": [1, 2]}},
                {"average_pool": {"window": [1, 2]}}, {"dense": {"units": 5}}
            ]),
        ),
        (
            "global average pooling after a wire",
            json!([
                {"convolution": {"features": 3, "kernel": 3, "padding": "same", "stride": 2, "name": "first"}},
                {"convolution": {"features": 3, "kernel": 3, "padding": 1}}, {"skip": {"from": "first"}},
                {"global_average_pool": {}}
            ]),
        ),
        (
            "a skip with a convolution that joins what is pooled, and one from the stimulus",
            json!([
                {"convolution": {"features": 3, "kernel": 3, "padding": "same", "name": "first"}},
                {"skip": {"from": "stimulus", "convolution": {}}},
                {"convolution": {"features": 4, "kernel": [2, 3], "padding": [1, 1]}},
                {"max_pool": {"window": 2}},
                {"convolution": {"features": 4, "kernel": 3, "padding": 1, "stride": 1}},
                {"skip": {"from": "hidden_2"}},
                {"convolution": {"features": 3, "kernel": 3, "padding": "same", "stride": 2}},
                {"skip": {"from": "hidden_3", "convolution": {"stride": 2}}},
                {"dense": {"units": 5}}
            ]),
        ),
    ]
}

/// With biases, so that one of everything is to be learnt.
pub(super) fn network(layers: &Value, maxima: MaximaSettings) -> Network {
    let layers: Vec<Layer> = serde_json::from_value(layers.clone()).unwrap();
    let architecture = Architecture::new(IMAGE, &layers, Some(CLASSES), maxima).unwrap();
    let mut network = architecture.random(Initialization::LecunNormal, 5).unwrap();
    for (own, number) in network.projections_mut().iter_mut().zip(1..) {
        own.bias.iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * ((3 * i + number) % 5) as f32 - 0.2);
    }
    network
}

fn batch() -> (Matrix, Matrix) {
    let inputs =
        Matrix::from_fn(IMAGE.units(), SAMPLES, |i, j| ((i * 17 + j * 29 + i * i * 3) % 37) as f32 / 18.5 - 1.0);
    (inputs, Matrix::from_fn(CLASSES, SAMPLES, |i, j| if i == (2 * j + 1) % CLASSES { 1.0 } else { 0.0 }))
}

fn inferred(network: &Network, rule: CreditRule, loss: Loss, nudging: Nudging) -> Learner {
    let (inputs, targets) = batch();
    let inference = Inference::new(Activation::Tanh, loss, rule, nudging);
    let settings = LearnerSettings::new(network.clone(), inference, Optimizer::default(), SAMPLES);
    let mut learner = Learner::new(settings).unwrap();
    learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
    learner
}

fn exact(network: &Network, loss: Loss) -> Learner {
    inferred(network, CreditRule::Backprop, loss, Nudging::default())
}

#[test]
fn backprop_is_the_slope_of_the_mean_loss_for_every_weight_and_bias() {
    let (inputs, targets) = batch();
    let columns = |matrix: &Matrix| -> Vec<Vec<f64>> {
        matrix.column_iter().map(|x| x.iter().map(|&x| f64::from(x)).collect()).collect()
    };
    let (stimuli, wanted) = (columns(&inputs), columns(&targets));
    for (name, layers) in networks() {
        let network = network(&layers, MaximaSettings::default());
        for kind in [Loss::SoftmaxCrossEntropy, Loss::HalfSquaredError] {
            let learner = exact(&network, kind);
            let mut all = parameters(&network);
            let answers: Vec<Vec<f64>> = stimuli.iter().map(|x| answer(&network, &all, x)).collect();
            for (found, expected) in learner.state.outputs().mean.iter().zip(answers.iter().flatten()) {
                assert!((f64::from(*found) - expected).abs() < 1e-5, "{name}: answers {found} instead of {expected}");
            }
            let gradient = learner.gradient();
            for p in 0..all.len() {
                let weight: Vec<f32> = gradient.weight(p + 1).transpose().iter().copied().collect();
                let mut bias = vec![0.0; all[p][1].len()];
                gradient.bias(p + 1, &mut bias);
                for (part, exact) in [weight, bias].into_iter().enumerate() {
                    let largest = exact.iter().fold(0.0f32, |most, g| most.max(g.abs()));
                    assert!(exact.is_empty() || largest > 0.01, "a gradient that is small proves nothing");
                    for (number, &exact) in exact.iter().enumerate() {
                        let own = all[p][part][number];
                        let mut at = |by: f64| {
                            all[p][part][number] = own + by;
                            let losses =
                                stimuli.iter().zip(&wanted).map(|(x, y)| loss(kind, &answer(&network, &all, x), y));
                            losses.sum::<f64>() / SAMPLES as f64
                        };
                        let h = 1e-5;
                        let slope = (at(h) - at(-h)) / (2.0 * h);
                        at(0.0);
                        let difference = (slope - f64::from(exact)).abs();
                        assert!(
                            difference < 1e-5,
                            "{name}, {kind:?}, projection {}, {part}: {exact}, not {slope}",
                            p + 1
                        );
                    }
                }
            }
        }
    }
}

/// Wherever the maxima are looked for; with α = ½ what is left is of second order in β.
#[test]
fn dyads_that_are_nudged_little_have_the_gradient_of_backprop() {
    let published = MaximaSettings { drive: DriveMaxima::Mean, feedback: Maxima::SPlus, gradient: Maxima::Mean };
    let by_s_plus = MaximaSettings { drive: DriveMaxima::SPlus, feedback: Maxima::Mean, gradient: Maxima::SPlus };
    for (name, layers) in networks() {
        for maxima in [MaximaSettings::default(), published, by_s_plus] {
            let network = network(&layers, maxima);
            let exact = exact(&network, Loss::SoftmaxCrossEntropy);
            for (alpha, most) in [(0.0, 0.7), (0.5, 0.01), (1.0, 0.7)] {
                let nudging = Nudging {
                    alpha: Fraction::new(alpha).unwrap(),
                    beta: Positive::new(0.01).unwrap(),
                    ..Nudging::default()
                };
                let dyads = inferred(&network, CreditRule::DpTranspose, Loss::SoftmaxCrossEntropy, nudging);
                let alignment = dyads.gradient().alignment(&exact.gradient());
                let synapses = network.projections().iter().map(Projection::synapses);
                for (number, (found, _)) in alignment.iter().zip(synapses).enumerate().filter(|(_, (_, n))| *n > 0) {
                    let (angle, ratio) = (found.angle_deg(), found.norm_ratio);
                    assert!(
                        angle < most && (ratio - 1.0).abs() < 0.02,
                        "{name}, {maxima:?}, α = {alpha}, projection {}: {angle:.4} degrees, {ratio:.6} times as long",
                        number + 1
                    );
                }
            }
        }
    }
}

/// A network whose units are linear and whose maxima stay has the exact gradient for every α and strong nudging.
#[test]
fn the_transpose_rule_is_exact_in_a_linear_convolutional_network() {
    let layers = json!([
        {"convolution": {"features": 3, "kernel": 3, "padding": "same"}}, {"max_pool": {"window": 2}},
        {"convolution": {"features": 4, "kernel": 2}}, {"average_pool": {"window": 2}}, {"dense": {"units": 5}}
    ]);
    let network = network(&layers, MaximaSettings::default());
    let (inputs, targets) = batch();
    let gradient = |rule, alpha: f64| {
        let nudging =
            Nudging { alpha: Fraction::new(alpha).unwrap(), beta: Positive::new(0.7).unwrap(), ..Nudging::default() };
        let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, rule, nudging);
        let settings = LearnerSettings::new(network.clone(), inference, Optimizer::default(), SAMPLES);
        let mut learner = Learner::new(settings).unwrap();
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
        learner
    };
    let exact = gradient(CreditRule::Backprop, 0.5);
    for alpha in [0.0, 0.3, 1.0] {
        for found in gradient(CreditRule::DpTranspose, alpha).gradient().alignment(&exact.gradient()) {
            assert!(found.angle_deg() < 1e-2 && (found.norm_ratio - 1.0).abs() < 1e-4, "α = {alpha}: {found:?}");
        }
    }
}
