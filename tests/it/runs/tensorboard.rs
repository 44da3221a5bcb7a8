//! The event file of TensorBoard, read back by its description: records with checksums, protocol buffers inside.
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// A field of a protocol buffer: its number, and its bytes or number.
enum Field<'a> {
    Bytes(u64, &'a [u8]),
    Number(u64, u64),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    number
}

fn fields(mut bytes: &[u8]) -> Vec<Field<'_>> {
    let mut found = vec![];
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                found.push(Field::Number(key >> 3, varint(&mut bytes)));
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            5 => 4,
            kind => panic!("kind {kind}"),
        };
        let (own, rest) = bytes.split_at(length);
        found.push(Field::Bytes(key >> 3, own));
        bytes = rest;
    }
    found
}

fn check_crc(bytes: &[u8], masked: &[u8]) {
    let masked = u32::from_le_bytes(masked.try_into().unwrap());
    assert_eq!(masked.wrapping_sub(0xa282_ead8).rotate_left(15), crc32c::crc32c(bytes));
}

/// The steps of a file with their scalars.
fn events(path: &Path) -> Vec<(u64, BTreeMap<String, f32>)> {
    let bytes = std::fs::read(path).unwrap();
    let (mut rest, mut found, mut is_first) = (&bytes[..], vec![], true);
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        check_crc(&rest[..8], &rest[8..12]);
        let event = &rest[12..12 + length];
        check_crc(event, &rest[12 + length..16 + length]);
        rest = &rest[16 + length..];
        let (mut step, mut scalars, mut version) = (0, BTreeMap::new(), None);
        for field in fields(event) {
            match field {
                Field::Number(2, own) => step = own,
                Field::Bytes(3, own) => version = Some(own.to_vec()),
                Field::Bytes(5, summary) => scalars.extend(fields(summary).iter().map(scalar)),
                _ => {}
            }
        }
        // The first record is of the version, and no other.
        assert_eq!(version.as_deref(), is_first.then_some(&b"brain.Event:2"[..]));
        if !is_first {
            found.push((step, scalars));
        }
        is_first = false;
    }
    found
}

fn scalar(value: &Field) -> (String, f32) {
    let Field::Bytes(1, value) = value else { panic!("no value") };
    let (mut tag, mut number) = (String::new(), f32::NAN);
    for field in fields(value) {
        match field {
            Field::Bytes(1, text) => tag = String::from_utf8(text.to_vec()).unwrap(),
            Field::Bytes(2, own) => number = f32::from_le_bytes(own.try_into().unwrap()),
            _ => {}
        }
    }
    (tag, number)
}

#[test]
fn every_epoch_is_there_once_also_after_more_epochs() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    experiment(
        folder,
        json!({
            "training": {"epochs": 2, "batch_size": 20, "rate": 0.002}, "measure": {"stability": {}},
            "output": {"figure": false, "tensorboard": true}
        }),
    );
    let run = |more: &[&str]| {
        let ended = output(folder, &[&["run", "experiment.json", "--out", "r", "--quiet"], more].concat());
        assert!(ended.status.success(), "{}", text(&ended));
    };
    run(&[]);
    let file = folder.join("r/events.out.tfevents.dyadsim");
    let before = std::fs::read(&file).unwrap();
    assert_eq!(events(&file).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 1, 2]);
    run(&["--extend-epochs", "2"]);
    assert!(std::fs::read(&file).unwrap().starts_with(&before), "a reader that has come so far goes on");
    let found = events(&file);
    assert_eq!(found.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let trace = TraceReader::open(&folder.join("r/trace.h5")).unwrap();
    let accuracy = trace.read("metrics/test_accuracy").unwrap().values;
    let norms = trace.read("metrics/spectral_norm").unwrap();
    let verdicts = trace.read("stability/verdict").unwrap().values;
    for (epoch, (_, scalars)) in found.iter().enumerate() {
        assert_eq!(scalars["metrics/test_accuracy"], accuracy[epoch] as f32);
        assert_eq!(scalars["metrics/spectral_norm/layer2"], norms.values[3 * epoch + 1] as f32);
        assert_eq!(scalars["stability/verdict"], verdicts[epoch] as f32);
    }
    // Nobody asked for it: there is none.
    experiment(folder, json!({"training": {"epochs": 0, "batch_size": 20, "rate": 0.002}}));
    let ended = output(folder, &["run", "experiment.json", "--out", "plain", "--quiet"]);
    assert!(ended.status.success() && !folder.join("plain/events.out.tfevents.dyadsim").exists());
}
