//! Real readers open a trace: xarray with h5netcdf, and h5py, from Python. What they read is compared with what the
//! program printed and with what our own reader finds.
use crate::fixtures::python::{python, run_script};
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

/// The number behind `label` in the printed table, and half of its last printed digit.
fn printed(table: &str, label: &str) -> (f64, f64) {
    let line = table.lines().find(|line| line.starts_with(label)).unwrap();
    let number = line[label.len()..].split_whitespace().next().unwrap();
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    // Rounding of the last digit, and a little for the number that lies exactly between two.
    (number.parse().unwrap(), 0.5001 * 0.1f64.powi(decimals as i32))
}

fn assert_printed(found: &Value, table: &str, label: &str) {
    let (number, half_digit) = printed(table, label);
    let found = found.as_f64().unwrap();
    assert!((found - number).abs() <= half_digit, "{label}: Python reads {found}, but the table is\n{table}");
}

fn expectations(trace: &Path) -> Value {
    let reader = TraceReader::open(trace).unwrap();
    let mut expected = json!({});
    for group in reader.groups().unwrap() {
        for variable in reader.variables(&group).unwrap() {
            if !variable.is_coordinate {
                let place = format!("{group}/{}", variable.name);
                let values = reader.read(&place).unwrap();
                let dims: Vec<_> = variable.axes.iter().map(|(name, _)| name).collect();
                expected[place] = json!({"dims": dims, "shape": values.shape, "values": values.values});
            }
        }
    }
    expected
}

#[test]
fn xarray_and_h5py_read_what_the_program_printed() {
    let Some(python) = python("numpy, xarray, h5netcdf, h5py") else { return };
    let folder = tempfile::tempdir().unwrap();
    let changes = json!({
        "recording": {"states": {"every_steps": 4, "moment": "every_update", "samples": {"first": 3},
            "signals": ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"]}},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002}
    });
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let trace = folder.path().join("r/trace.h5");
    let expected = folder.path().join("expected.json");
    std::fs::write(&expected, expectations(&trace).to_string()).unwrap();
    let check = run_script(&python, "tests/python/check_trace.py", &[&trace, &expected]);
    assert!(check.status.success(), "{}", text(&check));

    let found: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(found["compared"].as_u64().unwrap() >= 40, "{found}");
    assert_eq!(found["variables"], found["compared"]);
    let table = String::from_utf8(run.stdout).unwrap();
    assert_printed(&found["test_accuracy_percent"], &table, "test accuracy");
    assert_printed(&found["product_operator_norm"], &table, "operator norm");
    let angles = found["angle_deg"].as_array().unwrap();
    assert_eq!(angles.len(), 3, "two hidden layers and the output: {found}");
    for (k, angle) in angles.iter().enumerate() {
        assert_printed(angle, &table, &format!("    {}  ", k + 1));
    }
}
