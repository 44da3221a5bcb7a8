//! The arithmetic of a run is recorded, and may be one that gives the same bits on every processor.
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::json;
use std::path::Path;

fn recorded(trace: &Path) -> String {
    TraceReader::open(trace).unwrap().text("arithmetic").unwrap()
}

fn weights(trace: &Path) -> Vec<f64> {
    let reader = TraceReader::open(trace).unwrap();
    reader.read("weights/final/layer1/weight").unwrap().values
}

#[test]
fn portable_arithmetic_is_recorded_learns_the_same_and_knows_no_threads() {
    let folder = tempfile::tempdir().unwrap();
    // Adam would enlarge what rounding leaves of small gradients.
    let plain = json!({"epochs": 3, "batch_size": 20, "rate": 0.005, "optimizer": {"sgd": {}}});
    let file = experiment(folder.path(), json!({"training": plain}));
    let file = file.to_str().unwrap();
    for (out, rest) in [
        ("fastest", &["--threads", "1"][..]),
        ("one", &["--threads", "1", "--arithmetic", "portable"]),
        ("two", &["--threads", "2", "--arithmetic", "portable"]),
    ] {
        let done = output(folder.path(), &[&["run", file, "--out", out], rest].concat());
        assert!(done.status.success(), "{}", text(&done));
    }
    let [fastest, one, two] = ["fastest", "one", "two"].map(|out| folder.path().join(out).join("trace.h5"));
    assert_eq!([recorded(&one), recorded(&two)], ["portable", "portable"]);
    assert_ne!(recorded(&fastest), "portable");
    assert_eq!(weights(&one), weights(&two));
    let far = weights(&fastest).iter().zip(weights(&one)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-5, "only rounding differs: {far}");
}

#[test]
fn what_goes_on_with_another_arithmetic_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = crate::fixtures::sweeps::sweep(folder.path(), json!({}));
    let sweep = sweep.to_str().unwrap();
    let done = output(folder.path(), &["sweep", sweep, "--prepare", "--out", "s", "--arithmetic", "portable"]);
    assert!(done.status.success(), "{}", text(&done));
    // A sweep knows how it was begun: what goes on needs not be told.
    let done = output(folder.path(), &["sweep", "--resume", "s", "--shard", "1/2"]);
    assert!(done.status.success() && !text(&done).contains("arithmetic"), "{}", text(&done));
    let plan = folder.path().join("s/plan.json");
    let other = std::fs::read_to_string(&plan).unwrap().replace("\"portable\"", "\"vax\"");
    let (object, _) = other.rsplit_once(",\"crc32\"").unwrap();
    std::fs::write(&plan, dyadsim::storage::seal_json(&format!("{object}}}"))).unwrap();
    let done = output(folder.path(), &["sweep", "--resume", "s", "--shard", "2/2"]);
    assert!(text(&done).contains("this sweep was begun with the arithmetic vax"), "{}", text(&done));
    let merged = output(folder.path(), &["merge", "s"]);
    assert!(
        merged.status.success() && text(&merged).contains("12 of its points were made with portable"),
        "{}",
        text(&merged)
    );
}
