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
    let edits = ["seed=9", "seeds.noise=2"].map(|edit| Edit::parse(edit).unwrap());
    let seeds = Setup::load(&file, &edits).unwrap().experiment.seeds;
    assert_eq!([seeds.data, seeds.init, seeds.chip, seeds.noise], [9, 9, 9, 2]);
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
    // A word is a key, and a part of others.
    let noise = told("noise");
    for part in
        ["seeds.noise\n", "keys with \"noise\" in them", "hardware.units.readout_noise", "`dyad init noise` writes it"]
    {
        assert!(noise.contains(part), "{part}: {noise}");
    }
    let batch = output(folder.path(), &["explain", "batch"]);
    assert!(!batch.status.success() && text(&batch).contains("training.batch_size"), "{}", text(&batch));
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
    // A sweep alone comes with the experiment that it is over.
    let alone = tempfile::tempdir().unwrap();
    let said = text(&output(alone.path(), &["init", "sweep"]));
    assert_eq!(said, "quickstart.json\nsweep.json  (next: dyad sweep sweep.json)\n");
    let planned = output(alone.path(), &["sweep", "sweep.json", "--dry-run"]);
    assert!(planned.status.success(), "{}", text(&planned));
}

#[test]
fn experiments_may_be_toml_or_yaml() {
    let folder = tempfile::tempdir().unwrap();
    let toml = r#"
        schema_version = 2
        title = "t"       # a comment
        hardware = "ideal"
        network = { hidden = [30] }
        [training]
        epochs = 1
        batch_size = 10
        rate = 1e-2
        optimizer = "sgd"
        [recording]
        states = "null"
    "#;
    let yaml = "schema_version: 2\ntitle: t  # a comment\nhardware: ideal\nnetwork: {hidden: [30]}\n\
        training:\n  epochs: 1\n  batch_size: 10\n  rate: 1e-2\n  optimizer: sgd\nrecording:\n  states: null\n";
    let json = json!({
        "schema_version": 2, "title": "t", "hardware": "ideal", "network": {"hidden": [30]},
        "training": {"epochs": 1, "batch_size": 10, "rate": 0.01, "optimizer": "sgd"}, "recording": {"states": null}
    });
    let loaded = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        Setup::load(&folder.path().join(name), &[Edit::parse("training.epochs=2").unwrap()])
    };
    let expected = loaded("x.json", &json.to_string()).unwrap();
    for (name, text) in [("x.toml", toml), ("x.yaml", yaml), ("x.yml", yaml)] {
        let own = loaded(name, text).unwrap();
        assert_eq!(own.settings_text(), expected.settings_text(), "{name}");
        assert_eq!(Setup::of_settings(own.settings_text(), own.file()).unwrap().settings_text(), own.settings_text());
    }
    for (name, text, told) in [
        ("x.toml", toml.replace("epochs", "epoch"), "x.toml: line 7, column 9: training.epoch: unknown key"),
        ("x.yaml", yaml.replace("1e-2", "fast"), "x.yaml: line 8, column 3: training.rate = \"fast\": must be"),
        ("x.toml", toml.replace("rate = 1e-2", "rate = "), "line 9, column 16: "),
        ("x.yaml", format!("{yaml}title: u\n"), "line 12, column 1: "),
    ] {
        let error = loaded(name, &text).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert_eq!(error.matches("column").count(), 1, "{error}");
    }
}

/// The three kinds of files, in the three formats.
#[test]
fn what_is_wrong_with_a_key_is_told_with_its_place_in_the_file() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, json!({}));
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let hardware = "schema_version: 2\nname: t\ndescription: t\nunits:\n  gian: 1\narrays: {forward: {dac: {bits: 0, range: 1}}}\n";
    write("h.yaml", hardware);
    write("h.toml", "schema_version = 2\nname = 't'\ndescription = 't'\n[arrays.forward.adc]\nbits = 30\nrange = 1\n");
    write(
        "h.json",
        "{\"schema_version\": 2, \"name\": \"t\", // a chip\n \"description\": \"t\", \"units\": {\"rails\": 3}}",
    );
    write(
        "s.yaml",
        "schema_version: 2\ntitle: t\nbase: experiment.json\naxes:\n- name: a\n  keys: [training.rate]\n  point: {values: [1]}\n",
    );
    write(
        "s.toml",
        "schema_version = 2\ntitle = 't'\nbase = 'experiment.json'\n[[axes]]\nname = 'b c'\nkeys = ['training.rate']\n\
        points = {values = [1, 2]}\n",
    );
    for (file, told) in [
        ("h.yaml", "h.yaml: line 5, column 3: units.gian: unknown key"),
        (
            "h.yaml",
            "h.yaml: line 6, column 26: arrays.forward.dac.bits = 0: must be \"ideal\" or a whole number in [1, 22]",
        ),
        (
            "h.toml",
            "h.toml: line 5, column 1: arrays.forward.adc.bits = 30: must be \"ideal\" or a whole number in [1, 22]",
        ),
        ("h.json", "h.json: line 2, column 32: units.rails = 3: must be"),
        ("s.yaml", "s.yaml: line 7, column 3: axes[0].point: unknown key"),
        ("s.toml", "s.toml: line 5, column 1: axes[0].name = \"b c\": must be a letter"),
    ] {
        let arguments =
            if file.starts_with('s') { vec!["sweep", file, "--dry-run"] } else { vec!["models", "show", file] };
        let said = text(&output(folder, &arguments));
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn a_number_of_replicates_stands_for_replicates_in_all_seeds() {
    let place = tempfile::tempdir().unwrap();
    experiment(place.path(), json!({}));
    let seeds = |replicates: serde_json::Value| {
        let axes = json!([{"name": "rate", "keys": ["training.rate"], "points": {"values": [0.01]}}]);
        let sweep = json!({"schema_version": 2, "title": "t", "base": "experiment.json", "axes": axes, "replicates": replicates});
        let file = place.path().join("s.json");
        std::fs::write(&file, sweep.to_string()).unwrap();
        let plan = dyadsim::sweep::Plan::read(dyadsim::config::SourceFiles::default(), &file, &[]).unwrap();
        plan.points.iter().map(|point| point.seeds).collect::<Vec<_>>()
    };
    let three = seeds(json!(3));
    assert_eq!(three, seeds(json!({"count": 3, "vary": ["data", "init", "chip", "noise"]})));
    assert_eq!(three.len(), 3);
    assert_eq!(seeds(json!(1)), seeds(json!({"count": 1, "vary": []})));
}

#[test]
fn experiments_that_come_with_the_program_have_names() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let said = |arguments: &[&str]| text(&output(folder, arguments));
    let told = said(&["run", "quickstart", "--set", "training.epochs=0", "-o", "out", "--quiet"]);
    assert!(folder.join("out/trace.h5").exists(), "{told}");
    assert!(said(&["sweep", "sweep", "--dry-run"]).contains("12 points, all valid"));
    assert!(said(&["explain", "quickstart"]).contains("experiment quickstart.json"));
    // A file is what it says, whatever its name.
    std::fs::write(folder.join("quickstart"), "{}").unwrap();
    assert!(said(&["run", "quickstart"]).contains("quickstart: schema_version: required key is missing"));
}

#[test]
fn a_file_for_another_command_names_that() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, json!({}));
    let init = output(folder, &["init", "sweep", "--out", "s.json"]);
    assert!(init.status.success(), "{}", text(&init));
    for (arguments, told) in [
        (&["run", "s.json"], "error: s.json: is a sweep: dyad sweep s.json"),
        (&["sweep", "experiment.json"], "experiment.json: is an experiment: dyad run "),
        (&["run", "ideal.json"], "error: ideal.json: is a hardware model: dyad models show ideal.json"),
    ] {
        let refused = output(folder, arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains(told), "{}", text(&refused));
    }
}

#[test]
fn explain_lists_what_somebody_has_set_with_its_meaning() {
    let place = tempfile::tempdir().unwrap();
    let file = experiment(place.path(), json!({}));
    let told = |more: &[&str]| text(&output(place.path(), &[&["explain", file.to_str().unwrap()], more].concat()));
    let short = told(&[]);
    assert!(
        short.contains("training.rate") && short.contains("\n      Learning rate; the highest one of a schedule.\n")
    );
    assert!(
        !short.contains("training.shuffle") && short.contains("more have their defaults: --all lists them"),
        "{short}"
    );
    let all = told(&["--all"]);
    assert!(all.contains("training.shuffle") && !all.contains("--all lists them"));
    assert!(told(&["--set", "training.shuffle=true"]).contains("training.shuffle"));
}
