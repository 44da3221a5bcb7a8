//! A seed gives the same numbers in the next version: digests of the weights that short runs end with, each with another use
//! of random numbers, in portable arithmetic, so that they are the same on every processor and system.
//!
//! Where a change of the program is meant to change them, it is an entry "Changes results" in `CHANGELOG.md`, and
//! `DYADSIM_ACCEPT_STREAMS=1 cargo test --test it conformance::streams` writes the digests anew.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{numbers, output, text};
use flate2::Crc;
use serde_json::{Value, json};

/// What every case changes something of.
fn experiment() -> Value {
    json!({
        "schema_version": 2,
        "title": "a short run",
        "hardware": "hardware.json",
        "data": {"source": {"digits": {"train_count": 200, "test_count": 50}}},
        "network": {"hidden": [20, 16]},
        "nudging": {"alpha": 0.25, "beta": 0.2},
        "schedule": {"fwbwK": {"passes": 2}},
        "training": {"epochs": 1, "batch_size": 20, "rate": 0.002},
        "recording": {"weights": true},
        "output": {"figure": false}
    })
}

/// Runs a case and tells the digest of its weights before and after training.
fn digest(case: &Value) -> String {
    let place = tempfile::tempdir().unwrap();
    let mut experiment = experiment();
    for (key, value) in case["experiment"].as_object().unwrap() {
        experiment[key] = value.clone();
    }
    experiment.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let mut hardware =
        json!({"schema_version": 2, "name": "a chip", "description": "with one thing that is not ideal"});
    hardware.as_object_mut().unwrap().extend(case["hardware"].as_object().unwrap().clone());
    std::fs::write(place.path().join("experiment.json"), experiment.to_string()).unwrap();
    std::fs::write(place.path().join("hardware.json"), hardware.to_string()).unwrap();
    let arguments = ["run", "experiment.json", "--out", "out", "--quiet", "--arithmetic", "portable"];
    let done = output(place.path(), &arguments);
    assert!(done.status.success(), "{}: {}", case["name"], text(&done));
    let mut crc = Crc::new();
    let mut count = 0;
    for (name, values) in numbers(&place.path().join("out/trace.h5")) {
        if name.starts_with("weights/") {
            values.iter().for_each(|value| crc.update(&value.to_le_bytes()));
            count += values.len();
        }
    }
    assert!(count > 1000, "{}: {count} weights", case["name"]);
    format!("{:08x}", crc.sum())
}

#[test]
fn what_every_stream_makes_of_a_network_stays() {
    let path = repository_file("tests/streams/cases.json");
    let mut cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut changed = vec![];
    for case in &mut cases {
        let found = json!(digest(case));
        if case["digest"] != found {
            changed.push(format!("{}: {found} instead of {}", case["name"], case["digest"]));
            case["digest"] = found;
        }
    }
    // Each is another one: none of what they change is without effect.
    let mut digests: Vec<&str> = cases.iter().map(|case| case["digest"].as_str().unwrap()).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), cases.len());
    if std::env::var_os("DYADSIM_ACCEPT_STREAMS").is_some() {
        let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
        std::fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    assert!(changed.is_empty(), "seeds give other numbers than before:\n{}", changed.join("\n"));
}
