//! What the attributes of an HDF5 file claim that their texts and lists hold, read before the library believes it.
//!
//! An attribute of any length holds of each element its length and its place in a heap, and the library sets room aside for
//! that length before it looks at the heap: one attribute can ask for 4 GiB. The library does not tell such a length, so
//! that attributes are found here by the type that stands in front of their contents, wherever the file keeps them:
//!
//! | bytes | hold |
//! |---|---|
//! | 8 | the type: class 9 and version (1), list or text (1), characters (1), 0, bytes of an element (4), which are 16 |
//! | 8 and more | the type of what it is a list of |
//! | 4 and more | the dataspace: version, axes, flags, and their lengths |
//! | 16 each | the elements: how many it holds (4), the address of the heap (8), the number in it (4) |
//!
//! Type and dataspace may be followed by zeros up to a multiple of eight bytes.
use super::marks::{self, Mark, Place};
use crate::storage::hdf5_texts::{ENTRY, claimed, word};
use std::io;
use std::path::Path;

/// The end of a type, whose last byte that says something is 0; an element has 16 bytes. Types and dataspaces are not longer
/// than the window: 32 axes with two lengths each.
const TYPES: Mark = Mark { bytes: &[0, 16, 0, 0, 0], before: 3, window: 1 << 10 };
/// A heap of attributes, its version, how its places are told (2), and the length of its filters (2).
const HEAPS: Mark = Mark { bytes: b"FRHP\0", before: 0, window: 9 };
/// Bytes of a type of class 9, of which the type of its elements follows.
const TYPE: usize = 8;
const ANY_LENGTH: u8 = 9;
/// An attribute may claim so much more than the file is long: an empty text has no bytes of its own.
const SMALL: u64 = 1 << 20;

/// Whether no attribute claims more than the file could hold, and none lies where its claim cannot be seen.
pub(super) fn fit(path: &Path) -> io::Result<bool> {
    let mut read = 0;
    Ok(marks::all(path, HEAPS, |heap| Ok(heap.window.iter().skip(7).all(|&byte| byte == 0)))?
        && marks::all(path, TYPES, |place| fits(place, &mut read))?)
}

/// Whether the attribute that may begin here claims little enough; `read` are the bytes of the contents of those before it.
fn fits(place: Place<'_>, read: &mut u64) -> io::Result<bool> {
    let (elements_at, elements, size) = match Found::at(place.window) {
        Found::NoAttribute => return Ok(true),
        Found::Unknown => return Ok(false),
        Found::Attribute { elements_at, elements, size } => (elements_at as u64, elements, size),
    };
    let Some(bytes) = elements.checked_mul(ENTRY as u64).filter(|&bytes| bytes <= place.length) else {
        // The library refuses what goes beyond the file.
        return Ok(true);
    };
    *read += bytes;
    if *read > marks::most_read(place.length) {
        return Ok(false);
    }
    let contents = marks::read_at(place.file, place.at + elements_at, bytes)?;
    let claims = contents.chunks_exact(ENTRY).map(|entry| claimed(entry).saturating_mul(size));
    Ok(claims.fold(0, u64::saturating_add) <= place.length + SMALL)
}

/// What stands at a place.
#[derive(Debug, PartialEq)]
enum Found {
    NoAttribute,
    /// A text of something else than bytes, which nobody writes.
    Unknown,
    Attribute {
        elements_at: usize,
        elements: u64,
        /// Bytes of what a list holds.
        size: u64,
    },
}

impl Found {
    fn at(head: &[u8]) -> Self {
        let [kind, form, characters, ..] = head[..] else { return Self::NoAttribute };
        let is_type = kind & 15 == ANY_LENGTH && (1..=5).contains(&(kind >> 4)) && form & 15 <= 1 && characters <= 1;
        let Some(inner) = head.get(TYPE..TYPE + 8).filter(|_| is_type) else { return Self::NoAttribute };
        let properties = match inner[0] & 15 {
            // Whole numbers and bits; reals; texts of one length, and references.
            0 | 4 => 4,
            1 => 12,
            3 | 7 => 0,
            _ if form & 15 == 1 => return Self::Unknown,
            _ => return Self::NoAttribute,
        };
        let end = TYPE + inner.len() + properties;
        let space = [end, end.next_multiple_of(8)].into_iter().find_map(|at| dataspace(head, at));
        match space {
            Some((elements_at, elements)) => Self::Attribute { elements_at, elements, size: word(&inner[4..8]) },
            None => Self::NoAttribute,
        }
    }
}

/// Where a dataspace at this place ends, and its elements.
fn dataspace(head: &[u8], at: usize) -> Option<(usize, u64)> {
    let &[version, axes, flags, last] = head.get(at..at + 4)?.first_chunk::<4>()?;
    let lengths_at = match version {
        1 if last == 0 && head.get(at + 4..at + 8)? == [0; 4] => at + 8,
        2 if last <= 1 => at + 4,
        _ => return None,
    };
    let axes = usize::from(axes);
    let lengths = head.get(lengths_at..lengths_at + 8 * axes)?;
    let elements = lengths.chunks_exact(8).map(word).try_fold(1, u64::checked_mul)?;
    // The largest lengths, and the order of axes that version 1 once had.
    let more = usize::from(flags & 1) + usize::from(flags >> 1 & 1);
    Some((lengths_at + 8 * axes * (1 + more), elements))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5::types::VarLenUnicode;
    use std::path::PathBuf;

    /// A file with so many attributes of the root: more than eight lie in a heap where the format is that of HDF5 1.8.
    fn written(folder: &Path, latest: bool, attributes: usize) -> PathBuf {
        let path = folder.join(format!("{latest}-{attributes}.h5"));
        let file = match latest {
            true => hdf5::FileBuilder::new().with_fapl(|own| own.libver_v18()).create(&path),
            false => hdf5::File::create(&path),
        };
        let file = file.unwrap();
        for number in 0..attributes {
            let text: VarLenUnicode = format!("text of number {number:02}").parse().unwrap();
            let attribute = file.new_attr::<VarLenUnicode>().create(format!("a{number}").as_str()).unwrap();
            attribute.write_scalar(&text).unwrap();
        }
        let lists = file.new_attr::<VarLenUnicode>().shape([3]).create("list").unwrap();
        let texts = ["one", "", "three"].map(|text| text.parse::<VarLenUnicode>().unwrap());
        lists.write_raw(&texts).unwrap();
        file.close().unwrap();
        path
    }

    /// Changes the length of the first element of every attribute, and tells how many there were.
    fn lengthen(path: &Path) -> usize {
        let mut bytes = std::fs::read(path).unwrap();
        let mut changed = 0;
        for start in 0..bytes.len() - TYPE {
            if bytes[start + TYPES.before..].starts_with(TYPES.bytes)
                && let Found::Attribute { elements_at, .. } = Found::at(&bytes[start..])
            {
                bytes[start + elements_at..start + elements_at + 4].fill(0xff);
                changed += 1;
            }
        }
        std::fs::write(path, bytes).unwrap();
        changed
    }

    #[test]
    fn a_length_of_four_gibibytes_is_seen_wherever_attributes_lie() {
        let folder = tempfile::tempdir().unwrap();
        for (latest, attributes) in [(false, 3), (false, 30), (true, 3), (true, 30)] {
            let path = written(folder.path(), latest, attributes);
            assert!(fit(&path).unwrap(), "{path:?}");
            assert_eq!(lengthen(&path), attributes + 1, "{path:?}");
            assert!(!fit(&path).unwrap(), "{path:?}");
        }
    }

    /// Each of them would be read through the whole file.
    #[test]
    fn attributes_that_share_their_contents_are_refused() {
        let one = [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 2, 1, 0, 1];
        let number = 40_u64.to_le_bytes();
        let many: Vec<u8> = [&one[..], &number].concat().repeat(100);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &many).unwrap();
        assert_eq!(Found::at(&many), Found::Attribute { elements_at: 32, elements: 40, size: 1 });
        assert!(!fit(file.path()).unwrap());
        // What is cut off is none.
        std::fs::write(file.path(), &many[..26]).unwrap();
        assert!(fit(file.path()).unwrap());
        std::fs::write(file.path(), b"0123FRHP\0").unwrap();
        assert!(fit(file.path()).unwrap());
    }

    #[test]
    fn texts_of_anything_but_bytes_and_packed_heaps_are_refused() {
        let text_of =
            |class: u8| [&[0x19, 1, 1, 0, 16, 0, 0, 0, 0x10 | class, 0, 0, 0, 1, 0, 0, 0][..], &[0; 40]].concat();
        assert_eq!(Found::at(&text_of(8)), Found::Unknown);
        assert_eq!(Found::at(&text_of(0)), Found::NoAttribute, "without a dataspace");
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), true, 30);
        let mut bytes = std::fs::read(&path).unwrap();
        let heap = bytes.windows(5).position(|own| own == HEAPS.bytes).expect("30 attributes lie in a heap");
        bytes[heap + 7] = 4;
        std::fs::write(&path, bytes).unwrap();
        assert!(!fit(&path).unwrap());
    }
}
