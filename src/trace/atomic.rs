//! Files that appear under their final name only when they are whole.
use super::error::TraceError;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Writes a file that appears under its name, replacing the one before, only when it is whole and on disk.
///
/// # Errors
/// If it cannot be written; the one before stays then.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), TraceError> {
    let partial = Partial::of(path);
    fs::write(partial.path(), contents).map_err(TraceError::io(partial.path()))?;
    partial.persist(path)
}

/// The name under which a file is written. What stands there is removed with this, unless it was given its final name.
#[derive(Debug)]
pub(super) struct Partial(PathBuf);

impl Partial {
    /// The name for a file that will be called `path`.
    pub fn of(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        Self(PathBuf::from(name))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a finished file on disk, then gives it its final name, and puts that on disk as well.
    pub fn persist(self, path: &Path) -> Result<(), TraceError> {
        File::open(&self.0).and_then(|file| file.sync_all()).map_err(TraceError::io(&self.0))?;
        fs::rename(&self.0, path).map_err(TraceError::io(path))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Not every system lets a folder be opened; the rename itself is whole in any case.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After `persist` it is gone already.
        let _ = fs::remove_file(&self.0);
    }
}
