//! The training steps of `make bench-peers`, in alternation with those of other programs: takes an experiment and, line by
//! line from its standard input, for how many seconds to train; answers each with the seconds of a step.
use dyadsim::config::Setup;
use dyadsim::learning::train;
use dyadsim::linalg::{CacheLineAllocator, Matrix};
use dyadsim::run::untrained;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;
use std::time::Instant;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

/// What to train, as JSON in the argument after `--job`.
#[derive(Deserialize)]
struct Job {
    experiment: PathBuf,
    sample_shape: Vec<usize>,
    batch: usize,
    threads: usize,
}

const CLASSES: usize = 10;
/// Mini-batches that are trained on in turn.
const BATCHES: usize = 8;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Some(job) = std::env::args().skip_while(|argument| argument != "--job").nth(1) else {
        println!("benches/peers.rs: run by `make bench-peers`");
        return Ok(());
    };
    let job: Job = serde_json::from_str(&job)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.threads).build()?;
    pool.install(|| serve(&job))
}

/// Trains block by block, in the threads of the pool.
fn serve(job: &Job) -> Result<(), Box<dyn Error + Send + Sync>> {
    let setup = Setup::load(&job.experiment, &[])?;
    let mut learner = untrained(&setup, &job.sample_shape, CLASSES, job.batch, 600)?;
    let features = job.sample_shape.iter().product();
    let mut random = StdRng::seed_from_u64(1);
    let mut inputs = || Matrix::from_fn(features, job.batch, |_, _| random.random());
    let inputs: Vec<_> = (0..BATCHES).map(|_| inputs()).collect();
    let targets = Matrix::from_fn(CLASSES, job.batch, |i, j| if i == j % CLASSES { 1.0 } else { 0.0 });
    let (rate, mut steps) = (setup.experiment.training.rate.get(), 0);
    let mut step = || {
        let batch = inputs[steps as usize % BATCHES].as_view();
        steps += 1;
        train(&mut learner, batch, targets.as_view(), rate, steps - 1)
    };
    step()?;
    answer("ready")?;
    for line in stdin().lock().lines() {
        let seconds: f64 = line?.trim().parse()?;
        let (start, mut count) = (Instant::now(), 0);
        while count == 0 || start.elapsed().as_secs_f64() < seconds {
            step()?;
            count += 1;
        }
        answer(&format!("{:e}", start.elapsed().as_secs_f64() / f64::from(count)))?;
    }
    Ok(())
}

/// Tells the driver.
fn answer(line: &str) -> std::io::Result<()> {
    println!("{line}");
    stdout().flush()
}
