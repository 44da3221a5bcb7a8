//! Time of one training step of convolutional networks, against the matrix-multiply peak measured in the same run.
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd, train};
use dyadsim::linalg::{Matrix, multiply};
use dyadsim::map::{MaximaSettings, Shape};
use dyadsim::network::{Architecture, Initialization, Layer, Model};
use dyadsim::parameter::Repeats;
use dyadsim::relax::schedule::{Passes, Schedule};
use rayon::prelude::*;
use std::time::Instant;

/// Blocks of which the median counts.
const BLOCKS: usize = 5;
/// So small that the network stays as it is.
const RATE: f64 = 1e-9;
const BATCH: usize = 100;

fn main() {
    println!("Training step of convolutional networks, batch {BATCH}; SGD with momentum; single precision.\n");
    let cifar = Shape { channels: 3, rows: 32, columns: 32 };
    let digits = Shape { channels: 1, rows: 28, columns: 28 };
    let text = r#"[{"convolution": {"features": 20, "kernel": 5}}, {"max_pool": {"window": 2}},
        {"convolution": {"features": 50, "kernel": 5}}, {"max_pool": {"window": 2}}, {"dense": {"units": 500}}]"#;
    let lenet: Vec<Layer> = serde_json::from_str(text).expect("layers");
    let networks = [
        ("5x5 20-M-50-M-500-10", digits, lenet, 5),
        ("mini_cnn", cifar, Model::MiniCnn.layers(cifar, 1.0), 3),
        ("vgg16", cifar, Model::Vgg16.layers(cifar, 1.0), 1),
    ];
    let only = std::env::args().nth(1).filter(|name| !name.starts_with('-'));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
        pool.install(|| {
            let peak = peak_flops(threads);
            println!("{threads} thread(s), peak {:.0} GFLOP/s", peak / 1e9);
            println!("{:<24} {:>20} {:>12} {:>14} {:>10}", "network", "rule", "step", "arithmetic", "of peak");
            for (name, shape, layers, steps) in &networks {
                if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
                    continue;
                }
                for (rule, passes) in [("backprop", 0), ("dp_transpose fwbwK1", 1), ("dp_transpose fwK6", 6)] {
                    if (*steps == 1 && passes > 1) || (passes > 1 && threads == 1) {
                        continue;
                    }
                    let (time, flops) = training_step(*shape, layers, passes, *steps);
                    let share = flops / time / peak;
                    println!("{name:<24} {rule:>20} {:>9.2} ms {:>8.2} GFLOP {share:>10.2}", time * 1e3, flops / 1e9);
                }
            }
            println!();
        });
    }
}

fn training_step(shape: Shape, layers: &[Layer], passes: usize, steps: usize) -> (f64, f64) {
    let architecture = Architecture::new(shape, layers, Some(10), MaximaSettings::default()).expect("a network");
    let network = architecture.random(Initialization::LecunNormal, 1).expect("weights");
    let rule = if passes == 0 { CreditRule::Backprop } else { CreditRule::DpTranspose };
    let inference = Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, rule, Nudging::default());
    let optimizer = Optimizer::Sgd(Sgd::default());
    let mut settings = LearnerSettings::new(network, inference, optimizer, BATCH);
    let passes = Passes { passes: Repeats::new(passes.max(1)).expect("a few") };
    settings.schedule = if passes.passes.get() == 1 { Schedule::FwbwK(passes) } else { Schedule::FwK(passes) };
    let mut learner = Learner::new(settings).expect("a learner");
    let inputs = Matrix::from_fn(shape.units(), BATCH, |i, j| ((i * 31 + j * 17) % 101) as f32 / 50.0 - 1.0);
    let targets = Matrix::from_fn(10, BATCH, |i, j| if j % 10 == i { 1.0 } else { 0.0 });
    let mut step = 0;
    let mut one = || {
        train(&mut learner, inputs.as_view(), targets.as_view(), RATE, step).expect("finite numbers");
        step += 1;
    };
    one();
    let mut times: Vec<f64> = (0..BLOCKS)
        .map(|_| {
            let start = Instant::now();
            (0..steps).for_each(|_| one());
            start.elapsed().as_secs_f64() / steps as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let before = learner.state.product_flops;
    train(&mut learner, inputs.as_view(), targets.as_view(), RATE, 99).expect("finite numbers");
    let products = learner.state.product_flops - before;
    let gradient: u64 = architecture.routes().iter().map(|route| route.map.flops(BATCH)).sum();
    (times[BLOCKS / 2], (products + gradient) as f64)
}

/// Peak of a 1024 × 1024 × 1024 product on every thread.
fn peak_flops(threads: usize) -> f64 {
    const N: usize = 1024;
    let a = Matrix::from_element(N, N, 0.5);
    let time = |_| {
        let start = Instant::now();
        (0..threads).into_par_iter().for_each(|_| {
            let mut c = Matrix::zeros(N, N);
            (0..4).for_each(|_| multiply(c.as_view_mut(), a.as_view(), a.as_view()));
            std::hint::black_box(&c);
        });
        start.elapsed().as_secs_f64()
    };
    let best = (0..5).map(time).fold(f64::INFINITY, f64::min);
    (threads * 4 * 2 * N * N * N) as f64 / best
}
