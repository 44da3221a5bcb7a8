//! Time of the inference of a lifted network (to a residual of 1e-3, from a forward pass, with everything that is made again for
//! an update of the weights) against a training step of dyads of the same size: by projected gradient, and in the local form, in which
//! every unit relaxes on its own. `make bench` runs it.
use dyadsim::credit::Inference;
use dyadsim::credit::lifted::blocks::Blocks;
use dyadsim::credit::lifted::solve::{Solver, Top};
use dyadsim::credit::lifted::{LiftedConfig, LiftedEnergy, LiftedInference, LocalInference, Reconstruction};
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd};
use dyadsim::linalg::{CacheLineAllocator, Matrix};
use dyadsim::network::{Initialization, Network};
use dyadsim::parameter::{AtLeastOne, Repeats};
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Passes, Schedule};
use dyadsim::substrate::Substrate;
use std::time::{Duration, Instant};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const UNITS: [usize; 4] = [784, 512, 512, 10];
const BATCH: usize = 100;
/// Blocks of which the median counts, and how long each lasts at least.
const BLOCKS: usize = 7;
const BLOCK_TIME: Duration = Duration::from_millis(300);
/// So small that the network stays as it is.
const RATE: f64 = 1e-9;

fn main() {
    println!("784-512-512-10, batch 100: inference of a lifted network to a residual of 1e-3 / training step of dyads");
    println!("(dp_transpose, 1 pass, SGD with momentum). The Gram matrices, made once an update, are counted in.\n");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
        pool.install(|| compare(threads));
    }
}

fn compare(threads: usize) {
    let weights = Network::random(&UNITS, Initialization::LecunNormal, 1).expect("a network");
    let inputs = Matrix::from_fn(UNITS[0], BATCH, |i, j| ((i * 31 + j * 17) % 97) as f32 / 97.0);
    let targets = Matrix::from_fn(10, BATCH, |i, j| if i == j % 10 { 1.0 } else { 0.0 });
    let rule = |rule| Inference::new(Activation::Relu, Loss::HalfSquaredError, rule, Nudging::default());
    let settings =
        LearnerSettings::new(weights.clone(), rule(CreditRule::DpTranspose), Optimizer::Sgd(Sgd::default()), BATCH);
    let schedule = Schedule::FwbwK(Passes { passes: Repeats::constant(1) });
    let mut dyads = Learner::new(LearnerSettings { schedule, ..settings }).expect("a schedule that fits");
    let mut step = 0;
    let mut dyad_step = || {
        dyads.infer(inputs.as_view(), targets.as_view(), step, None).expect("finite states");
        dyads.update(RATE, step).expect("finite weights");
        step += 1;
    };
    for rho in [1.0, 1.25, 2.0] {
        let energy = LiftedEnergy::Lrrn(Reconstruction::Lipschitz(AtLeastOne::constant(rho)));
        let config = LiftedConfig { energy, ..LiftedConfig::default() };
        let lifted = config.resolve(3, Activation::Relu, 1);
        let forward = rule(CreditRule::Backprop);
        let mut state = NetworkState::zeros(&weights, BATCH, &Substrate::Ideal);
        let mut passes = 0;
        let mut relax = || {
            forward.forward(&weights, inputs.as_view(), &mut state);
            let mut z = vec![inputs.clone()];
            z.extend(state.dyads().iter().map(|layer| layer.mean.clone()));
            let blocks = Blocks::new(&lifted, &weights);
            let solution = Solver { lifted: &lifted, network: &weights, blocks: &blocks }.solve(&mut z, Top::Free);
            assert!(solution.residual < 1e-3, "stopped at {}", solution.residual);
            passes = solution.passes;
        };
        let local = LiftedConfig { inference: LiftedInference::Local(LocalInference::default()), ..config };
        let local = Inference::lifted(Loss::HalfSquaredError, local.resolve(3, Activation::Relu, 1));
        let mut local_state = NetworkState::zeros(&weights, BATCH, &Substrate::Ideal);
        let mut relax_units = || local.forward(&weights, inputs.as_view(), &mut local_state);
        let (mut dyad_times, mut lifted_times, mut local_times) = (vec![], vec![], vec![]);
        for _ in 0..BLOCKS {
            dyad_times.push(mean_time(&mut dyad_step));
            lifted_times.push(mean_time(&mut relax));
            local_times.push(mean_time(&mut relax_units));
        }
        let (dyads, lifted, local) = (median(dyad_times), median(lifted_times), median(local_times));
        println!(
            "{threads} thread(s), layers bounded by {rho:<4}: {:>7.2} ms in {passes:>2} passes / {:.2} ms = {:.1}; local {:>7.2} ms = {:.1}",
            1e3 * lifted,
            1e3 * dyads,
            lifted / dyads,
            1e3 * local,
            local / dyads
        );
    }
}

/// Seconds per call over a block.
fn mean_time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < BLOCK_TIME {
        call();
        calls += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
