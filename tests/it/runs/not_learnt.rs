//! A run that ends no better than guessing says so, with what it looks like, and is no result.
use crate::fixtures::{experiment, output, text};
use dyadsim::results::{RunResult, SweepResult};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

fn training(rate: f64, changes: &Value) -> Value {
    let mut training = json!({"epochs": 2, "batch_size": 20, "rate": rate, "optimizer": "adam"});
    for (key, value) in changes.as_object().unwrap() {
        training[key] = value.clone();
    }
    json!({"training": training})
}

/// What a run says, and its trace.
fn made(place: &Path, changes: Value, options: &[&str]) -> (String, RunResult) {
    experiment(place, changes);
    let ended = output(place, &[&["run", "experiment.json", "--out", "r", "--quiet"], options].concat());
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended));
    (text(&ended), RunResult::open(&place.join("r/trace.h5")).unwrap())
}

#[test]
fn a_run_no_better_than_guessing_did_not_learn() {
    for (rate, reason) in
        [(1e-9, Some("training.rate is too low")), (0.01, None), (100.0, Some("training.rate is too high"))]
    {
        let place = tempfile::tempdir().unwrap();
        let (said, run) = made(place.path(), training(rate, &json!({})), &[]);
        let told = said.contains("the network did not learn: its test accuracy of");
        assert_eq!(told, reason.is_some(), "{rate}: {said}");
        assert!(reason.is_none_or(|reason| said.contains(reason)), "{rate}: {said}");
        // Its final scores are missing, those of its epochs are not.
        assert_eq!(said.contains("\ntest accuracy "), reason.is_none(), "{said}");
        assert_eq!(run.status(), if reason.is_some() { "did_not_learn" } else { "complete" });
        assert_eq!((run.not_learnt().is_some(), run.is_incomplete()), (reason.is_some(), false));
        assert_eq!(run.kept_accuracy().unwrap().is_some(), reason.is_none());
        let epochs = run.column("metrics", "test_accuracy").unwrap();
        assert!(epochs.len() == 3 && epochs.iter().all(|accuracy| accuracy.is_finite()));
        let listed = text(&output(place.path(), &["list", "r"]));
        assert_eq!(listed.contains(" %"), reason.is_none(), "{listed}");
        output(place.path(), &["report", "r", "--out", "page.html"]);
        let page = std::fs::read_to_string(place.path().join("page.html")).unwrap();
        assert_eq!(page.contains("The network did not learn: its test accuracy"), reason.is_some());
    }
}

#[test]
fn the_scores_of_a_run_that_did_not_learn_are_kept_where_they_are_wanted() {
    let place = tempfile::tempdir().unwrap();
    let (said, run) = made(place.path(), training(1e-9, &json!({"if_not_learnt": "measured"})), &[]);
    assert!(said.contains("the network did not learn") && said.contains("\ntest accuracy "), "{said}");
    assert_eq!(run.status(), "complete");
    assert!(run.kept_accuracy().unwrap().is_some() && run.not_learnt().is_some());
}

#[test]
fn what_did_not_learn_may_go_on_and_early_stopping_is_no_success() {
    let place = tempfile::tempdir().unwrap();
    made(place.path(), training(1e-9, &json!({})), &[]);
    let (said, run) = made(place.path(), training(0.01, &json!({})), &["--extend-epochs", "2"]);
    assert_eq!((run.status().as_str(), run.epochs_done()), ("complete", Some(4)), "{said}");
    assert_eq!(run.not_learnt(), None);

    let place = tempfile::tempdir().unwrap();
    let stopping = json!({"epochs": 9, "validation": {"last": {"count": 100}}, "early_stopping": {"patience": 2}});
    let (_, run) = made(place.path(), training(1e-9, &stopping), &[]);
    assert_eq!((run.status().as_str(), run.is_incomplete()), ("did_not_learn", false));
    assert!(run.epochs_done().unwrap() < 9);
}

#[test]
fn a_network_that_is_only_measured_has_not_failed_to_learn() {
    let place = tempfile::tempdir().unwrap();
    let (said, run) = made(place.path(), training(1e-9, &json!({"epochs": 0})), &[]);
    assert!(run.status() == "complete" && !said.contains("did not learn"), "{said}");
    assert!(run.kept_accuracy().unwrap().is_some());
}

/// A sweep over the rate, of which one value moves nothing.
fn swept(place: &Path, set: &Value, base: &Value) -> (String, SweepResult) {
    experiment(place, training(0.01, base));
    let sweep = json!({
        "schema_version": 2, "title": "rates", "base": "experiment.json", "set": set,
        "axes": [{"name": "rate", "keys": ["training.rate"], "points": {"values": [1e-9, 0.01]}}],
        "replicates": {"count": 2, "vary": ["init"]}, "output": {"figure": true}
    });
    std::fs::write(place.join("sweep.json"), sweep.to_string()).unwrap();
    let ended = output(place, &["sweep", "sweep.json", "--out", "s", "--overwrite"]);
    assert!(ended.status.success(), "{}", text(&ended));
    (text(&ended), SweepResult::open(&place.join("s/sweep.h5")).unwrap())
}

#[test]
fn sweeps_leave_out_what_did_not_learn_and_say_how_many() {
    let place = tempfile::tempdir().unwrap();
    let (said, sweep) = swept(place.path(), &json!({}), &json!({}));
    assert!(said.contains("4: 2 complete, 2 did not learn"), "{said}");
    assert!(said.contains("did not learn first: rate = 0.000000001"), "{said}");
    let last = |sweep: &SweepResult, name: &str| sweep.reader().read(&format!("final/{name}")).unwrap().values;
    assert_eq!(last(&sweep, "status"), [5.0, 5.0, 1.0, 1.0]);
    for name in ["test_accuracy", "train_loss"] {
        let values = last(&sweep, name);
        assert_eq!([0, 1, 2, 3].map(|point| values[point].is_nan()), [true, true, false, false], "{name}");
    }
    // What was measured after each epoch stays.
    let curves = sweep.reader().read("curves/test_accuracy").unwrap().values;
    assert!(curves.iter().all(|accuracy| accuracy.is_finite()));
    let figure = std::fs::read_to_string(place.path().join("s/figure.svg")).unwrap();
    assert!(figure.contains("2 did not learn of") && figure.contains("4 points"), "{figure}");
    output(place.path(), &["report", "s", "--out", "page.html"]);
    let page = std::fs::read_to_string(place.path().join("page.html")).unwrap();
    assert!(page.contains("points did not learn"));

    let (said, sweep) = swept(place.path(), &json!({"training.if_not_learnt": "measured"}), &json!({}));
    assert!(said.contains("4: 4 complete") && !said.contains("did not learn"), "{said}");
    assert!(last(&sweep, "test_accuracy").iter().all(|accuracy| accuracy.is_finite()));
}

#[test]
fn a_sweep_from_a_network_that_did_not_learn_says_so_every_time() {
    let place = tempfile::tempdir().unwrap();
    experiment(place.path(), training(1e-9, &json!({})));
    let sweep = json!({
        "schema_version": 2, "title": "transfer", "base": "experiment.json", "set": {"training.epochs": 0}, "trained": {"set": {"training.epochs": 2}},
        "axes": [{"name": "noise", "keys": ["hardware.input_noise_std"], "points": {"values": [0, 0.1]}}],
        "output": {"figure": false}
    });
    std::fs::write(place.path().join("sweep.json"), sweep.to_string()).unwrap();
    for arguments in [vec!["sweep", "sweep.json", "--out", "s"], vec!["sweep", "--resume", "s"]] {
        let ended = output(place.path(), &arguments);
        assert!(ended.status.success() && text(&ended).contains("network did not learn"), "{}", text(&ended));
        assert!(text(&ended).contains("2: 2 complete"), "{}", text(&ended));
    }
    let trained = TraceReader::open(&place.path().join("s/trained/trace.h5")).unwrap();
    assert_eq!(trained.text("status").as_deref(), Some("did_not_learn"));
}
