//! Files that appear under their names only when they are whole and on disk.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Behind the name of a file that is not whole yet.
const PARTIAL: &str = ".partial";

/// A file that is written under another name next to its own, and gets its own by [`WholeFile::keep`]. Dropped before,
/// it is removed, and the file that had the name stays.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file. What killed processes have left of one of this name is removed; another process may be writing one,
    /// and the last to keep it has it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        static BEGUN: AtomicU64 = AtomicU64::new(0);
        remove_partial(path);
        loop {
            let number = BEGUN.fetch_add(1, Ordering::Relaxed);
            let mut name = path.as_os_str().to_owned();
            name.push(format!("{PARTIAL}-{}-{number}", std::process::id()));
            let partial = PathBuf::from(name);
            // It is read once more for its checksum.
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&partial)?;
            // A process of the same number on another machine may have it, or one that tidies up have found it unlocked.
            let is_own = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if is_own && partial.exists() {
                return Ok(Self { file, partial, path: path.to_owned() });
            }
        }
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
        self.name()
    }

    /// The same, where the file that has the name now gets another one and stays.
    ///
    /// Both are whole and on disk before either gets its name. A process that ends between the two leaves the earlier one under
    /// its new name.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn keep_with_previous(self, previous: &Path) -> Result<()> {
        self.file.sync_all()?;
        match fs::rename(&self.path, previous) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => self.name(),
        }
    }

    fn name(&self) -> Result<()> {
        fs::rename(&self.partial, &self.path)?;
        // Not every system lets a folder be opened, or puts it on disk.
        let Ok(folder) = File::open(folder_of(&self.path)) else { return Ok(()) };
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

/// Removes what killed processes have left of a file of this name. Processes that write one hold a lock on it; where there
/// are no locks, everything stays.
pub fn remove_partial(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let start = [name.as_encoded_bytes(), PARTIAL.as_bytes()].concat();
    // Left behind is as good as it can be.
    let Ok(entries) = fs::read_dir(folder_of(path)) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(&start)
            && let Ok(file) = OpenOptions::new().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file that appears under its name, replacing the one before, when it is whole and on disk.
///
/// # Errors
/// As [`WholeFile::keep`].
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    let mut whole = WholeFile::create(path)?;
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
        let previous = folder.path().join("b");
        for (contents, kept) in [("fourth", "third"), ("fifth", "fourth")] {
            let mut next = WholeFile::create(&path).unwrap();
            next.file().write_all(contents.as_bytes()).unwrap();
            next.keep_with_previous(&previous).unwrap();
            assert_eq!([&path, &previous].map(|path| fs::read_to_string(path).unwrap()), [contents, kept]);
        }
        fs::remove_file(&previous).unwrap();
        // What a process has left that is no more, and what one writes.
        let left = folder.path().join("a.partial-7-0");
        fs::write(&left, b"le").unwrap();
        let one = WholeFile::create(&path).unwrap();
        let other = WholeFile::create(&path).unwrap();
        assert!(!left.exists() && one.partial().exists() && other.partial().exists());
        other.keep().unwrap();
        one.keep().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
