//! Runs of a small convolutional network: the same bits however they are made, with every schedule and credit rule.
use crate::fixtures::{experiment, numbers, output, repository::repository_file, stream, sweeps::sweep, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Max pooling, a wire, a skip with synapses, average pooling: 28 × 28, 14 × 14, 7 × 7, 4 × 4, 2 × 2 places.
pub fn layers() -> Value {
    json!([
        {"convolution": {"features": 6, "kernel": 3, "stride": 2, "padding": "same", "name": "stem"}},
        {"max_pool": {"window": 2}},
        {"convolution": {"features": 6, "kernel": 3, "padding": 1}}, {"skip": {"from": "stem"}},
        {"convolution": {"features": 8, "kernel": 3, "padding": "same", "stride": 2}},
        {"skip": {"from": "hidden_2", "convolution": {"stride": 2}}},
        {"average_pool": {"window": 2}},
        {"dense": {"units": 20}}
    ])
}

fn settings(hardware: &str, schedule: Value, start: &str) -> Value {
    let shipped = repository_file(format!("hw_models/{hardware}.json"));
    let hardware = if shipped.exists() { shipped.to_str().unwrap().to_owned() } else { format!("{hardware}.json") };
    json!({
        "hardware": hardware,
        "data": {"source": {"digits": {"train_count": 60, "test_count": 24}}},
        "network": {"layers": layers()},
        "start": start,
        "schedule": schedule,
        "training": {"epochs": 1, "batch_size": 12, "rate": 0.002, "optimizer": {"sgd": {"momentum": 0.5}}},
    })
}

/// Final weights of a run.
fn final_weights(changes: Value, threads: &str) -> BTreeMap<String, Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet", "--threads", threads]);
    assert!(run.status.success(), "{}", text(&run));
    let mut all = numbers(&folder.path().join("r/trace.h5"));
    all.retain(|name, _| name.starts_with("weights/final/"));
    assert!(all.len() >= 12, "{:?}", all.keys());
    all
}

fn layerwise() -> Value {
    json!({"fwbwK": {"passes": 2}})
}

#[test]
fn threads_and_recording_do_not_change_a_bit_of_a_convolutional_network() {
    for (hardware, schedule, start) in [
        ("ideal", layerwise(), "forward"),
        ("ideal", stream(), "carried"),
        ("noisy", layerwise(), "zero"),
        ("noisy", stream(), "carried"),
        ("events", stream(), "carried"),
        ("events", layerwise(), "forward"),
        ("analog_generic", layerwise(), "forward"),
        ("analog_generic", json!({"parallel": {"steps": 6, "update_probability": 0.5}}), "carried"),
        // Bound management reads again what clips.
        ("aihwkit_preset_io", layerwise(), "forward"),
    ] {
        let plain = settings(hardware, schedule, start);
        let one = final_weights(plain.clone(), "1");
        for threads in ["2", "8"] {
            assert!(one == final_weights(plain.clone(), threads), "{hardware}, {start}, with {threads} threads");
        }
        let mut watched = plain.clone();
        watched["recording"] = json!({"states": {"every_steps": 1, "moment": "every_update",
            "signals": ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"], "samples": "all",
            "units": {"first": 20}}});
        watched["measure"] = json!({"gradient_every_steps": 3, "residual_every_steps": 1});
        assert!(one == final_weights(watched, "2"), "watching {hardware}, {start} changes results");
        let mut other = plain;
        other["seeds"] = json!({"noise": 17, "chip": 17});
        assert_eq!(one == final_weights(other, "2"), hardware == "ideal" && start != "carried", "{hardware}, {start}");
    }
}

/// Accuracy in % on the training set after the last epoch.
fn accuracy(folder: &Path, changes: Value) -> f64 {
    let file = experiment(folder, changes);
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", "r", "--overwrite", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let trace = TraceReader::open(&folder.join("r/trace.h5")).unwrap();
    100.0 * trace.read("metrics/train_accuracy").unwrap().values.last().unwrap()
}

fn learning() -> Value {
    json!({
        "data": {"source": {"digits": {"train_count": 600, "test_count": 50, "distortion": 0.3}}},
        "network": {"layers": layers()},
        "training": {"epochs": 5, "batch_size": 20, "rate": 0.005},
        "measure": {"gradient_every_steps": null, "residual_every_steps": null}
    })
}

#[test]
fn every_credit_rule_learns_a_convolutional_network_or_refuses_it() {
    let folder = tempfile::tempdir().unwrap();
    for rule in [
        json!("dp"),
        json!("dp_transpose"),
        json!({"damped_dp": {"power_iterations": 3, "asymmetry_factor": true}}),
        json!("backprop"),
    ] {
        let mut changes = learning();
        changes["credit_rule"] = rule.clone();
        if rule == "backprop" {
            (changes["nudging"], changes["schedule"]) = (Value::Null, Value::Null);
        }
        let found = accuracy(folder.path(), changes);
        assert!(found > 60.0, "{rule}: {found} %");
    }
    let mut lifted = learning();
    lifted["credit_rule"] = json!("lifted");
    lifted["loss"] = json!("half_squared_error");
    (lifted["nudging"], lifted["schedule"], lifted["measure"]) = (Value::Null, Value::Null, json!({}));
    lifted["network"]["activation"] = json!("relu");
    let file = experiment(folder.path(), lifted);
    let refused = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "lifted"]);
    assert!(!refused.status.success());
    assert!(text(&refused).contains("network.layers[0]"), "{}", text(&refused));
    assert!(text(&refused).contains("must be dense with credit_rule \"lifted\""), "{}", text(&refused));
}

#[test]
fn every_schedule_trains_a_convolutional_network() {
    let folder = tempfile::tempdir().unwrap();
    for schedule in [
        json!({"fwK": {"passes": 5}}),
        json!("bwK"),
        json!({"fwbwK": {"passes": 2}}),
        json!({"oddeven": {"passes": 5}}),
        json!({"evenodd": {"passes": 5}}),
        json!({"forward_then_rounds": {"rounds": 2}}),
        json!({"up_down": {"rounds": 2}}),
        json!({"parallel": {"steps": 12}}),
        json!({"random_layer": {"updates": 25}}),
        json!({"listed": {"layers": [5, 4, 3, 2, 1]}}),
    ] {
        let mut changes = learning();
        changes["schedule"] = schedule.clone();
        let found = accuracy(folder.path(), changes);
        assert!(found > 60.0, "{schedule}: {found} %");
    }
    for updates in [json!("synchronous"), json!({"asynchronous": {"probability": 0.7}}), json!("random_layer")] {
        let mut changes = learning();
        changes["schedule"] = json!({"stream": {"presentation": {"fixed": {"steps": 20}}, "updates": updates,
            "plasticity": "stimulus_end"}});
        // A network of twice as many layers to draw from needs a little longer.
        changes["training"]["epochs"] = json!(8);
        let found = accuracy(folder.path(), changes);
        assert!(found > 40.0, "stream, {updates}: {found} %");
    }
}

#[test]
fn a_sweep_varies_convolutional_networks() {
    let folder = tempfile::tempdir().unwrap();
    let file = sweep(
        folder.path(),
        json!({
            "set": {"network": {"layers": layers()}, "data.source.digits.train_count": 100,
                "data.source.digits.test_count": 20, "training.epochs": 1},
            "axes": [
                {"name": "maxima", "keys": ["network.maxima.feedback"],
                    "points": {"values": ["last_read", "mean", "s_plus"]}},
                {"name": "features", "keys": ["network.layers[0].convolution.features"], "points": {"values": [6]}}
            ],
            "replicates": {"count": 1, "vary": ["init"]}
        }),
    );
    for jobs in ["1", "2"] {
        let run = output(folder.path(), &["sweep", file.to_str().unwrap(), "--out", jobs, "--jobs", jobs]);
        assert!(run.status.success(), "{}", text(&run));
    }
    let table = std::fs::read_to_string(folder.path().join("1/sweep.csv")).unwrap();
    assert_eq!(table, std::fs::read_to_string(folder.path().join("2/sweep.csv")).unwrap());
    let complete = table.lines().filter(|line| line.contains("test_accuracy")).count();
    assert!(complete >= 3, "{table}");
    // A point that is illegal starts nothing.
    let mut illegal: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    illegal["axes"][1]["points"]["values"] = json!([6, 7]);
    std::fs::write(&file, illegal.to_string()).unwrap();
    let refused = output(folder.path(), &["sweep", file.to_str().unwrap(), "--out", "3"]);
    assert!(!refused.status.success());
    assert!(text(&refused).contains("it brings 7 x 7 x 7 to a layer of 6 x 7 x 7"), "{}", text(&refused));
}
