//! A binary file in memory, plain or gzip, whose errors say where.
use super::{ByteOffset, DataError};
use flate2::read::MultiGzDecoder;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// First bytes of a gzip stream (RFC 1952). No IDX or CIFAR file can start with them.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// All bytes of a file, after decompression.
pub(super) struct ByteFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    decompressed: bool,
}

impl ByteFile {
    /// Reads a file; one that starts like a gzip stream, whatever its name, is decompressed.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let stored = fs::read(path).map_err(|source| DataError::Read { file: path.to_owned(), source })?;
        if !stored.starts_with(&GZIP_MAGIC) {
            return Ok(Self { path: path.to_owned(), bytes: stored, decompressed: false });
        }
        let mut file = Self { path: path.to_owned(), bytes: Vec::new(), decompressed: true };
        match MultiGzDecoder::new(stored.as_slice()).read_to_end(&mut file.bytes) {
            Ok(_) => Ok(file),
            Err(source) => Err(DataError::Gzip { offset: file.offset(file.bytes.len()), file: file.path, source }),
        }
    }

    /// A position, for messages.
    pub(super) fn offset(&self, at: usize) -> ByteOffset {
        ByteOffset { at: at as u64, decompressed: self.decompressed }
    }

    /// A big-endian number of four bytes.
    pub(super) fn u32_at(&self, at: usize, part: &str) -> Result<u32, DataError> {
        match self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(&bytes) => Ok(u32::from_be_bytes(bytes)),
            None => Err(self.truncated(at, 4, part)),
        }
    }

    /// Demands that exactly `needed` bytes follow `at`. `part` names them.
    pub(super) fn expect_rest(&self, at: usize, needed: u64, part: &str) -> Result<(), DataError> {
        let found = self.found_from(at);
        if found < needed {
            return Err(self.truncated(at, needed, part));
        }
        if found > needed {
            let end = ByteOffset { at: at as u64 + needed, decompressed: self.decompressed };
            return Err(DataError::TrailingBytes { file: self.path.clone(), offset: end, count: found - needed });
        }
        Ok(())
    }

    /// The error for a part that is cut off.
    pub(super) fn truncated(&self, at: usize, needed: u64, part: &str) -> DataError {
        DataError::Truncated {
            file: self.path.clone(),
            part: part.to_owned(),
            offset: self.offset(at),
            needed,
            found: self.found_from(at),
        }
    }

    fn found_from(&self, at: usize) -> u64 {
        self.bytes.len().saturating_sub(at) as u64
    }
}
