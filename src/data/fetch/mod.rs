//! Download of the public data sets.
//!
//! A file gets its final name only when it is complete and its MD5 sum is the known one; until then it is a temporary
//! file of the target folder, which is removed when anything fails. A file that is already there with the right sum
//! is not fetched again. Archives are kept, so that this also holds for them, and unpacked in the same way.
mod download;
mod manifest;
mod unpack;

pub use download::Attempt;
pub use manifest::{FetchSet, Manifest, RemoteFile, Unpack};

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Hears how far a download is. Files come one after the other; each attempt begins with `start` and ends, successful
/// or not, with `finish`. A file that is already there is not announced.
pub trait FetchProgress {
    /// A file begins to arrive; `total` is its size in bytes, if the server tells.
    fn start(&mut self, file: &str, total: Option<u64>);
    /// So many more bytes have arrived.
    fn advance(&mut self, bytes: u64);
    /// The file has arrived, or the attempt has failed.
    fn finish(&mut self);
}

/// A download that failed. Nothing incomplete is left under a final name.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the message of each variant")]
pub enum FetchError {
    /// The target folder cannot be made.
    #[error("{}: folder cannot be made", directory.display())]
    Directory { directory: PathBuf, source: io::Error },
    /// A file on this machine cannot be read or written.
    #[error("{}: cannot be read or written", file.display())]
    Local { file: PathBuf, source: io::Error },
    /// No mirror gave the file.
    #[error("{file} could not be fetched{}", attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>())]
    Download { file: String, attempts: Vec<Attempt> },
    /// A verified archive cannot be unpacked.
    #[error("{}: cannot be unpacked", archive.display())]
    Archive { archive: PathBuf, source: io::Error },
    /// A verified archive lacks a file.
    #[error("{}: holds no file {member}", archive.display())]
    MemberMissing { archive: PathBuf, member: String },
}

/// Fetches a public data set into `target_dir`, which is made if needed. `mirror` is the address of a folder that
/// replaces the known mirrors.
///
/// # Errors
/// [`FetchError`] if a file cannot be fetched from any mirror, or cannot be written or unpacked.
pub fn fetch(
    set: FetchSet,
    target_dir: &Path,
    mirror: Option<&str>,
    progress: &mut dyn FetchProgress,
) -> Result<(), FetchError> {
    fetch_manifest(&set.manifest(), target_dir, mirror, progress)
}

/// Fetches the files of a manifest, like [`fetch`].
///
/// # Errors
/// As [`fetch`].
pub fn fetch_manifest(
    manifest: &Manifest,
    target_dir: &Path,
    mirror: Option<&str>,
    progress: &mut dyn FetchProgress,
) -> Result<(), FetchError> {
    fs::create_dir_all(target_dir)
        .map_err(|source| FetchError::Directory { directory: target_dir.to_owned(), source })?;
    let mirrors: Vec<&str> = match mirror {
        Some(mirror) => vec![mirror],
        None => manifest.mirrors.iter().map(String::as_str).collect(),
    };
    for file in &manifest.files {
        download::fetch_file(file, &mirrors, target_dir, progress)?;
        if let Some(unpack) = &file.unpack {
            unpack::unpack(&target_dir.join(&file.name), unpack, target_dir)?;
        }
    }
    Ok(())
}

/// A file that is removed unless it is given its final name, in the folder of that name. Like any new file, others
/// may read it if the user's mask allows.
fn temporary_file(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
}

/// Gives a complete file its final name, in one step.
fn publish(complete: NamedTempFile, target: &Path) -> Result<(), FetchError> {
    match complete.persist(target) {
        Ok(_) => Ok(()),
        Err(error) => Err(FetchError::Local { file: target.to_owned(), source: error.error }),
    }
}
