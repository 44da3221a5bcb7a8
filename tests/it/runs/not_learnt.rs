//! A run that ends no better than guessing says so, with what it looks like.
use crate::fixtures::{experiment, output, text};
use serde_json::json;

#[test]
fn a_run_no_better_than_guessing_did_not_learn() {
    for (rate, reason) in
        [(1e-9, Some("training.rate is too low")), (0.01, None), (100.0, Some("training.rate is too high"))]
    {
        let place = tempfile::tempdir().unwrap();
        let training = json!({"epochs": 2, "batch_size": 20, "rate": rate, "optimizer": "adam"});
        experiment(place.path(), json!({"training": training}));
        let ended = output(place.path(), &["run", "experiment.json", "--out", "r", "--quiet"]);
        let said = text(&ended);
        assert_eq!(
            said.contains("the network did not learn: its test accuracy of"),
            reason.is_some(),
            "{rate}: {said}"
        );
        assert!(reason.is_none_or(|reason| said.contains(reason)), "{rate}: {said}");
    }
}
