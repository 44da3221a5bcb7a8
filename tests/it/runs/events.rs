//! Dyads that send only what has changed by more than `units.send_threshold`.
use crate::convolution::runs::layers;
use crate::fixtures::{experiment, numbers, output, stream, text, timed_stream};
use dyadsim::results::RunResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn run(folder: &Path, changes: &Value, out: &str, threshold: &str) {
    let file = experiment(folder, changes.clone());
    let set = format!("hardware.units.send_threshold={threshold}");
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", out, "--quiet", "--set", &set]);
    assert!(run.status.success(), "{changes}: {}", text(&run));
}

fn final_weights(folder: &Path, run: &str) -> BTreeMap<String, Vec<u64>> {
    let mut all = numbers(&folder.join(run).join("trace.h5"));
    all.retain(|name, _| name.starts_with("weights/final/"));
    assert!(all.len() >= 2);
    all
}

/// Values sent forward and back for a stimulus of the last epoch.
fn events(folder: &Path, run: &str) -> [f64; 2] {
    let result = RunResult::open(&folder.join(run).join("trace.h5")).unwrap();
    ["events_forward", "events_back"].map(|name| *result.column("metrics", name).unwrap().last().unwrap())
}

fn dense(schedule: Value, start: &str, hardware: &str) -> Value {
    json!({"hardware": hardware, "start": start, "schedule": schedule,
        "training": {"epochs": 1, "batch_size": 20, "rate": 0.002}})
}

fn images(schedule: Value, start: &str, hardware: &str) -> Value {
    json!({"hardware": hardware, "start": start, "schedule": schedule, "network": {"layers": layers()},
        "data": {"source": {"digits": {"train_count": 100, "test_count": 20}}},
        "training": {"epochs": 1, "batch_size": 20, "rate": 0.002}})
}

#[test]
fn a_threshold_of_zero_changes_no_bit() {
    let (fwbwk, parallel) = (json!({"fwbwK": {"passes": 2}}), json!({"parallel": {"steps": 5}}));
    for changes in [
        dense(fwbwk.clone(), "forward", "ideal.json"),
        dense(parallel, "zero", "ideal.json"),
        dense(stream(), "carried", "noisy.json"),
        dense(stream(), "carried", "ideal.json"),
        images(fwbwk.clone(), "forward", "ideal.json"),
        images(fwbwk, "forward", "noisy.json"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        run(folder, &changes, "none", "null");
        run(folder, &changes, "zero", "0");
        run(folder, &changes, "high", "0.3");
        assert!(final_weights(folder, "none") == final_weights(folder, "zero"), "{changes}");
        assert!(final_weights(folder, "none") != final_weights(folder, "high"), "{changes}");
        let [forward, back] = events(folder, "zero");
        assert!(forward > 0.0 && back > 0.0, "{changes}: {forward} and {back}");
        let without = RunResult::open(&folder.join("none/trace.h5")).unwrap();
        assert!(without.column("metrics", "events_forward").unwrap().is_empty());
    }
}

/// 40, 20 and 10 dyads: a forward pass sends everything, the rest falls with the threshold. Hidden population 1 sends nothing
/// back, since only the stimulus could read it.
#[test]
fn events_fall_with_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let changes = dense(json!({"fwbwK": {"passes": 2}}), "forward", "ideal.json");
    let of_thresholds: Vec<[f64; 2]> = ["0", "0.003", "0.03", "1e6"]
        .into_iter()
        .map(|threshold| {
            run(folder, &changes, threshold, threshold);
            events(folder, threshold)
        })
        .collect();
    assert!(of_thresholds.is_sorted_by(|a, b| a[0] >= b[0] && a[1] > b[1]), "{of_thresholds:?}");
    assert_eq!(of_thresholds[3], [70.0, 0.0]);
    let [_, back] = of_thresholds[0];
    // At most every difference of two updates of each population.
    assert!(back > 10.0 && back <= 2.0 * 30.0, "{back}");
}

#[test]
fn what_cannot_send_events_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (changes, threshold, message) in [
        (json!({}), "-0.1", "units.send_threshold = -0.1: must be >= 0"),
        (json!({}), "\"often\"", "units.send_threshold"),
        (
            json!({"credit_rule": "backprop", "nudging": null, "schedule": null, "measure": {}}),
            "0.1",
            "credit_rule = \"backprop\": has units of one compartment, for which units.send_threshold of \"ideal\" cannot apply",
        ),
        (
            json!({"schedule": timed_stream(false), "start": "carried", "measure": {}}),
            "0.1",
            "schedule.stream.delay_line: needs errors of a known age, which those of \"ideal\" have not",
        ),
    ] {
        let file = experiment(folder, changes.clone());
        let set = format!("hardware.units.send_threshold={threshold}");
        let refused = output(folder, &["run", file.to_str().unwrap(), "--out", "refused", "--set", &set]);
        assert!(!refused.status.success() && text(&refused).contains(message), "{changes}: {}", text(&refused));
    }
}
