//! What a file says of itself is checked here before it is believed: files come from other machines and from disks that
//! fail, and a length that is wrong must not ask for all memory, nor a group that holds itself for all time.
//!
//! Files of this program hold groups and data sets by plain links, and numbers that are stored in the file itself as they
//! are, or deflated. Everything else is refused: links into other files, data outside of the file, filters that would be
//! loaded from plugins. The library reads in this process: what its own checks let through has passed a checksum over
//! every byte (files without one are of versions before), and a child process for each file would cost more than a plot.
use super::error::TraceError;
use crate::storage::{Seal, TextsError, check, claimed_texts};
use hdf5::dataset::Layout;
use hdf5::filters::Filter;
use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{Attribute, Dataset, Group, LinkType, Location, LocationType};
use std::path::Path;

/// Groups within groups.
pub(super) const MOST_DEPTH: usize = 16;
/// Groups and data sets of a file.
pub(super) const MOST_OBJECTS: usize = 1 << 16;
/// Deflate makes at most 1032 bytes of one; and headers say something without a byte of their own.
const MOST_INFLATION: u64 = 1100;
/// What the smallest file may hold in memory.
const SMALL: u64 = 1 << 20;
/// Bytes of numbers of files of others that may be made of one, and that any of them may claim.
const MOST_INFLATION_OF_OTHERS: u64 = 200;
const SMALL_OF_OTHERS: u64 = 64 << 20;

/// Compares a file with the checksum at its end, if it has one.
pub(super) fn check_seal(path: &Path) -> Result<Seal, TraceError> {
    match check(path).map_err(TraceError::io(path))? {
        Seal::Broken => Err(TraceError::broken(path, "its bytes are not those of its checksum")),
        seal => Ok(seal),
    }
}

/// Checks that the texts of a data set, if it holds texts, can stand in their file of so many bytes.
pub(super) fn check_texts(dataset: &Dataset, path: &Path, file_bytes: u64) -> hdf5::Result<()> {
    let kind = dataset.dtype()?.to_descriptor()?;
    if !matches!(kind, TypeDescriptor::VarLenUnicode | TypeDescriptor::VarLenAscii | TypeDescriptor::VarLenArray(_)) {
        return Ok(());
    }
    match claimed_texts(dataset, path) {
        Ok(claimed) if claimed <= file_bytes.saturating_add(SMALL) => Ok(()),
        Ok(claimed) => Err(damaged(format!("texts of {claimed} bytes in a file of {file_bytes} bytes"))),
        Err(TextsError::Rule(rule)) => Err(hdf5::Error::Internal(rule)),
        Err(TextsError::Hdf5(error)) => Err(error),
    }
}

/// Numbers, 8 bytes each, that a file of others may still ask for: arrays may share what is stored.
#[derive(Debug)]
pub(super) struct Room {
    file_bytes: u64,
    left: u64,
}

impl Room {
    /// That of a file of so many bytes.
    pub(super) fn of(file_bytes: u64) -> Self {
        Self { file_bytes, left: file_bytes.saturating_mul(MOST_INFLATION_OF_OTHERS).saturating_add(SMALL_OF_OTHERS) }
    }

    /// Takes that of an array, or says that there is not as much.
    pub(super) fn take(&mut self, shape: &[usize]) -> Result<(), String> {
        let number = size_of::<f64>() as u64;
        let bytes = shape.iter().try_fold(number, |bytes, &n| bytes.checked_mul(n as u64));
        match bytes.and_then(|bytes| self.left.checked_sub(bytes)) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!(
                "with {shape:?} numbers is more than a file of {} bytes is trusted with; if it is right, write the file \
                 again without compression",
                self.file_bytes
            )),
        }
    }
}

/// A text as it stands in a file, whose bytes need not be Unicode.
pub(super) fn text(own: &VarLenUnicode) -> String {
    String::from_utf8_lossy(own.as_bytes()).into_owned()
}

/// An attribute that may be read: what one of a shared type claims has not been looked at.
pub(super) fn attribute(object: &Location, name: &str) -> hdf5::Result<Attribute> {
    let attribute = object.attr(name)?;
    if attribute.dtype()?.is_committed() {
        return Err(damaged(format!("{name} is of a type that lies elsewhere in the file")));
    }
    Ok(attribute)
}

/// Names in a group, sorted.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub groups: Vec<String>,
    pub datasets: Vec<String>,
}

/// The error about a file that says what cannot be.
pub(super) fn damaged(what: impl std::fmt::Display) -> hdf5::Error {
    hdf5::Error::Internal(format!("is damaged ({what})"))
}

/// Lists a group.
pub(super) fn list(group: &Group) -> hdf5::Result<Listed> {
    let mut listed = Listed::default();
    let mut links = 0;
    group.iter_visit_default(|name, link| {
        links += 1;
        if links > MOST_OBJECTS {
            return Err(damaged("more entries than a file of this program has"));
        }
        if link.link_type != LinkType::Hard {
            return Err(damaged(format!("{name} is a link to another place or file")));
        }
        match group.loc_type_by_name(name)? {
            LocationType::Group => listed.groups.push(name.to_owned()),
            LocationType::Dataset => listed.datasets.push(name.to_owned()),
            _ => {}
        }
        Ok(())
    })?;
    listed.groups.sort();
    listed.datasets.sort();
    Ok(listed)
}

/// The shape of a data set whose numbers can stand in a file of so many bytes.
pub(super) fn shape(dataset: &Dataset, file_bytes: u64) -> hdf5::Result<Vec<usize>> {
    let storage = dataset.dcpl()?;
    if !storage.external().is_empty()
        || !matches!(storage.layout(), Layout::Compact | Layout::Contiguous | Layout::Chunked)
    {
        return Err(damaged("its numbers lie outside of the file"));
    }
    let filters = storage.filters();
    if !filters.iter().all(|filter| matches!(filter, Filter::Deflate(_) | Filter::Shuffle | Filter::Fletcher32)) {
        return Err(damaged("a filter that no file of this program has"));
    }
    let most = file_bytes.saturating_mul(if filters.is_empty() { 1 } else { MOST_INFLATION }).saturating_add(SMALL);
    let number = dataset.dtype()?.size() as u64;
    let bytes = |shape: &[usize]| shape.iter().try_fold(number, |bytes, &n| bytes.checked_mul(n as u64));
    let shape = dataset.shape();
    let chunk = storage.chunk().unwrap_or_default();
    for lengths in [&shape, &chunk] {
        if bytes(lengths).is_none_or(|bytes| bytes > most) {
            return Err(damaged(format!("{lengths:?} numbers in a file of {file_bytes} bytes")));
        }
    }
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_share_the_room_of_their_file() {
        let mut room = Room::of(1000);
        let most = (200 * 1000 + (64 << 20)) / 8;
        room.take(&[most - 5, 1]).unwrap();
        assert!(room.take(&[2, 3]).unwrap_err().starts_with("with [2, 3] numbers is more than a file of 1000 bytes"));
        room.take(&[5]).unwrap();
        room.take(&[0, 7]).unwrap();
        assert!(room.take(&[1]).is_err());
        assert!(Room::of(1000).take(&[usize::MAX, 2]).is_err());
    }
}
