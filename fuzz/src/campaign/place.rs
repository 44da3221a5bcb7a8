//! A file that says which file a worker reads at the moment: its number and its bytes.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

pub struct Place {
    file: File,
}

impl Place {
    /// Opens one, and tells the number to go on with, if there was one before.
    pub fn open(path: &Path) -> io::Result<(Self, Option<u64>)> {
        let before = Self::number(path).ok();
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        Ok((Self { file }, before))
    }

    pub fn set(&self, number: u64, bytes: &[u8]) -> io::Result<()> {
        let head = [number.to_le_bytes(), (bytes.len() as u64).to_le_bytes()].concat();
        self.file.write_all_at(&head, 0)?;
        self.file.write_all_at(bytes, 16)
    }

    pub fn number(path: &Path) -> io::Result<u64> {
        let mut word = [0; 8];
        File::open(path)?.read_exact_at(&mut word, 0)?;
        Ok(u64::from_le_bytes(word))
    }

    pub fn read(path: &Path) -> io::Result<(u64, Vec<u8>)> {
        let bytes = std::fs::read(path)?;
        let word = |at: usize| bytes.get(at..at + 8).and_then(|own| own.try_into().ok()).map_or(0, u64::from_le_bytes);
        let own = bytes.get(16..).unwrap_or_default();
        Ok((word(0), own[..own.len().min(word(8) as usize)].to_vec()))
    }

    /// Passes a file over that was the end of a worker.
    pub fn skip(path: &Path, step: u64) -> io::Result<()> {
        let next = Self::number(path)? + step;
        File::options().write(true).open(path)?.write_all_at(&next.to_le_bytes(), 0)
    }
}
