//! The Python example runs as it stands, on a trace and on sweeps that the program makes here. (The Julia example cannot: the
//! machines of the tests have no Julia.)
use crate::fixtures::python::{python, run_script};
use crate::fixtures::sweeps::sweep as small_sweep;
use crate::fixtures::{experiment, output, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const EXAMPLE: &str = "examples/plot_sweep_and_trace.py";

/// Runs a sweep into folder `name`.
fn sweep(folder: &Path, name: &str, changes: Value) {
    let file = small_sweep(folder, changes);
    let done = output(folder, &["sweep", file.to_str().unwrap(), "--out", name, "--quiet"]);
    assert!(done.status.success(), "{}", text(&done));
}

/// Width and height of a PNG file.
fn size_of_png(file: &Path) -> (u32, u32) {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(&bytes[1..4], b"PNG", "{}", file.display());
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Runs the example; figures go into folder `figures`.
fn plot(python: &str, folder: &Path, run: &str, sweep: &str, figures: &str) -> String {
    let path = |name: &str| if name == "-" { name.into() } else { folder.join(name) };
    fs::create_dir(folder.join(figures)).unwrap();
    let done = run_script(python, EXAMPLE, &[&path(run), &path(sweep), &path(figures)]);
    assert!(done.status.success(), "{}", text(&done));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn the_python_example_plots_traces_and_sweeps() {
    let Some(python) = python("xarray, h5netcdf, matplotlib") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recorded = |moment: &str| json!({"states": {"every_steps": 10, "moment": moment}});
    for (name, moment) in [("updates", "every_update"), ("steps", "inference_end")] {
        experiment(folder, json!({"recording": recorded(moment)}));
        let done = output(folder, &["run", "experiment.json", "--out", name, "--quiet"]);
        assert!(done.status.success(), "{}", text(&done));
        let figures = format!("figures-{name}");
        plot(&python, folder, name, "-", &figures);
        assert_eq!(size_of_png(&folder.join(&figures).join("learning.png")), (1200, 480));
        assert_eq!(size_of_png(&folder.join(&figures).join("dyads.png")), (1200, 360));
    }

    let rule = json!({"name": "rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}});
    let alpha = json!({"name": "alpha", "keys": ["nudging.alpha"], "points": {"values": [0, 0.5]}});
    let beta =
        json!({"name": "beta", "keys": ["nudging.beta"], "points": {"values": [0.1, 1]}, "scale": "logarithmic"});
    sweep(folder, "grid", json!({"axes": [rule, alpha, beta]}));
    let said = plot(&python, folder, "-", "grid", "figures-grid");
    assert!(said.contains("16 of 16 points done"), "{said}");
    assert_eq!(size_of_png(&folder.join("figures-grid/sweep.png")), (1260, 480), "two maps");

    // Two rules over β.
    sweep(folder, "line", json!({}));
    plot(&python, folder, "-", "line", "figures-line");
    assert_eq!(size_of_png(&folder.join("figures-line/sweep.png")), (720, 480), "one panel");

    let drawn = json!([
        {"name": "alpha", "keys": ["nudging.alpha"], "points": {"linear": {"from": 0, "to": 1}}},
        {"name": "beta", "keys": ["nudging.beta"], "points": {"logarithmic": {"from": 0.1, "to": 1}}},
        {"name": "credit_rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}}
    ]);
    sweep(folder, "drawn", json!({"axes": drawn, "sampling": {"latin_hypercube": {"count": 5}}}));
    plot(&python, folder, "-", "drawn", "figures-drawn");
    assert_eq!(size_of_png(&folder.join("figures-drawn/sweep.png")), (1440, 480), "a panel for each quantity");

    // The tables of real sweeps hold every number of them.
    let Some(python) = crate::fixtures::python::python("numpy, h5py, pyarrow.parquet") else { return };
    for name in ["grid", "drawn"] {
        let targets = ["csv", "parquet", "npz"].map(|format| folder.join(format!("{name}-exported-{format}")));
        for (format, target) in ["csv", "parquet", "npz"].iter().zip(&targets) {
            let done = output(folder, &["export", name, "--to", format, "-o", target.to_str().unwrap()]);
            assert!(done.status.success(), "{}", text(&done));
        }
        let [csv, parquet, npz] = &targets;
        let result = folder.join(name).join("sweep.h5");
        let check = run_script(&python, "tests/python/check_export.py", &[&result, csv, parquet, npz]);
        assert!(check.status.success(), "{name}: {}", text(&check));
    }
}
