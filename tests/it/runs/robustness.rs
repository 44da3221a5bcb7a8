//! Robustness of runs: what `measure.robustness` leaves in a trace and in a sweep, and `dyad robustness` of a run that
//! has ended.
use crate::fixtures::python::python;
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{assert_same_numbers, experiment, numbers, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

fn quick() -> Value {
    json!({
        "samples": 70, "epsilons_l2": [0.3, 1.0, 2.5], "epsilons_linf": [0.05, 0.2], "steps": 6, "restarts": 1,
        "noise_draws": 3, "power_iterations": 8, "pairs": 50, "pair_steps": 5
    })
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// A trace holds the same numbers of robustness as another.
fn assert_same_robustness(a: &Path, b: &Path) {
    let own = |trace: &Path| {
        let mut all = numbers(trace);
        all.retain(|name, _| name.starts_with("robustness/"));
        all
    };
    let (a, b) = (own(a), own(b));
    assert!(a.len() == 19 && a.keys().eq(b.keys()), "{:?}", a.keys());
    for (name, values) in &a {
        assert!(values == &b[name], "{name} differs: {:?} {:?}", values, b[name]);
    }
}

/// Float and ideal, on a noisy chip, packed signs, backprop: what a run measures at its end, `dyad robustness` finds in
/// its trace, with any number of threads.
#[test]
fn a_run_that_has_ended_is_measured_to_the_same_bits() {
    let binary = json!({"schema_version": 2, "name": "b", "description": "b", "synapses": {"binary": {}}});
    let online = json!({
        "epochs": 1, "batch_size": 1, "rate": 0.01, "synapses": {"rule": "stochastic_flips"}
    });
    let plain = json!({"epochs": 1, "batch_size": 20, "rate": 0.002});
    for (name, changes, certified) in [
        ("ideal", json!({"training": plain}), true),
        ("noisy", json!({"training": plain, "hardware": "noisy.json"}), false),
        ("packed", json!({"training": online, "hardware": "binary.json"}), true),
        ("backprop", json!({"training": plain, "credit_rule": "backprop", "nudging": null, "schedule": null}), true),
        ("singly", json!({"training": plain, "schedule": {"parallel": {"steps": 4, "update_probability": 0.5}}}), true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut changes = changes;
        changes["measure"] = json!({"robustness": quick()});
        std::fs::write(folder.join("binary.json"), binary.to_string()).unwrap();
        experiment(folder, changes);
        let told = run(folder, &["run", "experiment.json", "--out", "r", "--quiet", "--threads", "2"]);
        assert!(told.contains("robustness after epoch 1") && told.contains("epsilon L∞"), "{name}: {told}");
        assert!(told.contains("no upper bound is certain") != certified, "{name}: {told}");
        let trace = folder.join("r/trace.h5");
        run(folder, &["robustness", "r", "--out", "one", "--threads", "1"]);
        assert_same_robustness(&trace, &folder.join("one/robustness.h5"));
        let other = run(folder, &["robustness", "r/trace.h5", "--threads", "2"]);
        assert!(other.contains("final weights, after epoch 1"), "{name}: {other}");
        assert_same_numbers(&folder.join("one/robustness.h5"), &folder.join("r/robustness.h5"));
        let csv = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
        assert_eq!(csv("one/robustness.csv"), csv("r/robustness.csv"));
        // Head, 8 scalars, 4 curves of 3 and of 2.
        assert_eq!(csv("r/robustness.csv").lines().count(), 1 + 8 + 20);
        assert!(["svg", "png"].iter().all(|ending| folder.join(format!("one/robustness.{ending}")).exists()));
        let reader = TraceReader::open(&trace).unwrap();
        let read = |name: &str| reader.read(&format!("robustness/{name}")).unwrap().values;
        assert_eq!(read("epsilon_l2"), [0.3, 1.0, 2.5]);
        let (noise, pgd) = (read("accuracy_noise_l2"), read("accuracy_pgd_l2"));
        assert!(pgd.windows(2).all(|pair| pair[0] >= pair[1]), "{name}: {pgd:?}");
        assert!(pgd[2] < 0.5 * noise[2], "{name}: {pgd:?} {noise:?}");
        assert_eq!(read("lipschitz_certified")[0].is_nan(), !certified, "{name}");
        let changed =
            run(folder, &["robustness", "r", "--eps", "0.5", "--samples", "9", "--weights", "initial", "--out", "i"]);
        assert!(changed.contains("initial weights, after epoch 0") && !changed.contains("\n1 "), "{changed}");
    }
}

#[test]
fn robustness_is_measured_when_it_is_due_and_survives_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut every = quick();
    every["every_epochs"] = json!(2);
    every["epsilons_linf"] = json!([]);
    experiment(
        folder,
        json!({"measure": {"robustness": every}, "training": {"epochs": 5, "batch_size": 20, "rate": 0.002}}),
    );
    run(folder, &["run", "experiment.json", "--out", "whole", "--quiet"]);
    let reader = TraceReader::open(&folder.join("whole/trace.h5")).unwrap();
    assert_eq!(reader.read("robustness/epoch").unwrap().values, [0.0, 2.0, 4.0, 5.0]);
    assert_eq!(reader.read("robustness/accuracy_pgd_l2").unwrap().shape, [4, 3]);
    assert!(!reader.contains("robustness/accuracy_pgd_linf"));
    // Killed after the checkpoint of any epoch.
    loop {
        let mut child =
            crate::fixtures::dyad(folder, &["run", "experiment.json", "--out", "killed", "--quiet", "--overwrite"]);
        let mut child = child.stdout(std::process::Stdio::null()).spawn().unwrap();
        while !folder.join("killed/checkpoint.h5").exists() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if folder.join("killed/checkpoint.h5").exists() && !folder.join("killed/trace.h5").exists() {
            break;
        }
    }
    run(folder, &["run", "experiment.json", "--out", "killed", "--quiet", "--resume"]);
    assert_same_numbers(&folder.join("whole/trace.h5"), &folder.join("killed/trace.h5"));
    let plotted = run(folder, &["plot", "whole", "--what", "curves", "--metric", "accuracy_pgd_l2", "-o", "c.svg"]);
    assert!(plotted.contains("c.svg") && std::fs::read_to_string(folder.join("c.svg")).unwrap().contains("ε = 2.5"));
}

#[test]
fn a_sweep_has_every_series_of_robustness() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(
        folder,
        json!({
            "set": {
                "network.hidden": [12], "data.source.digits.train_count": 200, "data.source.digits.test_count": 50,
                "training.epochs": 1, "measure.robustness": quick()
            },
            "axes": [{"name": "sizes", "points": {"settings": [
                {"label": "few", "set": {"measure.robustness.epsilons_l2": [1.0]}},
                {"label": "more", "set": {"measure.robustness.epsilons_l2": [0.3, 1.0, 2.5]}}
            ]}}]
        }),
    );
    run(folder, &["sweep", "sweep.json", "--out", "s", "--quiet"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    assert_eq!(reader.read("final/epsilon_l2").unwrap().values, [0.3, 1.0, 2.5]);
    let pgd = reader.read("final/accuracy_pgd_l2").unwrap();
    assert_eq!(pgd.shape, [2, 2, 3]);
    // What a point has not measured is NaN, and the rest stands at its own size.
    assert!(pgd.values[0].is_nan() && pgd.values[1].is_finite() && pgd.values[2].is_nan());
    assert!(pgd.values[6..].iter().all(|x| x.is_finite()));
    assert_eq!(reader.read("curves/accuracy_pgd_linf").unwrap().shape, [2, 2, 2, 2]);
    assert!(reader.read("final/lipschitz_local").unwrap().values.iter().all(|x| *x > 0.0));
    let csv = std::fs::read_to_string(folder.join("s/sweep.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with("metric,epoch,layer,epsilon,value"), "{csv}");
    let rows = csv.lines().filter(|line| line.contains("accuracy_pgd_l2,,,2.5,")).count();
    assert_eq!(rows, 2);
    run(folder, &["plot", "s", "--what", "lines", "--metric", "accuracy_pgd_l2", "--x", "epsilon_l2", "-o", "l.svg"]);
    run(folder, &["report", "s"]);
}

#[test]
fn xarray_selects_by_the_size_of_a_perturbation() {
    let Some(python) = python("xarray, h5netcdf") else { return };
    let folder = tempfile::tempdir().unwrap();
    experiment(
        folder.path(),
        json!({"measure": {"robustness": quick()}, "training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}),
    );
    run(folder.path(), &["run", "experiment.json", "--out", "r", "--quiet"]);
    run(folder.path(), &["robustness", "r"]);
    for file in ["r/trace.h5", "r/robustness.h5"] {
        let trace = folder.path().join(file);
        let script = "import sys, xarray\n\
            d = xarray.open_dataset(sys.argv[1], group='robustness', engine='h5netcdf')\n\
            print(float(d.accuracy_pgd_l2.sel(epsilon_l2=2.5).isel(epoch=-1)))";
        let found = std::process::Command::new(&python).args(["-c", script]).arg(&trace).output().unwrap();
        assert!(found.status.success(), "{}", text(&found));
        let pgd = TraceReader::open(&trace).unwrap().read("robustness/accuracy_pgd_l2").unwrap().values;
        assert_eq!(text(&found).trim().parse::<f64>().unwrap(), *pgd.last().unwrap());
    }
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// A set of 8-pixel images in the IDX format: class c has pixel c on.
fn write_idx(folder: &Path, name: &str, count: u8) {
    let header = |magic: u32, rest: &[u32]| -> Vec<u8> {
        std::iter::once(&magic).chain(rest).flat_map(|number| number.to_be_bytes()).collect()
    };
    let mut images = header(0x803, &[count.into(), 2, 4]);
    let mut labels = header(0x801, &[count.into()]);
    for i in 0..count {
        images.extend((0..8).map(|pixel| if pixel == i % 3 { 255 } else { i }));
        labels.push(i % 3);
    }
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(format!("{name}-images-idx3-ubyte")), images).unwrap();
    std::fs::write(folder.join(format!("{name}-labels-idx1-ubyte")), labels).unwrap();
}

#[test]
fn data_is_looked_for_from_the_experiment_of_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let study = folder.join("study");
    write_idx(&study.join("images"), "train", 60);
    write_idx(&study.join("images"), "t10k", 20);
    experiment(
        &study,
        json!({
            "data": {"source": {"idx": {"location": {"directory": "images"}, "classes": 3}}},
            "training": {"epochs": 1, "batch_size": 10, "rate": 0.002}
        }),
    );
    run(folder, &["run", "study/experiment.json", "--out", "r", "--quiet"]);
    let told = run(folder, &["robustness", "r", "--samples", "5", "--steps", "3"]);
    assert!(told.contains("epsilon L2"), "{told}");
    std::fs::rename(&study, folder.join("moved")).unwrap();
    let told = refused(folder, &["robustness", "r", "--samples", "5"]);
    assert!(told.contains("study/experiment.json") && told.contains("--experiment FILE"), "{told}");
    let told = refused(folder, &["robustness", "r", "--experiment", "nowhere.json"]);
    assert!(told.contains("nowhere.json"), "{told}");
    run(folder, &["robustness", "r", "--experiment", "moved/experiment.json", "--samples", "5", "--steps", "3"]);
}

#[test]
fn what_cannot_be_measured_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let changes = json!({"training": {"epochs": 0, "batch_size": 20, "rate": 0.002}, "recording": {"weights": false}});
    experiment(folder, changes);
    run(folder, &["run", "experiment.json", "--out", "r", "--quiet"]);
    for (arguments, told) in [
        (&["robustness", "r"][..], "holds no weights/final"),
        (&["robustness", "r", "--weights", "best"], "holds no weights/best"),
        (&["robustness", "r", "--eps", "1,0.5"], "--eps: must rise"),
        (&["robustness", "r", "--eps-linf", "0.1,0.1"], "--eps-linf: must rise"),
        (&["robustness", "r", "--eps", "0,1"], "must be finite and > 0"),
        (&["robustness", "r", "--samples", "0"], "must be a whole number"),
        (&["robustness", "nothing"], "nothing"),
        (&["robustness", "experiment.json"], "not an HDF5 file"),
    ] {
        let message = refused(folder, arguments);
        assert!(message.contains(told) && !message.contains("panicked"), "{arguments:?}: {message}");
    }
}
