//! Files that appear under their names only when they are whole and on disk.
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// A file that is written under another name next to its own, and gets its own by [`WholeFile::keep`]. Dropped before,
/// it is removed, and the file that had the name stays.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file in a folder that this process has for itself: what a killed process has left there is replaced.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        Self::begin(path, ".partial".into())
    }

    /// Begins a file where other processes may be writing one of the same name.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create_among_others(path: &Path) -> Result<Self> {
        Self::begin(path, format!(".partial-{}", std::process::id()).into())
    }

    fn begin(path: &Path, suffix: OsString) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let partial = PathBuf::from(name);
        // It is read once more for its checksum.
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&partial)?;
        Ok(Self { file, partial, path: path.to_owned() })
    }

    /// Where bytes go.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The name that it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that it has.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Puts it on disk, gives it its name, and puts that on disk as well.
    ///
    /// # Errors
    /// If any of this fails. If it was the last, the file is there and whole; else the one before is.
    pub fn keep(self) -> Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Not every system lets a folder be opened, or puts it on disk.
        let Ok(folder) = File::open(folder) else { return Ok(()) };
        match folder.sync_all() {
            Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `keep` it is gone already.
        let _ = fs::remove_file(&self.partial);
    }
}

/// Writes a file that appears under its name, replacing the one before, when it is whole and on disk.
///
/// # Errors
/// As [`WholeFile::keep`].
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    let mut whole = WholeFile::create_among_others(path)?;
    whole.file.write_all(contents)?;
    whole.keep()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, b"first").unwrap();
        let mut second = WholeFile::create(&path).unwrap();
        second.file().write_all(b"sec").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        drop(second);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write_whole(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert!(write_whole(&folder.path().join("no/folder"), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
