//! A run that has ended goes on for more epochs, with the bits of one long run where the learning rates are the same.
use crate::fixtures::{assert_same_numbers, dyad, experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// A noisy chip whose states are carried on, with moments, held-out samples and recorded states.
fn changes(epochs: usize) -> serde_json::Value {
    json!({
        "hardware": "noisy.json",
        "start": "carried",
        "training": {
            "epochs": epochs, "batch_size": 20, "rate": 0.002, "optimizer": "adam", "validation": {"random": {"fraction": 0.2}}
        },
        "measure": {"gradient_every_steps": 4, "residual_every_steps": 8},
        "recording": {"states": {"every_steps": 3, "moment": "every_update", "samples": {"first": 2}, "units": {"first": 5}}}
    })
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = output(folder, &[&["run", "experiment.json", "--quiet"], arguments].concat());
    (ended.status.code(), text(&ended))
}

#[test]
fn more_epochs_have_the_bits_of_one_long_run() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, changes(6));
    assert_eq!(run(folder, &["--out", "whole"]).0, Some(0));
    experiment(folder, changes(3));
    assert_eq!(run(folder, &["--out", "parts", "--threads", "1"]).0, Some(0));
    for (more, goal) in [("1", 4), ("2", 6)] {
        let (code, told) = run(folder, &["--out", "parts", "--extend-epochs", more, "--threads", "2"]);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains(&format!("to {goal} epochs; these are the bits of one run of {goal} epochs")), "{told}");
    }
    assert_same_numbers(&folder.join("whole/trace.h5"), &folder.join("parts/trace.h5"));
    let same = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(same("whole/metrics.csv"), same("parts/metrics.csv"));
    let trace = TraceReader::open(&folder.join("parts/trace.h5")).unwrap();
    assert_eq!(trace.text("extended_after_epochs").as_deref(), Some("3, 4"));
    let epochs = |group: &str| {
        let read = |name: &str| trace.read(&format!("{group}/{name}")).unwrap().values;
        read("step").into_iter().zip(read("epoch")).collect::<Vec<_>>()
    };
    let per_epoch = trace.read("states/layer1/step").unwrap().values.len() as f64 * 3.0 / 6.0;
    for group in ["states/layer1", "states/stimuli", "gradient", "residual"] {
        let found = epochs(group);
        assert!(found.iter().all(|(step, epoch)| (step / per_epoch).floor() + 1.0 == *epoch), "{group}: {found:?}");
        assert_eq!(found.last().map(|(_, epoch)| *epoch), Some(6.0), "{group}");
    }
    // Nothing of the way there is left, and a script that resumes finds it ended.
    assert!(!folder.join("parts/checkpoint.h5").exists() && !folder.join("parts/trace.journal").exists());
    let (code, told) = run(folder, &["--out", "parts", "--resume"]);
    assert!(code == Some(0) && told.contains("this run has ended"), "{told}");
}

#[test]
fn an_extension_that_was_killed_is_resumed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, changes(40));
    assert_eq!(run(folder, &["--out", "whole"]).0, Some(0));
    experiment(folder, changes(2));
    assert_eq!(run(folder, &["--out", "parts"]).0, Some(0));
    let mut child = dyad(folder, &["run", "experiment.json", "--out", "parts", "--extend-epochs", "38", "--quiet"]);
    let mut child = child.spawn().unwrap();
    while !folder.join("parts/checkpoint.h5").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    assert!(!child.wait().unwrap().success(), "it ended before it could be killed");
    let again = run(folder, &["--out", "parts", "--extend-epochs", "38"]);
    assert!(again.0 == Some(1) && again.1.contains("continue with --resume"), "{}", again.1);
    let (code, told) = run(folder, &["--out", "parts", "--resume"]);
    assert_eq!(code, Some(0), "{told}");
    assert_same_numbers(&folder.join("whole/trace.h5"), &folder.join("parts/trace.h5"));
}

#[test]
fn a_schedule_that_ends_with_the_run_stays_at_its_end() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let with = |schedule: serde_json::Value| json!({"training": {"epochs": 2, "batch_size": 20, "rate": 0.002, "rate_schedule": {"warmup_cosine": schedule}}});
    experiment(folder, with(json!({})));
    assert_eq!(run(folder, &["--out", "zero"]).0, Some(0));
    let (code, told) = run(folder, &["--out", "zero", "--extend-epochs", "1"]);
    assert!(code == Some(1) && told.contains("has ended at rate 0 after epoch 2"), "{told}");
    let constant = ["--set", "training.rate_schedule=constant", "--set", "training.rate=0.001"];
    let (code, told) = run(folder, &[&["--out", "zero", "--extend-epochs", "1"], &constant[..]].concat());
    assert!(code == Some(0) && told.contains("the learning rates from epoch 3 on are other ones"), "{told}");

    experiment(folder, with(json!({"final_rate": 0.0005})));
    assert_eq!(run(folder, &["--out", "parts"]).0, Some(0));
    let (code, told) = run(folder, &["--out", "parts", "--extend-epochs", "1"]);
    assert!(code == Some(0) && told.contains("a schedule of 2 epochs, and stays at its end, 0.0005"), "{told}");
    // That is what it did.
    let end = ["--set", "training.epochs=3", "--set", "training.rate_schedule.warmup_cosine.end_epoch=2"];
    assert_eq!(run(folder, &[&["--out", "whole"], &end[..]].concat()).0, Some(0));
    let weights = |name: &str| crate::fixtures::numbers(&folder.join(name))["weights/final/layer2/weight"].clone();
    assert_eq!(weights("whole/trace.h5"), weights("parts/trace.h5"));
}

#[test]
fn what_cannot_be_continued_is_told() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, json!({}));
    let refused = |arguments: &[&str], what: &str| {
        let (code, told) = run(folder, arguments);
        assert!(code == Some(1) && told.contains(what), "{told}");
    };
    refused(&["--extend-epochs", "1"], "no run has ended here");
    assert_eq!(run(folder, &[]).0, Some(0));
    refused(&["--extend-epochs", "1", "--set", "nudging.beta=0.1"], "these differ: experiment.nudging.beta");
    refused(&["--resume", "--set", "training.epochs=6", "--out", "runs/experiment"], "--extend-epochs N adds epochs");
    let trace = std::fs::read(folder.join("runs/experiment/trace.h5")).unwrap();
    std::fs::remove_file(folder.join("runs/experiment/final-state.h5")).unwrap();
    refused(&["--extend-epochs", "1"], "final-state.h5 is missing");
    assert!(trace == std::fs::read(folder.join("runs/experiment/trace.h5")).unwrap());

    let hot = ["--out", "hot", "--set", "training.rate=1e30"];
    assert_eq!(run(folder, &hot).0, Some(3));
    refused(&[&hot[..], &["--extend-epochs", "1"]].concat(), "this run has diverged");
}
