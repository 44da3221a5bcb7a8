//! Runs of lifted networks: they learn, on ideal and on noisy hardware, with the same bits for any number of threads and
//! after being killed.
use crate::fixtures::{assert_same_numbers, dyad, experiment, noisy_hardware, numbers, output, text};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn settings(lifted: Value, epochs: u64) -> Value {
    json!({
        "credit_rule": "lifted",
        "loss": "half_squared_error",
        "lifted": lifted,
        "nudging": null, "schedule": null,
        "data": {"source": {"digits": {"train_count": 1500, "test_count": 300}}},
        "training": {"epochs": epochs, "batch_size": 50, "rate": 0.002},
        "measure": {}
    })
}

/// The chip of the tests without the circuits that compare compartments, which a lifted network has not.
fn write_chip(folder: &Path) {
    let mut chip = noisy_hardware();
    chip.as_object_mut().unwrap().remove("learning");
    for compared in ["chopping", "calibration"] {
        chip["units"].as_object_mut().unwrap().remove(compared);
    }
    chip["arrays"]["feedback_weights"] = json!("transposed");
    std::fs::write(folder.join("chip.json"), chip.to_string()).unwrap();
}

fn local(passes: u64) -> Value {
    json!({"inference": {"local": {"max_passes": passes, "tolerance": null}}})
}

fn run(folder: &Path, changes: Value, extra: &[&str]) -> String {
    write_chip(folder);
    let file = experiment(folder, changes);
    let mut arguments = vec!["run", file.to_str().unwrap(), "--out", "r", "--overwrite"];
    arguments.extend(extra);
    let run = output(folder, &arguments);
    assert!(run.status.success(), "{}", text(&run));
    text(&run)
}

fn last(folder: &Path, name: &str) -> f64 {
    let all = numbers(&folder.join("r/trace.h5"));
    f64::from_bits(*all[name].last().unwrap())
}

#[test]
fn every_kind_of_lifted_network_learns_the_digits() {
    let folder = tempfile::tempdir().unwrap();
    for (lifted, least) in [
        (json!({}), 0.8),
        (json!({"objective": {"nudged": {"beta": 1}}}), 0.75),
        (json!({"energy": "plain"}), 0.65),
        (json!({"energy": "lpom"}), 0.7),
        (local(20), 0.8),
    ] {
        run(folder.path(), settings(lifted.clone(), 8), &["--quiet"]);
        let accuracy = last(folder.path(), "metrics/test_accuracy");
        assert!(accuracy > least, "{lifted}: {accuracy}");
    }
    let mut on_chip = settings(local(20), 8);
    on_chip["hardware"] = json!("chip.json");
    run(folder.path(), on_chip, &["--quiet"]);
    let accuracy = last(folder.path(), "metrics/test_accuracy");
    assert!(accuracy > 0.6, "on the noisy chip: {accuracy}");
}

#[test]
fn without_classes_the_inputs_are_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let mut unsupervised = settings(json!({"objective": "reconstruction", "energy": {"lrrn": {"lambda": 1}}}), 4);
    unsupervised["network"] = json!({"hidden": [40]});
    let text = run(folder.path(), unsupervised, &[]);
    assert!(text.contains("reconstruction error"), "{text}");
    let all = numbers(&folder.path().join("r/trace.h5"));
    let errors: Vec<f64> = all["metrics/test_reconstruction_error"].iter().map(|&bits| f64::from_bits(bits)).collect();
    assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{errors:?}");
    assert!(errors.last().unwrap() < &0.35, "{errors:?}");
    let energies: Vec<f64> = all["metrics/test_energy"].iter().map(|&bits| f64::from_bits(bits)).collect();
    assert!(energies.windows(2).all(|pair| pair[1] < pair[0]), "{energies:?}");
}

#[test]
fn threads_do_not_change_a_bit() {
    for (lifted, hardware) in [(json!({}), "ideal.json"), (local(3), "chip.json")] {
        let weights = |threads: &str| {
            let folder = tempfile::tempdir().unwrap();
            let mut changes = settings(lifted.clone(), 1);
            changes["hardware"] = json!(hardware);
            changes["network"] = json!({"hidden": [150, 40]});
            run(folder.path(), changes, &["--quiet", "--threads", threads]);
            let mut all = numbers(&folder.path().join("r/trace.h5"));
            all.retain(|name, _| name.starts_with("weights/final/"));
            assert!(all.keys().any(|name| name.ends_with("reconstruction_bias")));
            all
        };
        let one = weights("1");
        assert!(["2", "5"].iter().all(|threads| one == weights(threads)), "{hardware}");
    }
}

#[test]
fn a_killed_run_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    write_chip(folder.path());
    let mut changes = settings(local(4), 6);
    changes["hardware"] = json!("chip.json");
    changes["recording"] = json!({"states": {"every_steps": 1, "signals": ["s_plus", "s_minus", "difference"]}});
    let file = experiment(folder.path(), changes);
    let file = file.to_str().unwrap();
    let whole = output(folder.path(), &["run", file, "--out", "whole", "--quiet"]);
    assert!(whole.status.success(), "{}", text(&whole));
    let mut kills = 0;
    for attempt in 0..40 {
        let mut arguments = vec!["run", file, "--out", "killed", "--quiet"];
        // Killed before there was a folder, the run starts over.
        if folder.path().join("killed").exists() {
            arguments.push("--resume");
        }
        let mut child = dyad(folder.path(), &arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150 + 60 * attempt));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 0, "no kill came in time");
    let (whole, killed) = (folder.path().join("whole/trace.h5"), folder.path().join("killed/trace.h5"));
    if !killed.exists() {
        let rest = output(folder.path(), &["run", file, "--out", "killed", "--quiet", "--resume"]);
        assert!(rest.status.success(), "{}", text(&rest));
    }
    assert_same_numbers(&whole, &killed);
}

/// A certificate that holds and attacks that are differentiated through the minimum, by both ways to measure them.
#[test]
fn robustness_of_a_finished_run_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut changes = settings(json!({}), 2);
    changes["measure"] = json!({"robustness": {
        "samples": 40, "epsilons_l2": [0.5, 1.5], "epsilons_linf": [0.05], "steps": 8, "restarts": 0,
        "noise_draws": 2, "power_iterations": 20, "pairs": 20, "pair_steps": 3
    }});
    run(folder.path(), changes, &["--quiet"]);
    let number = |name: &str| last(folder.path(), &format!("robustness/{name}"));
    let certificate = number("lipschitz_certified");
    assert!((certificate - 1.25f64.powi(3)).abs() < 1e-9, "{certificate}");
    for lower in ["lipschitz_local", "lipschitz_pairs"] {
        let lower = number(lower);
        assert!(lower > 0.1 && lower <= certificate, "{lower} of {certificate}");
    }
    let all = numbers(&folder.path().join("r/trace.h5"));
    let curve = |name: &str| -> Vec<f64> {
        all[&format!("robustness/{name}")].iter().map(|&bits| f64::from_bits(bits)).collect()
    };
    let (pgd, certified) = (curve("accuracy_pgd_l2"), curve("certified_accuracy_l2"));
    assert!(pgd.iter().zip(&certified).all(|(pgd, certified)| pgd >= certified), "{pgd:?} {certified:?}");
    let measured = output(folder.path(), &["robustness", "r", "--out", "again"]);
    assert!(measured.status.success(), "{}", text(&measured));
    let again = numbers(&folder.path().join("again/robustness.h5"));
    assert_eq!(again["robustness/accuracy_pgd_l2"], all["robustness/accuracy_pgd_l2"]);
    assert_eq!(again["robustness/lipschitz_local"], all["robustness/lipschitz_local"]);
    let refused = output(folder.path(), &["export", "r", "--to", "nir"]);
    assert!(!refused.status.success() && text(&refused).contains("minimum of an energy"), "{}", text(&refused));
}
