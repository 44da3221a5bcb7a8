//! A forward pass of any network in double precision, written out from the definitions of its maps.
use dyadsim::map::{AveragePool, MaxPool, Window};
use dyadsim::prelude::*;

/// Weights (row-major) and biases of every projection.
pub type Parameters = Vec<[Vec<f64>; 2]>;

/// Those of a network.
pub fn parameters(network: &Network) -> Parameters {
    let of_projection = |own: &Projection| {
        let weight = own.weight.to_matrix().transpose();
        [weight.iter().map(|&w| f64::from(w)).collect(), own.bias.iter().map(|&b| f64::from(b)).collect()]
    };
    network.projections().iter().map(of_projection).collect()
}

/// Outputs for one stimulus in the order of files; hidden units are tanh.
pub fn answer(network: &Network, parameters: &Parameters, stimulus: &[f64]) -> Vec<f64> {
    let shapes: Vec<Shape> = network.populations().iter().map(|own| own.shape).collect();
    let places = shapes[0].places();
    let channels = shapes[0].channels;
    let in_memory = |unit: usize| stimulus[unit % channels * places + unit / channels];
    let mut states: Vec<Vec<f64>> = vec![(0..stimulus.len()).map(in_memory).collect()];
    for (k, shape) in shapes.iter().enumerate().skip(1) {
        let mut drive = vec![0.0; shape.units()];
        for (own, [weight, bias]) in network.projections().iter().zip(parameters).filter(|(own, _)| own.to == k) {
            let mut reads = apply(&own.map, weight, &states[own.from]);
            let rows = bias.len();
            reads.iter_mut().enumerate().filter(|_| rows > 0).for_each(|(unit, y)| *y += bias[unit % rows]);
            if let Some(pool) = &own.pool {
                reads = largest(pool, &reads);
            }
            drive.iter_mut().zip(reads).for_each(|(sum, y)| *sum += y);
        }
        let is_output = k + 1 == shapes.len();
        states.push(drive.into_iter().map(|a| if is_output { a } else { a.tanh() }).collect());
    }
    states.pop().unwrap()
}

fn apply(map: &LinearMap, weight: &[f64], x: &[f64]) -> Vec<f64> {
    match map {
        LinearMap::Identity(_) => x.to_vec(),
        LinearMap::Dense(_) => {
            weight.chunks_exact(x.len()).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
        }
        LinearMap::Pooled(pooled) => apply(pooled.then(), weight, &means(pooled.pool(), x)),
        LinearMap::Convolution(own) => {
            let (features, columns, all) = (map.array().rows, map.array().columns, map.input().channels);
            let channels = all / own.groups();
            let mut y = vec![0.0; map.output().units()];
            for (unit, y) in y.iter_mut().enumerate() {
                let (place, feature) = (unit / features, unit % features);
                let group = feature / (features / own.groups());
                taps(own.window(), place, |tap, from| {
                    for channel in 0..channels {
                        let w = weight[feature * columns + tap * channels + channel];
                        *y += w * x[from * all + group * channels + channel];
                    }
                });
            }
            y
        }
    }
}

/// Calls `visit(tap, place of the image)` for the taps of a window that are not padding.
fn taps(window: &Window, place: usize, mut visit: impl FnMut(usize, usize)) {
    let &Window { input, output, kernel, stride, dilation, padding } = window;
    let at = [place / output[1], place % output[1]];
    for tap in 0..kernel[0] * kernel[1] {
        let taps = [tap / kernel[1], tap % kernel[1]];
        let side = |side: usize| at[side] * stride[side] + taps[side] * dilation[side];
        let inside = |n: usize| side(n) >= padding[n] && side(n) < input[n] + padding[n];
        if inside(0) && inside(1) {
            visit(tap, (side(0) - padding[0]) * input[1] + side(1) - padding[1]);
        }
    }
}

fn means(pool: &AveragePool, x: &[f64]) -> Vec<f64> {
    let channels = pool.input().channels;
    let mean = |unit: usize| {
        let mut sum = 0.0;
        taps(pool.window(), unit / channels, |_, from| sum += x[from * channels + unit % channels]);
        sum / pool.window().taps() as f64
    };
    (0..pool.output().units()).map(mean).collect()
}

fn largest(pool: &MaxPool, x: &[f64]) -> Vec<f64> {
    let channels = pool.input().channels;
    let largest = |unit: usize| {
        let mut largest = f64::NEG_INFINITY;
        taps(pool.window(), unit / channels, |_, from| largest = largest.max(x[from * channels + unit % channels]));
        largest
    };
    (0..pool.output().units()).map(largest).collect()
}

/// Loss of one answer to a one-hot target.
pub fn loss(loss: Loss, answer: &[f64], target: &[f64]) -> f64 {
    match loss {
        Loss::HalfSquaredError => answer.iter().zip(target).map(|(s, y)| 0.5 * (s - y).powi(2)).sum(),
        Loss::SigmoidCrossEntropy => answer.iter().zip(target).map(|(s, y)| (1.0 + s.exp()).ln() - y * s).sum(),
        Loss::SoftmaxCrossEntropy => {
            let sum: f64 = answer.iter().map(|s| s.exp()).sum();
            answer.iter().zip(target).map(|(s, y)| y * (sum.ln() - s)).sum()
        }
    }
}
