//! What synapses of a few levels cost: a training step against float synapses, the share of programming, and relaxing a
//! large network one stimulus at a time with packed bits. `make bench` runs it.
use dyadsim::credit::Inference;
use dyadsim::credit::{CreditRule, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::rules::SynapseRule;
use dyadsim::learning::synapses::{Packed, Pulsed, Quantised, Synapses, TrainOn, Training};
use dyadsim::learning::{Adam, Learner, LearnerSettings, Optimizer, Sgd};
use dyadsim::linalg::{CacheLineAllocator, Matrix, SignMatrix, WeightMatrix};
use dyadsim::network::{Initialization, Network};
use dyadsim::parameter::{NonNegative, ProperFraction};
use dyadsim::random::Seeds;
use dyadsim::synapse::config::SynapseConfig;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const BLOCKS: usize = 7;
const BLOCK_TIME: Duration = Duration::from_millis(300);

fn main() {
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
        pool.install(|| {
            println!("{threads} thread(s)");
            batched();
            online();
        });
    }
    train_online();
}

fn learner(weights: Network, synapses: Synapses, optimizer: Optimizer, batch_size: usize) -> Learner {
    let inference =
        Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    let settings = LearnerSettings::new(weights, inference, optimizer, batch_size);
    Learner::new(LearnerSettings { synapses, ..settings }).expect("a schedule that fits")
}

/// A network in training on random stimuli, new ones in turn.
struct Run {
    learner: Learner,
    inputs: Vec<Matrix>,
    targets: Matrix,
    rate: f64,
    steps: u64,
}

impl Run {
    fn new(learner: Learner, rate: f64) -> Self {
        let (pre, classes) = (learner.weights.units()[0], 10);
        let batch = learner.state.samples();
        let inputs = (0..8usize).map(|n| {
            Matrix::from_fn(pre, batch, |i, j| {
                let x = (i * 31 + j * 17 + n * 7) % 97;
                // Four of five inputs are dark, as in MNIST.
                if x < 20 { x as f32 / 20.0 } else { 0.0 }
            })
        });
        let targets = Matrix::from_fn(classes, batch, |i, j| if i == j % classes { 1.0 } else { 0.0 });
        Self { learner, inputs: inputs.collect(), targets, rate, steps: 0 }
    }

    fn infer(&mut self) {
        let inputs = self.inputs[self.steps as usize % 8].as_view();
        self.learner.infer(inputs, self.targets.as_view(), self.steps, None).expect("finite states");
    }

    fn step(&mut self) {
        self.infer();
        self.learner.update(self.rate, self.steps).expect("finite weights");
        self.steps += 1;
    }

    fn seconds(&mut self, mut call: impl FnMut(&mut Self)) -> f64 {
        let start = Instant::now();
        let mut calls = 0;
        while start.elapsed() < BLOCK_TIME {
            call(self);
            calls += 1;
        }
        start.elapsed().as_secs_f64() / f64::from(calls)
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const WIDE: [usize; 4] = [784, 1024, 1024, 10];

fn quantised(rule: Value, train_on: TrainOn, device: Value, optimizer: Optimizer, rate: f64) -> Run {
    let config: SynapseConfig =
        serde_json::from_value(json!({"binary": {"device": device}})).expect("settings of binary synapses");
    let rule: SynapseRule = serde_json::from_value(rule).expect("a rule");
    let mut weights = Network::random(&WIDE, Initialization::LecunNormal, 1).expect("a network");
    let training = Training { rule, train_on, latent_magnitude: None, steps_per_epoch: 600, batch_size: 100 };
    let config = config.quantised().expect("levels");
    let synapses = Synapses::Quantised(Quantised::new(&config, training, &mut weights, Seeds::default()));
    Run::new(learner(weights, synapses, optimizer, 100), rate)
}

/// Training steps of 784-1024-1024-10, batches of 100, against float synapses; blocks alternate.
fn batched() {
    println!("784-1024-1024-10, batch 100     step      float    ratio   flips/step");
    let adam = Optimizer::Adam(Adam::default());
    let ideal = json!({"conductance": {}});
    let noisy = json!({"conductance": {"on_off_ratio": 10, "on_spread": {"std": 0.2}, "write_noise_std": 0.1,
        "failed_write_probability": 0.01, "stuck_on": 0.01}});
    let published = json!({"adaste": {"mapping": {"double_well": {"form": "as_published", "mu": {"initial": 100}}}}});
    let (devices, relaxed) = (TrainOn::Devices, TrainOn::RelaxedWeights);
    for (name, rule, train_on, device) in [
        ("straight_through", json!({"straight_through": {}}), devices, &ideal),
        ("adaste", published.clone(), devices, &ideal),
        ("adaste, noisy devices", published.clone(), devices, &noisy),
        ("adaste, relaxed weights", published, relaxed, &ideal),
        ("md_tanh_s, relaxed weights", json!({"md_tanh_s": {}}), relaxed, &ideal),
        ("stochastic_flips", json!("stochastic_flips"), devices, &ideal),
    ] {
        let rate = if name == "stochastic_flips" { 1.0 } else { 0.01 };
        let mut binary = quantised(rule, train_on, device.clone(), adam, rate);
        let weights = Network::random(&WIDE, Initialization::LecunNormal, 1).expect("a network");
        let mut float = Run::new(learner(weights, Synapses::default(), adam, 100), 0.001);
        (0..100).for_each(|_| binary.step());
        binary.learner.take_writes();
        let (mut times, mut float_times, before) = (vec![], vec![], binary.steps);
        for _ in 0..BLOCKS {
            times.push(binary.seconds(Run::step));
            float_times.push(float.seconds(Run::step));
        }
        let flips: u64 = binary.learner.take_writes().iter().map(|(totals, _)| totals.flips).sum();
        let (time, float_time) = (median(times), median(float_times));
        let flips = flips as f64 / (binary.steps - before) as f64;
        println!(
            "  {name:<27} {:>7.3} ms {:>7.3} ms {:>6.2} {flips:>11.0}",
            time * 1e3,
            float_time * 1e3,
            time / float_time
        );
    }
    programming();
    let mut weights = Network::random(&WIDE, Initialization::LecunNormal, 1).expect("a network");
    let model: Value = serde_json::from_str(include_str!("../hw_models/gokmen_vlasov.json")).expect("JSON");
    let config = serde_json::from_value(model["synapses"]["pulsed"].clone()).expect("pulsed synapses");
    let pulsed = Synapses::Pulsed(Pulsed::new(&config, &mut weights, Seeds::default()));
    let mut run = Run::new(learner(weights, pulsed, adam, 100), 1.0);
    let time = median((0..3).map(|_| run.seconds(Run::step)).collect());
    println!("  pulsed devices (gokmen_vlasov), {:.1} ms a step", time * 1e3);
}

/// Writing 1 % of all synapses of noisy devices, as a share of a training step.
fn programming() {
    let device = json!({"conductance": {"on_off_ratio": 10, "on_spread": {"std": 0.2}, "write_noise_std": 0.1,
        "failed_write_probability": 0.01}});
    let config: SynapseConfig = serde_json::from_value(json!({"binary": {"device": device}})).expect("settings");
    let mut weight = WeightMatrix::zeros(1024, 1024);
    let latent = vec![1.0; weight.stride() * 1024];
    let config = config.quantised().expect("levels");
    let mut array = dyadsim::synapse::array::SynapseArray::new(&config, 1, &weight, &latent, Seeds::default());
    let places: Vec<u32> = (0..weight.stride() as u32 * 1024).step_by(100).filter(|i| i % 1040 < 1024).collect();
    let start = Instant::now();
    let steps = 200;
    for step in 0..steps {
        array.program(places.iter().map(|&i| (i, (step % 2) as u8)), step, &mut weight);
    }
    let each = start.elapsed().as_secs_f64() / (steps as f64 * places.len() as f64);
    println!("  writing a noisy synapse: {:.0} ns", each * 1e9);
}

const LARGE: [usize; 4] = [784, 8192, 8192, 10];

fn packed_weights() -> Network {
    let layers = LARGE.windows(2).map(|pair| {
        let scale = (pair[0] as f32).sqrt().recip();
        let signs = SignMatrix::from_fn(pair[1], pair[0], scale, |i, j| (i * 7919 + j * 104_729) % 13 < 6);
        (WeightMatrix::from_signs(signs), nalgebra::DVector::zeros(pair[1]))
    });
    Network::chain(layers.collect()).expect("layers that fit")
}

/// Relaxing the states of 784-8192-8192-10 for one stimulus, with packed and with float weights.
fn online() {
    let sgd = Optimizer::Sgd(Sgd { momentum: ProperFraction::constant(0.0), weight_decay: NonNegative::default() });
    let weights = packed_weights();
    let bits = Synapses::Packed(Packed::of_packed(&weights, 1, 1));
    let mut packed = Run::new(learner(weights, bits, sgd, 1), 0.0);
    let signs = packed_weights();
    let dense = signs
        .projections()
        .iter()
        .map(|layer| (WeightMatrix::from_matrix(&layer.weight.to_matrix()), layer.bias.clone()));
    let dense = Network::chain(dense.collect()).expect("layers that fit");
    let mut float = Run::new(learner(dense, Synapses::default(), sgd, 1), 0.0);
    let (mut packed_times, mut float_times) = (vec![], vec![]);
    for _ in 0..BLOCKS {
        packed_times.push(packed.seconds(Run::infer));
        float_times.push(float.seconds(Run::infer));
    }
    let (packed, float) = (median(packed_times), median(float_times));
    println!("784-8192-8192-10, batch 1: relaxing the states");
    println!(
        "  packed bits {:.2} ms, float weights {:.2} ms, ratio {:.1}\n",
        packed * 1e3,
        float * 1e3,
        float / packed
    );
}

/// Training steps of the large network by flips, and the largest memory that this process has used.
fn train_online() {
    let sgd = Optimizer::Sgd(Sgd { momentum: ProperFraction::constant(0.0), weight_decay: NonNegative::default() });
    let weights = packed_weights();
    let synapses = Synapses::Packed(Packed::of_packed(&weights, 1, 1));
    let mut run = Run::new(learner(weights, synapses, sgd, 1), 0.1);
    let time = median((0..3).map(|_| run.seconds(Run::step)).collect());
    let relax = median((0..3).map(|_| run.seconds(Run::infer)).collect());
    println!(
        "784-8192-8192-10, batch 1, trained by stochastic_flips: {:.2} ms a step, {:.2} ms of it relaxing",
        time * 1e3,
        relax * 1e3
    );
}
