//! Download of the public data sets.
//!
//! A file gets its final name only when it is complete and its MD5 sum is the known one, that of its content where it is known
//! ([`KnownSum`]); until then it is a temporary file of the target folder, which is removed when anything fails. A file that is
//! already there with the right sum, compressed or not, is not fetched again. Archives are kept, so that this also holds for them, and unpacked in the same way.
mod download;
mod error;
mod manifest;
mod partial;
mod progress;
mod sums;
mod unpack;

pub use error::{Attempt, FetchError};
pub use manifest::{FetchSet, KnownSum, Manifest, RemoteFile, Unpack};
pub use progress::FetchProgress;
pub use unpack::unpack;

use std::fs;
use std::path::Path;

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
        if let Some(wanted) = &file.unpack {
            unpack(&target_dir.join(&file.name), wanted, target_dir)?;
        }
    }
    Ok(())
}
