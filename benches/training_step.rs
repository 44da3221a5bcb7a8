//! Time of one training step (inference, local gradient, SGD with momentum) against the machine's matrix-multiply
//! peak measured in the same run. `make bench` runs it.
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd};
use dyadsim::linalg::{Matrix, multiply};
use dyadsim::network::credit_rule::{CreditRule, Nudging};
use dyadsim::network::inference::Inference;
use dyadsim::network::loss::Loss;
use dyadsim::network::schedule::{Passes, Schedule, Start};
use dyadsim::network::{Activation, FeedbackWeights, Initialization, Weights};
use dyadsim::parameter::Repeats;
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Blocks of which the median counts, and how long each lasts at least.
const BLOCKS: usize = 7;
const BLOCK_TIME: Duration = Duration::from_millis(300);

/// So small that the network stays as it is: one that has learnt its only batch has errors of zero.
const RATE: f64 = 1e-9;

fn main() {
    println!("Training step: inference with dp_transpose, local gradient, SGD with momentum; single precision.");
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
            println!(
                "{:<24} {:>10} {:>12} {:>14} {:>10}",
                "network, batch", "schedule", "step", "arithmetic", "of peak"
            );
            for (units, batch) in [
                (&[784, 128, 128, 10][..], 50),
                (&[784, 1024, 1024, 10], 100),
                (&[784, 1000, 1000, 1000, 1000, 10], 100),
            ] {
                for (name, schedule) in schedules() {
                    let (time, flops) = training_step(units, batch, schedule);
                    println!(
                        "{:<24} {:>10} {:>9.3} ms {:>8.3} GFLOP {:>10.2}",
                        network_name(units, batch),
                        name,
                        time * 1e3,
                        flops / 1e9,
                        flops / time / peak
                    );
                }
            }
            println!();
        });
    }
}

fn schedules() -> [(&'static str, Schedule); 3] {
    let passes = |n| Passes { passes: Repeats::new(n).expect("at least one pass") };
    [
        ("fwbwK 1", Schedule::FwbwK(passes(1))),
        ("fwbwK 6", Schedule::FwbwK(passes(6))),
        ("fwK 16", Schedule::FwK(passes(16))),
    ]
}

fn network_name(units: &[usize], batch: usize) -> String {
    format!("{}, {batch}", units.iter().map(usize::to_string).collect::<Vec<_>>().join("-"))
}

/// Seconds and floating-point operations of one step.
fn training_step(units: &[usize], batch: usize, schedule: Schedule) -> (f64, f64) {
    let inference = Inference {
        activation: Activation::Relu,
        loss: Loss::SoftmaxCrossEntropy,
        rule: CreditRule::DpTranspose,
        nudging: Nudging::default(),
        start: Start::Forward,
        damping: vec![],
        chip: None,
    };
    let mut learner = Learner::new(LearnerSettings {
        weights: Weights::random(units, Initialization::LecunNormal, 1).expect("a network"),
        inference,
        schedule,
        optimizer: Optimizer::Sgd(Sgd::default()),
        batch_size: batch,
        noise_seed: 1,
        dt_s: None,
        feedback_weights: FeedbackWeights::Transposed,
        watch_divergence: true,
    })
    .expect("a schedule that fits");
    let classes = *units.last().expect("outputs");
    let inputs = Matrix::from_fn(units[0], batch, |i, j| ((i * 31 + j * 17) % 97) as f32 / 97.0);
    let targets = Matrix::from_fn(classes, batch, |i, j| if i == j % classes { 1.0 } else { 0.0 });
    let step = |learner: &mut Learner| {
        learner.infer(inputs.as_view(), targets.as_view(), 0, None).expect("finite states");
        learner.update(inputs.as_view(), RATE, 0).expect("finite weights");
    };
    step(&mut learner);
    let before = learner.state.product_flops;
    step(&mut learner);
    let gradient_flops: usize = units.windows(2).map(|w| 2 * w[0] * w[1] * batch).sum();
    let flops = (learner.state.product_flops - before) as f64 + gradient_flops as f64;
    (median_time(|| step(&mut learner)), flops)
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
