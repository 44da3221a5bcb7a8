//! What `dyad export` writes, read back by the programs it is written for: Python's csv module, NumPy, pyarrow, and the
//! package `nir`.
use crate::fixtures::python::{python, run_script};
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, output, text};
use dyadsim::config::Setup;
use dyadsim::data;
use dyadsim::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, TraceReader, Variable};
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A run in the folder, and its trace.
fn run(folder: &Path, changes: Value) -> PathBuf {
    let file = experiment(folder, changes);
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", "r", "--quiet", "--overwrite"]);
    assert!(run.status.success(), "{}", text(&run));
    folder.join("r/trace.h5")
}

fn export(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, &[&["export"], arguments].concat());
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, &[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    String::from_utf8(output.stderr).unwrap()
}

fn variable(name: &str, axes: &[&str], element: Element) -> Variable {
    let axes = axes.iter().map(|&axis| axis.to_owned()).collect();
    Variable {
        name: name.into(),
        axes,
        element,
        long_name: "a variable".into(),
        units: "1".into(),
        is_coordinate: false,
    }
}

fn axis(name: &str, coordinate: Coordinate) -> Axis {
    Axis { name: name.into(), coordinate, long_name: "an axis".into(), units: "1".into() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Writes a file as the program does, and hands over a copy: HDF5 holds a lock on what it writes, which a process that another
/// test starts meanwhile inherits.
fn write_file(path: &Path, attributes: &[(&str, &str)], groups: &[(Group, Vec<Row>)]) {
    let made = path.with_extension("made");
    let mut file = TraceFile::create(&made).unwrap();
    for (name, text) in attributes {
        file.text_attribute(name, text).unwrap();
    }
    for (group, values) in groups {
        file.write_group(group, values).unwrap();
    }
    file.finish().unwrap();
    fs::copy(&made, path).unwrap();
    fs::remove_file(made).unwrap();
}

/// The result of a sweep of two rules and two α, with whatever tables can get wrong: texts with commas, quotes and line
/// ends, numbers that are none, missing texts, whole numbers beyond the precision of f64.
fn write_sweep(path: &Path) {
    let rules = || axis("credit_rule", Coordinate::Texts(words(&["dp", "dp_transpose"])));
    let alphas = || axis("alpha", Coordinate::Numbers(vec![0.1, 1.0 / 3.0]));
    let replicates = || axis("replicate", Coordinate::Integers(vec![7]));
    let layers = || axis("layer", Coordinate::Integers(vec![1, 2, 3]));
    let last = Group {
        path: "final".into(),
        axes: vec![rules(), alphas(), replicates(), layers()],
        variables: vec![
            variable("test_accuracy", &["credit_rule", "alpha", "replicate"], Element::F64),
            variable("status", &["credit_rule", "alpha", "replicate"], Element::I64),
            variable("angle_deg", &["credit_rule", "alpha", "replicate", "layer"], Element::F64),
        ],
    };
    let accuracies = [0.1 + 0.2, f64::NAN, 1e-300, f64::INFINITY];
    let angles: Vec<f64> = (0..12).map(|i| f64::from(i) / 7.0).collect();
    let points = Group {
        path: "points".into(),
        axes: vec![axis("point", Coordinate::Index(4))],
        variables: vec![
            variable("message", &["point"], Element::Text),
            variable("alpha", &["point"], Element::F64),
            variable("seed_noise", &["point"], Element::I64),
        ],
    };
    let messages = words(&["", "a, \"b\"", "two\nlines", "größer"]);
    let large = [i64::MAX, i64::MIN, (1 << 53) + 1, 0];
    let alphas = [0.1, 0.1, 1.0 / 3.0, -0.0];
    let attributes = [("Conventions", "dyadsim-sweep-2"), ("title", "α of two rules"), ("config_json", "{}")];
    let last = (last, vec![Row::F64(&accuracies), Row::I64(&[1, 2, 4, 1]), Row::F64(&angles)]);
    let points = (points, vec![Row::Text(&messages), Row::F64(&alphas), Row::I64(&large)]);
    write_file(path, &attributes, &[last, points]);
}

/// The result of a sweep of four samples, for each of which a rule and an α were drawn.
fn write_sampled_sweep(path: &Path) {
    let axes = json!([{"name": "sample", "role": "sample"}, {"name": "replicate", "role": "replicate"},
        {"name": "alpha", "role": "drawn"}, {"name": "credit_rule", "role": "drawn"}]);
    let axes = axes.to_string();
    let attributes = [("Conventions", "dyadsim-sweep-2"), ("title", "sampled"), ("axes_json", &axes)];
    let samples = || axis("sample", Coordinate::Index(4));
    let replicates = || axis("replicate", Coordinate::Integers(vec![1, 2]));
    let group = Group {
        path: "final".into(),
        axes: vec![samples(), replicates(), axis("layer", Coordinate::Integers(vec![1, 2]))],
        variables: vec![
            variable("alpha", &["sample"], Element::F64),
            variable("credit_rule", &["sample"], Element::Text),
            variable("test_accuracy", &["sample", "replicate"], Element::F64),
            variable("angle_deg", &["sample", "replicate", "layer"], Element::F64),
        ],
    };
    let numbers: Vec<f64> = (0..16).map(|i| f64::from(i) / 3.0).collect();
    let rules = words(&["dp", "dp", "damped_dp", "dp"]);
    let alphas = Row::F64(&[0.5, 0.25, 0.125, 1.0]);
    let values = vec![alphas, Row::Text(&rules), Row::F64(&numbers[..8]), Row::F64(&numbers)];
    write_file(path, &attributes, &[(group, values)]);
}

/// More numbers than are held in memory at once.
fn write_long(path: &Path) {
    let (steps, units) = (5, 300_000);
    let group = Group {
        path: "states/layer1".into(),
        axes: vec![axis("step", Coordinate::Integers(vec![0, 10, 20, 30, 40])), axis("unit", Coordinate::Index(units))],
        variables: vec![
            variable("s_plus", &["step", "unit"], Element::F32),
            variable("threshold", &["unit"], Element::F64),
        ],
    };
    let states: Vec<f32> = (0..steps * units).map(|i| i as f32 * 0.1).collect();
    let thresholds: Vec<f64> = (0..units).map(|i| i as f64 * 0.1).collect();
    let attributes = [("Conventions", "dyadsim-trace-2"), ("title", "long")];
    write_file(path, &attributes, &[(group, vec![Row::F32(&states), Row::F64(&thresholds)])]);
}

fn check_in_python(python: &str, folder: &Path, file: &str) -> Value {
    for format in ["csv", "parquet", "npz"] {
        export(folder, &[file, "--to", format, "-o", &format!("exported.{format}d")]);
    }
    let file = folder.join(file);
    let [csv, parquet, npz] = ["csvd", "parquetd", "npzd"].map(|name| folder.join(format!("exported.{name}")));
    let check = run_script(python, "tests/python/check_export.py", &[&file, &csv, &parquet, &npz]);
    assert!(check.status.success(), "{}", text(&check));
    serde_json::from_slice(&check.stdout).unwrap()
}

const TABLE_READERS: &str = "numpy, h5py, pyarrow.parquet";

#[test]
fn python_reads_every_number_of_a_trace_from_csv_parquet_and_npz() {
    let Some(python) = python(TABLE_READERS) else { return };
    let folder = tempfile::tempdir().unwrap();
    let changes = json!({
        "recording": {"states": {"every_steps": 9, "moment": "every_update", "samples": {"first": 2}}},
        "measure": {"gradient_every_steps": 7, "residual_every_steps": 5, "gradient_course_every_steps": 20},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002}
    });
    run(folder.path(), changes);
    let found = check_in_python(&python, folder.path(), "r/trace.h5");
    assert!(found["groups"].as_u64().unwrap() >= 13, "{found}");
    assert!(found["numbers"].as_u64().unwrap() > 50_000, "{found}");
}

#[test]
fn python_reads_texts_numbers_that_are_none_and_large_integers_of_a_sweep() {
    let Some(python) = python(TABLE_READERS) else { return };
    let folder = tempfile::tempdir().unwrap();
    write_sweep(&folder.path().join("sweep.h5"));
    assert_eq!(check_in_python(&python, folder.path(), "sweep.h5")["groups"], 2);
    fs::remove_dir_all(folder.path().join("exported.csvd")).unwrap();
    fs::remove_dir_all(folder.path().join("exported.parquetd")).unwrap();
    write_sampled_sweep(&folder.path().join("sampled.h5"));
    assert_eq!(check_in_python(&python, folder.path(), "sampled.h5")["groups"], 1);
}

#[test]
fn tables_that_are_read_in_parts_are_whole() {
    let Some(python) = python(TABLE_READERS) else { return };
    let folder = tempfile::tempdir().unwrap();
    write_long(&folder.path().join("long.h5"));
    assert_eq!(check_in_python(&python, folder.path(), "long.h5")["numbers"], 1_500_000 + 300_000 + 300_000 + 5);
}

#[test]
fn the_table_of_a_sweep_reads_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    write_sweep(&folder.path().join("sweep.h5"));
    export(folder.path(), &[".", "--to", "csv", "--what", "final"]);
    let table = fs::read_to_string(folder.path().join("sweep-csv/final.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "credit_rule,alpha,replicate,layer,angle_deg,status,test_accuracy");
    assert_eq!(lines[1], "dp,0.1,7,,,1,0.30000000000000004");
    assert_eq!(lines[2], "dp,0.3333333333333333,7,,,2,NaN");
    assert_eq!(lines[3], "dp_transpose,0.1,7,,,4,1e-300");
    assert_eq!(lines[4], "dp_transpose,0.3333333333333333,7,,,1,inf");
    assert_eq!(lines[5], "dp,0.1,7,1,0.0,,");
    assert_eq!(lines.len(), 1 + 4 + 12);
}

#[test]
fn what_was_drawn_for_a_sample_stands_in_every_row_of_it() {
    let folder = tempfile::tempdir().unwrap();
    write_sampled_sweep(&folder.path().join("sweep.h5"));
    let lines = |what: &str| {
        export(folder.path(), &[".", "--to", "csv", "--what", what, "-o", "table.csv"]);
        let table = fs::read_to_string(folder.path().join("table.csv")).unwrap();
        table.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let table = lines("final");
    assert_eq!(table[0], "sample,alpha,credit_rule,replicate,layer,angle_deg,test_accuracy");
    assert_eq!(table[5], "2,0.125,damped_dp,1,,,1.3333333333333333");
    assert_eq!((table.len(), table[24].as_str()), (1 + 8 + 16, "3,1.0,dp,2,2,5.0,"));
    assert_eq!(lines("final/test_accuracy")[1], "0,0.5,dp,1,0.0");
    assert_eq!(lines("final/alpha")[..2], ["sample,credit_rule,alpha", "0,dp,0.5"]);
}

#[test]
fn what_is_asked_for_is_written_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_sweep(&at("sweep.h5"));
    let said = export(folder.path(), &[".", "--to", "csv", "--what", "final/test_accuracy", "-o", "accuracy.csv"]);
    assert_eq!(said, "accuracy.csv  (4 rows, 4 columns)\n");
    let table = fs::read_to_string(at("accuracy.csv")).unwrap();
    assert_eq!(table.lines().next(), Some("credit_rule,alpha,replicate,test_accuracy"));
    export(folder.path(), &["sweep.h5", "--to", "npz", "--what", "points", "-o", "new/points.npz"]);
    let archive = npyz::npz::NpzArchive::open(at("new/points.npz")).unwrap();
    let mut names: Vec<&str> = archive.array_names().filter(|name| !name.starts_with("attributes/")).collect();
    names.sort_unstable();
    assert_eq!(names, ["points/alpha", "points/message", "points/point", "points/seed_noise"]);
    export(folder.path(), &["sweep.h5", "--to", "parquet", "-o", "tables"]);
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(left, ["accuracy.csv", "new", "sweep.h5", "tables"]);
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), json!({}));
    for format in ["csv", "parquet", "npz", "nir"] {
        let what: &[&str] =
            if ["csv", "parquet"].contains(&format) { &["--what", "weights/final/layer2"] } else { &[] };
        let [a, b] = ["a", "b"].map(|name| {
            let name = format!("{name}.{format}");
            export(folder.path(), &[&["r", "--to", format, "-o", name.as_str()], what].concat());
            // HDF5 has times in whole seconds, zip archives in steps of two.
            let wait = if ["npz", "nir"].contains(&format) { 2100 } else { 0 };
            std::thread::sleep(std::time::Duration::from_millis(wait));
            fs::read(folder.path().join(name)).unwrap()
        });
        assert!(a == b, "{format} differs");
    }
}

#[test]
fn refusals_name_the_file_the_group_and_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let trace = run(folder.path(), json!({"recording": {"weights": false}}));
    write_sweep(&folder.path().join("sweep.h5"));
    for (arguments, parts) in [
        (&["r", "--to", "csv", "--what", "metrisc"][..], &["r/trace.h5", "\"metrisc\"", "\"metrics\"", "residual"][..]),
        (&["r", "--to", "npz", "--what", "test_acuracy"], &["did you mean \"metrics/test_accuracy\""]),
        (&["r", "--to", "parquet", "--what", "metrics/test_acuracy"], &["did you mean \"metrics/test_accuracy\""]),
        (&["sweep.h5", "--to", "csv", "-o", "all.csv"], &["all.csv", "2 tables", "final, points", "--what"]),
        (&["r", "--to", "nir"], &["r/trace.h5", "weights/final", "recording.weights"]),
        (&["r", "--to", "nir", "--what", "metrics"], &["--weights"]),
        (&["sweep.h5", "--to", "nir"], &["sweep.h5", "a sweep holds no weights"]),
        (&["new", "--to", "csv"], &["new"]),
        (&["empty", "--to", "csv"], &["empty: holds neither sweep.h5 nor trace.h5"]),
        (&["experiment.json", "--to", "csv"], &["experiment.json", "not an HDF5 file"]),
    ] {
        fs::create_dir_all(folder.path().join("empty")).unwrap();
        let said = refusal(folder.path(), arguments);
        for part in parts {
            assert!(said.contains(part), "{arguments:?} says\n{said}without {part}");
        }
    }
    // Nothing was left behind.
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(
        left,
        ["empty", "events.json", "experiment.json", "ideal.json", "noisy.json", "r", "running.json", "sweep.h5"]
    );
    assert!(trace.exists());
}

#[test]
fn a_file_that_cannot_be_written_whole_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    write_sweep(&folder.path().join("sweep.h5"));
    fs::create_dir_all(folder.path().join("taken.csv/file")).unwrap();
    let said = refusal(folder.path(), &["sweep.h5", "--to", "csv", "--what", "final", "-o", "taken.csv"]);
    assert!(said.contains("taken.csv"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "a temporary file was left");
}

/// Inputs and labels of the test set of an experiment, for NumPy.
fn write_test_set(experiment: &Path, path: &Path) {
    let setup = Setup::load(experiment, &[]).unwrap();
    let splits = data::load(&setup.experiment.data, &setup.base_dir, setup.experiment.seeds.data).unwrap();
    let test = &splits.test;
    let shape = [test.len() as u64, test.features() as u64];
    let mut archive = NpzWriter::create(path).unwrap();
    let mut array =
        archive.array("inputs", Default::default()).unwrap().default_dtype().shape(&shape).begin_nd().unwrap();
    array.extend(test.inputs().iter().copied()).unwrap();
    array.finish().unwrap();
    let labels = splits.test.labels().iter().map(|&label| i64::from(label));
    let shape = [splits.test.len() as u64];
    let mut array =
        archive.array("labels", Default::default()).unwrap().default_dtype().shape(&shape).begin_nd().unwrap();
    array.extend(labels).unwrap();
    array.finish().unwrap();
}

/// What Python finds in the graph of these weights.
fn graph_in_python(python: &str, folder: &Path, which: &str) -> Value {
    let graph = format!("{which}.nir");
    export(folder, &["r", "--to", "nir", "--weights", which, "-o", &graph]);
    write_test_set(&folder.join("experiment.json"), &folder.join("data.npz"));
    let arguments = [&folder.join("r/trace.h5"), &folder.join(&graph), Path::new(which), &folder.join("data.npz")];
    let check = run_script(python, "tests/python/check_nir.py", &arguments);
    assert!(check.status.success(), "{}", text(&check));
    serde_json::from_slice(&check.stdout).unwrap()
}

#[test]
fn the_nir_package_reads_the_graph_and_it_has_the_accuracy_of_the_network() {
    let Some(python) = python("numpy, h5py, nir") else { return };
    let folder = tempfile::tempdir().unwrap();
    // So fast that the best epoch is not the last.
    let changes = json!({
        "training": {"epochs": 6, "batch_size": 20, "rate": 0.03, "validation": {"random": {"fraction": 0.2}}},
        "recording": {"weights": true}
    });
    let trace = run(folder.path(), changes);
    let reader = TraceReader::open(&trace).unwrap();
    let accuracies = reader.read("metrics/test_accuracy").unwrap().values;
    let best = reader.integer("best_epoch").unwrap() as usize;
    let last = accuracies.len() - 1;
    let mut found = vec![];
    for (which, epoch) in [("initial", 0), ("best", best), ("final", last)] {
        let graph = graph_in_python(&python, folder.path(), which);
        assert_eq!(graph["accuracy"].as_f64().unwrap(), accuracies[epoch], "{which}: {accuracies:?}\n{graph}");
        assert_eq!(graph["samples"], 100);
        let path = json!([["input", "layer1"], ["layer1", "layer2"], ["layer2", "layer3"], ["layer3", "output"]]);
        assert_eq!(graph["edges"], path);
        let activations = ["layer1", "layer2", "layer3"].map(|name| graph["activations"][name].clone());
        assert_eq!(activations, ["relu", "relu", "identity"]);
        let metadata = &graph["metadata"];
        assert_eq!((&metadata["weights"], &metadata["activation"]), (&json!(which), &json!("relu")));
        assert_eq!((&metadata["credit_rule"], &metadata["alpha"]), (&json!("dp_transpose"), &json!(0.25)));
        assert!(metadata["note"].as_str().unwrap().contains("no node for the activation: apply relu"), "{metadata}");
        found.push(fs::read(folder.path().join(format!("{which}.nir"))).unwrap());
    }
    assert!(found[0] != found[1] && found[1] != found[2], "the last epoch, {last}, is the best, {best}");
    let said = export(folder.path(), &["r", "--to", "nir"]);
    assert_eq!(
        said,
        "r/trace.nir  (best weights of 784-40-20-10; NIR has no relu, which hidden layers need: see the metadata)\n"
    );
    assert!(fs::read(folder.path().join("r/trace.nir")).unwrap() == found[1]);
}

#[test]
fn a_graph_holds_the_levels_of_the_devices_and_linear_units_need_nothing_else() {
    let Some(python) = python("numpy, h5py, nir") else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = repository_file("hw_models/binary_ideal.json");
    let changes = json!({
        "hardware": model,
        "network": {"hidden": [40, 20], "activation": "identity"},
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.01, "synapses": {"rule": {"straight_through": {}}}}
    });
    let trace = run(folder.path(), changes);
    let accuracies = TraceReader::open(&trace).unwrap().read("metrics/test_accuracy").unwrap().values;
    let graph = graph_in_python(&python, folder.path(), "final");
    assert_eq!(graph["accuracy"].as_f64(), accuracies.last().copied(), "{graph}");
    assert_eq!(graph["levels"], json!([2, 2, 2]));
    let metadata = &graph["metadata"];
    assert!(metadata["quantisation"].as_str().unwrap().contains("binary"), "{metadata}");
    assert!(metadata["note"].as_str().unwrap().contains("linear"), "{metadata}");
    let said = refusal(folder.path(), &["r", "--to", "nir", "--weights", "best"]);
    assert!(said.contains("no group weights/best; there are weights initial, final"), "{said}");
}
