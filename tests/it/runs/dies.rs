//! What is frozen in the devices of a chip goes into the trace, and a chip that is given back makes the same bits.
use crate::fixtures::{dyad, experiment, noisy_hardware, numbers, output, text, timed_stream};
use dyadsim::trace::{ArrayFile, TraceReader};
use dyadsim::vocabulary::device::TERMS;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// The noisy chip with these synapses and feedback arrays.
fn chip(folder: &Path, synapses: Value, feedback: Value) {
    let mut hardware = noisy_hardware();
    hardware["synapses"] = synapses;
    hardware["arrays"]["feedback_weights"] = feedback;
    hardware["learning"] = json!({"offset_std": 0.001});
    std::fs::write(folder.join("chip.json"), hardware.to_string()).unwrap();
}

fn run(folder: &Path, out: &str, seed: u64, die: Option<&str>, rule: Value) -> (Option<i32>, String) {
    let synapses = if rule.is_null() { json!(null) } else { json!({"rule": rule}) };
    let training = json!({"epochs": 1, "batch_size": 20, "rate": 0.002, "synapses": synapses});
    experiment(
        folder,
        json!({
            "hardware": "chip.json", "die": die, "training": training, "seeds": {"chip": seed},
            "recording": {"devices": true}
        }),
    );
    let ended = output(folder, &["run", "experiment.json", "--out", out, "--quiet"]);
    (ended.status.code(), text(&ended))
}

fn pulsed() -> Value {
    json!({"pulsed": {"device": {
        "model": {"soft_bounds": {}}, "dw_min": 0.01, "dw_min_dtod": 0.3, "w_min": -1, "w_max": 1, "w_min_dtod": 0.1,
        "w_max_dtod": 0.1, "stuck": {"probability": 0.02, "on": 0.03, "off": 0.04}, "decay": {"lifetime_batches": 1e4,
        "lifetime_dtod": 0.1}, "diffusion": {"std": 1e-5, "std_dtod": 0.3}, "reset": {"dtod": 0.01}
    }}})
}

fn conductances() -> Value {
    json!({"binary": {"device": {"conductance": {
        "arrangement": "differential_pair", "on_off_ratio": 10, "on_spread": {"std": 0.1}, "off_spread": {"std": 0.2},
        "stuck_on": 0.02, "stuck_off": 0.03, "endurance": {"writes": 1000, "log_std": 0.5},
        "retention": {"drift": {"nu": 0.01, "nu_std": 0.005, "t0_s": 1, "step_s": 1}}
    }}}})
}

/// Every kind of synapse, of feedback array and of unit, so that all that is drawn once for a chip is drawn in some case: name,
/// changes of the hardware, changes of the experiment.
fn kinds() -> Vec<(&'static str, Value, Value)> {
    let straight_through = json!({"epochs": 1, "batch_size": 20, "rate": 0.002,
        "synapses": {"rule": {"straight_through": {}}}});
    let of_two_levels = |device: Value| json!({"synapses": {"binary": {"device": device}}});
    let programmed = json!({"programmed": {"model": "pcm_like", "time_s": 1000, "stuck_on": 0.02, "stuck_off": 0.03,
        "mapping": {"mean_of_pairs": {"pairs": 2}}, "drift_compensation": "global"}});
    let drives = |device: Value| json!({"device": device["pulsed"]["device"], "pulses_per_write": 50});
    let levels =
        json!({"levels": {"levels": {"listed": {"values": [-1, 0, 1]}}, "device": conductances()["binary"]["device"]}});
    let chain = json!({"schedule": timed_stream(false), "start": "carried"});
    let alike = json!({"gain": {"std": 0.01, "correlation": 1}, "offset": {"std": 0.001, "correlation": 1},
        "time_constant": {"std": 0.1, "correlation": 1}, "alpha_std": 0.05});
    let two_phases = json!({"credit_rule": {"equilibrium_propagation": {"beta": 0.2}}, "nudging": null,
        "schedule": {"up_down": {"rounds": 3}}, "measure": {"gradient_every_steps": 7}});
    vec![
        ("mirrored", json!({"arrays": {"feedback_weights": {"mirrored": {"std": 0.1}}}}), json!({})),
        ("kolen_pollack", json!({"arrays": {"feedback_weights": {"kolen_pollack": {"decay": 0.01}}}}), json!({})),
        ("fixed_random", json!({"arrays": {"feedback_weights": "fixed_random"}}), json!({})),
        ("pulsed", json!({"synapses": pulsed()}), json!({})),
        ("conductance", json!({"synapses": conductances()}), json!({"training": straight_through})),
        ("levels", json!({"synapses": levels}), json!({"training": straight_through})),
        ("pulsed binary", of_two_levels(json!({"pulsed": drives(pulsed())})), json!({"training": straight_through})),
        ("programmed", json!({"synapses": programmed}), json!({})),
        ("delay lines", json!({"units": {"chopping": null}}), chain.clone()),
        ("delay lines on ideal hardware", json!("ideal"), chain),
        ("compartments that are alike", json!({"units": {"mismatch": alike}}), json!({})),
        (
            "memory of phases",
            json!({"phase_memory": {"offset_std": 0.01}, "units": {
                "chopping": null, "calibration": null, "mismatch": {"gain": {"std": 0.01}}},
            "learning": {}}),
            two_phases,
        ),
    ]
}

fn merge(into: &mut Value, changes: &Value) {
    let (Some(own), Some(changes)) = (into.as_object_mut(), changes.as_object()) else { return };
    for (key, value) in changes {
        let inside = ["arrays", "units"].contains(&key.as_str());
        match own.get_mut(key) {
            Some(old) if inside => merge(old, value),
            _ => drop(own.insert(key.clone(), value.clone())),
        }
    }
}

/// With the die of one seed a chip of another makes the same bits: nothing that is drawn once is missing in the file.
#[test]
fn a_recorded_die_makes_the_same_bits_whatever_the_chip_seed() {
    let mut seen = BTreeSet::new();
    for (kind, hardware, changes) in kinds() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let mut model = json!({"schema_version": 2, "name": "ideal", "description": "ideal"});
        if hardware.is_object() {
            model = noisy_hardware();
            model["arrays"]["feedback_weights"] = json!("transposed");
            merge(&mut model, &hardware);
        }
        std::fs::write(folder.join("chip.json"), model.to_string()).unwrap();
        let run = |out: &str, seed: u64, die: Option<&str>| {
            let mut settings = json!({
                "hardware": "chip.json", "die": die, "seeds": {"chip": seed}, "recording": {"devices": true},
                "training": {"epochs": 1, "batch_size": 20, "rate": 0.002}
            });
            merge(&mut settings, &changes);
            experiment(folder, settings);
            let ended = output(folder, &["run", "experiment.json", "--out", out, "--quiet"]);
            assert!(ended.status.success(), "{kind}: {}", text(&ended));
        };
        run("first", 1, None);
        run("other", 2, None);
        run("again", 2, Some("first"));
        let all = |run: &str| numbers(&folder.join(run).join("trace.h5"));
        let [first, other, again] = ["first", "other", "again"].map(all);
        assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>(), "{kind}");
        for (name, values) in &first {
            assert!(*values == again[name], "{kind}: {name} differs");
            if name.starts_with("devices/") && name.split('/').count() > 3 {
                let last = name.rsplit('/').next().unwrap().to_owned();
                // The other chip is another one.
                let is_axis = ["unit", "feature", "device", "post", "pre"].contains(&last.as_str());
                assert!(is_axis || *values != other[name], "{kind}: {name} is the same for another seed");
                seen.insert(last);
            }
        }
    }
    let missing: Vec<&str> = TERMS.iter().map(|term| term.name).filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no case draws {missing:?}");
}

#[test]
fn a_run_does_not_go_on_with_another_die() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    chip(folder, pulsed(), json!("transposed"));
    let gains = |gain: f64| {
        let mut file = ArrayFile::new();
        file.insert("units/layer1/gain_plus", dyadsim::trace::Array::F64(vec![gain; 40]));
        file.write(&folder.join("die.h5")).unwrap();
    };
    gains(1.0);
    let of_epochs = |epochs: usize| {
        let training = json!({"epochs": epochs, "batch_size": 20, "rate": 0.002});
        experiment(folder, json!({"hardware": "chip.json", "die": "die.h5", "training": training}));
    };
    of_epochs(1);
    let ended = output(folder, &["run", "experiment.json", "--out", "ended", "--quiet"]);
    assert!(ended.status.success(), "{}", text(&ended));
    of_epochs(100_000);
    let checkpoint = folder.join("r/checkpoint.h5");
    let mut child = dyad(folder, &["run", "experiment.json", "--out", "r", "--quiet"]).spawn().unwrap();
    while !checkpoint.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = std::fs::read(&checkpoint).unwrap();
    gains(1.01);
    let told = output(folder, &["run", "experiment.json", "--resume", "--out", "r", "--quiet"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told).contains("are not those that the run began with"), "{}", text(&told));
    assert!(std::fs::read(&checkpoint).unwrap() == before);
    of_epochs(1);
    let told = output(folder, &["run", "experiment.json", "--extend-epochs", "1", "--out", "ended", "--quiet"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told).contains("are not those that the run began with"), "{}", text(&told));
    gains(1.0);
    let longer = output(folder, &["run", "experiment.json", "--extend-epochs", "1", "--out", "ended", "--quiet"]);
    assert!(longer.status.success(), "{}", text(&longer));
}

#[test]
fn devices_are_recorded_with_their_shapes_and_codes() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    chip(folder, conductances(), json!("transposed"));
    assert_eq!(run(folder, "r", 1, None, json!({"straight_through": {}})).0, Some(0));
    let trace = TraceReader::open(&folder.join("r/trace.h5")).unwrap();
    let read = |name: &str| trace.read(&format!("devices/{name}")).unwrap();
    assert_eq!(read("units/layer1/gain_plus").shape, [40]);
    assert_eq!(read("units/layer3/difference_offset").shape, [10]);
    assert_eq!(read("synapses/layer2/on_conductance").shape, [2, 20, 40]);
    assert_eq!(read("synapses/layer2/endurance_writes").shape, [20, 40]);
    let stuck = read("synapses/layer1/stuck").values;
    let share = |code: f64| stuck.iter().filter(|own| **own == code).count();
    law_assertions::assert_share(share(1.0), stuck.len(), 0.02, "stuck on");
    law_assertions::assert_share(share(2.0), stuck.len(), 0.03, "stuck off");
    // Nobody asked for it: there is no such group.
    experiment(folder, json!({"hardware": "noisy.json", "training": {"epochs": 0, "batch_size": 20, "rate": 0.002}}));
    let ended = output(folder, &["run", "experiment.json", "--out", "plain", "--quiet"]);
    assert!(ended.status.success(), "{}", text(&ended));
    assert!(!TraceReader::open(&folder.join("plain/trace.h5")).unwrap().contains("devices"));
}

/// Arrays that are not those of this chip, and what is said of them.
#[test]
fn arrays_that_do_not_fit_are_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    chip(folder, pulsed(), json!("transposed"));
    let floats = |n: usize, x: f64| dyadsim::trace::Array::F64(vec![x; n]);
    for (name, array, expected) in [
        (
            "units/layer1/gain_plus",
            floats(41, 1.0),
            "units/layer1/gain_plus is (41) where this network needs (40), (unit)",
        ),
        ("units/layer1/gain_pluss", floats(40, 1.0), "did you mean units/layer1/gain_plus?"),
        ("units/layer1/tau", floats(40, 1.0), "it draws in units/layer1: gain_plus, gain_minus, offset_plus"),
        (
            "units/layer2/gain_plus",
            floats(20, -1.0),
            "units/layer2/gain_plus: number 0, counted from 0, is -1, but must be above 0",
        ),
        ("units/layer2/alpha", floats(20, f64::NAN), "is NaN, but must lie between 0 and 1"),
        ("units/layer9/alpha", floats(20, 0.5), "units/layer9/alpha is nothing that \"noisy\" draws"),
    ] {
        let mut file = ArrayFile::new();
        file.insert(name, array);
        file.write(&folder.join("die.h5")).unwrap();
        let (code, told) = run(folder, "r", 1, Some("die.h5"), json!(null));
        assert!(code != Some(0) && told.contains(expected) && told.contains("die.h5"), "{name}: {told}");
        assert!(!folder.join("r/trace.h5").exists());
    }
    let (code, told) = run(folder, "r", 1, Some("missing.npz"), json!(null));
    assert!(code != Some(0) && told.contains("die: ") && told.contains("missing.npz"), "{told}");
    std::fs::write(folder.join("text.npz"), "no arrays").unwrap();
    let (code, told) = run(folder, "r", 1, Some("text.npz"), json!(null));
    assert!(code != Some(0) && told.contains("neither a NumPy archive (.npz) nor an HDF5 file"), "{told}");
}
