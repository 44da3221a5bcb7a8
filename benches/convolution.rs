//! Time of one training step of convolutional networks, against the matrix-multiply peak measured in the same run.
mod chips;

use chips::chips;
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd, train};
use dyadsim::linalg::{CacheLineAllocator, Matrix, multiply};
use dyadsim::map::{MaximaSettings, Shape};
use dyadsim::network::{Architecture, FeedbackWeights, Initialization, Layer, Model};
use dyadsim::parameter::Repeats;
use dyadsim::random::Seeds;
use dyadsim::relax::schedule::{Passes, Schedule};
use dyadsim::substrate::DieConfig;
use rayon::prelude::*;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

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
                    if passes > 1 && (*steps == 1 || threads == 1) {
                        continue;
                    }
                    let (time, flops) = training_step(*shape, layers, passes, *steps);
                    let share = flops / time / peak;
                    println!("{name:<24} {rule:>20} {:>9.2} ms {:>8.2} GFLOP {share:>10.2}", time * 1e3, flops / 1e9);
                }
            }
            println!();
            compare_with_ideal(cifar, &networks[1].2);
        });
    }
}

/// A training step of the second network on chips with more and more switched on, against the same on ideal hardware, in
/// alternating blocks.
fn compare_with_ideal(shape: Shape, layers: &[Layer]) {
    println!("{:<10} {:<50} {:>12} {:>12} {:>7}", "network", "hardware", "ideal", "analog", "ratio");
    for (name, chip) in chips() {
        let mut ideal = Training::new(shape, layers, 1, None);
        let mut analog = Training::new(shape, layers, 1, Some(&chip));
        let (mut ideal_times, mut analog_times) = (vec![], vec![]);
        for _ in 0..BLOCKS {
            ideal_times.push(ideal.time(2));
            analog_times.push(analog.time(1));
        }
        let (ideal, analog) = (median(ideal_times), median(analog_times));
        println!(
            "{:<10} {name:<50} {:>9.2} ms {:>9.2} ms {:>7.2}",
            "mini_cnn",
            ideal * 1e3,
            analog * 1e3,
            analog / ideal
        );
    }
    println!();
}

/// One network in training on its only batch.
struct Training {
    learner: Learner,
    inputs: Matrix,
    targets: Matrix,
    steps: u64,
}

impl Training {
    fn new(shape: Shape, layers: &[Layer], passes: usize, chip: Option<&DieConfig>) -> Self {
        let architecture = Architecture::new(shape, layers, Some(10), MaximaSettings::default()).expect("a network");
        let mut network = architecture.random(Initialization::LecunNormal, 1).expect("weights");
        let rule = if passes == 0 { CreditRule::Backprop } else { CreditRule::DpTranspose };
        let mut inference = Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, rule, Nudging::default());
        if let Some(config) = chip {
            let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
            inference = inference.on_die(config, &mut network, feedback, initialization, Seeds::default());
        }
        let settings = LearnerSettings::new(network, inference, Optimizer::Sgd(Sgd::default()), BATCH);
        let passes = Passes { passes: Repeats::new(passes.max(1)).expect("a few") };
        let schedule = if passes.passes.get() == 1 { Schedule::FwbwK(passes) } else { Schedule::FwK(passes) };
        let learner = Learner::new(LearnerSettings { schedule, ..settings }).expect("a learner");
        let inputs = Matrix::from_fn(shape.units(), BATCH, |i, j| ((i * 31 + j * 17) % 101) as f32 / 50.0 - 1.0);
        let targets = Matrix::from_fn(10, BATCH, |i, j| if j % 10 == i { 1.0 } else { 0.0 });
        let mut training = Self { learner, inputs, targets, steps: 0 };
        training.step();
        training
    }

    fn step(&mut self) {
        let (inputs, targets) = (self.inputs.as_view(), self.targets.as_view());
        train(&mut self.learner, inputs, targets, RATE, self.steps).expect("finite numbers");
        self.steps += 1;
    }

    /// Seconds of a step, over so many.
    fn time(&mut self, steps: usize) -> f64 {
        let start = Instant::now();
        (0..steps).for_each(|_| self.step());
        start.elapsed().as_secs_f64() / steps as f64
    }
}

/// Seconds and floating-point operations of one step.
fn training_step(shape: Shape, layers: &[Layer], passes: usize, steps: usize) -> (f64, f64) {
    let mut training = Training::new(shape, layers, passes, None);
    let time = median((0..BLOCKS).map(|_| training.time(steps)).collect());
    let before = training.learner.state.product_flops;
    training.step();
    let products = training.learner.state.product_flops - before;
    let gradient: u64 = training.learner.weights.graph().routes().iter().map(|own| own.map.flops(BATCH)).sum();
    (time, (products + gradient) as f64)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
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
