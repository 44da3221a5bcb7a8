//! Small experiments for the tests, and what they leave.
#![allow(dead_code, reason = "every test file uses its own part of this")]
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
    let path = folder.join("experiment.json");
    std::fs::write(&path, file.to_string()).unwrap();
    path
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
