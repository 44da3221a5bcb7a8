//! Files that are not complete yet.
use super::FetchError;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// A file that is removed unless it is given its final name, in the folder of that name. Like any new file, others
/// may read it if the user's mask allows.
pub(super) fn temporary_file(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
}

/// Gives a complete file its final name, in one step.
pub(super) fn publish(complete: NamedTempFile, target: &Path) -> Result<(), FetchError> {
    match complete.persist(target) {
        Ok(_) => Ok(()),
        Err(error) => Err(FetchError::Local { file: target.to_owned(), source: error.error }),
    }
}
