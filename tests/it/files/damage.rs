//! Journals, states and files that are damaged, foreign or do not fit are errors that name the file; a disk that is
//! full is noticed while there is time.
use crate::fixtures::recording::{axis, push, streams, variable};
use dyadsim::trace::{
    Array, ArrayFile, Element, Group, Recorder, RecorderState, Row, TraceError, TraceFile, TraceReader, describe,
};
use hdf5_sys::h5t::{H5T_STR_NULLTERM, H5Tget_size, H5Tget_strpad};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

thread_local!(static LARGEST: Cell<usize> = const { Cell::new(0) });

/// The system's allocator, which remembers the largest request of each thread. It serves all tests, as one program has one.
struct Watched;

// SAFETY: everything is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(size));
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// Reads a state and checks that nothing much larger than its bytes was asked for.
fn read_state(bytes: &[u8]) -> Option<RecorderState> {
    LARGEST.set(0);
    let state = RecorderState::from_bytes(bytes);
    let largest = LARGEST.get();
    assert!(largest <= 16 * bytes.len() + 1024, "{largest} bytes asked for to read {}", bytes.len());
    state
}

/// A finished journal of `rows` rows, and what reading `change` of its bytes into a trace gives.
fn read_changed(rows: usize, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), TraceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut recorder = Recorder::create(&path, streams(4)).unwrap();
    (0..rows).for_each(|t| push(&mut recorder, 4, t));
    let journal = recorder.finish().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    let result = journal.write_into(&mut TraceFile::create(&folder.path().join("t.h5")).unwrap());
    if let Err(error) = &result {
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "the journal is to blame: {error}");
    }
    result
}

/// Where the records of a journal begin: a header of 32 bytes holds the length of the rest at byte 20.
fn records(journal: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(header) = journal.get(starts[starts.len() - 1]..).filter(|rest| rest.len() > 32) {
        let length = u64::from_le_bytes(header[20..28].try_into().unwrap()) as usize;
        starts.push(starts[starts.len() - 1] + 32 + length);
    }
    starts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Headers included: a chunk in the wrong place would be as wrong as one with wrong numbers.
    #[test]
    fn a_flipped_bit_anywhere_is_found_and_its_record_named(place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut start = 0;
        let result = read_changed(3, |bytes| {
            let at = place.index(bytes.len());
            start = *records(bytes).iter().rfind(|&&start| start <= at).unwrap();
            bytes[at] ^= 1 << bit;
        });
        let found = matches!(&result, Err(TraceError::Journal { offset, .. }) if *offset == start as u64);
        prop_assert!(found, "record at {}: {:?}", start, result);
    }

    #[test]
    fn a_state_with_a_changed_word_is_read_without_harm(
        word in any::<prop::sample::Index>(), value in prop_oneof![any::<u64>(), 0u64..100, Just(u64::MAX)], rows in 0usize..5,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut recorder = Recorder::create(&path, streams(4)).unwrap();
        (0..rows).for_each(|t| push(&mut recorder, 4, t));
        let mut bytes = recorder.state().unwrap().to_bytes();
        let at = 8 * word.index(bytes.len() / 8);
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        if let Some(state) = read_state(&bytes) {
            prop_assert_eq!(state.to_bytes(), bytes);
            // Whether it fits or not, and whatever comes of it: no panic.
            if let Ok(mut recorder) = Recorder::resume(&path, streams(4), &state) {
                push(&mut recorder, 4, 7);
                let mut file = TraceFile::create(&folder.path().join("t.h5")).unwrap();
                let _ = recorder.finish().and_then(|journal| journal.write_into(&mut file));
            }
        }
    }

    #[test]
    fn bytes_that_are_no_state_ask_for_little_memory(bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], 0..400)) {
        read_state(&bytes);
    }
}

#[test]
fn records_that_are_missing_or_come_twice_are_found() {
    assert!(read_changed(3, |_| ()).is_ok());
    let without_last = read_changed(3, |bytes| {
        let starts = records(bytes);
        bytes.truncate(starts[starts.len() - 2]);
    });
    assert!(without_last.unwrap_err().to_string().contains("records are missing"));
    let twice = read_changed(3, |bytes| {
        let first = bytes[..records(bytes)[1]].to_vec();
        bytes.extend(first);
    });
    assert!(twice.unwrap_err().to_string().contains("a record that comes twice"));
}

/// Which worker finishes a chunk first is chance.
#[test]
fn records_may_come_in_any_order() {
    let reversed = read_changed(2000, |bytes| {
        let starts = records(bytes);
        *bytes = starts.windows(2).rev().flat_map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect();
    });
    assert!(reversed.is_ok(), "{reversed:?}");
}

#[test]
fn a_state_of_other_streams_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut recorder = Recorder::create(&path, streams(4)).unwrap();
    (0..3).for_each(|t| push(&mut recorder, 4, t));
    let state = recorder.state().unwrap();
    drop(recorder);
    let mut fewer_variables = streams(4);
    fewer_variables[0].variables.pop();
    let mut other_type = streams(4);
    other_type[0].variables[1].element = Element::F32;
    for other in [streams(5), fewer_variables, other_type, streams(4)[..1].to_vec(), vec![]] {
        let error = Recorder::resume(&path, other, &state).unwrap_err();
        assert!(error.to_string().contains("not the journal of this checkpoint"), "{error}");
    }
    assert!(Recorder::resume(&path, streams(4), &state).is_ok());
}

#[test]
fn a_journal_of_another_version_is_refused_before_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut recorder = Recorder::create(&path, streams(4)).unwrap();
    (0..1024).for_each(|t| push(&mut recorder, 4, t));
    let state = recorder.state().unwrap();
    drop(recorder);
    assert!(Recorder::resume(&path, streams(4), &state).is_ok());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..4].copy_from_slice(b"dyJ1");
    std::fs::write(&path, &bytes).unwrap();
    let error = Recorder::resume(&path, streams(4), &state).unwrap_err().to_string();
    assert!(error.starts_with(path.to_str().unwrap()) && error.contains("no record of this version"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "a journal that is refused stays as it is");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_noticed_while_recording() {
    let mut recorder = Recorder::create(Path::new("/dev/full"), streams(50_000)).unwrap();
    let (s_plus, gain) = (vec![0.5f32; 150_000], vec![0.5; 50_000]);
    let failed = (0..1000).find_map(|t| recorder.push(0, t, &[Row::F32(&s_plus), Row::F64(&gain)]).err());
    let error = failed.expect("600 MB do not fit on a full disk");
    assert!(matches!(&error, TraceError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull));
    assert!(error.to_string().starts_with("/dev/full: "), "{error}");
    assert!(recorder.state().is_err() && recorder.finish().is_err(), "the error stays");
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.h5");
    let mut before = ArrayFile::new();
    before.insert("epoch", Array::U64(vec![1]));
    before.write(&path).unwrap();
    let mut bad = ArrayFile::new();
    bad.insert("epoch", Array::U64(vec![2]));
    bad.set_text("settings", "a\0b");
    let error = bad.write(&path).unwrap_err();
    assert!(error.to_string().contains("settings"), "{error}");
    assert_eq!(ArrayFile::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of the failed one");
}

#[test]
fn a_cut_off_trace_is_not_called_foreign() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
    file.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = TraceReader::open(&path).unwrap_err().to_string();
    assert!(error.contains("t.h5") && error.contains("truncated") && !error.contains("not an HDF5 file"), "{error}");
    let error = TraceReader::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is a folder"), "{error}");
}

/// A file may carry our attribute and yet hold what we never write.
#[test]
fn a_description_of_a_strange_file_does_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
    file.finish().unwrap();
    let file = hdf5::File::open_rw(&path).unwrap();
    let scalar = file.create_group("g").unwrap().new_dataset::<f64>().create("scalar").unwrap();
    scalar.new_attr::<i64>().create("CLASS").unwrap().write_scalar(&1).unwrap();
    file.close().unwrap();
    drop(scalar);
    let text = describe(&path).unwrap();
    assert!(text.contains("\ng  (scalar)"), "{text}");
}

#[test]
fn a_description_lists_attributes_groups_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let recorder = Recorder::create(&folder.path().join("j"), streams(4)).unwrap();
    let journal = recorder.finish().unwrap();
    let mut file = TraceFile::create(&path).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-2").unwrap();
    file.text_attribute("config_json", &"x".repeat(2000)).unwrap();
    file.integer_attribute("seed", u64::MAX).unwrap();
    file.flag_attribute("complete", true).unwrap();
    journal.write_into(&mut file).unwrap();
    let variables = vec![variable("v", &["x"], Element::F64)];
    let group = Group { path: "g".into(), axes: vec![axis("x", 5)], variables };
    file.write_group(&group, &[Row::F64(&[0.0; 5])]).unwrap();
    file.finish().unwrap();
    let text = describe(&path).unwrap();
    let line = |start: &str| text.lines().find(|line| line.trim_start().starts_with(start)).expect(start).to_owned();
    assert_eq!(line("config_json").split_whitespace().nth(1), Some("(2000"));
    assert_eq!(line("seed").split_whitespace().nth(1), Some("18446744073709551615"));
    assert_eq!(line("complete").split_whitespace().nth(1), Some("1"));
    assert_eq!(line("states/wide"), "states/wide  (sample: 3, step: 0, unit: 4)");
    let v = line("v(x)");
    assert!(v.contains("f64") && v.contains("40 B") && v.contains("[V]"), "{v}");
    let s_plus = line("s_plus(step, sample, unit)");
    assert!(s_plus.contains("0 B") && !s_plus.contains("0.0x"), "no rows have no ratio: {s_plus}");
}

/// HDF5's own check of a scale, which netCDF-C uses, wants exactly this type.
#[test]
fn the_class_of_a_scale_is_a_text_of_16_bytes_that_ends_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.h5");
    let journal = Recorder::create(&folder.path().join("j"), streams(4)).unwrap().finish().unwrap();
    let mut file = TraceFile::create(&path).unwrap();
    journal.write_into(&mut file).unwrap();
    file.finish().unwrap();
    let file = hdf5::File::open(&path).unwrap();
    for scale in ["states/wide/step", "states/wide/unit", "states/narrow/sample"] {
        let class = file.dataset(scale).unwrap().attr("CLASS").unwrap().dtype().unwrap();
        // SAFETY: the identifier is that of an open type; the lock of the library is held.
        let (size, padding) = hdf5::sync::sync(|| unsafe { (H5Tget_size(class.id()), H5Tget_strpad(class.id())) });
        assert_eq!((size, padding), (16, H5T_STR_NULLTERM), "{scale}");
    }
}
