//! A file that is read here and there in small pieces: the page around the last one is kept.
//!
//! The end of an archive is looked for backwards, byte by byte. A [`std::io::BufReader`] forgets what it has read at every
//! step of that, and a file that claims to be an archive costs a call of the system, and 8 KiB, for every byte.
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const PAGE: u64 = 1 << 16;

/// A file that is read in pages.
pub struct PagedFile {
    file: File,
    at: u64,
    page: Vec<u8>,
    page_start: u64,
}

impl PagedFile {
    /// Opens a file to read it.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, at: 0, page: vec![], page_start: 0 })
    }

    /// What the page holds from here on.
    fn rest(&self) -> Option<&[u8]> {
        let passed = usize::try_from(self.at.checked_sub(self.page_start)?).ok()?;
        self.page.get(passed..).filter(|rest| !rest.is_empty())
    }
}

impl Read for PagedFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_none() {
            self.page_start = self.at - self.at % PAGE;
            self.page.clear();
            self.file.seek(SeekFrom::Start(self.page_start))?;
            self.file.by_ref().take(PAGE).read_to_end(&mut self.page)?;
        }
        let rest = self.rest().unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for PagedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let sum = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.at = sum.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the file"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    use std::io::Cursor;

    #[test]
    fn it_reads_as_memory_does() {
        let bytes: Vec<u8> = (0..3 * PAGE + 7).map(|k| (k % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let (mut paged, mut memory) = (PagedFile::open(file.path()).unwrap(), Cursor::new(&bytes));
        let mut random = StdRng::seed_from_u64(3);
        for _ in 0..2000 {
            let step = random.random_range(-(PAGE as i64)..PAGE as i64);
            let to = match random.random_range(0..4) {
                0 => SeekFrom::Start(random.random_range(0..4 * PAGE)),
                1 => SeekFrom::End(step),
                _ => SeekFrom::Current(step),
            };
            assert_eq!(paged.seek(to).ok(), memory.seek(to).ok());
            let length = random.random_range(0..2 * PAGE);
            let (mut one, mut other) = (vec![], vec![]);
            paged.by_ref().take(length).read_to_end(&mut one).unwrap();
            memory.by_ref().take(length).read_to_end(&mut other).unwrap();
            assert!(one == other, "{to:?}, {length}");
        }
    }
}
