//! Backprop through the arrays of a die, against the naive implementation of [`super::naive`]: mean and variance of every
//! number of the gradient, of dense networks and of convolutions.
use super::naive::{Naive, hardware, naive_back, naive_forward, peripheries, rows};
use dyadsim::device::noise_key::Context;
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use law_assertions::{STANDARD_ERRORS, mean, variance};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Training steps of one stimulus each.
const STEPS: u64 = 4000;
const IMAGE: Shape = Shape { channels: 2, rows: 3, columns: 3 };

/// The gradients of the two projections, stimulus after stimulus: number by number, weights before biases.
type Gradients = Vec<Vec<f64>>;

/// Gradients that the die makes of one stimulus again and again.
fn found(network: &Network, inference: &Inference, input: &[f64], target: &[f64]) -> Gradients {
    let single = |x: &[f64]| Matrix::from_iterator(x.len(), 1, x.iter().map(|&x| x as f32));
    let (inputs, targets) = (single(input), single(target));
    let mut state = NetworkState::zeros(network, 1, &inference.substrate);
    let mut all: Gradients = vec![];
    for step in 0..STEPS {
        state.begin(Context::Training, step);
        let evidence =
            inference.infer(network, inputs.as_view(), targets.as_view(), &Plan::default(), &mut state, None);
        let gradient = evidence.gradient(&state);
        let mut numbers = vec![];
        for (k, projection) in (1..).zip(network.projections()) {
            numbers.extend(gradient.weight(k).transpose().iter().map(|&x| f64::from(x)));
            let mut bias = vec![0.0; projection.bias.len()];
            gradient.bias(k, &mut bias);
            numbers.extend(bias.iter().map(|&x| f64::from(x)));
        }
        all.resize(numbers.len(), vec![]);
        all.iter_mut().zip(numbers).for_each(|(all, x)| all.push(x));
    }
    all
}

/// Means within 4 standard errors and variances within 5, as the samples' own fourth moments have them.
fn assert_same_moments(found: &Gradients, expected: &Gradients, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let mut moving = 0;
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (n, a, b) = (found.len() as f64, variance(found), variance(expected));
        let apart = (mean(found) - mean(expected)).abs();
        let error = ((a + b) / n).sqrt();
        assert!(apart <= STANDARD_ERRORS * error + 1e-5, "{what}, number {number}: {apart} apart, error {error}");
        let square_of_variance = |x: &[f64], of: f64| {
            let middle = mean(x);
            let squares: Vec<f64> = x.iter().map(|x| (x - middle).powi(2)).collect();
            (variance(&squares) / n, of)
        };
        let ((error_a, a), (error_b, b)) = (square_of_variance(found, a), square_of_variance(expected, b));
        if b > 1e-8 {
            moving += 1;
            let error = (error_a + error_b).sqrt();
            assert!((a - b).abs() <= 5.0 * error, "{what}, number {number}: variance {a} for {b}, error {error}");
            assert!(error < 0.2 * b, "{what}, number {number}: too few samples to tell a factor of 2");
        }
    }
    assert!(2 * moving > found.len(), "{what}: gradients that do not vary prove nothing");
}

fn on_die(network: &mut Network, model: &Value, feedback: FeedbackWeights) -> Inference {
    let inference = Inference::new(Activation::Tanh, Loss::HalfSquaredError, CreditRule::Backprop, Nudging::default());
    inference.on_die(&hardware(model), network, feedback, Initialization::LecunNormal, Seeds::default())
}

fn product(e: &[f64], s: &[f64]) -> Vec<f64> {
    e.iter().flat_map(|e| s.iter().map(move |s| e * s)).collect()
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

fn slope(s: f64) -> f64 {
    1.0 - s * s
}

/// Three layers of weights: an error is sent back twice. Synapses see activities as they were sent and errors as they have
/// arrived, through the same array or one of its own.
#[test]
fn gradients_of_a_dense_network_have_the_moments_of_their_reads() {
    let (input, target) = ([0.9, -0.4, 0.13, 0.62], [0.0, 1.0]);
    let own_array = FeedbackWeights::FixedRandom;
    for (index, (name, own)) in peripheries().into_iter().enumerate() {
        let feedback = if index % 2 == 0 { FeedbackWeights::Transposed } else { own_array };
        let mut draw = Xoshiro256PlusPlus::seed_from_u64(21);
        let mut network = Network::random(&[4, 3, 3, 2], Initialization::LecunNormal, 5).unwrap();
        let inference =
            on_die(&mut network, &json!({"arrays": {"forward": own.json(), "feedback": own.json()}}), feedback);
        let found = found(&network, &inference, &input, &target);
        let forward: Vec<Vec<Vec<f64>>> = (0..3).map(|k| rows(&network, k)).collect();
        let back: Vec<Vec<Vec<f64>>> = network
            .projections()
            .iter()
            .map(|own| {
                let weight = own.feedback_weight().to_matrix();
                weight.column_iter().map(|column| column.iter().map(|&w| f64::from(w)).collect()).collect()
            })
            .collect();
        let mut expected: Gradients = vec![vec![]; found.len()];
        for _ in 0..STEPS {
            // Activities as they stand on the lines, and the states of the units.
            let (mut sent, mut states) = (vec![], vec![input.to_vec()]);
            for (k, matrix) in forward.iter().enumerate() {
                let (on_lines, scale) = own.send(&states[k], &mut draw);
                let [a, _] = own.receive(matrix, &on_lines, scale, &mut draw);
                sent.push(on_lines);
                states.push(if k == 2 { a } else { a.iter().map(|a| a.tanh()).collect() });
            }
            let mut errors = vec![states[3].iter().zip(target).map(|(s, y)| s - y).collect::<Vec<f64>>()];
            for k in [2, 1] {
                let [d, _] = own.read(&back[k], errors.last().unwrap(), &mut draw);
                errors.push(d.iter().zip(&states[k]).map(|(d, s)| slope(*s) * d).collect());
            }
            errors.reverse();
            let numbers = errors.iter().zip(&sent).flat_map(|(e, s)| product(e, s).into_iter().chain(e.clone()));
            expected.iter_mut().zip(numbers).for_each(|(all, x)| all.push(x));
        }
        assert_same_moments(&found, &expected, &format!("{name}, dense"));
    }
}

/// Every place is a read of its own, forward and back.
#[test]
fn gradients_of_a_convolution_have_the_moments_of_unfolded_reads() {
    let layers: Vec<Layer> = serde_json::from_value(json!([
        {"convolution": {"features": 2, "kernel": 3, "padding": 1}},
        {"convolution": {"features": 2, "kernel": 3, "padding": 1}}
    ]))
    .unwrap();
    // Channels of a place next to each other, and as files have them.
    let image: Vec<f64> = (0..IMAGE.units()).map(|unit| f64::from((1.7 * unit as f32).sin())).collect();
    let in_file: Vec<f64> =
        (0..IMAGE.units()).map(|i| image[i % IMAGE.places() * IMAGE.channels + i / IMAGE.places()]).collect();
    for (name, own) in peripheries() {
        let mut draw = Xoshiro256PlusPlus::seed_from_u64(22);
        let architecture = Architecture::new(IMAGE, &layers, None, MaximaSettings::default()).unwrap();
        let mut network = architecture.random(Initialization::LecunNormal, 3).unwrap();
        let model = json!({"arrays": {"forward": own.json(), "feedback": own.json()}});
        let inference = on_die(&mut network, &model, FeedbackWeights::Transposed);
        let target = vec![0.25; network.units()[2]];
        let found = found(&network, &inference, &in_file, &target);
        let (first, second) = (rows(&network, 0), rows(&network, 1));
        let hidden = Shape { channels: 2, ..IMAGE };
        let mut expected: Gradients = vec![vec![]; found.len()];
        for _ in 0..STEPS {
            let [a, _] = naive_forward(&own, &first, IMAGE, &image, &mut draw);
            let s: Vec<f64> = a.iter().map(|a| a.tanh()).collect();
            let [outputs, _] = naive_forward(&own, &second, hidden, &s, &mut draw);
            let above: Vec<f64> = outputs.iter().zip(&target).map(|(s, y)| s - y).collect();
            let [d, _] = naive_back(&own, &second, hidden, &above, &mut draw);
            let below: Vec<f64> = d.iter().zip(&s).map(|(d, s)| slope(*s) * d).collect();
            let numbers: Vec<f64> = [(&below, &image, IMAGE), (&above, &s, hidden)]
                .into_iter()
                .flat_map(|(e, s, shape)| unfolded_gradient(e, s, shape))
                .collect();
            expected.iter_mut().zip(numbers).for_each(|(all, x)| all.push(x));
        }
        assert_same_moments(&found, &expected, &format!("{name}, convolution"));
    }
}

/// Σ over places of e times the patch, feature by feature, and then the gradient of the biases.
fn unfolded_gradient(e: &[f64], s: &[f64], shape: Shape) -> Vec<f64> {
    let features = e.len() / shape.places();
    let mut weight = vec![vec![0.0; 9 * shape.channels]; features];
    let mut bias = vec![0.0; features];
    for place in 0..shape.places() {
        let patch: Vec<f64> = super::naive::patch(shape, place)
            .flat_map(|from| (0..shape.channels).map(move |channel| from.map(|from| from * shape.channels + channel)))
            .map(|unit| unit.map_or(0.0, |unit| s[unit]))
            .collect();
        for feature in 0..features {
            let e = e[place * features + feature];
            weight[feature].iter_mut().zip(&patch).for_each(|(g, x)| *g += e * x);
            bias[feature] += e;
        }
    }
    weight.concat().into_iter().chain(bias).collect()
}

/// Bound management on the way back: where a read clips it is repeated at twice the scale, with twice the noise.
#[test]
fn errors_that_clip_are_read_again() {
    let (range, std) = (0.2, 0.02);
    let model = json!({"arrays": {"feedback": {
        "adc": {"range": range}, "read_noise": {"std": std},
        "noise_management": "abs_max", "bound_management": "iterative"
    }}});
    let own = Naive { adc: None, dac: None, std, follows: true, ..peripheries()[0].1 };
    let (input, target) = ([1.0, -0.5, 0.25, 0.75], [1.0, -1.0]);
    let mut network = Network::random(&[4, 3, 2], Initialization::LecunNormal, 5).unwrap();
    let inference = on_die(&mut network, &model, FeedbackWeights::Transposed);
    let found = found(&network, &inference, &input, &target);
    let (first, second) = (rows(&network, 0), rows(&network, 1));
    let s: Vec<f64> = first.iter().map(|row| row.iter().zip(&input).map(|(w, x)| w * x).sum::<f64>().tanh()).collect();
    let above: Vec<f64> =
        second.iter().zip(target).map(|(row, y)| row.iter().zip(&s).map(|(w, s)| w * s).sum::<f64>() - y).collect();
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(23);
    let mut expected: Gradients = vec![vec![]; 15];
    let mut repeated = 0;
    for _ in 0..STEPS {
        let (sent, mut scale) = own.send(&above, &mut draw);
        let d = loop {
            let [d, _] = own.receive(&transposed(&second), &sent, scale, &mut draw);
            if d.iter().all(|d| d.abs() < range * scale) {
                break d;
            }
            scale *= 2.0;
            repeated += 1;
        };
        let below: Vec<f64> = d.iter().zip(&s).map(|(d, s)| slope(*s) * d).collect();
        expected.iter_mut().zip(product(&below, &input).into_iter().chain(below)).for_each(|(all, x)| all.push(x));
    }
    assert!(repeated > 0, "nothing clips");
    assert_same_moments(&found[..15].to_vec(), &expected, "bound management");
}
