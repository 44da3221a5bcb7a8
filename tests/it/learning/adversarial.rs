//! Adversarial training of whole runs.
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{assert_same_numbers, experiment, numbers, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

/// Settings of backprop, adversarial with this step.
fn settings(step: Option<f64>) -> Value {
    json!({
        "network": {"hidden": [200, 30]},
        "loss": "half_squared_error",
        "credit_rule": "backprop",
        "nudging": null, "schedule": null, "measure": {},
        "training": {
            "epochs": 3, "batch_size": 50, "rate": 0.002, "adversarial": step.map(|step| json!({"step": step}))
        },
    })
}

fn run(folder: &Path, changes: Value, out: &str, more: &[&str]) {
    let file = experiment(folder, changes);
    let run = output(folder, &[&["run", file.to_str().unwrap(), "--out", out, "--quiet"], more].concat());
    assert!(run.status.success(), "{}", text(&run));
}

#[test]
fn threads_and_recording_do_not_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), settings(Some(0.5)), "one", &["--threads", "1"]);
    for threads in ["2", "8"] {
        run(folder.path(), settings(Some(0.5)), threads, &["--threads", threads]);
        assert_same_numbers(&folder.path().join("one/trace.h5"), &folder.path().join(threads).join("trace.h5"));
    }
    let mut recorded = settings(Some(0.5));
    recorded["recording"] = json!({"states": {"every_steps": 1, "signals": ["s_plus", "mean", "drive"]}});
    run(folder.path(), recorded, "recorded", &[]);
    let [plain, recorded] = ["one", "recorded"].map(|out| numbers(&folder.path().join(out).join("trace.h5")));
    assert!(plain.iter().all(|(name, values)| recorded[name] == *values));
}

/// A step too small to move any input is no step, a larger one is.
#[test]
fn a_vanishing_step_is_ordinary_training() {
    let folder = tempfile::tempdir().unwrap();
    let trace = |out: &str| folder.path().join(out).join("trace.h5");
    run(folder.path(), settings(None), "plain", &[]);
    run(folder.path(), settings(Some(1e-40)), "vanishing", &[]);
    run(folder.path(), settings(Some(0.5)), "adversarial", &[]);
    assert_same_numbers(&trace("plain"), &trace("vanishing"));
    assert!(numbers(&trace("plain")) != numbers(&trace("adversarial")));
}

/// The states are those of the moved inputs: the outputs are further from the targets than those of the inputs as they
/// are, by the first-order change of the loss and more.
#[test]
fn recorded_states_are_those_of_the_moved_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let states = |step: Option<f64>, out: &str| {
        let mut settings = settings(step);
        settings["recording"] = json!({"states": {"every_steps": 1000, "signals": ["mean"], "samples": "all"}});
        run(folder.path(), settings, out, &[]);
        let trace = TraceReader::open(&folder.path().join(out).join("trace.h5")).unwrap();
        (trace.read("states/layer3/mean").unwrap().values, trace.read("states/stimuli/label").unwrap().values)
    };
    let (plain, labels) = states(None, "plain");
    let (moved, same) = states(Some(0.5), "moved");
    assert_eq!(labels, same);
    for (j, &label) in labels.iter().enumerate() {
        let loss = |outputs: &[f64]| {
            let own = &outputs[10 * j..10 * (j + 1)];
            own.iter().enumerate().map(|(i, s)| 0.5 * (s - f64::from(i as f64 == label)).powi(2)).sum::<f64>()
        };
        assert!(loss(&moved) > loss(&plain), "sample {j}");
    }
}

#[test]
fn a_divergence_is_a_recorded_result() {
    let folder = tempfile::tempdir().unwrap();
    let mut changes = settings(Some(1e30));
    changes["network"]["activation"] = json!("identity");
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r"]);
    assert_eq!(run.status.code(), Some(3), "{}", text(&run));
    assert!(text(&run).contains("status               diverged: a "), "{}", text(&run));
}

#[test]
fn its_cost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let arithmetic = |step: Option<f64>| -> f64 {
        let file = experiment(folder.path(), settings(step));
        let told = text(&output(folder.path(), &["explain", file.to_str().unwrap()]));
        let line = told.lines().find(|line| line.contains("floating-point operations in products")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let ratio = arithmetic(Some(0.5)) / arithmetic(None);
    // Weights in thousands: the first layer has 157, the others 6.3. Forward, backward, learning, and once more.
    let [first, rest] = [784.0 * 200.0, 200.0 * 30.0 + 30.0 * 10.0];
    let expected = (4.0 * first + 5.0 * rest) / (2.0 * first + 3.0 * rest);
    assert!((ratio / expected - 1.0).abs() < 2e-3, "{ratio} instead of {expected}");
}

/// Points that differ by it alone do not cost the same.
#[test]
fn its_cost_is_told_of_every_point_of_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let method = json!([{"label": "plain"}, {"label": "adversarial", "set": {"training.adversarial": {"step": 1}}}]);
    let file = sweep(
        folder.path(),
        json!({
            "set": {"credit_rule": "backprop", "nudging": null, "schedule": null, "measure": {}},
            "axes": [{"name": "method", "points": {"settings": method}}],
            "replicates": {"count": 1, "vary": []}
        }),
    );
    let told = output(folder.path(), &["sweep", file.to_str().unwrap(), "--dry-run"]);
    assert!(told.status.success(), "{}", text(&told));
    let told = text(&told);
    let operations = |method: &str| -> f64 {
        let line = told.lines().find(|line| line.contains(&format!("method = {method}"))).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    assert!(operations("adversarial") > 1.3 * operations("plain"), "{told}");
}
