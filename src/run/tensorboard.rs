//! Scores of a run as an event file of TensorBoard, which grows while it trains.
//!
//! | bytes | record (little endian) |
//! |---|---|
//! | 0–7, 8–11 | length of the event, its masked CRC-32C |
//! | 12… | the event, a protocol buffer: wall time, step (here the epoch), file version or scalars |
//! | 4 more | masked CRC-32C of the event |
//!
//! Source: `tensorflow/core/lib/io/record_writer.h`, `tensorflow/core/util/event.proto`, `summary.proto`. A resumed run keeps what is whole
//! and of epochs that it does not make again, so that a reader that has come so far goes on.
use super::error::RunError;
use super::folder::RunFolder;
use crate::measure::{RowAxis, Series, Table, Tables};
use crate::vocabulary::axis::EPOCH;
use prost::Message;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::time::SystemTime;

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Scalars>,
}

#[derive(Clone, PartialEq, Message)]
struct Scalars {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// The version that readers know.
const VERSION: &str = "brain.Event:2";

/// The event file of a run.
pub(super) struct EventFile {
    file: File,
    /// The last epoch that is there; none before the first.
    last: Option<i64>,
}

impl EventFile {
    /// Begins it, with what a resumed run has measured so far.
    pub(super) fn create(folder: &RunFolder, tables: &Tables) -> Result<Self, RunError> {
        let path = folder.events();
        let failed = |source| RunError::Io { path: path.clone(), source };
        let reached = tables.metrics().coordinates.last().copied();
        let before = reached.and_then(|_| fs::read(&path).ok()).unwrap_or_default();
        let (whole, last) = kept(&before, reached.unwrap_or(-1));
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed)?;
        let mut own = Self { file, last };
        if whole == 0 {
            let version = Event { wall_time: now_s(), file_version: Some(VERSION.to_owned()), ..Event::default() };
            own.file.write_all(&record(&version)).map_err(failed)?;
        }
        own.add(tables).map_err(failed)?;
        Ok(own)
    }

    /// Adds the epochs that are new.
    pub(super) fn add(&mut self, tables: &Tables) -> io::Result<()> {
        let epochs = &tables.metrics().coordinates;
        for &epoch in epochs.iter().filter(|epoch| self.last.is_none_or(|last| **epoch > last)) {
            let summary = Some(Scalars { value: scalars(tables, epoch) });
            self.file.write_all(&record(&Event { wall_time: now_s(), step: epoch, summary, ..Event::default() }))?;
        }
        self.last = epochs.last().copied().or(self.last);
        self.file.flush()
    }
}

fn now_s() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// What was measured after an epoch; what was not is left out.
fn scalars(tables: &Tables, epoch: i64) -> Vec<Scalar> {
    let along_epochs = tables.all().iter().filter(|table| table.axis == EPOCH.name);
    let of_table = |table: &Table| {
        let row = table.coordinates.iter().position(|own| *own == epoch);
        let series = table.series.iter().filter_map(|series| Some((series, table.row(series.name, row?)?)));
        let of_series = |(series, numbers): (&Series, &[f64])| {
            let tag = |k: usize| match (series.axis, table.epsilons(series.axis)) {
                (RowAxis::Scalar, _) => format!("{}/{}", table.group, series.name),
                (_, Some(epsilons)) => format!("{}/{}/epsilon_{}", table.group, series.name, epsilons[k]),
                (RowAxis::Projection, _) => format!("{}/{}/layer{}", table.group, series.name, projection(table, k)),
                _ => format!("{}/{}/layer{}", table.group, series.name, k + 1),
            };
            let known = numbers.iter().enumerate().filter(|(_, x)| !x.is_nan());
            known.map(|(k, x)| Scalar { tag: tag(k), simple_value: Some(*x as f32) }).collect::<Vec<_>>()
        };
        series.flat_map(of_series).collect::<Vec<_>>()
    };
    along_epochs.flat_map(of_table).collect()
}

/// The number of a projection by its place in a row.
fn projection(table: &Table, place: usize) -> usize {
    table.row_axes.projections.as_ref().map_or(place + 1, |all| all[place].number)
}

fn record(event: &Event) -> Vec<u8> {
    let event = event.encode_to_vec();
    let length = (event.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length), &event, &masked_crc(&event)].concat()
}

/// CRC-32C, turned so that a checksum of what holds checksums is none of them.
fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// The first record of these bytes, if it is whole, and its length.
fn first(bytes: &[u8]) -> Option<(Event, usize)> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let event = rest.get(..usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let (of_event, _) = rest[event.len()..].split_first_chunk::<4>()?;
    let is_whole = *crc == masked_crc(length) && *of_event == masked_crc(event);
    if is_whole { Some((Event::decode(event).ok()?, 8 + 4 + event.len() + 4)) } else { None }
}

/// How many bytes of a file to keep: whole records up to the epoch that was reached. And the last epoch in them.
fn kept(bytes: &[u8], reached: i64) -> (u64, Option<i64>) {
    let (mut whole, mut last) = (0, None);
    while let Some((event, length)) = first(&bytes[whole..]) {
        let is_version = event.summary.is_none();
        if is_version != (whole == 0) || (!is_version && event.step > reached) {
            break;
        }
        last = if is_version { last } else { Some(event.step) };
        whole += length;
    }
    (whole as u64, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(step: i64) -> Vec<u8> {
        record(&Event { wall_time: 1.0, step, summary: Some(Scalars::default()), ..Event::default() })
    }

    /// The checksum of TensorFlow's own test (`crc32c_test.cc`): 32 bytes of zero have 0x8a9136aa.
    #[test]
    fn checksums_are_those_of_tensorflow() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        let unmasked = |masked: u32| masked.wrapping_sub(0xa282_ead8).rotate_left(15);
        assert_eq!(unmasked(u32::from_le_bytes(masked_crc(&[0; 32]))), 0x8a91_36aa);
    }

    #[test]
    fn a_resumed_run_keeps_whole_records_of_epochs_it_does_not_make_again() {
        let version = record(&Event { file_version: Some(VERSION.to_owned()), ..Event::default() });
        let whole = [version.clone(), event(0), event(1), event(2)].concat();
        let upto = |events: usize| version.len() + (0..events as i64).map(|step| event(step).len()).sum::<usize>();
        assert_eq!(kept(&whole, 9), (whole.len() as u64, Some(2)));
        assert_eq!(kept(&whole, 1), (upto(2) as u64, Some(1)));
        assert_eq!(kept(&whole[..whole.len() - 1], 9), (upto(2) as u64, Some(1)));
        let mut damaged = whole.clone();
        damaged[upto(1) + 13] ^= 1;
        assert_eq!(kept(&damaged, 9), (upto(1) as u64, Some(0)));
        assert_eq!(kept(&whole[version.len()..], 9), (0, None));
        assert_eq!(kept(b"", 9), (0, None));
    }
}
