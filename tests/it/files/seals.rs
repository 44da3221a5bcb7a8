//! Every damage of a file that this program has written is found before anything is made of it; what other programs have
//! made is read only as far as it holds together.
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{assert_same_numbers, dyad, experiment, output, text};
use dyadsim::trace::{
    Array, ArrayFile, Axis, Coordinate, Element, Group, Row, TraceFile, TraceReader, Variable, describe,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A trace of one small table.
fn trace(folder: &Path) -> PathBuf {
    let path = folder.join("t.h5");
    let axis = Axis { name: "x".into(), coordinate: Coordinate::Index(3), long_name: "x".into(), units: "1".into() };
    let variable = |name: &str| Variable {
        name: name.into(),
        axes: vec!["x".into()],
        element: Element::F64,
        long_name: "a variable".into(),
        units: "1".into(),
        is_coordinate: false,
    };
    let group = Group { path: "g".into(), axes: vec![axis], variables: vec![variable("v"), variable("w")] };
    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
    file.write_group(&group, &[Row::F64(&[1.0, 2.0, 3.0]), Row::F64(&[4.0, 5.0, 6.0])]).unwrap();
    file.finish().unwrap();
    path
}

#[test]
fn a_changed_bit_anywhere_in_a_trace_or_checkpoint_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let trace = trace(folder.path());
    assert!(TraceReader::open(&trace).unwrap().is_sealed());
    let checkpoint = folder.path().join("c.h5");
    let mut arrays = ArrayFile::new();
    arrays.insert("a/b", Array::F32(vec![0.5; 10]));
    arrays.write(&checkpoint).unwrap();
    for path in [trace, checkpoint] {
        let whole = std::fs::read(&path).unwrap();
        // Of every eighth byte another bit.
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            assert!(TraceReader::open(&path).is_err() && ArrayFile::read(&path).is_err(), "{}: {at}", path.display());
        }
        for length in [whole.len() - 1, whole.len() - 24, whole.len() / 2, 100, 3, 0] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(ArrayFile::read(&path).is_err(), "{} of {length} bytes", path.display());
        }
        std::fs::write(&path, [&whole[..whole.len() - 24], &[0; 24]].concat()).unwrap();
        let told = TraceReader::open(&path).unwrap_err().to_string();
        assert!(told.contains("is damaged (its checksum is gone)") || told.contains("not a trace"), "{told}");
    }
}

/// As a person does who adds a note to a trace.
#[test]
fn a_trace_that_another_program_has_changed_is_read_without_a_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let path = trace(folder.path());
    let file = hdf5::File::open_rw(&path).unwrap();
    file.new_attr::<i64>().create("note").unwrap().write_scalar(&7).unwrap();
    file.close().unwrap();
    let reader = TraceReader::open(&path).unwrap();
    assert!(!reader.is_sealed());
    assert_eq!(reader.read("g/v").unwrap().values, [1.0, 2.0, 3.0]);
    drop(reader);
    let checked = output(folder.path(), &["check", "t.h5"]);
    assert!(checked.status.success() && text(&checked).contains("no checksum"), "{}", text(&checked));
}

/// Changes a trace by HDF5 and tells how it is described.
fn described(change: impl FnOnce(&hdf5::File)) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = trace(folder.path());
    let file = hdf5::File::open_rw(&path).unwrap();
    change(&file);
    file.close().unwrap();
    describe(&path).map_err(|error| error.to_string())
}

#[test]
fn what_a_file_says_of_itself_is_not_believed() {
    assert!(described(|_| ()).is_ok());
    let told = |result: Result<String, String>, part: &str| {
        let error = result.unwrap_err();
        assert!(error.contains("t.h5: ") && error.contains("is damaged") && error.contains(part), "{error}");
    };
    told(described(|file| file.link_hard("g", "g/self").unwrap()), "without an end");
    told(described(|file| file.link_soft("/nowhere", "g/other").unwrap()), "link to another place");
    let huge = |file: &hdf5::File| {
        let dataset = file.new_dataset::<f64>().chunk([1 << 10]).shape([1 << 45]).create("g/huge").unwrap();
        dataset.new_attr::<i64>().create("CLASS").unwrap().write_scalar(&1).unwrap();
    };
    told(described(huge), "numbers in a file of");
    let filtered = |file: &hdf5::File| {
        let dataset = file.new_dataset::<i64>().chunk([4]).nbit().shape([4]).create("g/packed").unwrap();
        dataset.new_attr::<i64>().create("CLASS").unwrap().write_scalar(&1).unwrap();
    };
    told(described(filtered), "a filter");
    let longer = |file: &hdf5::File| {
        file.unlink("g/x").unwrap();
        let dataset = file.new_dataset::<i64>().shape([5]).create("g/x").unwrap();
        dataset.new_attr::<i64>().create("CLASS").unwrap().write_scalar(&1).unwrap();
    };
    told(described(longer), "");
}

/// The library would go round in it for ever.
#[test]
fn a_heap_of_texts_without_an_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = trace(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 24);
    let heap = bytes.windows(4).position(|mark| mark == b"GCOL").unwrap();
    // The first object becomes a free one of no size.
    bytes[heap + 16..heap + 32].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let told = TraceReader::open(&path).unwrap_err().to_string();
    assert!(told.contains("is damaged (texts without an end)"), "{told}");
}

/// The library would set 4 GiB aside for the text.
#[test]
fn an_attribute_that_claims_more_than_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = trace(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 24);
    std::fs::write(&path, &bytes).unwrap();
    assert!(describe(&path).is_ok());
    // The type of a text of any length, without padding; behind it its dataspace of four bytes, and its length.
    let text = [16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 2, 0, 0, 0];
    let at = bytes.windows(text.len()).position(|own| own == text).unwrap() + text.len();
    assert!(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) < 1000);
    bytes[at + 3] = 0xff;
    std::fs::write(&path, bytes).unwrap();
    let told = describe(&path).unwrap_err().to_string();
    assert!(told.contains("is damaged (attributes that claim more than the file holds)"), "{told}");
}

/// Flips a bit in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 2;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn of_a_damaged_checkpoint_the_one_before_is_used() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(folder, json!({"training": {"epochs": 40, "batch_size": 20, "rate": 0.002}, "measure": {}}));
    let run = |out: &str, more: &[&str]| {
        output(folder, &[&["run", "experiment.json", "--quiet", "--out", out], more].concat())
    };
    assert!(run("good", &[]).status.success());
    let cut = |out: &str| {
        let mut child = dyad(folder, &["run", "experiment.json", "--quiet", "--out", out]).spawn().unwrap();
        while !folder.join(out).join("checkpoint-before.h5").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it has ended before it could be killed");
            std::thread::sleep(Duration::from_millis(2));
        }
        // It writes a last checkpoint and ends; killed at this moment, it might be between the names of two.
        let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(ended.unwrap().success());
        child.wait().unwrap();
    };
    cut("a");
    damage(&folder.join("a/checkpoint.h5"));
    let checked = output(folder, &["check", "a"]);
    let told = text(&checked);
    assert!(checked.status.code() == Some(1) && told.contains("damaged   a/checkpoint.h5: is damaged ("), "{told}");
    let resumed = run("a", &["--resume"]);
    let told = text(&resumed);
    assert!(resumed.status.success(), "{told}");
    assert!(told.contains("warning: a/checkpoint.h5: is damaged (its bytes"), "{told}");
    assert_same_numbers(&folder.join("good/trace.h5"), &folder.join("a/trace.h5"));
    cut("b");
    damage(&folder.join("b/checkpoint.h5"));
    damage(&folder.join("b/checkpoint-before.h5"));
    let resumed = run("b", &["--resume"]);
    let told = text(&resumed);
    assert!(resumed.status.code() == Some(1) && told.contains("error: b/checkpoint.h5: is damaged"), "{told}");
}

#[test]
fn damaged_plans_shards_and_results_are_said_to_be_damaged() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    sweep(
        folder,
        json!({"replicates": {"count": 1, "vary": []}, "axes": [{"name": "beta", "keys": ["nudging.beta"], "points": {"values": [0.1, 0.2]}}]}),
    );
    let made = output(folder, &["sweep", "sweep.json", "--out", "s", "--quiet", "--jobs", "1"]);
    assert!(made.status.success(), "{}", text(&made));
    let checked = output(folder, &["check", "s"]);
    let told = text(&checked);
    assert!(checked.status.success() && told.lines().filter(|line| line.starts_with("whole")).count() == 3, "{told}");
    for (file, commands) in [
        (
            "sweep.h5",
            &[
                &["info", "s/sweep.h5"][..],
                &["report", "s", "-o", "r.html"],
                &["plot", "s", "-o", "p.svg"],
                &["export", "s", "--to", "npz"],
            ][..],
        ),
        ("shards/1-of-1.jsonl", &[&["merge", "s"][..]]),
        ("plan.json", &[&["merge", "s"][..], &["status", "s"]]),
    ] {
        let path = folder.join("s").join(file);
        let whole = std::fs::read(&path).unwrap();
        damage(&path);
        for command in commands {
            let ended = output(folder, command);
            let told = text(&ended);
            let is_told =
                told.contains("checksum") || told.contains("damaged") || told.contains("is not the result of a point");
            assert!(ended.status.code() == Some(1) && told.contains(file) && is_told, "{command:?}: {told}");
        }
        let told = text(&output(folder, &["check", "s"]));
        assert_eq!(told.lines().filter(|line| line.starts_with("damaged")).count(), 1, "{told}");
        std::fs::write(&path, whole).unwrap();
    }
}
