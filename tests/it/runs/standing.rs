//! Runs that end early, go on, or were cut off: what is said of them, and what can be looked at; lists and comparisons.
use crate::fixtures::{dyad, experiment, output, text};
use dyadsim::results::{RunResult, open};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

#[test]
fn training_ends_when_it_gets_no_better_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A rate this small moves nothing by what counts.
    experiment(
        folder,
        json!({"training": {"epochs": 9, "batch_size": 20, "rate": 1e-9, "validation": {"last": {"fraction": 0.2}},
            "early_stopping": {"patience": 2, "metric": "validation_loss", "min_delta": 0.1}, "if_not_learnt": "measured"}}),
    );
    let said = succeeds(folder, &["run", "experiment.json", "--out", "out", "--quiet"]);
    assert!(said.contains("stopped_early   (after epoch 3: training.early_stopping)"), "{said}");
    let run = RunResult::open(&folder.join("out/trace.h5")).unwrap();
    assert_eq!((run.status().as_str(), run.epochs_done(), run.is_incomplete()), ("stopped_early", Some(3), false));
    assert_eq!(run.column("metrics", "epoch").unwrap(), [0.0, 1.0, 2.0, 3.0]);
    let without = output(folder, &["run", "experiment.json", "--out", "b", "--set", "training.validation=null"]);
    assert!(text(&without).contains("training.early_stopping = {\"patience\":2"), "{}", text(&without));
    assert!(text(&without).contains("needs a validation set"), "{}", text(&without));
}

#[test]
fn a_resumed_run_ends_early_where_a_whole_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let stopping = |epochs: usize| {
        experiment(
            folder,
            json!({"training": {"epochs": epochs, "batch_size": 20, "rate": 0.002, "validation": {"last": {"fraction": 0.2}},
                "early_stopping": {"patience": 3, "min_delta": 0.02}}, "output": {"figure": false, "checkpoint_every_epochs": 1}}),
        );
    };
    stopping(60);
    succeeds(folder, &["run", "experiment.json", "--out", "whole", "--quiet"]);
    let whole = RunResult::open(&folder.join("whole/trace.h5")).unwrap();
    assert_eq!(whole.status(), "stopped_early");
    let mut child = dyad(folder, &["run", "experiment.json", "--out", "parts", "--quiet"]).spawn().unwrap();
    let begun = Instant::now();
    while !folder.join("parts/checkpoint.h5").exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = output(folder, &["run", "experiment.json", "--out", "parts", "--resume", "--quiet"]);
    assert!(resumed.status.success(), "{}", text(&resumed));
    let parts = RunResult::open(&folder.join("parts/trace.h5")).unwrap();
    assert_eq!((parts.status(), parts.epochs_done()), (whole.status(), whole.epochs_done()));
}

#[test]
fn an_interrupted_run_can_be_looked_at_and_every_command_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    experiment(folder, json!({"training": {"epochs": 100000, "batch_size": 20, "rate": 0.002}}));
    let mut child = dyad(folder, &["run", "experiment.json", "--out", "out", "--quiet"]).spawn().unwrap();
    let begun = Instant::now();
    while !folder.join("out/progress.h5").exists() && begun.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It goes on.
    let told = succeeds(folder, &["info", "out"]);
    assert!(told.starts_with("this run goes on: shown is what it has measured up to epoch "), "{told}");
    assert!(succeeds(folder, &["list", "."]).contains("running"));
    // Two at once, as `timeout` and job schedulers send them; of two equal ones the system may hand over one.
    let both = format!("kill -INT {0} && kill -TERM {0}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &both]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    for command in [&["info"][..], &["report"], &["export", "--to", "csv"]] {
        let told = succeeds(folder, &[command, &["out"]].concat());
        let page = std::fs::read_to_string(folder.join("out/report.html")).unwrap_or_default();
        let sentence = "his run was interrupted: shown is what it had measured up to epoch";
        assert!(told.contains(sentence) || page.contains(sentence), "{command:?}: {told}");
    }
    succeeds(folder, &["plot", "out", "--what", "curves", "-o", "curves.svg"]);
    assert!(std::fs::read_to_string(folder.join("curves.svg")).unwrap().contains("interrupted"));
    let dyadsim::results::Opened::Run(run) = open(&folder.join("out")).unwrap() else { unreachable!() };
    assert_eq!(run.status(), "interrupted");
    // All that was measured can be looked at, to the last epoch.
    let table = std::fs::read_to_string(folder.join("out/metrics.csv")).unwrap();
    assert_eq!(run.column("metrics", "test_accuracy").unwrap().len(), table.lines().count() - 1);
    let listed = succeeds(folder, &["list", "."]);
    assert!(listed.contains("interrupted") && listed.contains("/100000"), "{listed}");
}

#[test]
fn runs_are_listed_compared_and_drawn_together() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    experiment(folder, json!({"recording": {"predictions": true}}));
    succeeds(folder, &["run", "experiment.json", "--out", "runs/one", "--quiet"]);
    succeeds(folder, &["run", "experiment.json", "--out", "runs/same", "--quiet"]);
    succeeds(
        folder,
        &[
            "run",
            "experiment.json",
            "--out",
            "runs/other",
            "--quiet",
            "--set",
            "seeds.noise=9",
            "--set",
            "training.rate=0.003",
        ],
    );
    let listed = succeeds(folder, &["list"]);
    let names: Vec<&str> = listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, ["folder", "runs/one", "runs/other", "runs/same"]);
    assert!(listed.contains("complete") && listed.contains("3/3") && listed.contains(" %"), "{listed}");
    // Nothing but times differs.
    assert!(succeeds(folder, &["diff", "runs/one", "runs/same"]).starts_with("the same settings, and the same "));
    let differing = output(folder, &["diff", "runs/one", "runs/other"]);
    assert_eq!(differing.status.code(), Some(1));
    let said = text(&differing);
    let rate = said.lines().find(|line| line.contains("experiment.training.rate")).unwrap();
    assert!(rate.ends_with("0.002 | 0.003") && said.contains("experiment.seeds.noise"), "{said}");
    // Weights differ after the first update: the step after it is the first that can tell.
    let first = said.lines().skip_while(|line| !line.ends_with("the earliest first:")).nth(1).unwrap();
    assert!(first.contains(" at epoch 1") || first.contains(" at step "), "{said}");
    succeeds(
        folder,
        &["plot", "runs/one", "runs/other", "-o", "both.svg", "--ylim", "..100", "--metric", "test_accuracy"],
    );
    let svg = std::fs::read_to_string(folder.join("both.svg")).unwrap();
    assert!(svg.contains(">one</text>") && svg.contains(">other</text>"), "names of the runs");
    succeeds(folder, &["report", "runs/one", "runs/other", "-o", "both.html"]);
    let page = std::fs::read_to_string(folder.join("both.html")).unwrap();
    assert!(page.contains("Settings that differ") && page.contains("\"name\":\"other\""));
    succeeds(folder, &["plot", "runs/one", "--what", "confusion", "-o", "confusion.svg"]);
    assert!(std::fs::read_to_string(folder.join("confusion.svg")).unwrap().contains("predicted class"));
}

#[test]
fn the_answers_of_the_final_network_are_those_that_its_accuracy_counts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    experiment(
        folder,
        json!({"recording": {"predictions": true}, "training": {"epochs": 4, "batch_size": 20, "rate": 0.002,
            "validation": {"last": {"fraction": 0.2}}}}),
    );
    succeeds(folder, &["run", "experiment.json", "--out", "out", "--quiet"]);
    let run = RunResult::open(&folder.join("out/trace.h5")).unwrap();
    let [class, predicted, outputs, confusion] =
        ["true_class", "predicted_class", "output", "confusion"].map(|name| run.column("predictions", name).unwrap());
    assert_eq!((class.len(), outputs.len(), confusion.len()), (100, 1000, 100));
    let right = class.iter().zip(&predicted).filter(|(a, b)| a == b).count() as f64;
    assert!((right / 100.0 - run.kept_accuracy().unwrap().unwrap()).abs() < 1e-12);
    assert_eq!((0..10).map(|k| confusion[11 * k]).sum::<f64>(), right);
    assert_eq!(confusion.iter().sum::<f64>(), 100.0);
    for (sample, taken) in predicted.iter().enumerate() {
        let own = &outputs[10 * sample..][..10];
        assert!(own.iter().all(|output| *output <= own[*taken as usize]));
    }
}
