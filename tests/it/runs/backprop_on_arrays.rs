//! Runs of backprop through the arrays of a die: with every kind of synapse, measured, and the same bits however they are made.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{branches, experiment, noisy_hardware, numbers, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

/// A die with every source of noise, every mismatch and every converter that a unit of one compartment has a circuit for.
pub fn hardware() -> Value {
    let mut model = noisy_hardware();
    model["units"]["mismatch"]["alpha_std"] = json!(0);
    model["learning"] = json!({});
    (model["units"]["chopping"], model["units"]["calibration"]) = (json!(null), json!(null));
    model
}

/// Backprop of a small network on that die; `changes` replaces top-level keys.
pub fn changes(folder: &Path, changes: Value) -> Value {
    std::fs::write(folder.join("arrays.json"), hardware().to_string()).unwrap();
    let mut all = json!({
        "hardware": "arrays.json", "credit_rule": "backprop", "nudging": null, "schedule": null,
        "data": {"source": {"digits": {"train_count": 200, "test_count": 50}}},
        "network": {"hidden": [150, 20]},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002},
        "measure": {"gradient_every_steps": null}
    });
    all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    all
}

/// Makes a run; the place of its trace.
pub fn run(folder: &Path, out: &str, settings: Value, arguments: &[&str]) -> std::path::PathBuf {
    let file = experiment(folder, settings);
    let start = ["run", file.to_str().unwrap(), "--out", out, "--quiet"];
    let run = output(folder, &[&start, arguments].concat());
    assert!(run.status.success(), "{}", text(&run));
    folder.join(out).join("trace.h5")
}

#[test]
fn threads_recordings_and_measurements_do_not_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    for network in [json!({"hidden": [150, 20]}), json!({"layers": branches()})] {
        let is_dense = network.get("hidden").is_some();
        let feedback = if is_dense { json!({"kolen_pollack": {"decay": 0.01}}) } else { json!("transposed") };
        let settings = |measure: Value, recording: Value| {
            let own = changes(folder.path(), json!({"network": network, "measure": measure, "recording": recording}));
            let mut model = hardware();
            model["arrays"]["feedback_weights"] = feedback.clone();
            std::fs::write(folder.path().join("arrays.json"), model.to_string()).unwrap();
            own
        };
        let plain = settings(json!({"gradient_every_steps": null}), json!({"states": null}));
        let weights = |out: &str, settings: &Value, threads: &str| {
            let mut all = numbers(&run(folder.path(), out, settings.clone(), &["--threads", threads]));
            all.retain(|name, _| name.starts_with("weights/final/"));
            all
        };
        let name = |threads: &str| format!("{is_dense}-{threads}");
        let one = weights(&name("1"), &plain, "1");
        for threads in ["2", "8"] {
            assert!(one == weights(&name(threads), &plain, threads), "{threads} threads, dense: {is_dense}");
        }
        let watched = settings(
            json!({"gradient_every_steps": 3}),
            json!({"states": {"every_steps": 1, "signals": ["s_plus", "mean", "drive"], "samples": "all"}}),
        );
        assert!(one == weights(&name("watched"), &watched, "2"), "watching changes results, dense: {is_dense}");
        let mut other = plain.clone();
        other["seeds"] = json!({"noise": 17});
        assert!(one != weights(&name("other"), &other, "2"), "nothing is noisy, dense: {is_dense}");
    }
}

/// The angle to the exact gradient, and how well the errors get through.
#[test]
fn the_gradient_is_compared_with_the_exact_one() {
    let folder = tempfile::tempdir().unwrap();
    let settings = changes(folder.path(), json!({"measure": {"gradient_every_steps": 3}}));
    // Errors through another array than the forward one would have nothing to do with the gradient at first.
    let mut model = hardware();
    model["arrays"]["feedback_weights"] = json!("transposed");
    std::fs::write(folder.path().join("arrays.json"), model.to_string()).unwrap();
    let reader = TraceReader::open(&run(folder.path(), "r", settings, &[])).unwrap();
    let angles = reader.read("gradient/angle_deg").unwrap().values;
    // A little of everything: some degrees, and more where errors have come through more arrays.
    assert!(angles.iter().all(|angle| (0.01..60.0).contains(angle)), "{angles:?}");
    let ratios = reader.read("gradient/norm_ratio").unwrap().values;
    assert!(ratios.iter().all(|ratio| (0.7..1.4).contains(ratio)), "{ratios:?}");
    let decibels = reader.read("signal/difference_snr").unwrap().values;
    assert!(decibels.iter().all(|x| *x > 0.0), "{decibels:?}");
}

#[test]
fn every_kind_of_synapse_learns_by_backprop_on_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let models = repository_file("hw_models");
    let straight = json!({"rule": {"straight_through": {}}});
    for (model, rule) in
        [("capacitor", json!(null)), ("pcm_like", json!(null)), ("binary_generic", straight), ("pcm", json!(null))]
    {
        let devices: Value =
            serde_json::from_str(&std::fs::read_to_string(models.join(format!("{model}.json"))).unwrap()).unwrap();
        for network in [json!({"hidden": [30]}), json!({"layers": branches()})] {
            let training = json!({"epochs": 1, "batch_size": 20, "rate": 0.01, "synapses": rule,
                "optimizer": {"sgd": {"momentum": 0}}});
            let name = format!("{model}-{}", network.get("hidden").is_some());
            let settings = changes(folder.path(), json!({"training": training, "network": network}));
            let mut chip = hardware();
            chip["synapses"] = devices["synapses"].clone();
            chip["arrays"]["feedback_weights"] = json!("transposed");
            std::fs::write(folder.path().join("arrays.json"), chip.to_string()).unwrap();
            let trace = run(folder.path(), &name, settings, &[]);
            let (before, after) = (numbers(&trace), "weights/final/");
            let moved = before.iter().filter(|(key, _)| key.starts_with(after) && key.contains("weight"));
            let moved = moved.filter(|(key, values)| {
                before.get(&key.replace("final", "initial")).is_some_and(|initial| initial != *values)
            });
            assert!(moved.count() > 0, "{name}: no synapse has moved");
        }
    }
}

/// The experiment that ships.
#[test]
fn digits_are_learnt_by_backprop_on_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let file = repository_file("experiments/digits_backprop_on_arrays.json");
    let less = ["--set", "training.epochs=2", "--set", "data.source.digits.train_count=2000"];
    let start = ["run", file.to_str().unwrap(), "--out", "r", "--quiet"];
    let run = output(folder.path(), &[&start[..], &less].concat());
    assert!(run.status.success(), "{}", text(&run));
    let reader = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    let accuracy = reader.read("metrics/test_accuracy").unwrap().values;
    assert!(*accuracy.last().unwrap() > 0.5, "{accuracy:?}");
}
