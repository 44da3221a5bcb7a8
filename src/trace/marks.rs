//! Places of a file where something begins, found by its first bytes without the library that reads the rest.
use memchr::memmem::Finder;
use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

/// Bytes looked through at a time.
const BLOCK: usize = 1 << 20;

/// The bytes that something begins with, and how many before and from there on are looked at.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub bytes: &'static [u8],
    pub before: usize,
    pub window: usize,
}

/// What stands around a mark.
pub(super) struct Place<'a> {
    pub file: &'a mut File,
    /// Its length.
    pub length: u64,
    /// Where the window begins in the file.
    pub at: u64,
    /// Bytes from `before` the mark on; fewer than wanted at the end of the file.
    pub window: &'a [u8],
}

/// Whether what stands at each of these marks passes a check. A mark with too little before it is none.
pub(super) fn all(path: &Path, mark: Mark, mut check: impl FnMut(Place<'_>) -> Result<bool>) -> Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let finder = Finder::new(mark.bytes);
    // Blocks share what a window at their border needs, so that each window lies in the block that it begins in.
    let (mut block, mut from) = (vec![], 0);
    while from < length {
        file.seek(SeekFrom::Start(from))?;
        block.clear();
        file.by_ref().take((BLOCK + mark.window) as u64).read_to_end(&mut block)?;
        let mut start = 0;
        while let Some(found) = block.get(start + mark.before..).and_then(|rest| finder.find(rest)) {
            start += found;
            if start >= BLOCK {
                break;
            }
            let window = &block[start..block.len().min(start + mark.window)];
            if !check(Place { file: &mut file, length, at: from + start as u64, window })? {
                return Ok(false);
            }
            start += 1;
        }
        from += BLOCK as u64;
    }
    Ok(true)
}

/// Bytes that may be read at all marks of a file of this length. What they lead to lies apart in a right file, but what was left
/// over of a former one may lie anywhere; where much is read again and again, somebody wants it to take for ever.
pub(super) fn most_read(length: u64) -> u64 {
    length.saturating_mul(16)
}

/// So many bytes from a place on; fewer at the end of the file.
pub(super) fn read_at(file: &mut File, at: u64, count: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    file.seek(SeekFrom::Start(at))?;
    file.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_they_lie() {
        let mut bytes = vec![0; 2 * BLOCK + 100];
        let places = [1, 5, 8, BLOCK - 2, BLOCK, BLOCK + 3, 2 * BLOCK + 97];
        for at in places {
            bytes[at..at + 3].copy_from_slice(b"aba");
        }
        bytes[10..13].copy_from_slice(b"aba");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        for before in [0, 1, 2] {
            let mark = Mark { bytes: b"aba", before, window: 7 };
            let mut found = vec![];
            let note = |place: Place<'_>| {
                let start = place.at as usize;
                assert_eq!(place.window, &bytes[start..bytes.len().min(start + 7)]);
                found.push(start + before);
                Ok(true)
            };
            assert!(all(file.path(), mark, note).unwrap());
            let expected = [1, 5, 8, 10, BLOCK - 2, BLOCK, BLOCK + 3, 2 * BLOCK + 97];
            assert_eq!(found, expected[usize::from(before > 1)..]);
            assert!(!all(file.path(), mark, |place| Ok(place.at as usize + before != 10)).unwrap());
        }
    }
}
