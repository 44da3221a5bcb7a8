//! What further passes over a trained network cost: time of a training step of 784-1024-1024-10, batch 100, by DP⊤ with
//! β = 0.1, against that of a single pass. Most of a further pass finds nothing new, and is not computed again.
//!
//! cargo bench --bench passes -- FOLDER    takes MNIST from there in the place of the built-in digits
use dyadsim::data::{DataConfig, DataSource, IdxConfig, IdxLocation, load};
use dyadsim::learning::Sgd;
use dyadsim::linalg::CacheLineAllocator;
use dyadsim::prelude::*;
use dyadsim::relax::schedule::Passes;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const BATCH: usize = 100;
/// Training steps of a network before its time is taken, and the rate of Adam.
const TRAINING: usize = 1200;
const TRAINING_RATE: f64 = 1e-3;
/// So small that the network stays as it is.
const RATE: f64 = 1e-9;
/// Blocks of which the fastest counts, each with a step for each of so many mini-batches.
const BLOCKS: usize = 9;
const BATCHES: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let training = match &folder {
        None => digits(20_000, 100, 1)?.train,
        Some(folder) => {
            let location = IdxLocation::Directory(folder.into());
            let source = DataSource::Idx(IdxConfig { location, input_axes: None, classes: None });
            load(&DataConfig { source, ..DataConfig::default() }, Path::new(""), 1)?.train
        }
    };
    println!(
        "Training step of 784-1024-1024-10, batch {BATCH}, trained for {TRAINING} steps; dp_transpose, beta 0.1.\n"
    );
    println!("{:<24} {:>12} {:>10} {:>10}", "network", "schedule", "step", "of 1 pass");
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    for alpha in [0.0, 0.5, 1.0] {
        compare("relu", Activation::Relu, alpha, &training)?;
    }
    compare("hard_sigmoid", Activation::HardSigmoid, 0.5, &training)?;
    compare("tanh", Activation::Tanh, 0.5, &training)
}

/// Prints the times of all schedules.
fn compare(name: &str, activation: Activation, alpha: f64, training: &Dataset) -> Result<(), Box<dyn Error>> {
    let passes = |n| Ok::<_, Box<dyn Error>>(Passes { passes: Repeats::new(n)? });
    let schedules = [
        ("fwbwK 1", Schedule::FwbwK(passes(1)?)),
        ("fwbwK 6", Schedule::FwbwK(passes(6)?)),
        ("fwK 16", Schedule::FwK(passes(16)?)),
    ];
    let nudging = Nudging { alpha: Fraction::new(alpha)?, beta: Positive::new(0.1)?, ..Nudging::default() };
    let inference = Inference::new(activation, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, nudging);
    let learner = |weights: Network, optimizer, schedule: &Schedule| {
        let settings = LearnerSettings::new(weights, inference.clone(), optimizer, BATCH);
        Learner::new(LearnerSettings { schedule: schedule.clone(), ..settings })
    };
    let units = [training.features(), 1024, 1024, training.classes()];
    let network = Network::random(&units, Initialization::HeNormal, 1)?;
    let mut trained = learner(network, Optimizer::default(), &schedules[0].1)?;
    let mut batches = (1..).flat_map(|epoch| training.batches(BATCH, 1, epoch));
    for (step, batch) in (0..).zip(batches.by_ref().take(TRAINING)) {
        train(&mut trained, batch.inputs.as_view(), batch.targets.as_view(), TRAINING_RATE, step)?;
    }
    let measured: Vec<_> = batches.take(BATCHES).collect();
    let mut learners = Vec::new();
    for (_, schedule) in &schedules {
        learners.push(learner(trained.weights.clone(), Optimizer::Sgd(Sgd::default()), schedule)?);
    }
    let mut fastest = [Duration::MAX; 3];
    let mut step = 0;
    for _ in 0..=BLOCKS {
        for (learner, fastest) in learners.iter_mut().zip(&mut fastest) {
            let start = Instant::now();
            for batch in &measured {
                train(learner, batch.inputs.as_view(), batch.targets.as_view(), RATE, step)?;
                step += 1;
            }
            *fastest = start.elapsed().min(*fastest);
        }
    }
    for ((schedule, _), time) in schedules.iter().zip(fastest) {
        let time_ms = time.as_secs_f64() * 1e3 / BATCHES as f64;
        let ratio = time.as_secs_f64() / fastest[0].as_secs_f64();
        println!("{:<24} {schedule:>12} {time_ms:>7.2} ms {ratio:>10.2}", format!("{name}, alpha {alpha}"));
    }
    Ok(())
}
