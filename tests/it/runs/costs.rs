//! What runs report of the energy and the time of their chip, what is foreseen, and what sweeps make of it.
use crate::fixtures::{experiment, output, text};
use dyadsim::config::{Edit, Setup};
use dyadsim::data::Datasets;
use dyadsim::measure::Table;
use dyadsim::prelude::*;
use dyadsim::run::{Foreseen, Summary, estimate};
use dyadsim::trace::TraceReader;
use dyadsim::vocabulary::{Term, consumption as term};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn cost(energy_j: f64, time_s: f64) -> Value {
    json!({"energy_j": energy_j, "time_s": time_s, "source": "a paper", "basis": "simulated", "remark": "a table"})
}

/// A chip that states nearly all of its costs; `changes` replaces parts of the model.
fn chip(folder: &Path, changes: Value) {
    let conversion = |bits: u8| {
        let mut own = cost(3e-12, 1e-8);
        own["bits"] = json!(bits);
        json!([own])
    };
    let array = json!({"dac": {"bits": 7, "range": 4}, "adc": {"bits": 9, "range": 8}});
    let mut hardware = json!({
        "schema_version": 2, "name": "costly", "description": "costs", "arrays": {"forward": array, "feedback": array},
        "costs": {
            "cell_read": cost(1e-15, 1e-7), "row_read": cost(2e-14, 1e-9), "column_read": cost(2e-14, 1e-9),
            "dac": conversion(7), "adc": conversion(9), "unit_update": cost(1e-13, 1e-7), "write_pulse": cost(5e-14, 1e-9),
            "static_power": {"power_w": 1e-6, "source": "a paper", "basis": "measured", "remark": "a table"}
        }
    });
    for (key, value) in changes.as_object().unwrap() {
        hardware[key] = value.clone();
    }
    std::fs::write(folder.join("chip.json"), hardware.to_string()).unwrap();
}

fn on_chip(folder: &Path, changes: Value) -> PathBuf {
    let mut all = json!({
        "hardware": "chip.json", "data": {"source": {"digits": {"train_count": 200, "test_count": 50}}},
        "network": {"hidden": [12]}, "training": {"epochs": 2, "batch_size": 10, "rate": 0.01}, "measure": {}
    });
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    experiment(folder, all)
}

fn made(file: &Path) -> (Foreseen, Summary) {
    let setup = Setup::load(file, &[]).unwrap();
    let datasets = Datasets::default();
    let foreseen = estimate(&setup, &datasets).unwrap().chip.unwrap();
    (foreseen, run(&setup, &datasets, None, &mut (), &Interrupt::default()).unwrap())
}

fn costs(summary: &Summary) -> &Table {
    summary.tables.table("costs").unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs()
}

/// The run spends what was foreseen but for its writes, of which nothing is known before.
#[test]
fn a_run_costs_what_explain_foresees() {
    let folder = tempfile::tempdir().unwrap();
    let calibration =
        json!({"calibration": {"parameters": "offset", "method": {"reads": {"count": 2, "every_steps": 10}}}});
    let stream = json!({"stream": {"presentation": {"fixed": {"steps": 5}}, "teacher": {"lag_steps": 2}}});
    let layers =
        json!({"layers": [{"convolution": {"features": 4, "kernel": 5, "stride": 2}}, {"dense": {"units": 12}}]});
    for (name, hardware, changes) in [
        ("dyads", json!({}), json!({})),
        ("calibrated dyads", json!({"units": calibration}), json!({})),
        ("two passes", json!({}), json!({"schedule": {"fwbwK": {"passes": 2}}})),
        ("a convolution", json!({}), json!({"network": layers})),
        ("a stream", json!({}), json!({"schedule": stream, "start": "carried"})),
        ("backprop", json!({}), json!({"credit_rule": "backprop", "nudging": null, "schedule": null})),
    ] {
        chip(folder.path(), hardware);
        let (foreseen, summary) = made(&on_chip(folder.path(), changes));
        let table = costs(&summary);
        let all = |term: &Term| table.number(term);
        assert_eq!(foreseen.stimuli, 400, "{name}");
        let (energy, time) = (foreseen.training.energy_j().unwrap(), foreseen.training.time_s.unwrap());
        assert!(energy > 0.0 && close(all(&term::ENERGY_TRAINING), energy), "{name}: {energy}");
        assert!(time > 0.0 && close(all(&term::TIME_TRAINING), time), "{name}: {time}");
        assert_eq!(all(&term::ENERGY_PER_ANSWER), foreseen.answer.energy_j().unwrap(), "{name}");
        // Float synapses are not written by pulses: their energy and their time are missing.
        assert_eq!(all(&term::COSTS_MISSING), 2.0, "{name}");
        assert!(all(&term::ENERGY_WRITE_PULSE).is_nan(), "{name}");
        let parts: f64 = term::PARTS.iter().map(|(_, term)| all(term)).filter(|x| x.is_finite()).sum();
        assert!(close(parts, all(&term::ENERGY_PER_STIMULUS)), "{name}");
        assert!(close(all(&term::ENERGY_PER_STIMULUS) * 200.0, all(&term::ENERGY_EPOCH)), "{name}");
        assert_eq!(all(&term::ENERGY_CALIBRATION) > 0.0, name == "calibrated dyads", "{name}");
    }
}

/// A forward pass of 784-12-10 by hand.
#[test]
fn an_answer_costs_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    chip(folder.path(), json!({}));
    let (_, summary) = made(&on_chip(folder.path(), json!({})));
    // Each compartment has a read of its own.
    let cells = 2.0 * (784.0 * 12.0 + 12.0 * 10.0);
    let (rows, senders) = (2.0 * 22.0, 784.0 + 12.0);
    let time = 2.0 * (1e-8 + 1e-7 + 1e-9 + 1e-8 + 1e-7);
    let energy = cells * 1e-15 + rows * (2e-14 + 3e-12) + senders * 3e-12 + 22.0 * 1e-13 + 1e-6 * time;
    assert!(close(costs(&summary).number(&term::ENERGY_PER_ANSWER), energy));
    assert!(close(costs(&summary).number(&term::TIME_PER_ANSWER), time));
}

#[test]
fn pulses_are_paid_for_and_an_accuracy_has_its_price() {
    let folder = tempfile::tempdir().unwrap();
    let device = json!({"model": "constant_step", "dw_min": 0.002, "w_min": -1, "w_max": 1});
    chip(
        folder.path(),
        json!({"synapses": {"pulsed": {"device": device, "scale": {"fixed": {"value": 1.0}}}}, "arrays": {}}),
    );
    let changes =
        json!({"measure": {"target_accuracy": 0.3}, "training": {"epochs": 8, "batch_size": 10, "rate": 0.2}});
    let (foreseen, summary) = made(&on_chip(folder.path(), changes));
    let table = costs(&summary);
    let writes = summary.tables.table("synapses").unwrap().last("writes_per_sample").unwrap();
    let pulses: f64 = writes.iter().sum();
    assert!(pulses > 0.0 && close(table.number(&term::ENERGY_WRITE_PULSE), pulses * 5e-14), "{pulses}");
    assert_eq!(table.number(&term::COSTS_MISSING), 0.0);
    // More than what is known without writes.
    assert!(table.number(&term::ENERGY_TRAINING) > foreseen.training.energy_j().unwrap());
    assert!(table.number(&term::TIME_TRAINING) > foreseen.training.time_s.unwrap());
    let accuracies = &summary.tables.metrics().column("test_accuracy").unwrap()[1..];
    let reached = accuracies.iter().position(|&accuracy| accuracy >= 0.3).unwrap();
    let spent = table.column(term::ENERGY_TRAINING.name).unwrap();
    assert_eq!(table.number(&term::ENERGY_TO_ACCURACY), spent[reached]);
    assert!(spent.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn costs_are_told_of_runs_and_before_them() {
    let folder = tempfile::tempdir().unwrap();
    chip(folder.path(), json!({}));
    let file = on_chip(folder.path(), json!({"measure": {"target_accuracy": 0.15}}));
    let made = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "whole"]);
    let told = text(&made);
    assert!(made.status.success(), "{told}");
    assert!(told.contains("energy and time of the chip") && told.contains("2 parts are missing"), "{told}");
    let explained = text(&output(folder.path(), &["explain", file.to_str().unwrap()]));
    let (_, costs) = explained.split_once("energy and time of the chip").unwrap();
    assert!(costs.contains("not written by pulses") && costs.contains("without write_pulse"), "{costs}");
    assert!(explained.contains("costs.adc[0].energy_j") && !explained.contains("costs.adc[0].source"), "{explained}");
}

#[test]
fn energy_is_a_metric_of_sweeps() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    chip(folder, json!({}));
    on_chip(folder, json!({}));
    let sweep = json!({
        "schema_version": 2, "title": "bits", "base": "experiment.json",
        "axes": [{"name": "unit", "keys": ["hardware.costs.unit_update.energy_j"], "units": "J",
                  "points": {"values": [1e-13, 2e-13]}}],
        "replicates": {"count": 1, "vary": ["init"]}, "output": {"figure": false}
    });
    std::fs::write(folder.join("sweep.json"), sweep.to_string()).unwrap();
    let made = output(folder, &["sweep", "sweep.json", "--out", "s", "--jobs", "1"]);
    assert!(made.status.success(), "{}", text(&made));
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    let energies = reader.read("final/energy_per_stimulus_j").unwrap().values;
    // A forward pass of 22 units, then the outputs, the hidden layer, and both once more; circuits move whether or not they are
    // at rest, so the hidden layer once more.
    assert!((energies[1] - energies[0] - 78.0 * 1e-13).abs() < 1e-17, "{energies:?}");
    let drawn = output(folder, &["plot", "s", "--metric", "energy_per_stimulus_j", "-o", "energy.svg"]);
    assert!(drawn.status.success(), "{}", text(&drawn));
}

#[test]
fn a_target_needs_costs() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), json!({"measure": {"target_accuracy": 0.9}}));
    let told = Setup::load(&file, &[]).unwrap_err().to_string();
    assert!(told.contains("measure.target_accuracy") && told.contains("states no costs"), "{told}");
    chip(folder.path(), json!({}));
    let edits = ["hardware=chip.json", "measure.accuracy_every_epochs=null"].map(|edit| Edit::parse(edit).unwrap());
    let told = Setup::load(&file, &edits).unwrap_err().to_string();
    assert!(told.contains("measure.target_accuracy") && told.contains("accuracy_every_epochs"), "{told}");
}
