//! Traces, journals and checkpoints hold what was put into them, however they were cut.
use crate::fixtures::recording::{axis, check, finish, push, streams, variable};
use dyadsim::trace::{
    Array, ArrayFile, Element, Group, Recorder, RecorderState, Row, TraceError, TraceFile, TraceReader, describe,
};
use proptest::prelude::*;

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
        bytes.extend_from_slice(b"dyJ2 torn");
        std::fs::write(&journal, bytes).unwrap();
        let mut recorder = Recorder::resume(&journal, streams(wide), &state).unwrap();
        (cut..rows).for_each(|t| push(&mut recorder, wide, t));
        finish(recorder, &trace);
        check(&trace, wide, rows);
    }

    /// Small rows come 1024 to a chunk: the cut and the end fall before, on and after its boundaries.
    #[test]
    fn a_recording_of_small_rows_may_be_cut_at_any_boundary(
        rows in prop_oneof![prop::sample::select(vec![1023usize, 1024, 1025, 2048, 2049]), 1usize..3000],
        cut in prop_oneof![prop::sample::select(vec![0usize, 1, 1023, 1024, 1025, 2048]), 0usize..3000],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (journal, trace) = (folder.path().join("j"), folder.path().join("t.h5"));
        let cut = cut.min(rows);
        let mut recorder = Recorder::create(&journal, streams(2)).unwrap();
        (0..cut).for_each(|t| push(&mut recorder, 2, t));
        let state = recorder.state().unwrap();
        (0..1100).for_each(|t| push(&mut recorder, 2, t + 10_000));
        drop(recorder);
        let mut recorder = Recorder::resume(&journal, streams(2), &state).unwrap();
        (cut..rows).for_each(|t| push(&mut recorder, 2, t));
        finish(recorder, &trace);
        check(&trace, 2, rows);
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

/// Numbers that a detour over decimal text or another type would change.
#[test]
fn every_type_keeps_every_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let f32s = [f32::NAN, -0.0, f32::INFINITY, f32::MIN_POSITIVE / 4.0, f32::MAX, 0.1];
    let f64s = [-f64::NAN, -0.0, f64::NEG_INFINITY, f64::MIN_POSITIVE / 4.0, f64::MIN, 0.1];
    let i64s = [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX];
    let elements = [("a", Element::F32), ("b", Element::F64), ("c", Element::I64)];
    let group = Group {
        path: "g".into(),
        axes: vec![axis("y", 2), axis("x", 3)],
        variables: elements.map(|(name, element)| variable(name, &["y", "x"], element)).to_vec(),
    };
    let values = [Row::F32(&f32s), Row::F64(&f64s), Row::I64(&i64s)];
    let mut stream = streams(1).remove(0);
    stream.axes = group.axes.clone();
    stream.variables = elements.map(|(name, element)| variable(name, &["step", "y", "x"], element)).to_vec();
    let mut recorder = Recorder::create(&folder.path().join("j"), vec![stream]).unwrap();
    recorder.push(0, i64::MIN, &values).unwrap();
    let mut file = TraceFile::create(&path).unwrap();
    file.write_group(&group, &values).unwrap();
    recorder.finish().unwrap().write_into(&mut file).unwrap();
    file.finish().unwrap();

    let file = hdf5::File::open(&path).unwrap();
    for (place, shape) in [("g", vec![2, 3]), ("states/wide", vec![1, 2, 3])] {
        let dataset = |name: &str| file.dataset(&format!("{place}/{name}")).unwrap();
        assert_eq!(dataset("a").shape(), shape);
        assert_eq!(
            dataset("a").read_raw::<f32>().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            f32s.map(f32::to_bits)
        );
        assert_eq!(
            dataset("b").read_raw::<f64>().unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            f64s.map(f64::to_bits)
        );
        assert_eq!(dataset("c").read_raw::<i64>().unwrap(), i64s);
    }
    assert_eq!(file.dataset("states/wide/step").unwrap().read_raw::<i64>().unwrap(), [i64::MIN]);
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
    let other_type = recorder.push(1, 0, &[Row::F32(&[1.0; 3])]).unwrap_err().to_string();
    assert_eq!(other_type, "states/narrow/label: 3 numbers of type f32 where it needs 3 of type i64");
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
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
    file.write_group(&group, &[Row::F64(&v), Row::F32(&w)]).unwrap();
    assert!(!path.exists());
    drop(file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of an abandoned trace");

    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
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
    let mut old = TraceFile::create(&path("old.h5")).unwrap();
    old.text_attribute("Conventions", "dyadsim-trace-1").unwrap();
    old.finish().unwrap();
    for (name, message) in [
        ("text", "not an HDF5 file"),
        ("foreign.h5", "not a trace of dyadsim"),
        ("old.h5", "another version (Conventions = dyadsim-trace-1), this program reads dyadsim-trace-2"),
        ("missing.h5", "No such file"),
    ] {
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
