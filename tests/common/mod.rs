//! Small experiments for the tests, and what they leave.
#![allow(dead_code, reason = "every test file uses its own part of this")]
pub mod python;
pub mod sweeps;

use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A quick experiment on few digits; `changes` replaces top-level keys.
pub fn experiment(folder: &Path, changes: Value) -> PathBuf {
    let mut file = json!({
        "schema_version": 1,
        "title": "a test",
        "hardware": "ideal.json",
        "data": {"source": {"digits": {"train_count": 600, "test_count": 100}}},
        "network": {"hidden": [40, 20]},
        "nudging": {"alpha": 0.25, "beta": 0.2},
        "schedule": {"fwbwK": {"passes": 2}},
        "training": {"epochs": 3, "batch_size": 20, "rate": 0.002},
        "measure": {"gradient_every_steps": 7, "residual_every_steps": 5},
        "output": {"figure": false}
    });
    for (key, value) in changes.as_object().unwrap() {
        file[key] = value.clone();
    }
    let hardware = json!({"schema_version": 1, "name": "ideal", "description": "ideal"});
    std::fs::write(folder.join("ideal.json"), hardware.to_string()).unwrap();
    std::fs::write(folder.join("noisy.json"), noisy_hardware().to_string()).unwrap();
    let path = folder.join("experiment.json");
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

/// A chip with every source of noise, every mismatch and every converter on.
pub fn noisy_hardware() -> Value {
    let array = json!({
        "dac": {"bits": 8, "range": 1, "stochastic_rounding": true},
        "adc": {"bits": 8, "range": 4, "stochastic_rounding": true},
        "line_noise_std": 0.001,
        "read_noise": {"std": 0.001, "per_input_norm": 0.001, "per_weight": 0.001, "common_mode": 0.5},
        "noise_management": "abs_max",
        "bound_management": "iterative"
    });
    json!({
        "schema_version": 1, "name": "noisy", "description": "everything on",
        "units": {
            "tau_s": 1e-6, "dt_s": 2e-6, "rails": {"low": -5, "high": 5},
            "mismatch": {
                "gain": {"std": 0.01, "correlation": 0.5}, "offset": {"std": 0.001},
                "time_constant": {"std": 0.1}, "alpha_std": 0.05
            },
            "process_noise": {
                "white": {"std": 0.001, "common_mode": 0.5},
                "ornstein_uhlenbeck": {"std": 0.001, "correlation_time_s": 1e-4},
                "flicker": {"std": 0.001, "corner_hz": 1e4, "low_hz": 1e2}
            },
            "readout_noise": {"std": 0.001}
        },
        "arrays": {"forward": array, "feedback": array, "feedback_weights": {"kolen_pollack": {"decay": 0.01}}},
        "input_noise_std": 0.01,
        "teacher_noise": {"std": 0.01},
        "learning": {
            "offset_std": 0.0001, "noise_std": 0.0001, "resolution": {"bits": 10, "range": 1},
            "auto_zero": {"reads": 2, "every_steps": 5}
        }
    })
}

/// A stream of stimuli without phases, whose teacher lags and is sometimes absent.
pub fn stream() -> Value {
    json!({"stream": {
        "presentation": {"uniform": {"shortest": 2, "longest": 9}},
        "updates": {"asynchronous": {"probability": 0.7}},
        "teacher": {"lag_steps": 5, "absent_probability": 0.2},
        "plasticity": {"random": {"probability": 0.4}}
    }})
}

/// The program with these arguments, in this folder.
pub fn dyad(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyad"));
    command.current_dir(folder).args(arguments);
    command
}

/// Runs the program to its end.
pub fn output(folder: &Path, arguments: &[&str]) -> Output {
    dyad(folder, arguments).output().unwrap()
}

/// Standard output and error of a run.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Bits of every number of a trace, by group/variable.
pub fn numbers(trace: &Path) -> BTreeMap<String, Vec<u64>> {
    let reader = TraceReader::open(trace).unwrap();
    let mut all = BTreeMap::new();
    for group in reader.groups().unwrap() {
        for variable in reader.variables(&group).unwrap() {
            let path = format!("{group}/{}", variable.name);
            let values = reader.read(&path).unwrap().values.iter().map(|x| x.to_bits()).collect();
            all.insert(path, values);
        }
    }
    assert!(!all.is_empty());
    all
}

/// Asserts that two traces hold the same numbers, bit for bit, but for these variables of the second.
pub fn assert_same_numbers(a: &Path, b: &Path) {
    let (a, b) = (numbers(a), numbers(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, values) in &a {
        assert!(values == &b[name], "{name} differs");
    }
}
