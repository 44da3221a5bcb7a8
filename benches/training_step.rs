//! Time of one training step (inference, local gradient, SGD with momentum) against the machine's matrix-multiply
//! peak measured in the same run. `make bench` runs it.
mod chips;

use chips::chips;
use dyadsim::credit::Inference;
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd};
use dyadsim::linalg::{CacheLineAllocator, Matrix, multiply};
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::parameter::Repeats;
use dyadsim::random::Seeds;
use dyadsim::relax::schedule::{Passes, Schedule};
use dyadsim::substrate::DieConfig;
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

/// Blocks of which the median counts, and how long each lasts at least.
const BLOCKS: usize = 7;
const BLOCK_TIME: Duration = Duration::from_millis(300);

/// So small that the network stays as it is: one that has learnt its only batch has errors of zero.
const RATE: f64 = 1e-9;

fn main() {
    println!(
        "Training step: inference with dp_transpose (fwbwK 1), local gradient, SGD with momentum; single precision."
    );
    println!("Share of peak: arithmetic of the products made / time / peak of a 1024 x 1024 x 1024 product.\n");
    let threads_available = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, 2] {
        if threads > threads_available {
            println!("{threads} threads: this machine has only {threads_available}");
            continue;
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
        pool.install(|| {
            let peak = peak_flops(threads);
            println!("{threads} thread(s), peak {:.0} GFLOP/s", peak / 1e9);
            println!("{:<34} {:>12} {:>14} {:>10}", "network, batch", "step", "arithmetic", "of peak");
            for (units, batch) in [
                (&[784, 128, 128, 10][..], 50),
                (&[784, 1024, 1024, 10], 100),
                (&[784, 1000, 1000, 1000, 1000, 10], 100),
            ] {
                let (time, flops) = training_step(units, batch);
                println!(
                    "{:<34} {:>9.3} ms {:>8.3} GFLOP {:>10.2}",
                    network_name(units, batch),
                    time * 1e3,
                    flops / 1e9,
                    flops / time / peak
                );
            }
            println!();
            compare_with_ideal();
        });
    }
}

/// One training step on a chip with everything on, against the same step on ideal hardware. Blocks alternate, so that
/// both see the same machine.
fn compare_with_ideal() {
    println!("{:<24} {:<44} {:>10} {:>10} {:>7}", "network, batch", "hardware", "ideal", "analog", "ratio");
    for (units, batch) in [(&[784, 128, 128, 10][..], 50), (&[784, 1024, 1024, 10], 100)] {
        for (name, config) in chips() {
            let mut ideal = training(units, batch, None);
            let mut analog = training(units, batch, Some(&config));
            let (mut ideal_times, mut analog_times) = (vec![], vec![]);
            for _ in 0..BLOCKS {
                ideal_times.push(mean_time(&mut ideal));
                analog_times.push(mean_time(&mut analog));
            }
            let (ideal, analog) = (median(ideal_times), median(analog_times));
            println!(
                "{:<24} {name:<44} {:>7.3} ms {:>7.3} ms {:>7.2}",
                network_name(units, batch),
                ideal * 1e3,
                analog * 1e3,
                analog / ideal
            );
        }
    }
    println!();
}

/// One pass; what more of them cost depends on what still moves (`benches/passes.rs`).
fn one_pass() -> Schedule {
    Schedule::FwbwK(Passes { passes: Repeats::constant(1) })
}

fn network_name(units: &[usize], batch: usize) -> String {
    format!("{}, {batch}", units.iter().map(usize::to_string).collect::<Vec<_>>().join("-"))
}

/// One network in training on its only batch.
struct Training {
    learner: Learner,
    inputs: Matrix,
    targets: Matrix,
    steps: u64,
}

impl Training {
    fn step(&mut self) {
        let (inputs, targets) = (self.inputs.as_view(), self.targets.as_view());
        self.learner.infer(inputs, targets, self.steps, None).expect("finite states");
        self.learner.update(RATE, self.steps).expect("finite weights");
        self.steps += 1;
    }
}

fn training(units: &[usize], batch: usize, chip: Option<&DieConfig>) -> Training {
    let mut inference =
        Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    let mut weights = Network::random(units, Initialization::LecunNormal, 1).expect("a network");
    if let Some(config) = chip {
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        inference = inference.on_die(config, &mut weights, feedback, initialization, Seeds::default());
    }
    let settings = LearnerSettings::new(weights, inference, Optimizer::Sgd(Sgd::default()), batch);
    let learner = Learner::new(LearnerSettings { schedule: one_pass(), ..settings }).expect("a schedule that fits");
    let classes = *units.last().expect("outputs");
    let inputs = Matrix::from_fn(units[0], batch, |i, j| ((i * 31 + j * 17) % 97) as f32 / 97.0);
    let targets = Matrix::from_fn(classes, batch, |i, j| if i == j % classes { 1.0 } else { 0.0 });
    Training { learner, inputs, targets, steps: 0 }
}

/// Seconds and floating-point operations of one step.
fn training_step(units: &[usize], batch: usize) -> (f64, f64) {
    let mut training = training(units, batch, None);
    training.step();
    let before = training.learner.state.product_flops;
    training.step();
    let gradient_flops: usize = units.windows(2).map(|w| 2 * w[0] * w[1] * batch).sum();
    let flops = (training.learner.state.product_flops - before) as f64 + gradient_flops as f64;
    (median((0..BLOCKS).map(|_| mean_time(&mut training)).collect()), flops)
}

/// Seconds per step over a block.
fn mean_time(training: &mut Training) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < BLOCK_TIME {
        training.step();
        calls += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Floating-point operations per second of large square products, one on every thread.
fn peak_flops(threads: usize) -> f64 {
    let n = 1024;
    let a = Matrix::from_fn(n, n, |i, j| ((i + 3 * j) % 11) as f32 * 0.1);
    let mut products = vec![Matrix::zeros(n, n); threads];
    let time = median_time(|| {
        products.par_iter_mut().for_each(|c| multiply(c.as_view_mut(), a.as_view(), a.as_view()));
    });
    (2 * n * n * n * threads) as f64 / time
}

/// Median over blocks of the mean time of a call.
fn median_time(mut call: impl FnMut()) -> f64 {
    call();
    let mut times: Vec<f64> = (0..BLOCKS)
        .map(|_| {
            let start = Instant::now();
            let mut calls = 0;
            while start.elapsed() < BLOCK_TIME {
                call();
                calls += 1;
            }
            start.elapsed().as_secs_f64() / f64::from(calls)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[BLOCKS / 2]
}
