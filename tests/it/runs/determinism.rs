//! The same bits for any number of threads, and with or without recording and measuring.
use crate::fixtures::{experiment, numbers, output, stream, text, timed_stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Final weights of a run with these settings.
fn final_weights(changes: Value, threads: &str) -> BTreeMap<String, Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet", "--threads", threads]);
    assert!(run.status.success(), "{}", text(&run));
    let mut all = numbers(&folder.path().join("r/trace.h5"));
    all.retain(|name, _| name.starts_with("weights/final/"));
    assert!(all.len() >= 2);
    all
}

/// Layers wide enough for several tiles, of both kinds of cut.
fn settings(schedule: Value, start: &str) -> Value {
    json!({
        "network": {"hidden": [300, 60]},
        "start": start,
        "schedule": schedule,
        "training": {"epochs": 1, "batch_size": 50, "rate": 0.002, "optimizer": {"sgd": {}}},
    })
}

#[test]
fn threads_do_not_change_a_bit() {
    for (schedule, start) in [
        (json!({"fwbwK": {"passes": 2}}), "forward"),
        (json!({"parallel": {"steps": 4}}), "carried"),
        (json!({"random_layer": {"updates": 9}}), "zero"),
    ] {
        let one = final_weights(settings(schedule.clone(), start), "1");
        for threads in ["2", "8"] {
            assert!(
                one == final_weights(settings(schedule.clone(), start), threads),
                "{schedule} with {threads} threads"
            );
        }
    }
}

/// Every noise source, mismatch and converter on, in layerwise sweeps and in a stream.
#[test]
fn threads_do_not_change_a_bit_of_a_noisy_chip() {
    for (schedule, start, hardware) in [
        (json!({"fwbwK": {"passes": 2}}), "forward", "noisy.json"),
        (stream(), "carried", "noisy.json"),
        (stream(), "carried", "running.json"),
        (stream(), "carried", "events.json"),
        (json!({"fwbwK": {"passes": 2}}), "forward", "events.json"),
        (timed_stream(true), "carried", "noisy.json"),
    ] {
        let mut noisy = settings(schedule, start);
        noisy["hardware"] = json!(hardware);
        let one = final_weights(noisy.clone(), "1");
        for threads in ["2", "8"] {
            assert!(one == final_weights(noisy.clone(), threads), "{start} with {threads} threads");
        }
        // Another die, and other noise, are other results.
        for seed in ["chip", "noise"] {
            let mut other = noisy.clone();
            other["seeds"] = json!({seed: 17});
            assert!(one != final_weights(other, "2"), "seed {seed} does nothing");
        }
    }
}

#[test]
fn recording_and_measuring_do_not_change_a_bit_of_a_noisy_chip() {
    for (schedule, start, hardware) in [
        (json!({"parallel": {"steps": 6, "update_probability": 0.5}}), "carried", "noisy.json"),
        (stream(), "carried", "noisy.json"),
        (stream(), "carried", "running.json"),
        (stream(), "carried", "events.json"),
        (json!({"fwbwK": {"passes": 2}}), "forward", "events.json"),
        (timed_stream(true), "carried", "noisy.json"),
    ] {
        let mut plain = settings(schedule, start);
        plain["hardware"] = json!(hardware);
        plain["measure"] = json!({"gradient_every_steps": null, "residual_every_steps": null});
        let mut watched = plain.clone();
        watched["recording"] = json!({"states": {"every_steps": 1, "moment": "every_update",
            "signals": ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"], "samples": "all"}});
        watched["measure"] =
            json!({"gradient_every_steps": 3, "gradient_course_every_steps": 2, "residual_every_steps": 1});
        assert!(final_weights(plain, "2") == final_weights(watched, "2"), "watching {start} changes results");
    }
}

#[test]
fn recording_and_measuring_do_not_change_a_bit() {
    let schedule = json!({"fwbwK": {"passes": 2}});
    let plain = settings(schedule, "carried");
    let mut watched = plain.clone();
    watched["recording"] = json!({"states": {"every_steps": 1, "moment": "every_update",
        "signals": ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"], "samples": "all"}});
    watched["measure"] = json!({"gradient_every_steps": 1, "residual_every_steps": 1});
    let mut silent = plain.clone();
    silent["measure"] = json!({"accuracy_every_epochs": null, "norms_every_epochs": null,
        "gradient_every_steps": null, "residual_every_steps": null});
    let reference = final_weights(plain, "2");
    assert!(reference == final_weights(watched, "2"), "recording changes results");
    assert!(reference == final_weights(silent, "2"), "measuring changes results");
}

#[test]
fn every_seed_matters_to_what_it_is_for() {
    let base = settings(json!({"random_layer": {"updates": 9}}), "zero");
    let reference = final_weights(base.clone(), "2");
    for (seed, changes_weights) in [("data", true), ("init", true), ("noise", true), ("chip", false)] {
        let mut other = base.clone();
        other["seeds"] = json!({seed: 17});
        // An ideal chip has nothing that its seed could draw.
        assert_eq!(reference != final_weights(other, "2"), changes_weights, "seed {seed}");
    }
}
