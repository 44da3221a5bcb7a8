//! A binary file that is read from its beginning, plain or gzip, whose errors say where.
use super::gzip::{self, Gunzip};
use super::unreadable::{self, LOOK_AT};
use super::{ByteOffset, DataError};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The bytes of a file, after decompression.
pub(super) struct ByteFile {
    pub(super) path: PathBuf,
    reader: Box<dyn BufRead>,
    at: u64,
    decompressed: bool,
    /// Of a file that is not compressed.
    length: Option<u64>,
}

impl ByteFile {
    /// Opens a file; one that starts like a gzip stream, whatever its name, is decompressed.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { file: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut stored = BufReader::with_capacity(1 << 16, file);
        let decompressed = stored.fill_buf().map_err(failed)?.starts_with(&gzip::MAGIC);
        let reader: Box<dyn BufRead> = if decompressed {
            Box::new(BufReader::with_capacity(1 << 16, Gunzip::new(stored)))
        } else {
            Box::new(stored)
        };
        let length = (!decompressed).then_some(length);
        let mut own = Self { path: path.to_owned(), reader, at: 0, decompressed, length };
        // An error comes again when it is read.
        let start = own.reader.fill_buf().unwrap_or_default();
        match unreadable::what(&start[..start.len().min(LOOK_AT)]) {
            Some(what) => Err(DataError::Unreadable { file: own.path, what }),
            None => Ok(own),
        }
    }

    /// The present position, for messages.
    pub(super) fn offset(&self) -> ByteOffset {
        ByteOffset { at: self.at, decompressed: self.decompressed }
    }

    /// Bytes from here to the end, where that is known without reading them.
    pub(super) fn rest(&self) -> Option<u64> {
        self.length.map(|length| length.saturating_sub(self.at))
    }

    /// As many bytes as are there, at most as many as the buffer holds.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        let mut found = 0;
        while found < buffer.len() {
            match self.read(&mut buffer[found..]) {
                Ok(0) => break,
                Ok(more) => found += more,
                Err(source) => return Err(self.failed(source)),
            }
        }
        Ok(found)
    }

    /// The next N bytes. `part` names them.
    pub(super) fn take<const N: usize>(&mut self, part: &str) -> Result<[u8; N], DataError> {
        let (mut bytes, offset) = ([0; N], self.offset());
        let found = self.fill(&mut bytes)? as u64;
        if found < N as u64 {
            let (file, part) = (self.path.clone(), part.to_owned());
            return Err(DataError::Truncated { file, part, offset, needed: N as u64, found });
        }
        Ok(bytes)
    }

    /// The error for a read that has failed here.
    pub(super) fn failed(&self, source: io::Error) -> DataError {
        let file = self.path.clone();
        if self.decompressed {
            DataError::Gzip { file, offset: self.offset(), source }
        } else {
            DataError::Read { file, source }
        }
    }
}

impl Read for ByteFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let found = self.reader.read(buffer)?;
        self.at += found as u64;
        Ok(found)
    }
}
