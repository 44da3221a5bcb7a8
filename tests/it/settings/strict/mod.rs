//! Files and edits are read strictly: whatever would be ignored is an error that helps.
mod sample;

use crate::fixtures::repository::repository_file;
use dyadsim::config::{
    edit::Edit,
    error::{ConfigError, Origin, Problem},
    explain::{explain, render},
    key::{KeyPath, Step},
    strict::{Loaded, read, read_text},
};
use proptest::prelude::*;
use sample::{Optimizer, Sample};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const GOOD: &str = include_str!("../../../../tests/config_strict/good.json");
const MINIMAL: &str = r#"{"title": "m", "training": {"epochs": 3}}"#;

fn load(text: &str, sets: &[&str]) -> Result<Loaded<Sample>, ConfigError> {
    let edits: Vec<Edit> = sets.iter().map(|set| Edit::parse(set).unwrap()).collect();
    read_text(Path::new("x.json"), text, &edits)
}

fn message(text: &str, sets: &[&str]) -> String {
    load(text, sets).unwrap_err().to_string()
}

fn optimizer(text: &str, sets: &[&str]) -> Value {
    load(text, sets).unwrap().effective["training"]["optimizer"].clone()
}

fn problems(error: ConfigError) -> Vec<Problem> {
    match error {
        ConfigError::Keys { problems } => problems.into_iter().map(|error| error.problem).collect(),
        other => panic!("{other}"),
    }
}

/// Every key of the good file that holds a plain value or an array of plain values.
fn leaves() -> Vec<(KeyPath, Value)> {
    explain(&load(GOOD, &[]).unwrap()).into_iter().map(|entry| (entry.key, entry.value)).collect()
}

#[test]
fn every_bad_file_is_refused_with_exactly_its_expected_message() {
    let folder = repository_file("tests/config_strict/bad");
    let prefix = format!("{}/", folder.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    assert!(files.len() >= 30, "only {} bad files found", files.len());
    let mut wrong = String::new();
    for file in files {
        let told = match read::<Sample>(&file, &[]) {
            Ok(_) => "it was accepted".to_owned(),
            Err(error) => error.to_string().replace(&prefix, ""),
        };
        let expected = std::fs::read_to_string(file.with_extension("expected")).unwrap_or_default();
        if told != expected.trim_end() {
            wrong += &format!("{}\n  expected: {}\n  got:      {told}\n", file.display(), expected.trim_end());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = read::<Sample>(Path::new("no/such.json"), &[]).unwrap_err().to_string();
    assert!(error.starts_with("no/such.json: cannot be read: "), "{error}");
}

#[test]
fn the_effective_file_has_every_default_and_reads_back_as_itself() {
    let loaded = load(MINIMAL, &[]).unwrap();
    assert_eq!(loaded.effective["training"]["optimizer"], json!({"sgd": {"rate": 0.01, "momentum": 0.5}}));
    assert_eq!(loaded.effective["training"]["weight_decay"], json!(0.1), "single precision is written short");
    assert_eq!(loaded.file, serde_json::from_str::<Value>(MINIMAL).unwrap());
    let again = load(&loaded.effective.to_string(), &[]).unwrap();
    assert_eq!(again.value, loaded.value);
    assert_eq!(again.effective, loaded.effective);
}

#[test]
fn an_edit_reaches_the_settings() {
    let loaded = load(GOOD, &["training.epochs=7", "layers.1.units=12", "layers[0].activation=relu"]).unwrap();
    assert_eq!(loaded.value.training.epochs.get(), 7);
    assert_eq!(
        loaded.effective["layers"],
        json!([
            {"units": 784, "activation": "relu"},
            {"units": 12, "activation": "relu"},
        ])
    );
}

#[test]
fn an_edit_creates_the_objects_on_its_way() {
    let loaded = load(MINIMAL, &["noise.std_v=0.5", "nudging.alpha=0.1"]).unwrap();
    assert_eq!(loaded.effective["noise"], json!({"std_v": 0.5, "tau_s": null}));
    assert_eq!(loaded.effective["nudging"], json!({"alpha": 0.1, "slew_v_per_s": 2.0, "parity": 2}));
}

#[test]
fn an_edit_inside_another_variant_chooses_that_variant() {
    let sgd = json!({"sgd": {"rate": 0.1, "momentum": 0.5}});
    assert_eq!(optimizer(GOOD, &["training.optimizer.sgd.rate=0.1"]), sgd);
    assert_eq!(optimizer(GOOD, &[r#"training.optimizer={"sgd":{"rate":0.1}}"#]), sgd);
    assert_eq!(optimizer(GOOD, &["training.optimizer=frozen"]), json!("frozen"));
    let frozen = GOOD.replace(r#"{"adam": {"rate": 0.001, "beta": 0.95}}"#, r#""frozen""#);
    assert_eq!(optimizer(&frozen, &["training.optimizer.sgd.rate=0.1"]), sgd);
}

#[test]
fn an_edit_inside_the_chosen_variant_keeps_its_other_settings() {
    assert_eq!(optimizer(GOOD, &["training.optimizer.adam.rate=0.5"]), json!({"adam": {"rate": 0.5, "beta": 0.95}}));
    let two = ["training.optimizer.sgd.rate=0.1", "training.optimizer.sgd.momentum=0.2"];
    assert_eq!(optimizer(GOOD, &two), json!({"sgd": {"rate": 0.1, "momentum": 0.2}}));
}

#[test]
fn null_resets_a_key_to_its_default() {
    let sets = ["training.batch_size=null", "noise=null", "training.optimizer=null", "nudging.alpha=null"];
    let loaded = load(GOOD, &sets).unwrap();
    assert_eq!(loaded.effective["training"]["batch_size"], 100);
    assert_eq!(loaded.effective["noise"], Value::Null);
    assert_eq!(loaded.effective["nudging"], json!({"alpha": 0.5, "slew_v_per_s": 0.001, "parity": 4}));
    assert_eq!(loaded.value.training.optimizer, Optimizer::default());
}

#[test]
fn a_bad_edit_is_blamed_and_not_the_file() {
    for (set, told) in [
        ("training.epochs=abc", "training.epochs = \"abc\": must be a whole number >= 1 (got a string)"),
        (
            "training.epochs=NaN",
            "training.epochs = \"NaN\": must be a whole number >= 1 (got a string; NaN, infinity and \
             numbers beyond 1.8e308 are never valid)",
        ),
        (
            "nudging.alpha=1e999",
            "nudging.alpha = \"1e999\": must be a number in [0, 1] (got a string; NaN, infinity and \
             numbers beyond 1.8e308 are never valid)",
        ),
        (
            "nudging.alhpa=0.5",
            "nudging.alhpa: unknown key (value 0.5); valid keys here: alpha, slew_v_per_s, parity; did \
             you mean `nudging.alpha`?",
        ),
        (
            "nudging.alhpa=null",
            "nudging.alhpa: unknown key; valid keys here: alpha, slew_v_per_s, parity; did you mean \
             `nudging.alpha`?",
        ),
        ("training.epochs=null", "training.epochs: required key is missing; it must be a whole number >= 1"),
        (
            "training.optimizer.sgd.momentum=0.2",
            "training.optimizer.sgd.rate: required key is missing; it must be a \
             number > 0",
        ),
        (
            "training.optimizer.sgdd.rate=1",
            "training.optimizer.sgdd: unknown variant; must be one of \"frozen\", \
             {\"sgd\": …}, {\"adam\": …}; did you mean `training.optimizer.sgd`?",
        ),
        (
            "training.optimizer.sgd.momentum=null",
            "training.optimizer.sgd: there is nothing to reset: the variant at hand \
             is adam",
        ),
        ("layers[2].units=5", "layers[2]: there is no such element; the array at hand has length 2"),
        (
            "training.epochs.x=5",
            "training.epochs = 3: cannot hold training.epochs.x: it is neither an object nor an array",
        ),
        ("nudging.parity=3", "nudging.parity = 3: must be even"),
        ("training.warm_up_epochs=3", "training.warm_up_epochs = 3: must be below training.epochs, which is 3"),
    ] {
        assert_eq!(message(GOOD, &[set]), format!("--set {set}: {told}"));
    }
}

#[test]
fn a_default_that_breaks_a_cross_field_rule_is_told_as_a_default() {
    let told =
        "x.json: line 1, column 16: by default, training.batch_size = 100: must be at most 50 with a frozen optimizer";
    assert_eq!(message(MINIMAL, &["training.optimizer=frozen"]), told);
}

#[test]
fn a_gap_is_blamed_on_the_edit_that_made_it_or_on_the_file() {
    let told = message(GOOD, &["training.optimizer.sgd.momentum=0.2", "nudging.alpha=0.1"]);
    assert!(told.starts_with("--set training.optimizer.sgd.momentum=0.2: training.optimizer.sgd.rate: "), "{told}");
    let told = message(r#"{"title": "t", "training": {}}"#, &["training.batch_size=5"]);
    assert!(told.starts_with("x.json: line 1, column 16: training.epochs: required key is missing"), "{told}");
}

#[test]
fn edits_that_contradict_each_other_are_refused() {
    for (first, second) in [
        ("training.epochs=5", "training.epochs=6"),
        ("layers[1].units=5", "layers.1.units=6"),
        ("nudging.alpha=0.5", "nudging={}"),
        ("training.optimizer.adam.rate=0.5", "training.optimizer.sgd.rate=0.5"),
        ("training.optimizer=frozen", "training.optimizer.sgd.rate=0.5"),
    ] {
        let told = message(GOOD, &[first, second]);
        assert!(told.starts_with(&format!("--set {second}: ")), "{told}");
        assert!(told.ends_with(&format!("would undo the earlier --set {first}; keep one of them")), "{told}");
    }
}

#[test]
fn every_setting_is_explained_with_unit_origin_and_meaning() {
    let loaded = load(GOOD, &["training.optimizer.sgd.rate=0.1", "noise.tau_s=null", "layers[1].units=5"]).unwrap();
    let entries = explain(&loaded);
    let find = |key: &str| entries.iter().find(|entry| entry.key.to_string() == key).unwrap();
    let origin = |key: &str| find(key).origin.to_string();
    assert_eq!(origin("training.optimizer.sgd.rate"), "--set");
    assert_eq!(origin("training.optimizer.sgd.momentum"), "default");
    assert_eq!(origin("training.epochs"), "file");
    // Null is a value there, "switched off", not the absence of one.
    assert_eq!(origin("noise.tau_s"), "--set");
    assert_eq!(origin("layers[0].activation"), "default");
    assert_eq!(origin("layers[0].units"), "file");
    assert_eq!(find("layers[1].units").origin, Origin::Set("layers[1].units=5".to_owned()));
    assert_eq!(find("window_s").unit.as_deref(), Some("s"));
    assert_eq!(find("nudging.slew_v_per_s").unit.as_deref(), Some("V/s"));
    assert_eq!(find("training.epochs").unit.as_deref(), Some("1"));
    assert_eq!(find("title").unit, None);
    assert_eq!(find("training.optimizer.sgd.rate").doc.as_deref(), Some("Step length."));
    assert_eq!(find("training.epochs").doc.as_deref(), Some("Passes over the training set."));
    let expected = include_str!("../../../../tests/config_strict/explained.txt");
    assert_eq!(render(&entries), expected);
}

/// One typing error in a word: a letter dropped, doubled, replaced, or two swapped.
fn misspelled(word: &str, kind: usize, place: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = place % (letters.len() - 1);
    match kind {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        2 => letters[place] = 'q',
        _ => letters.swap(place, place + 1),
    }
    letters.into_iter().collect()
}

/// Renames one key of the value, keeping what it holds.
fn rename(value: &mut Value, path: &KeyPath, name: &str) {
    let inside = path.parent().steps().iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Index(index) => &mut value[*index],
    });
    let object = inside.as_object_mut().unwrap();
    let held = object.shift_remove(path.last_key().unwrap()).unwrap();
    object.insert(name.to_owned(), held);
}

proptest! {
    #[test]
    fn a_misspelled_key_is_found_and_the_right_one_suggested(
        leaf in any::<prop::sample::Index>(), kind in 0usize..4, place in 0usize..20,
    ) {
        let leaves = leaves();
        let (path, _) = &leaves[leaf.index(leaves.len())];
        let word = path.last_key().unwrap();
        let wrong = misspelled(word, kind, place);
        prop_assume!(wrong != word);
        let mut file = load(GOOD, &[]).unwrap().effective;
        rename(&mut file, path, &wrong);
        let problems = problems(load(&file.to_string(), &[]).unwrap_err());
        let unknown = problems.iter().find(|problem| problem.key == path.parent().key(&wrong)).unwrap();
        prop_assert_eq!(unknown.suggestion.clone(), Some(path.to_string()));
    }

    #[test]
    fn setting_a_key_to_what_it_is_changes_nothing(leaf in any::<prop::sample::Index>()) {
        let before = load(GOOD, &[]).unwrap();
        let leaves = leaves();
        let (path, value) = &leaves[leaf.index(leaves.len())];
        let after = load(GOOD, &[&format!("{path}={value}")]).unwrap();
        prop_assert_eq!(after.effective, before.effective);
        prop_assert_eq!(after.value, before.value);
    }

    #[test]
    fn no_edit_of_a_known_key_makes_reading_panic(
        leaf in any::<prop::sample::Index>(), depth in 1usize..4, text in "[\\[\\]{}a-z:\"0-9.,]{0,8}",
    ) {
        let leaves = leaves();
        let (path, _) = &leaves[leaf.index(leaves.len())];
        let path: KeyPath = path.steps().iter().take(depth).cloned().collect();
        if let Ok(edit) = Edit::parse(&format!("{path}={text}")) {
            let _ = read_text::<Sample>(Path::new("x.json"), GOOD, &[edit]);
        }
    }
}

/// A hostile file is not answered with as many messages as it has keys.
#[test]
fn after_a_hundred_problems_no_more_are_looked_for() {
    let keys: String = (0..60_000).map(|key| format!(", \"key{key}\": 1")).collect();
    let text = format!("{{\"title\": \"m\", \"training\": {{\"epochs\": 3}}{keys}}}");
    let told = message(&text, &[]);
    assert_eq!(told.lines().count(), 101);
    assert!(told.lines().nth(99).unwrap().contains("key99: unknown key"), "{told}");
    assert!(told.ends_with("(after 100 problems no more were looked for)"), "{told}");
}
