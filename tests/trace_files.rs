//! Traces, journals and checkpoints hold what was put into them, however they were cut.
use dyadsim::trace::{
    Array, ArrayFile, Axis, Coordinate, Element, Group, Recorder, RecorderState, Row, StreamGroup, TraceError,
    TraceFile, TraceReader, Variable, describe,
};
use proptest::prelude::*;
use std::path::Path;

fn axis(name: &str, n: usize) -> Axis {
    Axis { name: name.into(), coordinate: Coordinate::Index(n), long_name: "an axis".into(), units: "1".into() }
}

fn variable(name: &str, axes: &[&str], element: Element) -> Variable {
    let axes = axes.iter().map(|&a| a.to_owned()).collect();
    Variable { name: name.into(), axes, element, long_name: "a variable".into(), units: "V".into() }
}

/// Two streams: one of wide rows (few rows a chunk), one of narrow ones.
fn streams(wide: usize) -> Vec<StreamGroup> {
    let group =
        |path: &str, axes, variables| StreamGroup { path: path.into(), growing: axis("step", 0), axes, variables };
    vec![
        group(
            "states/wide",
            vec![axis("sample", 3), axis("unit", wide)],
            vec![
                variable("s_plus", &["step", "sample", "unit"], Element::F32),
                variable("gain", &["step", "unit"], Element::F64),
            ],
        ),
        group("states/narrow", vec![axis("sample", 3)], vec![variable("label", &["step", "sample"], Element::I64)]),
    ]
}

/// Numbers of row `t`, different in every place.
fn row(t: usize, n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| (t * n + i) as f64 * 0.25 - 7.0)
}

fn push(recorder: &mut Recorder, wide: usize, t: usize) {
    let s_plus: Vec<f32> = row(t, 3 * wide).map(|x| x as f32).collect();
    let gain: Vec<f64> = row(t, wide).collect();
    let label: Vec<i64> = row(t, 3).map(|x| (4.0 * x) as i64).collect();
    recorder.push(0, 10 * t as i64, &[Row::F32(&s_plus), Row::F64(&gain)]).unwrap();
    recorder.push(1, 10 * t as i64, &[Row::I64(&label)]).unwrap();
}

fn finish(recorder: Recorder, trace: &Path) {
    let journal = recorder.finish().unwrap();
    let mut file = TraceFile::create(trace).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-1").unwrap();
    journal.write_into(&mut file).unwrap();
    file.finish().unwrap();
}

fn check(trace: &Path, wide: usize, rows: usize) {
    let reader = TraceReader::open(trace).unwrap();
    let all = |n: usize| -> Vec<f64> { (0..rows).flat_map(|t| row(t, n)).collect() };
    let read = |name: &str| reader.read(name).unwrap();
    let s_plus = read("states/wide/s_plus");
    assert_eq!(s_plus.shape, [rows, 3, wide]);
    assert!(s_plus.values.iter().zip(all(3 * wide)).all(|(&x, y)| x == f64::from(y as f32)));
    assert!(read("states/wide/gain").values == all(wide));
    let labels: Vec<f64> = all(3).iter().map(|x| (4.0 * x).trunc()).collect();
    assert_eq!(read("states/narrow/label").values, labels);
    let steps: Vec<f64> = (0..rows).map(|t| 10.0 * t as f64).collect();
    assert_eq!(read("states/narrow/step").values, steps);
    assert_eq!(read("states/wide/step").values, steps);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A wide row is up to 600 kB, so chunks hold one to a few hundred rows; the cut falls anywhere.
    #[test]
    fn a_recording_that_was_cut_anywhere_equals_the_whole_one(
        wide in prop_oneof![1usize..50, 20_000usize..50_000], rows in 1usize..40, cut in 0usize..40, lost in 0usize..5,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (journal, trace) = (folder.path().join("j"), folder.path().join("t.h5"));
        let cut = cut.min(rows);
        let mut recorder = Recorder::create(&journal, streams(wide)).unwrap();
        (0..cut).for_each(|t| push(&mut recorder, wide, t));
        let state = RecorderState::from_bytes(&recorder.state().unwrap().to_bytes()).unwrap();
        // What was recorded after the checkpoint is lost, and the last write was torn.
        (cut..cut + lost).for_each(|t| push(&mut recorder, wide, t + 1000));
        drop(recorder);
        let mut bytes = std::fs::read(&journal).unwrap();
        bytes.extend_from_slice(b"dyJ1 torn");
        std::fs::write(&journal, bytes).unwrap();
        let mut recorder = Recorder::resume(&journal, streams(wide), &state).unwrap();
        (cut..rows).for_each(|t| push(&mut recorder, wide, t));
        finish(recorder, &trace);
        check(&trace, wide, rows);
    }

    #[test]
    fn bytes_that_are_no_state_are_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(state) = RecorderState::from_bytes(&bytes) {
            prop_assert_eq!(state.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_recording_without_rows_is_a_trace_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::create(&folder.path().join("j"), streams(4)).unwrap();
    finish(recorder, &folder.path().join("t.h5"));
    check(&folder.path().join("t.h5"), 4, 0);
}

#[test]
fn a_damaged_journal_is_an_error_that_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut recorder = Recorder::create(&path, streams(4)).unwrap();
    (0..3).for_each(|t| push(&mut recorder, 4, t));
    let journal = recorder.finish().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = journal.write_into(&mut TraceFile::create(&folder.path().join("t.h5")).unwrap()).unwrap_err();
    assert!(error.to_string().contains("damaged at byte 0: a record whose checksum is wrong"), "{error}");
    let state = RecorderState::from_bytes(&[vec![255, 255], vec![0; 6], vec![2], vec![0; 7], vec![0; 32]].concat());
    let too_long = Recorder::resume(&path, streams(4), &state.unwrap()).unwrap_err();
    assert!(too_long.to_string().contains("not the journal of this checkpoint"), "{too_long}");
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(&folder.path().join("j"), streams(4)).unwrap();
    for rows in [&[Row::I64(&[1, 2])][..], &[Row::F32(&[1.0; 3])]] {
        assert!(matches!(recorder.push(1, 0, rows), Err(TraceError::Shape { .. })), "{rows:?}");
    }
    assert!(matches!(recorder.push(1, 0, &[]), Err(TraceError::Variables { .. })));
    let mut file = TraceFile::create(&folder.path().join("t.h5")).unwrap();
    let group =
        Group { path: "g".into(), axes: vec![axis("x", 3)], variables: vec![variable("v", &["x"], Element::F64)] };
    assert!(matches!(file.write_group(&group, &[Row::F64(&[0.0; 4])]), Err(TraceError::Shape { .. })));
}

#[test]
fn a_trace_appears_only_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let group = Group {
        path: "a/b".into(),
        axes: vec![axis("y", 2), axis("x", 3000)],
        variables: vec![variable("v", &["y", "x"], Element::F64), variable("w", &["x"], Element::F32)],
    };
    let (v, w): (Vec<f64>, Vec<f32>) = ((0..6000).map(f64::from).collect(), (0..3000).map(|x| x as f32).collect());
    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-1").unwrap();
    file.write_group(&group, &[Row::F64(&v), Row::F32(&w)]).unwrap();
    assert!(!path.exists());
    drop(file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of an abandoned trace");

    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-1").unwrap();
    file.integer_attribute("seed", u64::MAX).unwrap();
    file.write_group(&group, &[Row::F64(&v), Row::F32(&w)]).unwrap();
    file.finish().unwrap();
    let reader = TraceReader::open(&path).unwrap();
    assert_eq!(reader.integer("seed"), Some(u64::MAX));
    let read = reader.read("a/b/v").unwrap();
    assert_eq!((read.shape, read.values), (vec![2, 3000], v));
    let info = reader.variables("a/b").unwrap().into_iter().find(|info| info.name == "v").unwrap();
    assert_eq!(info.axes, [("y".to_owned(), 2), ("x".to_owned(), 3000)]);
    assert_eq!((info.element, info.units.as_str(), info.bytes), ("f64", "V", 48_000));
    assert!(info.stored_bytes < info.bytes, "large variables are compressed");
    assert!(describe(&path).unwrap().contains("v(y, x)"));
}

#[test]
fn files_that_are_no_traces_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text"), "hello").unwrap();
    hdf5::File::create(path("foreign.h5")).unwrap().close().unwrap();
    for (name, message) in
        [("text", "not an HDF5 file"), ("foreign.h5", "not a trace of dyadsim"), ("missing.h5", "No such file")]
    {
        let error = TraceReader::open(&path(name)).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains(name), "{error}");
    }
}

#[test]
fn arrays_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.h5");
    std::fs::write(&path, "the checkpoint before").unwrap();
    let arrays = [
        ("weights/1/weight", Array::F32(vec![1.5, f32::NAN, -0.0])),
        ("weights/1/bias", Array::F32(vec![])),
        ("accuracy", Array::F64(vec![0.1])),
        ("epoch", Array::U64(vec![u64::MAX])),
        ("recorder", Array::U8((0..=255).collect())),
    ];
    let mut file = ArrayFile::new();
    arrays.iter().for_each(|(name, array)| file.insert(name, array.clone()));
    file.set_text("settings", &"ä".repeat(100_000));
    file.write(&path).unwrap();
    let mut read = ArrayFile::read(&path).unwrap();
    assert_eq!(read.text("settings").unwrap().chars().count(), 100_000);
    for (name, array) in arrays {
        // NaN is not equal to itself; its text is.
        assert_eq!(format!("{:?}", read.take(name).unwrap()), format!("{array:?}"), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
