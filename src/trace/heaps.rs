//! The global heaps of an HDF5 file, which hold its texts. The library goes from object to object by the sizes that they
//! name, and never comes to an end where one is zero or passes the largest number. So a file that no checksum vouches for is
//! looked through before the library sees it.
//!
//! A heap is its mark, its size (8 bytes), then objects: number (2), count (2), reserved (4), size (8), contents up to a
//! multiple of 8. Object 0 is what is free; its size holds its head.
use super::marks::{self, Mark, Place};
use std::io::Result;
use std::path::Path;

/// With version 1 and the reserved bytes; its size follows.
const HEAPS: Mark = Mark { bytes: b"GCOL\x01\0\0\0", before: 0, window: HEAD };
/// Bytes of the head of a heap, and of an object.
const HEAD: usize = 16;
/// A heap of more is none of a file of this program.
const LARGEST: u64 = 1 << 30;

/// Whether all heaps end.
pub(super) fn end(path: &Path) -> Result<bool> {
    let mut read = 0;
    marks::all(path, HEAPS, |heap| heap_ends(heap, &mut read))
}

/// Whether a heap ends; `read` are the bytes of those before it.
fn heap_ends(heap: Place<'_>, read: &mut u64) -> Result<bool> {
    let Some(size) = heap.window.get(8..HEAD) else { return Ok(true) };
    let size = u64::from_le_bytes(size.try_into().expect("eight bytes"));
    let left = heap.length - heap.at;
    if size > LARGEST || size > left {
        // The library refuses what goes beyond the file; what is left of a text may look like a heap.
        return Ok(size > left);
    }
    *read += size;
    if *read > marks::most_read(heap.length) {
        return Ok(false);
    }
    let head = HEAD as u64;
    Ok(objects_end(&marks::read_at(heap.file, heap.at + head, size.saturating_sub(head))?))
}

fn objects_end(objects: &[u8]) -> bool {
    let mut rest = objects;
    while rest.len() >= HEAD {
        let number = u16::from_le_bytes([rest[0], rest[1]]);
        let size = u64::from_le_bytes(rest[8..HEAD].try_into().expect("eight bytes"));
        let needed = match number {
            0 => Some(size),
            _ => size.checked_next_multiple_of(8).and_then(|size| size.checked_add(HEAD as u64)),
        };
        match needed {
            Some(needed @ 1..) => rest = rest.get(usize::try_from(needed).unwrap_or(usize::MAX)..).unwrap_or(&[]),
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object of this number and size with so many bytes.
    fn object(number: u16, size: u64, bytes: usize) -> Vec<u8> {
        [&number.to_le_bytes()[..], &[0; 6], &size.to_le_bytes(), &vec![7; bytes]].concat()
    }

    #[test]
    fn heaps_within_heaps_are_not_read_for_ever() {
        let heap = |size: u64| [HEAPS.bytes, &size.to_le_bytes(), &object(1, 8, 8)].concat();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), heap(40).repeat(1000)).unwrap();
        assert!(end(file.path()).unwrap());
        let to_the_end: Vec<u8> = (1..=1000).rev().flat_map(|left| heap(40 * left)).collect();
        std::fs::write(file.path(), to_the_end).unwrap();
        assert!(!end(file.path()).unwrap());
    }

    #[test]
    fn objects_that_lead_nowhere_are_found() {
        assert!(objects_end(&[object(1, 5, 8), object(2, 0, 0), object(0, 24, 8)].concat()));
        assert!(objects_end(&[object(1, 5, 8), vec![0; 8]].concat()));
        assert!(objects_end(&object(1, 1 << 40, 8)), "beyond the heap is an end");
        for size in [u64::MAX, u64::MAX - 7, u64::MAX - 15] {
            assert!(!objects_end(&[object(1, 5, 8), object(2, size, 8)].concat()), "{size}");
        }
        assert!(!objects_end(&[object(1, 5, 8), object(0, 0, 8)].concat()));
    }
}
