//! A run that ends no better than guessing says so, with what it looks like.
use crate::fixtures::{experiment, output, text};
use serde_json::json;

#[test]
fn a_run_no_better_than_guessing_did_not_learn() {
    for (rate, learns) in [(1e-9, false), (0.01, true)] {
        let place = tempfile::tempdir().unwrap();
        let training = json!({"epochs": 2, "batch_size": 20, "rate": rate, "optimizer": "adam"});
        experiment(place.path(), json!({"training": training}));
        let ended = output(place.path(), &["run", "experiment.json", "--out", "r", "--quiet"]);
        let said = text(&ended);
        assert_eq!(!said.contains("the network did not learn: its test accuracy of"), learns, "{rate}: {said}");
        assert_eq!(!said.contains("training.rate is too low"), learns, "{rate}: {said}");
    }
}
