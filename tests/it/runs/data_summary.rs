//! What is said of data before a run learns from them, by `dyad data show`, and of synapses that the settings cannot move.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// Images of 2 × 3 pixels of three classes, ten of each, sorted by class; every pixel of class k is k, but one is `odd`.
fn sorted_set(folder: &Path, odd: f32) {
    let mut archive = NpzWriter::create(folder.join("set.npz")).unwrap();
    for set in ["train", "test"] {
        let builder = archive.array(&format!("x_{set}"), Default::default()).unwrap().default_dtype();
        let mut writer = builder.shape(&[30, 2, 3]).begin_nd().unwrap();
        writer.extend((0..180).map(|at| if at == 6 * 4 + 5 { odd } else { (at / 60) as f32 })).unwrap();
        writer.finish().unwrap();
        let builder = archive.array(&format!("y_{set}"), Default::default()).unwrap().default_dtype();
        let mut writer = builder.shape(&[30]).begin_nd().unwrap();
        writer.extend((0..30).map(|k| (k / 10) as u8)).unwrap();
        writer.finish().unwrap();
    }
}

fn on_set(folder: &Path, changes: Value) {
    let mut file = json!({
        "data": {"source": {"npz": {"file": "set.npz"}}, "scaling": "standardise"},
        "network": {"hidden": [4]},
        "training": {"epochs": 1, "batch_size": 5, "rate": 0.002}
    });
    for (key, value) in changes.as_object().unwrap() {
        file[key] = value.clone();
    }
    experiment(folder, file);
}

fn said(output: &Output) -> String {
    format!("{}{}", text(output), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn sets_that_lack_a_class_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sorted_set(folder, 0.0);
    on_set(folder, json!({}));
    let run = |out: &str, set: &[&str]| {
        let arguments = [&["run", "experiment.json", "--quiet", "--out", out][..], set].concat();
        let output = output(folder, &arguments);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    assert!(!run("whole", &[]).contains("warning"));
    let first = run("first", &["--set", "data.train_samples=15"]);
    let warning = "warning: the training set has no sample of 1 of 3 classes: 2; the data are sorted by class, and \
                   data.train_samples takes the first 15";
    assert!(first.contains(warning), "{first}");
    let last = run("last", &["--set", r#"training.validation={"last": {"fraction": 0.3}}"#]);
    assert!(
        last.contains("warning: all 9 samples of the validation set are of class 2; the data are sorted"),
        "{last}"
    );
    let unshuffled = run("unshuffled", &["--set", "training.shuffle=false"]);
    assert!(unshuffled.contains("warning: the training set is sorted by class, and training.shuffle is false"));
    // The trace and the page keep it.
    let trace = TraceReader::open(&folder.join("first/trace.h5")).unwrap();
    let data: Value = serde_json::from_str(&trace.text("data_json").unwrap()).unwrap();
    assert_eq!(data["sets"][0], json!(["training", {"samples": 15, "per_class": [10, 5, 0], "is_sorted": true}]));
    assert_eq!(data["sets"][1][1]["per_class"], json!([10, 10, 10]));
    assert!(output(folder, &["report", "first"]).status.success());
    let page = std::fs::read_to_string(folder.join("first/report.html")).unwrap();
    assert!(page.contains("the training set has no sample of 1 of 3 classes"));
    let explained = said(&output(folder, &["explain", "experiment.json", "--set", "data.train_samples=15"]));
    assert!(explained.contains("training set       15 samples, of classes 0 to 2: 10 5 0"), "{explained}");
    assert!(explained.contains("warning            the training set has no sample"), "{explained}");
}

#[test]
fn data_are_shown_with_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sorted_set(folder, 3.5);
    on_set(folder, json!({}));
    let shown = output(folder, &["data", "show", "experiment.json", "-o", "sheet.png"]);
    assert!(shown.status.success(), "{}", said(&shown));
    let told = said(&shown);
    assert!(told.contains("30 samples of shape [2, 3], floating-point numbers from 0 to 3.5, mean 1.0194"), "{told}");
    assert!(told.contains("test set           30 samples, 10 of each of 3 classes"), "{told}");
    // Three rows of ten images, each 28 times as large.
    let mut reader = png::Decoder::new(std::fs::File::open(folder.join("sheet.png")).unwrap()).read_info().unwrap();
    let mut page = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut page).unwrap();
    assert_eq!((info.height, info.width), (3 * (2 * 28 + 4) + 4, 10 * (3 * 28 + 4) + 4));
    let shade = |row: u32, column: u32| page[3 * (row * info.width + column) as usize];
    assert_eq!([shade(4, 4), shade(64, 4), shade(124, 4)], [0, 73, 146]);

    sorted_set(folder, f32::NAN);
    let shown = output(folder, &["data", "show", "set.npz"]);
    let told = said(&shown);
    assert!(!shown.status.success());
    assert!(told.contains(", 1 not finite, the first at sample 4, feature 5"), "{told}");
    assert!(
        told.contains("no run can use them: set.npz train: input must be finite, got NaN (sample 4, feature 5)"),
        "{told}"
    );
}

#[test]
fn a_single_table_is_shown_by_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("iris.csv"), "width,kind\n1.5,a\n,b\n2.5,a\n").unwrap();
    let told = said(&output(folder, &["data", "show", "iris.csv"]));
    assert!(
        told.contains("table of 3 rows\n  width  numbers from 1.5 to 2.5, mean 2.0000, s.d. 0.5000, 1 missing"),
        "{told}"
    );
    assert!(told.contains("  kind   2 different texts: \"a\" 2, \"b\" 1"), "{told}");
    let refused = output(folder, &["data", "show", "iris.csv", "-o", "sheet.png"]);
    assert!(
        !refused.status.success() && said(&refused).contains("--out: needs an experiment or a data set"),
        "{}",
        said(&refused)
    );
}

/// A row of scores for each epoch is there as soon as it is known, whether or not the run has ended.
#[test]
fn scores_are_in_a_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    experiment(folder, json!({}));
    assert!(output(folder, &["run", "experiment.json", "--out", "out", "--quiet"]).status.success());
    let mut table = csv::Reader::from_path(folder.join("out/metrics.csv")).unwrap();
    let head: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let at = head.iter().position(|name| name == "test_accuracy").unwrap();
    assert!(head.contains(&"spectral_norm_3".to_owned()), "{head:?}");
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let epochs: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(epochs, ["0", "1", "2", "3"]);
    let accuracy: Vec<f64> = rows.iter().map(|row| row[at].parse().unwrap()).collect();
    let trace = TraceReader::open(&folder.join("out/trace.h5")).unwrap();
    assert_eq!(accuracy, trace.read("metrics/test_accuracy").unwrap().values);
    // As a run that was cut off leaves it.
    std::fs::rename(folder.join("out/trace.h5"), folder.join("out/checkpoint.h5")).unwrap();
    for command in [&["info"][..], &["plot"], &["report"], &["export", "--to", "csv"]] {
        let told = said(&output(folder, &[command, &["out"]].concat()));
        let sentence = "holds an unfinished run, which can be continued with --resume; what it has measured so far is in metrics.csv";
        assert!(told.contains(sentence), "{command:?}: {told}");
    }
}

#[test]
fn pulsed_synapses_that_hardly_move_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hardware = repository_file("hw_models/gokmen_vlasov.json");
    experiment(folder, json!({"hardware": hardware, "training": {"epochs": 1, "batch_size": 10, "rate": 0.0001}}));
    let run = |out: &str, set: &str| {
        said(&output(folder, &["run", "experiment.json", "--quiet", "--out", out, "--set", set]))
    };
    let slow = run("slow", "title=slow");
    assert!(slow.contains("warning: pulsed synapses will hardly move: at training.rate 0.0001 a stimulus"), "{slow}");
    assert!(slow.contains("training.optimizer acts on biases alone"), "{slow}");
    let fast = run("fast", "training.rate=1");
    assert!(!fast.contains("hardly move"), "{fast}");
}
