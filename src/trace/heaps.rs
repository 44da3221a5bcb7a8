//! The global heaps of an HDF5 file, which hold its texts. The library goes from object to object by the sizes that they
//! name, and never comes to an end where one is zero or passes the largest number. So a file that no checksum vouches for is
//! looked through before the library sees it, and so is what all texts claim to hold: many may name the same one.
//!
//! A heap is its mark, its size (8 bytes), then objects: number (2), count (2), reserved (4), size (8), contents up to a
//! multiple of 8. Object 0 is what is free; its size holds its head.
use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

/// With version 1 and the reserved bytes.
const MARK: &[u8; 8] = b"GCOL\x01\0\0\0";
/// Bytes of the head of a heap, and of an object.
const HEAD: usize = 16;
/// Bytes looked through at a time.
const BLOCK: usize = 1 << 20;
/// Bytes of an entry that names a text.
const ENTRY: usize = 16;
/// How often a text may be named. Each is named once, and where the library has moved an entry, its old place may still hold it.
const MOST_COPIES: u64 = 4;
/// What the smallest file may claim.
const SMALL: u64 = 1 << 20;
/// A heap of more is none of a file of this program.
const LARGEST: u64 = 1 << 30;

/// What is wrong with the texts of a file, if anything is.
pub(super) fn wrong(path: &Path) -> Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let Some(heaps) = addresses(&mut file)? else { return Ok(Some("texts without an end")) };
    let length = file.metadata()?.len();
    let claimed = claimed(&mut file, &heaps)?;
    let most = length.saturating_mul(MOST_COPIES).saturating_add(SMALL);
    Ok((claimed > most).then_some("texts that are longer than the file"))
}

/// Where the heaps of a file begin, in order; nothing if one of them does not end.
fn addresses(file: &mut File) -> Result<Option<Vec<u64>>> {
    let length = file.metadata()?.len();
    let mut marks = vec![];
    in_blocks(file, MARK.len(), |from, block| {
        let own = block.windows(MARK.len()).enumerate().filter(|(_, bytes)| bytes == MARK);
        marks.extend(own.map(|(at, _)| from + at as u64));
    })?;
    for &mark in &marks {
        if !heap_ends(file, mark, length)? {
            return Ok(None);
        }
    }
    Ok(Some(marks))
}

/// Bytes of all texts, as those who name them say. Such an entry is a length (4), the address of a heap (8) and the number of an
/// object in it (4). The library sets that room aside for each before it looks into the heap.
fn claimed(file: &mut File, heaps: &[u64]) -> Result<u64> {
    let (Some(&first), Some(&last)) = (heaps.first(), heaps.last()) else { return Ok(0) };
    let mut total: u64 = 0;
    in_blocks(file, ENTRY, |_, block| {
        for entry in block.windows(ENTRY) {
            let address = u64::from_le_bytes(entry[4..12].try_into().expect("eight bytes"));
            if (first..=last).contains(&address) && heaps.binary_search(&address).is_ok() {
                let length = u32::from_le_bytes(entry[..4].try_into().expect("four bytes"));
                total = total.saturating_add(u64::from(length));
            }
        }
    })?;
    Ok(total)
}

/// Calls `see` with blocks of the file and where they begin. Each window of so many bytes is in exactly one of them.
fn in_blocks(file: &mut File, window: usize, mut see: impl FnMut(u64, &[u8])) -> Result<()> {
    let (mut block, mut from) = (vec![], 0);
    loop {
        file.seek(SeekFrom::Start(from))?;
        block.clear();
        file.by_ref().take((BLOCK + window - 1) as u64).read_to_end(&mut block)?;
        if block.len() < window {
            return Ok(());
        }
        see(from, &block);
        from += BLOCK as u64;
    }
}

/// Whether the heap at this place of a file ends.
fn heap_ends(file: &mut File, at: u64, length: u64) -> Result<bool> {
    let mut head = [0; HEAD];
    file.seek(SeekFrom::Start(at))?;
    if at + HEAD as u64 > length {
        return Ok(true);
    }
    file.read_exact(&mut head)?;
    let size = u64::from_le_bytes(head[8..].try_into().expect("eight bytes"));
    if size > LARGEST || size > length - at {
        // The library refuses what goes beyond the file; what is left of a text may look like a heap.
        return Ok(size > length - at);
    }
    let mut objects = vec![0; (size as usize).saturating_sub(HEAD)];
    file.read_exact(&mut objects)?;
    Ok(objects_end(&objects))
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
    use hdf5::types::VarLenUnicode;

    /// A file with one attribute, and where its entry stands.
    fn one_text(path: &Path, text: &str) -> usize {
        let file = hdf5::File::create(path).unwrap();
        let text: VarLenUnicode = text.parse().unwrap();
        file.new_attr::<VarLenUnicode>().create("title").unwrap().write_scalar(&text).unwrap();
        file.close().unwrap();
        let heaps = addresses(&mut File::open(path).unwrap()).unwrap().unwrap();
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(8).position(|own| own == heaps[0].to_le_bytes()).unwrap() - 4
    }

    #[test]
    fn what_attributes_claim_is_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let at = one_text(&path, "a horse");
        let claims = |path| {
            let mut file = File::open(path).unwrap();
            let heaps = addresses(&mut file).unwrap().unwrap();
            claimed(&mut file, &heaps).unwrap()
        };
        assert_eq!(claims(&path), 7);
        assert_eq!(wrong(&path).unwrap(), None);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at..at + 4].fill(0xff);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(claims(&path), u64::from(u32::MAX));
        assert_eq!(wrong(&path).unwrap(), Some("texts that are longer than the file"));
    }

    #[test]
    fn every_window_is_seen_once() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 3, BLOCK - 1, BLOCK, BLOCK + 3, 2 * BLOCK + 5] {
            let path = folder.path().join(bytes.to_string());
            std::fs::write(&path, vec![1; bytes]).unwrap();
            for window in [1, 8] {
                let mut seen = vec![];
                let mut file = File::open(&path).unwrap();
                in_blocks(&mut file, window, |from, block| {
                    seen.extend((0..=block.len() - window).map(|at| from + at as u64));
                })
                .unwrap();
                assert_eq!(
                    seen,
                    (0..(bytes + 1).saturating_sub(window) as u64).collect::<Vec<_>>(),
                    "{bytes} {window}"
                );
            }
        }
    }

    /// An object of this number and size with so many bytes.
    fn object(number: u16, size: u64, bytes: usize) -> Vec<u8> {
        [&number.to_le_bytes()[..], &[0; 6], &size.to_le_bytes(), &vec![7; bytes]].concat()
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
