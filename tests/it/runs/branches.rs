//! Networks with more projections than populations: what their traces hold, and whatever reads them.
use crate::fixtures::repository::repository_file;
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{branches, experiment, numbers, output, text};
use dyadsim::results::NetworkGraph;
use dyadsim::results::RunResult;
use dyadsim::trace::{Column, TraceReader};
use serde_json::{Value, json};
use std::path::Path;

fn changes() -> Value {
    json!({
        "data": {"source": {"digits": {"train_count": 60, "test_count": 20}}},
        "network": {"layers": branches()},
        "training": {"epochs": 1, "batch_size": 10, "rate": 0.002, "if_not_learnt": "measured"},
        "measure": {"gradient_every_steps": 2, "gradient_course_every_steps": 3, "residual_every_steps": 2,
            "norms_every_epochs": 1, "stability": {"passes": 5, "samples": 3}},
        "recording": {"states": {"every_steps": 2, "moment": "every_update", "samples": {"first": 1},
            "signals": ["s_plus", "s_minus"]}}
    })
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// A run in folder `out`.
fn run(folder: &Path, out: &str, changes: Value) -> TraceReader {
    let file = experiment(folder, changes);
    done(folder, &["run", file.to_str().unwrap(), "--out", out, "--quiet"]);
    TraceReader::open(&folder.join(out).join("trace.h5")).unwrap()
}

fn texts(reader: &TraceReader, path: &str) -> Vec<String> {
    let Column::Text(texts) = reader.read_column(path).unwrap() else { panic!("{path} holds no texts") };
    texts
}

/// Projections 1 to 7; 3 is a wire.
const WITH_SYNAPSES: [f64; 6] = [1.0, 2.0, 4.0, 5.0, 6.0, 7.0];

#[test]
fn series_are_along_the_projections_that_have_synapses_or_along_the_layers() {
    let folder = tempfile::tempdir().unwrap();
    let reader = run(folder.path(), "r", changes());
    let read = |path: &str| reader.read(path).unwrap();
    for group in ["metrics", "gradient", "gradient_course"] {
        assert_eq!(read(&format!("{group}/projection")).values, WITH_SYNAPSES, "{group}");
        let routes = texts(&reader, &format!("{group}/route"));
        assert_eq!((routes[0].as_str(), routes[3].as_str()), ("stimulus -> stem", "inner -> outer"));
    }
    for (path, row) in [
        ("metrics/spectral_norm", &[2, 6][..]),
        ("gradient/angle_deg", &[3, 6]),
        ("gradient_course/angle_deg", &[2, 14, 6]),
    ] {
        let found = read(path);
        assert_eq!(found.shape, row, "{path}");
        // Before errors have come down there is no angle.
        let last = found.values.iter().rev().take(6);
        assert!(last.clone().all(|x| x.is_finite()), "{path}: {:?}", last.collect::<Vec<_>>());
    }
    // Five populations of dyads: each is updated by itself.
    assert_eq!(read("residual/updated_layer").values.iter().copied().fold(0.0, f64::max), 5.0);
    for group in ["weights/initial", "weights/final"] {
        let there: Vec<bool> = (1..=8).map(|k| reader.contains(&format!("{group}/layer{k}"))).collect();
        assert_eq!(there, [true, true, false, true, true, true, true, false], "{group}");
    }
    let network = NetworkGraph::of_run(&RunResult::open(&folder.path().join("r/trace.h5")).unwrap()).unwrap();
    assert_eq!(network.last(), 5);
    assert_eq!(network.name(5), "projection 5, inner -> outer");
    let wires: Vec<bool> = network.projections.iter().map(|own| own.map.has_synapses()).collect();
    assert_eq!(wires, [true, true, false, true, true, true, true]);
    assert!(network.projections[3].max_pool.is_some());
}

#[test]
fn recorded_units_of_images_stand_next_to_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut changes = changes();
    changes["recording"]["states"]["layers"] = json!({"listed": [1]});
    changes["recording"]["states"]["units"] = json!({"listed": [0, 11, 70, 191]});
    let reader = run(folder.path(), "r", changes);
    let read = |name: &str| reader.read(&format!("states/layer1/{name}")).unwrap().values;
    // 3 x 8 x 8.
    assert_eq!(read("channel"), [0.0, 0.0, 1.0, 2.0]);
    assert_eq!(read("row"), [0.0, 1.0, 0.0, 7.0]);
    assert_eq!(read("column"), [0.0, 3.0, 6.0, 7.0]);
    // Each stands in a column of its own next to the unit.
    done(folder.path(), &["export", "r", "--to", "csv", "--what", "states/layer1/s_plus", "-o", "s.csv"]);
    let table = std::fs::read_to_string(folder.path().join("s.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next().unwrap(), "step,epoch,update,sample,unit,channel,column,row,s_plus");
    assert!(lines.nth(2).unwrap().starts_with("0,1,0,0,70,1,6,0,"), "{table}");
}

#[test]
fn dense_layers_have_no_places() {
    let folder = tempfile::tempdir().unwrap();
    let reader = run(folder.path(), "r", changes());
    assert!(reader.contains("states/layer3/channel") && !reader.contains("states/layer4/channel"));
}

/// Whatever holds them: floats, levels, bits, pulsed and programmed devices.
#[test]
fn a_wire_has_no_synapses_to_hold_or_to_learn() {
    for (model, batch_size, synapses) in [
        ("binary_generic", 10, json!({"rule": {"straight_through": {}}})),
        ("binary_ideal", 10, json!({"rule": {"pmf": {}}, "train_on": "relaxed_weights"})),
        ("binary_ideal", 1, json!({"rule": "stochastic_flips"})),
        ("ecram", 10, json!(null)),
        ("hermes_two_devices", 10, json!(null)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut changes = changes();
        changes["hardware"] = json!(repository_file(format!("hw_models/{model}.json")));
        changes["training"] = json!({"epochs": 1, "batch_size": batch_size, "rate": 0.1, "synapses": synapses});
        let reader = run(folder.path(), "r", changes);
        let all = numbers(&folder.path().join("r/trace.h5"));
        let written = model != "hermes_two_devices";
        for name in ["metrics/spectral_norm", "metrics/test_loss"]
            .into_iter()
            .chain(written.then_some("synapses/flips_per_synapse"))
        {
            let numbers = all[name].iter().map(|&bits| f64::from_bits(bits));
            assert!(numbers.clone().all(f64::is_finite), "{name} on {model}: {:?}", numbers.collect::<Vec<_>>());
        }
        if written {
            assert_eq!(reader.read("synapses/projection").unwrap().values, WITH_SYNAPSES, "{model}");
            assert_eq!(reader.read("synapses/histogram/projection").unwrap().values, WITH_SYNAPSES, "{model}");
        }
        assert!(!reader.contains("synapses/layer3") && !reader.contains("weights/final/layer3"), "{model}");
    }
}

#[test]
fn a_run_begins_with_the_weights_of_a_network_with_branches() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "first", changes());
    let mut again = changes();
    again["network"]["initial_weights"] = json!({"trace": "first/trace.h5"});
    again["training"] = json!({"epochs": 0, "batch_size": 10, "rate": 0.002});
    run(folder.path(), "again", again);
    let weights = |run: &str, which: &str| {
        let mut all = numbers(&folder.path().join(run).join("trace.h5"));
        all.retain(|name, _| name.starts_with(&format!("weights/{which}/")));
        all.into_values().collect::<Vec<_>>()
    };
    assert_eq!(weights("again", "initial"), weights("first", "final"));
    // Of another network: the wire is where it has synapses.
    let mut other = changes();
    other["network"] = json!({"hidden": [4, 4, 4, 4, 4, 4], "initial_weights": {"trace": "first/trace.h5"}});
    let file = experiment(folder.path(), other);
    let refused = output(folder.path(), &["run", file.to_str().unwrap(), "--out", "other"]);
    assert!(text(&refused).contains("there are 6 layers of weights where this network has 7"), "{}", text(&refused));
}

/// Every reader of traces.
#[test]
fn traces_of_branches_are_drawn_exported_reported_and_attacked() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "r", changes());
    for (kind, more) in [
        ("run", &[][..]),
        ("curves", &[]),
        ("curves", &["--metric", "spectral_norm", "--layer", "1,5"]),
        ("angle", &[]),
        ("weights", &["--layer", "4"]),
        ("states", &["--layer", "2"]),
        ("raster", &[]),
    ] {
        done(folder.path(), &[&["plot", "r", "--what", kind, "-o", "figure.svg"], more].concat());
    }
    let weights = std::fs::read_to_string(folder.path().join("figure.svg")).unwrap();
    assert!(weights.contains("layer 1"), "the raster of the first layer");
    for format in ["csv", "parquet", "npz"] {
        done(folder.path(), &["export", "r", "--to", format, "-o", &format!("all-{format}")]);
    }
    done(folder.path(), &["report", "r", "-o", "r.html"]);
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains("Projections at the last epoch or audited step") && page.contains("5 inner"), "the table");
    let told = done(folder.path(), &["robustness", "r", "--samples", "10", "--out", "rob"]);
    assert!(told.contains("Lipschitz"), "{told}");
}

#[test]
fn a_sweep_holds_what_is_measured_of_every_projection() {
    let folder = tempfile::tempdir().unwrap();
    experiment(folder.path(), changes());
    let axis = json!([{"name": "rate", "keys": ["training.rate"], "points": {"values": [0.001, 0.002]}}]);
    sweep(folder.path(), json!({"axes": axis, "set": {}, "replicates": {"count": 1, "vary": ["init"]}}));
    experiment(folder.path(), changes());
    done(folder.path(), &["sweep", "sweep.json", "--out", "s", "--jobs", "1"]);
    let reader = TraceReader::open(&folder.path().join("s/sweep.h5")).unwrap();
    let angles = reader.read("final/angle_deg").unwrap();
    assert_eq!(reader.read("final/projection").unwrap().values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(angles.shape.last(), Some(&7));
    // The wire has none.
    let missing: Vec<usize> = (0..7).filter(|k| angles.values[*k].is_nan()).collect();
    assert_eq!(missing, [2]);
    for kind in ["angle", "bars", "curves"] {
        done(folder.path(), &["plot", "s", "--what", kind, "-o", "figure.svg"]);
    }
    done(folder.path(), &["report", "s", "-o", "s.html"]);
}
