//! Runs of rules with two phases: on ideal hardware and on a die, the same bits however they are made, with every kind of synapse.
use super::backprop_on_arrays::{hardware, run};
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, numbers, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A small network on a die with everything on that a unit of one compartment has a circuit for; `changes` replaces
/// top-level keys.
fn settings(folder: &Path, changes: &Value) -> Value {
    std::fs::write(folder.join("arrays.json"), hardware().to_string()).unwrap();
    let mut all = json!({
        "hardware": "arrays.json", "nudging": null, "loss": "half_squared_error",
        "credit_rule": {"equilibrium_propagation": {"beta": 0.5, "feedback_gain": 0.5, "second_updates": 5}},
        "schedule": {"up_down": {"rounds": 2}},
        "data": {"source": {"digits": {"train_count": 200, "test_count": 50}}},
        "network": {"hidden": [150, 20], "activation": "hard_sigmoid"},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002},
        "measure": {"gradient_every_steps": null}
    });
    all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    all
}

fn final_weights(trace: &Path) -> BTreeMap<String, Vec<u64>> {
    let mut all = numbers(trace);
    all.retain(|name, _| name.starts_with("weights/final/"));
    assert!(all.len() >= 2);
    all
}

#[test]
fn threads_and_recordings_do_not_change_a_bit() {
    let held = json!({"contrastive_hebbian": {"feedback_gain": 0.5}});
    for (name, changes) in [
        ("forward", json!({})),
        ("carried", json!({"start": "carried", "schedule": {"parallel": {"steps": 4, "update_probability": 0.7}}})),
        ("held", json!({"credit_rule": held, "start": "carried", "schedule": {"random_layer": {"updates": 9}}})),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let weights = |out: &str, settings: &Value, threads: &str| {
            final_weights(&run(folder.path(), out, settings.clone(), &["--threads", threads]))
        };
        let plain = settings(folder.path(), &changes);
        let one = weights("1", &plain, "1");
        assert!(one == weights("8", &plain, "8"), "{name}: threads");
        let mut watched = plain.clone();
        watched["measure"] = json!({"gradient_every_steps": 3});
        watched["recording"] = json!({"states": {"every_steps": 1, "moment": "every_update", "samples": "all",
            "signals": ["s_plus", "mean", "drive", "feedback"]}});
        assert!(one == weights("watched", &watched, "2"), "{name}: watching");
        let mut other = plain.clone();
        other["seeds"] = json!({"noise": 17});
        assert!(one != weights("other", &other, "2"), "{name}: nothing is noisy");
    }
}

/// Two phases of updates are recorded, and what both have left.
#[test]
fn both_phases_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let recording = |moment: &str, signals: Value| json!({"recording": {"states": {"every_steps": 1, "moment": moment, "signals": signals, "samples": {"first": 2}}}});
    let every = settings(folder.path(), &recording("every_update", json!(["s_plus", "feedback"])));
    let reader = TraceReader::open(&run(folder.path(), "every", every, &[])).unwrap();
    let states = reader.read("states/layer2/s_plus").unwrap();
    // (step, update, sample, unit): 2 rounds of 5 updates, then 5 more.
    assert_eq!(states.shape, [20, 10 + 5, 2, 20]);
    let end = settings(folder.path(), &recording("inference_end", json!(["s_plus", "s_minus", "difference"])));
    let reader = TraceReader::open(&run(folder.path(), "end", end, &[])).unwrap();
    let read = |signal: &str| reader.read(&format!("states/layer2/{signal}")).unwrap().values;
    let (plus, minus, difference) = (read("s_plus"), read("s_minus"), read("difference"));
    assert!(plus.iter().zip(&minus).zip(&difference).all(|((p, m), d)| (p - m - d).abs() < 1e-6));
    assert!(difference.iter().any(|d| d.abs() > 1e-4));
}

#[test]
fn every_kind_of_synapse_learns_in_two_phases() {
    let folder = tempfile::tempdir().unwrap();
    let models = repository_file("hw_models");
    let straight = json!({"rule": {"straight_through": {}}});
    let layers = json!([
        {"convolution": {"features": 3, "kernel": 5, "stride": 2}}, {"average_pool": {"window": 2}}, {"dense": {"units": 20}}
    ]);
    for (model, rule) in
        [("capacitor", json!(null)), ("pcm_like", json!(null)), ("binary_generic", straight), ("pcm", json!(null))]
    {
        let devices: Value =
            serde_json::from_str(&std::fs::read_to_string(models.join(format!("{model}.json"))).unwrap()).unwrap();
        for (network, credit_rule) in [
            (json!({"hidden": [30], "activation": "tanh"}), json!({"contrastive_hebbian": {"feedback_gain": 0.3}})),
            (
                json!({"layers": layers, "activation": "hard_sigmoid"}),
                json!({"equilibrium_propagation": {"beta": 0.5, "feedback_gain": 0.3}}),
            ),
        ] {
            let training = json!({"epochs": 1, "batch_size": 20, "rate": 0.01, "synapses": rule,
                "optimizer": {"sgd": {"momentum": 0}}});
            let name = format!("{model}-{}", network.get("hidden").is_some());
            let changes = json!({"training": training, "network": network, "credit_rule": credit_rule});
            let own = settings(folder.path(), &changes);
            let mut chip = hardware();
            chip["synapses"] = devices["synapses"].clone();
            chip["arrays"]["feedback_weights"] = json!("transposed");
            std::fs::write(folder.path().join("arrays.json"), chip.to_string()).unwrap();
            let all = numbers(&run(folder.path(), &name, own, &[]));
            let weights = all.iter().filter(|(key, _)| key.starts_with("weights/final/") && key.contains("weight"));
            let mut moved = weights.filter(|(key, values)| {
                all.get(&key.replace("final", "initial")).is_some_and(|initial| initial != *values)
            });
            assert!(moved.next().is_some(), "{name}: no synapse has moved");
        }
    }
}

/// The memory between two phases is of no use to rules without them.
#[test]
fn a_memory_of_phases_is_refused_without_phases() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), json!({}));
    let refused =
        output(folder.path(), &["explain", file.to_str().unwrap(), "--set", "hardware.phase_memory.leak=0.1"]);
    assert!(!refused.status.success());
    let message = text(&refused);
    assert!(message.contains("credit_rule = \"dp_transpose\": keeps no states between two phases"), "{message}");
}
