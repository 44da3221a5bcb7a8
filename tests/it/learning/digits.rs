//! What networks learn from the built-in digits: hard enough for a linear classifier, easy enough for dyads.
use crate::fixtures::{experiment, output, text};
use serde_json::{Value, json};

/// Test accuracy in percent that the program prints.
fn accuracy(hidden: &[usize], rule: &str, seed: u64, optimizer_rate: f64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut changes = json!({
        "data": {"source": {"digits": {}}},
        "network": {"hidden": hidden},
        "credit_rule": rule,
        "training": {"epochs": 15, "batch_size": 50, "rate": optimizer_rate,
                     "rate_schedule": {"warmup_cosine": {}}},
        "seeds": {"data": seed, "init": seed},
        "measure": {"norms_every_epochs": null},
    });
    if rule == "backprop" {
        changes["nudging"] = Value::Null;
        changes["schedule"] = Value::Null;
    }
    let file = experiment(folder.path(), changes);
    let run = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    let printed = text(&run);
    let line = printed.lines().find(|line| line.starts_with("test accuracy")).unwrap();
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

#[test]
fn digits_defeat_a_linear_classifier_but_not_a_small_network() {
    for seed in [3, 4] {
        for rate in [0.003, 0.01] {
            let linear = accuracy(&[], "backprop", seed, rate);
            println!("seed {seed}: linear, rate {rate}: {linear} %");
            // Above 80 %, or the classifier was simply not trained well.
            assert!((80.0..93.0).contains(&linear), "{linear}");
        }
        for rule in ["dp_transpose", "dp", "backprop"] {
            let network = accuracy(&[128, 128], rule, seed, 0.001);
            println!("seed {seed}: 128-128, {rule}: {network} %");
            assert!(network > 97.0, "{rule}: {network}");
        }
    }
}
