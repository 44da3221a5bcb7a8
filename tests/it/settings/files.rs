//! Experiment and hardware files: every shipped one loads, every bad one gives the message that stands next to it, and
//! the schemas are those of the types.
use crate::fixtures::repository::repository;
use dyadsim::config::models;
use dyadsim::config::schema::schema_text;
use dyadsim::config::{Edit, Experiment, Hardware, Setup, SourceFiles};
use dyadsim::data::Datasets;
use dyadsim::run::estimate;
use dyadsim::sweep::{Plan, SweepConfig};
use std::fs;
use std::path::{Path, PathBuf};

fn json_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Those of `experiments/` that vary another one, and those that do not.
fn sweeps_and_experiments() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_sweep = |file: &PathBuf| fs::read_to_string(file).unwrap().contains("\"base\":");
    json_files("experiments").into_iter().partition(is_sweep)
}

#[test]
fn every_shipped_sweep_has_valid_points() {
    let (sweeps, _) = sweeps_and_experiments();
    assert!(sweeps.len() >= 3);
    for file in sweeps {
        let plan = Plan::read(SourceFiles::default(), &file, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(!plan.config.description.is_empty(), "{} says what it is for", file.display());
        plan.trained_setup().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for point in &plan.points {
            plan.setup(point, None).unwrap_or_else(|error| panic!("{}, {}: {error}", file.display(), point.name()));
        }
    }
}

#[test]
fn every_shipped_experiment_loads_with_its_hardware_model() {
    for file in sweeps_and_experiments().1 {
        let setup = Setup::load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(!setup.experiment.description.is_empty(), "{} says what it is for", file.display());
    }
}

/// Set `DYADSIM_BLESS=1` to write the messages again; then read every one of them.
#[test]
fn every_bad_file_gives_its_message() {
    messages_are_as_expected("tests/config/bad", |file| {
        let setup = match Setup::load(file, &[]) {
            Ok(setup) => setup,
            Err(error) => return Some(error.to_string()),
        };
        // What only shows with the data.
        estimate(&setup, &Datasets::default()).err().map(|error| error.to_string())
    });
    messages_are_as_expected("tests/config/bad_sweeps", |file| Plan::read(SourceFiles::default(), file, &[]).err());
    messages_are_as_expected("tests/config/bad_hardware", |file| models::load(file.to_str().unwrap()).err());
}

fn messages_are_as_expected<E: std::fmt::Display>(folder: &str, load: impl Fn(&Path) -> Option<E>) {
    let bless = std::env::var_os("DYADSIM_BLESS").is_some();
    let mut wrong = vec![];
    for file in json_files(folder) {
        let message = load(&file).map_or("(loads)".to_owned(), |error| error.to_string());
        let message = message.replace(&format!("{}/", repository().join(folder).display()), "") + "\n";
        let expected = file.with_extension("expected");
        if bless {
            fs::write(&expected, &message).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != message {
            wrong.push(format!("{}:\n{message}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn schemas_in_the_repository_are_those_of_the_types() {
    for (file, schema) in [
        ("experiments/schema/experiment.json", schema_text::<Experiment>("dyadsim experiment")),
        ("experiments/schema/sweep.json", schema_text::<SweepConfig>("dyadsim sweep")),
        ("hw_models/schema/hardware.json", schema_text::<Hardware>("dyadsim hardware model")),
    ] {
        assert!(
            fs::read_to_string(repository().join(file)).unwrap() == schema,
            "{file} is out of date: run `make schema`"
        );
    }
}

#[test]
fn edits_reach_the_hardware_model() {
    let file = repository().join("experiments/quickstart.json");
    let edits = [Edit::parse("hardware.units.relaxation=0.5").unwrap(), Edit::parse("training.epochs=3").unwrap()];
    let setup = Setup::load(&file, &edits).unwrap();
    assert_eq!(setup.hardware.units.relaxation.unwrap().get(), 0.5);
    assert_eq!(setup.experiment.training.epochs.get(), 3);
    // What the trace keeps is what was computed with.
    assert!(setup.settings_text().contains("\"relaxation\": 0.5"));
}

#[test]
fn the_effective_settings_are_settings_again() {
    let folder = tempfile::tempdir().unwrap();
    for file in sweeps_and_experiments().1 {
        let setup = Setup::load(&file, &[]).unwrap();
        let settings: serde_json::Value = serde_json::from_str(setup.settings_text()).unwrap();
        let mut experiment = settings["experiment"].clone();
        experiment["hardware"] = "hardware.json".into();
        fs::write(folder.path().join("hardware.json"), settings["hardware"].to_string()).unwrap();
        let copy = folder.path().join("experiment.json");
        fs::write(&copy, experiment.to_string()).unwrap();
        let again = Setup::load(&copy, &[]).unwrap();
        assert_eq!(again.hardware, setup.hardware);
        assert_eq!(Experiment { hardware: setup.experiment.hardware.clone(), ..again.experiment }, setup.experiment);
    }
}
