//! What is frozen in the devices of a chip goes into the trace, and a chip that is given back makes the same bits.
use crate::fixtures::{assert_same_numbers, experiment, noisy_hardware, output, text};
use dyadsim::trace::{ArrayFile, TraceReader};
use serde_json::{Value, json};
use std::path::Path;

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

#[test]
fn a_recorded_die_makes_the_same_bits_whatever_the_chip_seed() {
    let straight_through = json!({"straight_through": {}});
    for (synapses, feedback, rule) in [
        (json!("float"), json!({"mirrored": {"std": 0.1}}), json!(null)),
        (pulsed(), json!("transposed"), json!(null)),
        (conductances(), json!("fixed_random"), straight_through),
    ] {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        chip(folder, synapses.clone(), feedback);
        assert_eq!(run(folder, "first", 1, None, rule.clone()).0, Some(0));
        assert_eq!(run(folder, "other", 2, None, rule.clone()).0, Some(0));
        let (code, told) = run(folder, "again", 2, Some("first"), rule);
        assert_eq!(code, Some(0), "{told}");
        let trace = |run: &str| folder.join(run).join("trace.h5");
        assert_same_numbers(&trace("first"), &trace("again"));
        let gains = |run: &str| TraceReader::open(&trace(run)).unwrap().read("devices/units/layer1/gain_plus").unwrap();
        assert!(gains("first") != gains("other"), "{synapses}");
    }
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
