//! What recording costs: the same run with and without about 20 MB of states a second. `make bench` runs it.
use dyadsim::config::Setup;
use dyadsim::data::Datasets;
use dyadsim::linalg::CacheLineAllocator;
use dyadsim::run::{Interrupt, RunFolder, RunOptions, run};
use serde_json::{Value, json};
use std::path::Path;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const REPEATS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("Recording: 784-1024-1024-10, batch 100, dp_transpose, all units of 7 stimuli at every step, 2 threads.");
    let states = json!({"every_steps": 1, "samples": {"first": 7}});
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool of two threads");
    let mut pairs: Vec<(f64, f64, f64)> = (0..REPEATS)
        .map(|_| {
            let (plain, _) = pool.install(|| seconds(folder.path(), Value::Null));
            let (recorded, bytes) = pool.install(|| seconds(folder.path(), states.clone()));
            (recorded / plain, recorded, bytes / 1e6 / recorded)
        })
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, recorded, rate) = pairs[REPEATS / 2];
    println!(
        "median of {REPEATS}: {ratio:.3} times the unrecorded run ({recorded:.2} s, {rate:.1} MB of states a second)"
    );
}

/// Seconds of a whole run, the finished trace included, and bytes of states that it recorded.
fn seconds(folder: &Path, states: Value) -> (f64, f64) {
    let epochs = 20;
    let experiment = json!({
        "schema_version": 2, "title": "recording", "hardware": "hardware.json",
        "data": {"source": {"digits": {"train_count": 6000, "test_count": 10}}},
        "network": {"hidden": [1024, 1024]},
        "training": {"epochs": epochs, "batch_size": 100, "rate": 1e-4, "optimizer": {"sgd": {}}},
        "measure": {"accuracy_every_epochs": null, "norms_every_epochs": null,
                    "gradient_every_steps": null, "residual_every_steps": null},
        "recording": {"states": states, "weights": false},
        "output": {"figure": false, "checkpoint_every_epochs": null}
    });
    let hardware = json!({"schema_version": 2, "name": "ideal", "description": "ideal"});
    std::fs::write(folder.join("hardware.json"), hardware.to_string()).expect("a writable folder");
    let file = folder.join("experiment.json");
    std::fs::write(&file, experiment.to_string()).expect("a writable folder");
    let setup = Setup::load(&file, &[]).expect("valid settings");
    let options = RunOptions { command: "bench".to_owned(), ..RunOptions::new(RunFolder::new(folder.join("run"))) };
    let summary = run(&setup, &Datasets::default(), Some(&options), &mut (), &Interrupt::default()).expect("a run");
    let bytes = if states.is_null() { 0.0 } else { 60.0 * f64::from(epochs) * (2058 * 2 * 4 * 7) as f64 };
    (summary.elapsed_s, bytes)
}
