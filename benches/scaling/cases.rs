//! What is made larger, and one measurement of it.
use dyadsim::config::{Hardware, Setup, SourceFiles};
use dyadsim::credit::{CreditRule, Inference, Nudging};
use dyadsim::data::Datasets;
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::learning::{Learner, LearnerSettings, Optimizer, Sgd, train};
use dyadsim::linalg::Matrix;
use dyadsim::network::{FeedbackWeights, Initialization, Network};
use dyadsim::random::Seeds;
use dyadsim::run::{Interrupt, RunFolder, RunOptions, run};
use dyadsim::substrate::DieConfig;
use dyadsim::sweep::{ExecuteOptions, Plan, Shard, SweepFolder, check, execute, merge};
use serde_json::{Value, json};
use std::path::Path;

/// Something that can be made larger.
pub struct Axis {
    pub name: &'static str,
    /// What else there is.
    pub setting: &'static str,
    pub sizes: &'static [usize],
    /// Power of the size that the cost should grow with at most.
    pub power: f64,
    /// Whether it is measured on a chip as well as on ideal hardware.
    pub on_chip: bool,
    /// What one of these sizes costs on a chip, or on ideal hardware.
    pub measure: fn(usize, bool) -> Cost,
}

/// What a size costs.
#[derive(Default)]
pub struct Cost {
    /// Of processor time.
    pub seconds: f64,
    /// Bytes of what is written.
    pub written: f64,
}

pub const AXES: [Axis; 5] = [
    Axis {
        name: "units",
        setting: "n-n-n-10, batch 50: a training step",
        sizes: &[32, 64, 128, 256, 512, 1024, 2048],
        power: 2.0,
        on_chip: true,
        measure: |n, chip| step(&[n, n, n, 10], 50, chip),
    },
    Axis {
        name: "layers",
        setting: "256 units in each, batch 50: a training step",
        sizes: &[1, 2, 4, 8, 16, 32],
        power: 1.0,
        on_chip: true,
        measure: |n, chip| step(&[&vec![256; n + 1][..], &[10]].concat(), 50, chip),
    },
    Axis {
        name: "batch",
        setting: "512-512-512-10: a training step",
        sizes: &[8, 16, 32, 64, 128, 256, 512, 1024],
        power: 1.0,
        on_chip: true,
        measure: |n, chip| step(&[512, 512, 512, 10], n, chip),
    },
    Axis {
        name: "samples recorded",
        setting: "64-256-256-10, batch 500, states at each of 40 steps: a run",
        sizes: &[5, 10, 20, 50, 100, 200, 500],
        power: 1.0,
        on_chip: false,
        measure: |n, _| recorded(n),
    },
    Axis {
        name: "points of a sweep",
        setting: "64-16-10, one epoch of 500 digits: plan and all runs",
        sizes: &[10, 20, 50, 100, 200, 500, 1000],
        power: 1.0,
        on_chip: false,
        measure: |n, _| sweep(n),
    },
];

/// Shortest processor time that steps are taken for, and how often; the shortest counts, as another program can only add to it.
const BLOCK_S: f64 = 0.5;
const BLOCKS: usize = 3;
/// So small that the network stays as it is.
const RATE: f64 = 1e-9;

fn step(units: &[usize], batch: usize, chip: bool) -> Cost {
    let mut network = Network::random(units, Initialization::LecunNormal, 1).expect("a network");
    let mut inference =
        Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    if chip {
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        inference = inference.on_die(&analog(), &mut network, feedback, initialization, Seeds::default());
    }
    let settings = LearnerSettings::new(network, inference, Optimizer::Sgd(Sgd::default()), batch);
    let mut learner = Learner::new(settings).expect("a schedule that fits");
    let inputs = Matrix::from_fn(units[0], batch, |i, j| ((i * 31 + j * 17) % 97) as f32 / 97.0);
    let targets = Matrix::from_fn(10, batch, |i, j| if i == j % 10 { 1.0 } else { 0.0 });
    let mut steps = 0;
    let mut step = || {
        train(&mut learner, inputs.as_view(), targets.as_view(), RATE, steps).expect("finite numbers");
        steps += 1;
    };
    step();
    let mut block = || {
        let (start, mut count, mut due) = (processor_s(), 0, 1);
        loop {
            while count < due {
                step();
                count += 1;
            }
            let passed = processor_s() - start;
            if passed >= BLOCK_S {
                return passed / f64::from(count);
            }
            // Few looks at the clock, which takes as long as a small step.
            due *= 2;
        }
    };
    Cost { seconds: (0..BLOCKS).map(|_| block()).fold(f64::INFINITY, f64::min), written: 0.0 }
}

/// Seconds that this process has had a processor for, in hundredths: unlike the time of the clock they do not count what other
/// programs take.
fn processor_s() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // After the name of the program, which may hold anything.
    let numbers = status.rsplit(')').next().expect("a line").split_whitespace();
    numbers.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
}

/// A chip with a little of everything.
fn analog() -> DieConfig {
    let model = include_str!("../../hw_models/analog_generic.json");
    serde_json::from_str::<Hardware>(model).expect("a hardware model").chip()
}

/// Bytes of a file.
fn bytes(file: &Path) -> f64 {
    file.metadata().expect("a file that was written").len() as f64
}

/// Writes an experiment on ideal hardware into a folder.
fn write_experiment(folder: &Path, experiment: &Value) -> std::path::PathBuf {
    let hardware = json!({"schema_version": 2, "name": "ideal", "description": "ideal"});
    std::fs::write(folder.join("hardware.json"), hardware.to_string()).expect("a writable folder");
    let file = folder.join("experiment.json");
    std::fs::write(&file, experiment.to_string()).expect("a writable folder");
    file
}

fn recorded(samples: usize) -> Cost {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let experiment = json!({
        "schema_version": 2, "title": "scaling", "hardware": "hardware.json",
        "data": {"source": {"digits": {"train_count": 500, "test_count": 10}}},
        "network": {"hidden": [256, 256]},
        "training": {"epochs": 40, "batch_size": 500, "rate": 1e-4, "optimizer": {"sgd": {}}},
        "measure": {"accuracy_every_epochs": null, "norms_every_epochs": null,
                    "gradient_every_steps": null, "residual_every_steps": null},
        "recording": {"states": {"every_steps": 1, "samples": {"first": samples}}, "weights": false},
        "output": {"figure": false, "checkpoint_every_epochs": null}
    });
    let setup = Setup::load(&write_experiment(folder.path(), &experiment), &[]).expect("valid settings");
    let own = RunFolder::new(folder.path().join("run"));
    let options = RunOptions { command: "bench".to_owned(), ..RunOptions::new(own) };
    let start = processor_s();
    run(&setup, &Datasets::default(), Some(&options), &mut (), &Interrupt::default()).expect("a run");
    Cost { seconds: processor_s() - start, written: bytes(&folder.path().join("run/trace.h5")) }
}

fn sweep(points: usize) -> Cost {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let experiment = json!({
        "schema_version": 2, "title": "scaling", "hardware": "hardware.json",
        "data": {"source": {"digits": {"train_count": 500, "test_count": 100}}},
        "network": {"hidden": [16]},
        "training": {"epochs": 1, "batch_size": 50, "rate": 0.1}
    });
    write_experiment(folder.path(), &experiment);
    let sweep = json!({
        "schema_version": 2, "title": "scaling", "base": "experiment.json",
        "axes": [{"name": "chip", "keys": ["seeds.init"], "points": {"linear": {"from": 1, "to": points, "count": points}}}],
        "output": {"figure": false}
    });
    let file = folder.path().join("sweep.json");
    std::fs::write(&file, sweep.to_string()).expect("a writable folder");
    let (datasets, out) = (Datasets::default(), SweepFolder::new(folder.path().join("sweep")));
    let start = processor_s();
    let plan = Plan::read(SourceFiles::default(), &file, &[]).expect("a valid sweep");
    let costed = check(plan, &datasets).expect("valid points");
    let options = ExecuteOptions { shard: Shard::WHOLE, jobs: 1, command: "bench".to_owned() };
    execute(&costed, &out, &datasets, &options, &mut (), &Interrupt::default()).expect("a sweep");
    merge(&costed.plan, &out, false).expect("a result");
    Cost { seconds: processor_s() - start, written: bytes(&out.result()) }
}
