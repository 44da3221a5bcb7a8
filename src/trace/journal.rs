//! The journal: compressed chunks in the order in which they were recorded, each with its place and a checksum.
//!
//! | bytes | record header (little endian) |
//! |---|---|
//! | 0–3 | mark `dyJ2` |
//! | 4–7, 8–11 | stream, variable (one past the last: the coordinate) |
//! | 12–19 | number of the chunk |
//! | 20–27 | length of the compressed bytes, which follow |
//! | 28–31 | CRC-32 of everything before and of the compressed bytes |
use super::error::TraceError;
use super::file::TraceFile;
use super::layout::StreamGroup;
use flate2::Crc;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

const MARK: [u8; 4] = *b"dyJ2";
const HEADER: usize = 32;
const CHECKSUM_AT: usize = 28;

/// Where a chunk belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub stream: u32,
    pub variable: u32,
    pub chunk: u64,
}

/// Appends a record; returns its length.
pub(super) fn append(file: &mut File, place: Place, bytes: &[u8]) -> std::io::Result<u64> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(&MARK);
    header.extend_from_slice(&place.stream.to_le_bytes());
    header.extend_from_slice(&place.variable.to_le_bytes());
    header.extend_from_slice(&place.chunk.to_le_bytes());
    header.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    header.extend_from_slice(&checksum(&header, bytes).to_le_bytes());
    file.write_all(&header)?;
    file.write_all(bytes)?;
    Ok((HEADER + bytes.len()) as u64)
}

/// Whether a journal begins with a record of this version.
pub(super) fn begins_with_record(file: &mut File) -> std::io::Result<bool> {
    let mut mark = vec![];
    file.take(MARK.len() as u64).read_to_end(&mut mark)?;
    Ok(mark == MARK)
}

/// The header counts too: a chunk in the wrong place is as wrong as one with wrong numbers.
fn checksum(header: &[u8], bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(header);
    crc.update(bytes);
    crc.sum()
}

/// A complete journal, ready to go into a trace.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    pub(super) streams: Vec<StreamGroup>,
    /// Rows of every stream.
    pub(super) rows: Vec<u64>,
    /// Rows of a chunk of every stream.
    pub(super) chunk_rows: Vec<u64>,
}

impl Journal {
    /// Creates the groups and moves every chunk into its data set, as it is.
    ///
    /// # Errors
    /// If the journal is damaged or incomplete, or the trace cannot be written.
    pub fn write_into(&self, file: &mut TraceFile) -> Result<(), TraceError> {
        let mut datasets = vec![];
        for ((stream, &rows), &chunk_rows) in self.streams.iter().zip(&self.rows).zip(&self.chunk_rows) {
            datasets.push(file.create_stream(stream, rows, chunk_rows)?);
        }
        let source = File::open(&self.path).map_err(TraceError::io(&self.path))?;
        let length = source.metadata().map_err(TraceError::io(&self.path))?.len();
        let mut source = BufReader::new(source);
        let mut offset = 0;
        let mut bytes = vec![];
        let mut seen = HashSet::new();
        while offset < length {
            let damaged = |reason| TraceError::Journal { file: self.path.clone(), offset, reason };
            let place = read_record(&mut source, &mut bytes).map_err(damaged)?;
            let dataset = datasets
                .get(place.stream as usize)
                .and_then(|variables: &Vec<_>| variables.get(place.variable as usize))
                .ok_or_else(|| damaged("a record of a variable that does not exist"))?;
            if place.chunk >= self.chunks(place.stream as usize) {
                return Err(damaged("a record of rows that were not recorded"));
            }
            if !seen.insert(place) {
                return Err(damaged("a record that comes twice"));
            }
            file.write_chunk(dataset, place.chunk * self.chunk_rows[place.stream as usize], &bytes)?;
            offset += (HEADER + bytes.len()) as u64;
        }
        let expected: u64 = datasets.iter().enumerate().map(|(i, own)| own.len() as u64 * self.chunks(i)).sum();
        if seen.len() as u64 != expected {
            // HDF5 would show zeros in their place.
            let reason = "records are missing before the end";
            return Err(TraceError::Journal { file: self.path.clone(), offset, reason });
        }
        Ok(())
    }

    /// Chunks of every variable of a stream.
    fn chunks(&self, stream: usize) -> u64 {
        self.rows[stream].div_ceil(self.chunk_rows[stream])
    }
}

/// Checks every record in the first bytes of a journal; what follows may be torn.
///
/// # Errors
/// If the file is shorter, or a record is damaged.
pub fn check_journal(path: &Path, bytes: u64) -> Result<(), TraceError> {
    let mut source = BufReader::new(File::open(path).map_err(TraceError::io(path))?);
    let (mut offset, mut record) = (0, vec![]);
    while offset < bytes {
        let damaged = |reason| TraceError::Journal { file: path.to_owned(), offset, reason };
        read_record(&mut source, &mut record).map_err(damaged)?;
        offset += (HEADER + record.len()) as u64;
    }
    Ok(())
}

fn read_record(source: &mut impl Read, bytes: &mut Vec<u8>) -> Result<Place, &'static str> {
    let mut header = [0; HEADER];
    source.read_exact(&mut header).map_err(|_| "a record without a whole header")?;
    if header[..4] != MARK {
        return Err("no record where one should begin");
    }
    let u32_at = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let u64_at = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    let length = u64_at(20);
    bytes.clear();
    // `take` instead of a buffer of the stated length: a damaged length must not ask for all memory.
    source.take(length).read_to_end(bytes).map_err(|_| "a record that cannot be read")?;
    if bytes.len() as u64 != length {
        return Err("a record that is cut off");
    }
    if checksum(&header[..CHECKSUM_AT], bytes) != u32_at(CHECKSUM_AT) {
        return Err("a record whose checksum is wrong");
    }
    Ok(Place { stream: u32_at(4), variable: u32_at(8), chunk: u64_at(12) })
}
