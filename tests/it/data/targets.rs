//! Targets that are numbers, or several labels: runs that learn them, and what goes with them.
use crate::fixtures::{experiment, output, text};
use dyadsim::prelude::*;
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;

/// y1 = 3 x1 − 2 x2 + 100 and y2 = |x1|, and two labels: x1 > 0, x1 + x2 > 0.
fn table(folder: &Path) {
    let numbers = |k: usize| [(k * 37 % 101) as f64 / 50.0 - 1.0, (k * 53 % 97) as f64 / 48.0 - 1.0];
    let row = |k: usize| {
        let [a, b] = numbers(k);
        format!("{a},{b},{},{},{},{}\n", 3.0 * a - 2.0 * b + 100.0, a.abs(), u8::from(a > 0.0), u8::from(a + b > 0.0))
    };
    let rows: String = (0..400).map(row).collect();
    std::fs::write(folder.join("t.csv"), format!("x1,x2,y1,y2,l1,l2\n{rows}")).unwrap();
}

fn changes(kind: &str, rule: &str) -> Value {
    let target = if kind == "values" { json!(["y1", "y2"]) } else { json!(["l1", "l2"]) };
    let mut data = json!({
        "source": {"table": {"train": "t.csv", "target": target, "features": ["x1", "x2"]}},
        "scaling": "standardise_per_feature", "targets": kind, "test_split": {"random": {"fraction": 0.25}}
    });
    if kind == "values" {
        data["target_scaling"] = json!("standardise");
    }
    let loss = if kind == "values" { "half_squared_error" } else { "sigmoid_cross_entropy" };
    let mut changes = json!({
        "data": data, "loss": loss, "credit_rule": rule, "network": {"hidden": [30]},
        "training": {"epochs": 30, "batch_size": 10, "rate": 0.01, "optimizer": "adam", "validation": {"random": {"fraction": 0.2}}},
        "measure": {}, "recording": {"states": {"every_steps": 100}}
    });
    if rule == "backprop" {
        changes["nudging"] = Value::Null;
        changes["schedule"] = Value::Null;
    }
    changes
}

fn last(trace: &TraceReader, name: &str) -> f64 {
    *trace.read(&format!("metrics/{name}")).unwrap().values.last().unwrap()
}

#[test]
fn values_are_learnt_by_dyads_and_by_backprop() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    table(folder);
    for rule in ["dp_transpose", "backprop"] {
        let file = experiment(folder, changes("values", rule));
        let run = output(folder, &["run", file.to_str().unwrap(), "--out", rule]);
        assert!(run.status.success(), "{}", text(&run));
        assert!(text(&run).contains("test r2") && text(&run).contains("test R² 0.9"), "{}", text(&run));
        let trace = TraceReader::open(&folder.join(rule).join("trace.h5")).unwrap();
        assert!(last(&trace, "test_r2") > 0.97, "{rule}: {}", last(&trace, "test_r2"));
        // In the units of the file: y1 has a standard deviation of about 2.1, y2 of about 0.3.
        let rmse = last(&trace, "test_rmse");
        assert!((0.005..0.4).contains(&rmse), "{rule}: {rmse}");
        assert!(!trace.contains("metrics/test_accuracy") && !trace.contains("states/stimuli/label"));
        assert!(trace.contains("weights/best") && trace.integer("best_epoch").is_some());
    }
}

/// A lifted network is a regression by itself; its Lipschitz constant is bounded, so that it comes close and no closer.
#[test]
fn values_are_learnt_by_lifted_networks() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    table(folder);
    let mut changes = changes("values", "lifted");
    (changes["nudging"], changes["schedule"]) = (Value::Null, Value::Null);
    changes["recording"] = json!({});
    let file = experiment(folder, changes);
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", "r"]);
    assert!(run.status.success(), "{}", text(&run));
    let trace = TraceReader::open(&folder.join("r/trace.h5")).unwrap();
    let r2 = trace.read("metrics/test_r2").unwrap().values;
    assert!(r2[0] < 0.3 && *r2.last().unwrap() > 0.75, "{r2:?}");
    assert!(!trace.contains("metrics/test_accuracy"));
}

#[test]
fn several_labels_are_learnt_at_once() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    table(folder);
    for rule in ["dp_transpose", "backprop"] {
        let file = experiment(folder, changes("labels", rule));
        let run = output(folder, &["run", file.to_str().unwrap(), "--out", rule, "--quiet"]);
        assert!(run.status.success(), "{}", text(&run));
        let trace = TraceReader::open(&folder.join(rule).join("trace.h5")).unwrap();
        let (accuracy, f1) = (last(&trace, "test_accuracy"), last(&trace, "test_f1"));
        assert!(accuracy > 0.9 && f1 > 0.95 && f1 < 1.01, "{rule}: {accuracy} {f1}");
    }
}

#[test]
fn a_validation_set_of_its_own_chooses_the_weights() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    table(folder);
    let mut changes = changes("values", "dp_transpose");
    changes["data"]["source"]["table"]["validation"] = json!("t.csv");
    changes["training"]["validation"] = Value::Null;
    changes["training"]["epochs"] = json!(2);
    let file = experiment(folder, changes.clone());
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", "own", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let trace = TraceReader::open(&folder.join("own/trace.h5")).unwrap();
    assert!(last(&trace, "validation_r2").is_finite() && trace.contains("weights/best"));
    assert!(trace.text("data_json").unwrap().contains(r#"["validation",{"samples":400"#));
    changes["training"]["validation"] = json!({"last": {"count": 10}});
    let told = Setup::load(&experiment(folder, changes), &[]).unwrap_err().to_string();
    assert!(told.contains("has a validation set of its own: remove it"), "{told}");
}

#[test]
fn what_does_not_go_with_targets_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    table(folder);
    let told = |kind: &str, edits: &[(&str, Value)]| {
        let file = experiment(folder, changes(kind, "dp_transpose"));
        let edits: Vec<Edit> = edits.iter().map(|(key, value)| Edit::new(key, value.clone()).unwrap()).collect();
        Setup::load(&file, &edits).unwrap_err().to_string()
    };
    for (kind, key, value, rule) in [
        (
            "values",
            "loss",
            json!("softmax_cross_entropy"),
            "must be \"half_squared_error\" with data.targets \"values\"",
        ),
        (
            "labels",
            "loss",
            json!("softmax_cross_entropy"),
            "must be \"sigmoid_cross_entropy\" or \"half_squared_error\"",
        ),
        ("labels", "data.target_scaling", json!("standardise"), "is used only with targets \"values\""),
        ("values", "data.source", json!({"digits": {}}), "data.targets = \"values\": must be \"classes\""),
        ("values", "data.test_split", Value::Null, "is needed, since the source names no test set"),
        ("values", "measure.robustness", json!({}), "is for classes, not for data.targets \"values\""),
    ] {
        let told = told(kind, &[(key, value)]);
        assert!(told.contains(rule), "{told}");
    }
}
