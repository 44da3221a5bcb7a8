//! A run that leaves the finite range ends as a recorded result.
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::json;

#[test]
fn a_diverged_run_keeps_everything_and_has_its_own_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(
        folder.path(),
        json!({
            "network": {"hidden": [40, 20], "activation": "identity"},
            "credit_rule": "dp",
            // |1−2α|βσ² far above 1: the saddle is gone, every round multiplies the states.
            "nudging": {"alpha": 0.0, "beta": 8.0},
            "schedule": {"forward_then_rounds": {"rounds": 60}},
            "loss": "half_squared_error",
            "recording": {"states": {"every_steps": 1}}
        }),
    );
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r"]);
    assert_eq!(run.status.code(), Some(3), "{}", text(&run));
    assert!(text(&run).contains("status               diverged: a "), "{}", text(&run));
    let trace = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    assert_eq!(trace.text("status").unwrap(), "diverged");
    let step = trace.integer("divergence_step").unwrap();
    assert!((1..=3).contains(&trace.integer("divergence_layer").unwrap()));
    assert!(trace.integer("divergence_unit").unwrap() < 40);
    // The untrained scores, the states up to the divergence and the weights are there.
    assert_eq!(trace.read("metrics/test_accuracy").unwrap().values.len(), 1);
    assert_eq!(trace.read("states/layer1/s_plus").unwrap().shape, [step as usize + 1, 1, 40]);
    assert!(trace.contains("weights/final/layer1/weight"));
    let info = output(folder.path(), &["info", "r"]);
    assert!(text(&info).contains("divergence         a "), "{}", text(&info));
}

#[test]
fn weights_that_overflow_are_a_divergence_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(
        folder.path(),
        json!({"training": {"epochs": 3, "batch_size": 20, "rate": 1e38, "optimizer": {"sgd": {}}}}),
    );
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert_eq!(run.status.code(), Some(3), "{}", text(&run));
}
