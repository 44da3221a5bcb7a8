//! Files that appear under their final name only when they are whole.
use super::TraceError;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Name under which a file is written.
pub(super) fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Puts a finished file on disk, then gives it its final name, and puts that on disk as well.
pub(super) fn persist(partial: &Path, path: &Path) -> Result<(), TraceError> {
    File::open(partial).and_then(|file| file.sync_all()).map_err(TraceError::io(partial))?;
    fs::rename(partial, path).map_err(TraceError::io(path))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Not every system lets a folder be opened; the rename itself is whole in any case.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}
