//! Real readers open a trace: xarray with h5netcdf, and h5py, from Python. What they read is compared with what the
//! program printed and with what our own reader finds.
mod common;

use common::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// The interpreter, if it has the packages. In CI they have to be there.
fn python() -> Option<String> {
    let python = std::env::var("DYADSIM_PYTHON").unwrap_or("python3".to_owned());
    let found = Command::new(&python).args(["-c", "import xarray, h5netcdf, h5py"]).output();
    match found {
        Ok(output) if output.status.success() => Some(python),
        other => {
            assert!(std::env::var_os("CI").is_none(), "CI needs xarray, h5netcdf and h5py: {other:?}");
            println!("skipped: {python} has no xarray, h5netcdf and h5py (`make test` installs them)");
            None
        }
    }
}

/// The number behind `label` in the printed table.
fn printed(table: &str, label: &str) -> f64 {
    let line = table.lines().find(|line| line.starts_with(label)).unwrap();
    line[label.len()..].split_whitespace().next().unwrap().parse().unwrap()
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
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let changes = json!({
        "recording": {"states": {"every_steps": 4, "moment": "every_visit", "samples": {"first": 3},
            "signals": ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"]}},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002}
    });
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let trace = folder.path().join("r/trace.h5");
    let expected = folder.path().join("expected.json");
    std::fs::write(&expected, expectations(&trace).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/check_trace.py");
    let check = Command::new(python).arg(script).args([&trace, &expected]).output().unwrap();
    assert!(check.status.success(), "{}", text(&check));

    let found: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(found["compared"].as_u64().unwrap() >= 40, "{found}");
    assert_eq!(found["variables"], found["compared"]);
    let table = String::from_utf8(run.stdout).unwrap();
    let accuracy = printed(&table, "test accuracy");
    assert!((found["test_accuracy_percent"].as_f64().unwrap() - accuracy).abs() < 0.0051, "{found}\n{table}");
    let norm = printed(&table, "operator norm");
    assert!((found["product_operator_norm"].as_f64().unwrap() - norm).abs() < 0.051, "{found}\n{table}");
    for (k, angle) in found["angle_deg"].as_array().unwrap().iter().enumerate() {
        let shown = printed(&table, &format!("    {}  ", k + 1));
        assert!((angle.as_f64().unwrap() - shown).abs() < 0.0051, "{found}\n{table}");
    }
}
