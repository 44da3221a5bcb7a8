//! What further passes over a trained network cost: time of a training step of 784-1024-1024-10 and of convolutional
//! networks, batch 100, by DP⊤ with β = 0.1, against that of a single pass. Most of a further pass finds nothing new, and is
//! not computed again.
//!
//! cargo bench --bench passes -- FOLDER    takes MNIST from there in the place of the built-in digits
//! cargo bench --bench passes -- FOLDER cnn    convolutional networks alone
//! cargo bench --bench passes -- FOLDER vgg16    VGG16 at its full width alone (a quarter of an hour)
use dyadsim::data::{DataConfig, DataSource, IdxConfig, IdxLocation, load};
use dyadsim::learning::Sgd;
use dyadsim::linalg::CacheLineAllocator;
use dyadsim::map::{MaximaSettings, Shape};
use dyadsim::network::{Architecture, Model};
use dyadsim::prelude::*;
use dyadsim::relax::schedule::Passes;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const BATCH: usize = 100;
/// Training steps of a dense network before its time is taken, and the rate of Adam.
const TRAINING: usize = 1200;
const TRAINING_RATE: f64 = 1e-3;
/// So small that the network stays as it is.
const RATE: f64 = 1e-9;
/// Blocks of which the fastest counts, each with a step for each of so many mini-batches.
const BLOCKS: usize = 5;
const BATCHES: usize = 4;

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
    println!("Training step, batch {BATCH}, of a trained network; dp_transpose, beta 0.1.\n");
    println!("{:<28} {:>9} {:>12} {:>10} {:>10}", "network, alpha", "right", "schedule", "step", "of 1 pass");
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let images = Shape { channels: 1, rows: 28, columns: 28 };
    let asked = |network: &str| std::env::args().any(|argument| argument == network);
    let small = [
        ("mini_cnn, untrained", Model::MiniCnn, 1.0, 0),
        ("mini_cnn", Model::MiniCnn, 1.0, 200),
        ("vgg16 / 4, untrained", Model::Vgg16, 0.25, 0),
        ("vgg16 / 4", Model::Vgg16, 0.25, 400),
    ];
    let large = [("vgg16", Model::Vgg16, 1.0, 200)];
    for &(name, model, width, steps) in if asked("vgg16") { &large[..] } else { &small } {
        let layers = model.layers(images, width);
        let architecture = Architecture::new(images, &layers, Some(training.classes()), MaximaSettings::default())?;
        let network = architecture.random(Initialization::HeNormal, 1)?;
        compare(name, network, steps, Activation::Relu, 0.5, &training)?;
    }
    if asked("cnn") || asked("vgg16") {
        return Ok(());
    }
    let units = [training.features(), 1024, 1024, training.classes()];
    let dense = || Network::random(&units, Initialization::HeNormal, 1);
    for alpha in [0.0, 0.5, 1.0] {
        compare("1024-1024, relu", dense()?, TRAINING, Activation::Relu, alpha, &training)?;
    }
    compare("1024-1024, hard_sigmoid", dense()?, TRAINING, Activation::HardSigmoid, 0.5, &training)?;
    compare("1024-1024, tanh", dense()?, TRAINING, Activation::Tanh, 0.5, &training)
}

/// Trains a network for so many steps, and prints the times of all schedules.
fn compare(
    name: &str,
    network: Network,
    training_steps: usize,
    activation: Activation,
    alpha: f64,
    training: &Dataset,
) -> Result<(), Box<dyn Error>> {
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
    let mut trained = learner(network, Optimizer::default(), &schedules[0].1)?;
    let mut batches = (1..).flat_map(|epoch| training.batches(BATCH, 1, epoch));
    for (step, batch) in (0..).zip(batches.by_ref().take(training_steps)) {
        train(&mut trained, batch.inputs.as_view(), batch.targets.as_view(), TRAINING_RATE, step)?;
    }
    let measured: Vec<_> = batches.take(BATCHES).collect();
    let right = right(&mut trained, &measured);
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
        let name = format!("{name}, {alpha}");
        println!("{name:<28} {right:>9.3} {schedule:>12} {time_ms:>7.2} ms {ratio:>10.2}");
    }
    Ok(())
}

/// Share of the samples of these mini-batches of which the network names the class.
fn right(learner: &mut Learner, batches: &[MiniBatch]) -> f64 {
    let mut right = 0;
    for batch in batches {
        let Learner { inference, weights, state, .. } = learner;
        inference.forward(weights, batch.inputs.as_view(), state);
        let columns = state.outputs().mean.column_iter().zip(batch.targets.column_iter());
        right += columns.filter(|(output, target)| output.imax() == target.imax()).count();
    }
    right as f64 / (BATCH * batches.len()) as f64
}
