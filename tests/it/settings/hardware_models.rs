//! The hardware models that ship: complete, explained, and in working order.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, output, text};
use dyadsim::config::models::{SHIPPED, load};
use dyadsim::config::{Basis, Setup};
use dyadsim::synapse::config::SynapseConfig;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn folder() -> std::path::PathBuf {
    repository_file("hw_models")
}

#[test]
fn the_program_carries_every_model_of_the_folder() {
    let names: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect());
}

fn walk(path: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                walk(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, keys);
            }
        }
        Value::Number(_) => {
            keys.insert(path.to_owned());
        }
        Value::Bool(_) if path.starts_with("arrays") => {
            keys.insert(path.to_owned());
        }
        _ => {}
    }
}

/// Dotted keys of all numbers of a model's physics, and of the switches of its arrays. What is a word may have a figure as well.
fn physics(file: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for part in ["units", "arrays", "input_noise_std", "teacher_noise", "learning"] {
        walk(part, &file[part], &mut keys);
    }
    keys
}

/// Every number of the synapses has a figure, of its own or of the settings that it belongs to, and no figure is of
/// something else.
fn synapses_are_explained(name: &str, file: &Value, figures: &[String]) {
    let mut numbers = BTreeSet::new();
    walk("synapses", &file["synapses"], &mut numbers);
    if figures.is_empty() {
        return assert!(numbers.is_empty(), "{name}: {numbers:?}");
    }
    for number in numbers {
        let belongs = |figure: &&String| number == **figure || number.starts_with(&format!("{figure}."));
        assert!(figures.iter().any(|f| belongs(&f)), "{name}: {number} has no figure");
    }
    let defaults = load(name).unwrap().loaded.effective.clone();
    for figure in figures {
        let found = figure.split('.').try_fold(&defaults, |value, key| value.get(key));
        assert!(found.is_some(), "{name}: there is no {figure}");
    }
}

#[test]
fn every_number_of_a_model_says_what_it_rests_on() {
    for (name, text) in SHIPPED {
        let model = load(name).unwrap();
        let file: Value = serde_json::from_str(text).unwrap();
        let explained: BTreeSet<String> = model.hardware.figures.iter().map(|f| f.key.clone()).collect();
        let (of_synapses, of_units): (Vec<_>, Vec<_>) = explained.into_iter().partition(|k| k.starts_with("synapses"));
        let is_word = |key: &String| file.pointer(&format!("/{}", key.replace('.', "/"))).is_some_and(Value::is_string);
        let of_units = of_units.into_iter().filter(|key| !is_word(key)).collect();
        assert_eq!(physics(&file), of_units, "{name}");
        synapses_are_explained(name, &file, &of_synapses);
        assert!(model.hardware.figures.iter().all(|f| !f.remark.is_empty() && !f.unit.is_empty()), "{name}");
        let hardware = model.hardware;
        assert!(hardware.figures.is_empty() || hardware.valid_range.is_some(), "{name}");
        if hardware.figures.iter().any(|f| f.basis != Basis::Assumed) {
            let in_archive = hardware.url.as_ref().is_some_and(|url| url.contains("arxiv.org"));
            assert!(hardware.source.is_some() && hardware.url.is_some(), "{name}");
            assert!(hardware.doi.is_some() || in_archive, "{name}");
        }
        let differs = hardware.synapses != SynapseConfig::Float || !hardware.chip().is_ideal();
        assert!(differs || *name == "ideal", "{name}");
    }
    // Neuron models of chips, with figures that somebody has measured.
    let measured = |name: &str| {
        let figures = load(name).unwrap().hardware.figures;
        figures.iter().any(|f| f.basis == Basis::Measured && f.key.starts_with("units.mismatch"))
    };
    assert!(measured("brainscales2") && measured("dynap_se"));
}

/// Bound management forward and back, and whether one read serves both compartments, of every model whose reads are not
/// exact. aihwkit has no bound management in its backward pass (`backwardVector` in `rpu_forward_backward_pass.cpp`).
#[test]
fn every_model_says_how_its_arrays_are_read() {
    use dyadsim::crossbar::settings::{ArrayConfig, BoundManagement};
    let (iterative, none) = (BoundManagement::Iterative, BoundManagement::None);
    let (shared, own) = ([true, true], [false, false]);
    let expected = [
        ("aihwkit_gokmen_vlasov_preset", [iterative, none], shared),
        ("aihwkit_io_default", [iterative, none], shared),
        ("aihwkit_preset_io", [iterative, none], shared),
        ("aihwkit_standard_hwa", [none, none], [true, false]),
        ("aihwkit_standard_io", [iterative, none], shared),
        ("analog_generic", [none, none], own),
        ("brainscales2", [none, none], own),
        ("crosssim_isaac", [none, none], shared),
        ("crosssim_prime", [none, none], shared),
        ("crosssim_sonos", [none, none], shared),
    ];
    let read_exactly = |array: &ArrayConfig| *array == ArrayConfig::default();
    let found: Vec<_> = SHIPPED
        .iter()
        .map(|(name, _)| (*name, load(name).unwrap()))
        .filter(|(_, model)| {
            let arrays = &model.hardware.arrays;
            !(read_exactly(&arrays.forward) && read_exactly(&arrays.feedback))
        })
        .map(|(name, model)| {
            let sides = [model.hardware.arrays.forward, model.hardware.arrays.feedback];
            for (side, _) in ["forward", "feedback"].into_iter().zip(&sides).filter(|(_, own)| !read_exactly(own)) {
                let key = format!("arrays.{side}.shared_by_compartments");
                assert!(
                    model.hardware.figures.iter().any(|figure| figure.key == key),
                    "{name} has no reason for {key}"
                );
                let given = format!("/arrays/{side}/shared_by_compartments");
                assert!(model.loaded.file.pointer(&given).is_some(), "{name} leaves {key} to the default");
            }
            (name, sides.map(|own| own.bound_management), sides.map(|own| own.shared_by_compartments))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_model_trains_without_divergence() {
    let folder_of_runs = tempfile::tempdir().unwrap();
    for (name, _) in SHIPPED {
        let rule = json!({"rule": {"straight_through": {}}});
        let synapses = load(name).unwrap().hardware.synapses.quantised().map(|_| rule);
        let file = experiment(
            folder_of_runs.path(),
            json!({
                "hardware": folder().join(format!("{name}.json")).to_str().unwrap(),
                "training": {"epochs": 1, "batch_size": 20, "rate": 0.0005, "synapses": synapses}
            }),
        );
        Setup::load(&file, &[]).unwrap();
        let run = output(folder_of_runs.path(), &["run", file.to_str().unwrap(), "--out", name, "--quiet"]);
        assert!(run.status.success(), "{name}: {}", text(&run));
    }
}

#[test]
fn models_are_listed_shown_and_printed() {
    let here = tempfile::tempdir().unwrap();
    let list = text(&output(here.path(), &["models"]));
    assert!(SHIPPED.iter().all(|(name, _)| list.contains(name)), "{list}");
    let shown = text(&output(here.path(), &["models", "show", "brainscales2"]));
    for part in ["units.tau_s", "measured", "20.4 ± 1.7 µs", "arXiv:2208.08329", "valid"] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let printed = output(here.path(), &["models", "print", "dynap_se"]);
    assert_eq!(
        String::from_utf8_lossy(&printed.stdout),
        std::fs::read_to_string(folder().join("dynap_se.json")).unwrap()
    );
    let wrong = output(here.path(), &["models", "show", "brainscale2"]);
    assert!(!wrong.status.success());
    assert!(text(&wrong).contains("did you mean \"brainscales2\"?"), "{}", text(&wrong));
}
