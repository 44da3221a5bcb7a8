//! HDF5 files of anybody are opened here, after what can be checked without the library.
use super::error::TraceError;
use super::{attribute_texts, guard, heaps, unlocked};
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
    let is_believed = seal == Seal::Whole;
    if !is_believed && signed {
        check_texts(path)?;
    }
    let file = unlocked::open(path).map_err(|error| {
        // Only a file that claims to be HDF5 deserves the library's reasons, such as that it is truncated.
        if signed { TraceError::hdf5(path, "/")(error) } else { reason("not an HDF5 file") }
    })?;
    if !is_believed {
        check_format(&file, path)?;
    }
    Ok(Opened { file, bytes: metadata.len(), is_sealed: is_believed })
}

/// Looks through a file before the library sees it.
fn check_texts(path: &Path) -> Result<(), TraceError> {
    let read = TraceError::io(path);
    if !heaps::end(path).map_err(read)? {
        return Err(TraceError::broken(path, "texts without an end"));
    }
    if !attribute_texts::fit(path).map_err(TraceError::io(path))? {
        return Err(TraceError::broken(path, "attributes that claim more than the file holds"));
    }
    Ok(())
}

/// Refuses ways to store attributes that hide from [`attribute_texts`] what they claim: none of them is a default anywhere.
fn check_format(file: &hdf5::File, path: &Path) -> Result<(), TraceError> {
    let settings = file.fcpl().map_err(TraceError::hdf5(path, "/"))?;
    if usize::from(settings.sizes().sizeof_addr) != 8 || !settings.shared_mesg_indexes().is_empty() {
        return Err(TraceError::NotATrace {
            file: path.to_owned(),
            reason: "stored with short addresses or shared headers, which is not read; write it again with the defaults of HDF5",
        });
    }
    Ok(())
}

/// Whether a file begins as HDF5 files do.
fn begins_with_signature(path: &Path) -> std::io::Result<bool> {
    let mut first = vec![];
    File::open(path)?.take(SIGNATURE.len() as u64).read_to_end(&mut first)?;
    Ok(first == SIGNATURE)
}
