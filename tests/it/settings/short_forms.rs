//! Short forms of settings, comments, and what is said of a key.
use crate::fixtures::{experiment, output, text};
use dyadsim::prelude::*;
use serde_json::json;

#[test]
fn a_file_of_short_forms_is_the_long_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("short.json");
    let short = r#"{
        // What is asked.
        "schema_version": 2, "title": "short", "hardware": "BrainScaleS2",
        "data": {"source": "digits"}, "network": {"hidden": [30]}, /* and so on */
        "schedule": "fwbwK", "seed": 7,
        "training": {"epochs": 1, "batch_size": 10, "rate": 0.01, "optimizer": "sgd"}
    }"#;
    std::fs::write(&file, short).unwrap();
    let edits = ["training.optimizer=adam", "training.optimizer.adam.beta1=0.8"].map(|edit| Edit::parse(edit).unwrap());
    let setup = Setup::load(&file, &edits).unwrap();
    let seeds = setup.experiment.seeds;
    assert_eq!([seeds.data, seeds.init, seeds.chip, seeds.noise], [7; 4]);
    assert_eq!(setup.hardware.name, Setup::load(&file, &[]).unwrap().hardware.name);
    assert!(!setup.hardware.is_ideal());
    assert!(setup.experiment.training.optimizer.has_second_moment());
    assert!(setup.settings_text().contains("\"beta1\": 0.8"));
    // What a trace keeps is read again.
    let again = Setup::of_settings(setup.settings_text(), &file).unwrap();
    assert_eq!(again.differing_keys(setup.settings_text()), None);
    std::fs::write(&file, short.replace("BrainScaleS2", "brainscales")).unwrap();
    assert!(Setup::load(&file, &[]).unwrap_err().to_string().contains("brainscales2"));
}

#[test]
fn keys_are_explained_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    experiment(folder.path(), json!({}));
    let told = |key: &str| text(&output(folder.path(), &["explain", key]));
    assert!(told("training.rate").contains("Learning rate; the highest one of a schedule."));
    assert!(told("units.tau_s").contains("unit      s"), "{}", told("units.tau_s"));
    assert!(!output(folder.path(), &["explain", "training.rats"]).status.success());
}

/// Every file that `dyad init` writes is one that its command takes, and none that is there is overwritten.
#[test]
fn files_to_begin_with_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["quickstart", "mnist", "noise", "device", "sweep"] {
        let made = output(folder.path(), &["init", kind]);
        assert!(made.status.success(), "{kind}");
        assert!(!output(folder.path(), &["init", kind]).status.success(), "{kind} was overwritten");
        let file = folder.path().join(format!("{kind}.json"));
        if kind == "sweep" {
            let planned = dyadsim::sweep::Plan::read(dyadsim::config::SourceFiles::default(), &file, &[]).unwrap();
            assert_eq!(planned.points.len(), 12);
        } else {
            Setup::load(&file, &[]).unwrap();
        }
    }
}
