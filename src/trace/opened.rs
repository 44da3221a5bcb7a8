//! HDF5 files of anybody are opened here, after what can be checked without the library.
use super::error::TraceError;
use super::{guard, heaps, unlocked};
use crate::storage::Seal;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// First bytes of an HDF5 file.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// An open file.
pub(super) struct Opened {
    pub file: hdf5::File,
    /// Its length.
    pub bytes: u64,
    /// Whether a checksum vouches for every byte.
    pub is_sealed: bool,
}

/// Opens a file to read it.
///
/// # Errors
/// [`TraceError::NotATrace`] if it is not HDF5; others if it is missing or damaged.
pub(super) fn open(path: &Path) -> Result<Opened, TraceError> {
    let reason = |reason| TraceError::NotATrace { file: path.to_owned(), reason };
    let metadata = std::fs::metadata(path).map_err(TraceError::io(path))?;
    if metadata.is_dir() {
        return Err(reason("it is a folder"));
    }
    let signed = begins_with_signature(path).map_err(TraceError::io(path))?;
    let seal = guard::check_seal(path)?;
    if seal == Seal::Absent && signed && !heaps::end(path).map_err(TraceError::io(path))? {
        return Err(TraceError::broken(path, "texts without an end"));
    }
    let file = unlocked::open(path).map_err(|error| {
        // Only a file that claims to be HDF5 deserves the library's reasons, such as that it is truncated.
        if signed { TraceError::hdf5(path, "/")(error) } else { reason("not an HDF5 file") }
    })?;
    Ok(Opened { file, bytes: metadata.len(), is_sealed: seal == Seal::Whole })
}

/// Whether a file begins as HDF5 files do.
fn begins_with_signature(path: &Path) -> std::io::Result<bool> {
    let mut first = vec![];
    File::open(path)?.take(SIGNATURE.len() as u64).read_to_end(&mut first)?;
    Ok(first == SIGNATURE)
}
