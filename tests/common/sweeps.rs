//! Small sweeps for the tests.
use super::experiment;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A sweep of twelve quick points over the experiment of the tests; `changes` replaces top-level keys.
pub fn sweep(folder: &Path, changes: Value) -> PathBuf {
    experiment(folder, json!({"measure": {"gradient_every_steps": 10}}));
    let mut file = json!({
        "schema_version": 1,
        "title": "a sweep of the tests",
        "base": "experiment.json",
        "set": {"network.hidden": [12], "data.source.digits.train_count": 200, "data.source.digits.test_count": 50},
        "axes": [
            {"name": "rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}},
            {"name": "beta", "keys": ["nudging.beta"], "points": {"logarithmic": {"from": 0.01, "to": 1, "count": 3}}}
        ],
        "replicates": {"count": 2, "vary": ["init", "noise"]},
        "output": {"figure": false}
    });
    for (key, value) in changes.as_object().unwrap() {
        file[key] = value.clone();
    }
    let path = folder.join("sweep.json");
    std::fs::write(&path, file.to_string()).unwrap();
    path
}
