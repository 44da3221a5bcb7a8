//! What an HDF5 file says of the lengths of its texts is checked before it is believed.
//!
//! An array of texts of any length holds of each its length and its place in a heap. HDF5 sets room aside for that length before it looks
//! at the heap, and copies a text as often as it is named, so that a file of a megabyte can ask for all memory. So the entries are
//! read here first, from the bytes of the file.
use flate2::read::ZlibDecoder;
use hdf5::Dataset;
use hdf5::dataset::{ChunkInfo, Layout};
use hdf5::filters::Filter;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of an entry: its length (4), the address of the heap (8), and the number in it (4).
pub const ENTRY: usize = 16;

/// Why it cannot be told what texts claim.
#[derive(Debug)]
pub enum TextsError {
    /// A rule that their array breaks, to be read after its name.
    Rule(String),
    /// HDF5 cannot tell.
    Hdf5(hdf5::Error),
}

impl From<hdf5::Error> for TextsError {
    fn from(error: hdf5::Error) -> Self {
        Self::Hdf5(error)
    }
}

/// Bytes of all texts of an array of texts of any length in the file at `path`, as their entries say.
///
/// # Errors
/// If the entries cannot be read, or the array is stored in a way that hides them.
pub fn claimed_texts(dataset: &Dataset, path: &Path) -> Result<u64, TextsError> {
    let storage = dataset.dcpl()?;
    let sizes = dataset.file()?.fcpl()?;
    if sizes.userblock() != 0 || usize::from(sizes.sizes().sizeof_addr) != 8 {
        return Err(TextsError::Rule(
            "is not read: texts of any length in a file with a user block or with short addresses cannot be checked; write it \
             again, or the labels as numbers"
                .to_owned(),
        ));
    }
    let read = |error: io::Error| TextsError::Hdf5(hdf5::Error::Internal(format!("its entries: {error}")));
    let mut file = File::open(path).map_err(read)?;
    let mut total: u64 = 0;
    let mut add = |entries: &mut dyn Read| -> io::Result<()> {
        let mut entry = [0; ENTRY];
        while entries.read_exact(&mut entry).map(|()| true).or_else(at_end)? {
            total = total.saturating_add(claimed(&entry));
        }
        Ok(())
    };
    match storage.layout() {
        Layout::Contiguous => {
            let Some(offset) = dataset.offset() else { return Ok(0) };
            let bytes = (dataset.size() as u64).saturating_mul(ENTRY as u64);
            file.seek(SeekFrom::Start(offset)).and_then(|_| add(&mut file.take(bytes))).map_err(read)?;
        }
        Layout::Chunked => {
            let filters = storage.filters();
            let lengths = storage.chunk().unwrap_or_default();
            let elements = lengths.iter().copied().fold(ENTRY, usize::saturating_mul);
            let along = dataset.shape().into_iter().zip(lengths).map(|(all, of_chunk)| all.div_ceil(of_chunk.max(1)));
            let most = along.fold(1, usize::saturating_mul);
            let mut chunks: Vec<ChunkInfo> = Vec::new();
            dataset.chunks_visit(|chunk| {
                chunks.push(chunk.into());
                i32::from(chunks.len() > most)
            })?;
            if chunks.len() > most {
                return Err(TextsError::Rule(format!("is not read: it has more than the {most} chunks of its shape")));
            }
            for chunk in chunks {
                file.seek(SeekFrom::Start(chunk.addr)).map_err(read)?;
                let stored = (&file).take(chunk.size);
                let entries = unpacked(stored, &filters, &chunk, elements as u64)?;
                add(&mut entries.as_slice()).map_err(read)?;
            }
        }
        _ => {
            return Err(TextsError::Rule(
                "is not read: texts of any length in the header of their array cannot be checked; write it again with chunks"
                    .to_owned(),
            ));
        }
    }
    Ok(total)
}

fn at_end(error: io::Error) -> io::Result<bool> {
    if error.kind() == io::ErrorKind::UnexpectedEof { Ok(false) } else { Err(error) }
}

/// What an entry claims: nothing where it was never written, and has no place.
pub fn claimed(entry: &[u8]) -> u64 {
    if word(&entry[4..12]) == 0 { 0 } else { word(&entry[..4]) }
}

/// A whole number, its lowest byte first.
pub fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The entries of a chunk, of so many bytes at most.
fn unpacked(stored: impl Read, filters: &[Filter], chunk: &ChunkInfo, most: u64) -> Result<Vec<u8>, TextsError> {
    let read = |error: io::Error| TextsError::Hdf5(hdf5::Error::Internal(format!("its entries: {error}")));
    let mut bytes = Vec::new();
    // Filters may make what they cannot pack a little longer.
    stored.take(most.saturating_mul(2).saturating_add(1 << 10)).read_to_end(&mut bytes).map_err(read)?;
    for (place, filter) in filters.iter().enumerate().rev() {
        if chunk.filter_mask >> place & 1 == 1 {
            continue;
        }
        bytes = match filter {
            Filter::Fletcher32 => {
                bytes.truncate(bytes.len().saturating_sub(4));
                bytes
            }
            Filter::Deflate(_) => {
                let mut plain = Vec::new();
                ZlibDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut plain).map_err(read)?;
                plain
            }
            Filter::Shuffle => together(&bytes),
            other => {
                let rule = format!(
                    "is not read: texts of any length that went through {other:?} cannot be checked; unpack it with \
                     `h5repack -f NONE`"
                );
                return Err(TextsError::Rule(rule));
            }
        };
    }
    Ok(bytes)
}

/// What the filter Shuffle was given: it puts the first bytes of all entries first, then the second, and so on.
fn together(shuffled: &[u8]) -> Vec<u8> {
    let entries = shuffled.len() / ENTRY;
    (0..entries * ENTRY).map(|at| shuffled[at % ENTRY * entries + at / ENTRY]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5::types::VarLenUnicode;

    /// Writes texts in one of the ways to store them, and tells the file and its name.
    fn written(way: &str, texts: &[&str], folder: &Path) -> std::path::PathBuf {
        let path = folder.join(format!("{way}.h5"));
        let file = hdf5::File::create(&path).unwrap();
        let builder = file.new_dataset::<VarLenUnicode>().shape(texts.len());
        let builder = match way {
            "contiguous" => builder,
            "chunked" => builder.chunk(3),
            "deflated" => builder.chunk(3).deflate(6),
            _ => builder.chunk(4).shuffle().deflate(6).fletcher32(),
        };
        let texts: Vec<VarLenUnicode> = texts.iter().map(|text| text.parse().unwrap()).collect();
        builder.create("y").unwrap().write_raw(&texts).unwrap();
        file.close().unwrap();
        path
    }

    #[test]
    fn the_lengths_of_all_texts_are_read_however_they_are_stored() {
        let folder = tempfile::tempdir().unwrap();
        let texts = ["cat", "dog", "", "a horse", "ψ", "cow", "sheep"];
        for way in ["contiguous", "chunked", "deflated", "shuffled"] {
            let path = written(way, &texts, folder.path());
            let dataset = hdf5::File::open(&path).unwrap().dataset("y").unwrap();
            let bytes: usize = texts.iter().map(|text| text.len()).sum();
            assert_eq!(claimed_texts(&dataset, &path).unwrap(), bytes as u64, "{way}");
        }
    }

    #[test]
    fn a_length_is_read_however_long_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for way in ["contiguous", "chunked"] {
            let path = written(way, &["cat", "dog", "cow"], folder.path());
            let mut bytes = std::fs::read(&path).unwrap();
            let dataset = hdf5::File::open(&path).unwrap().dataset("y").unwrap();
            let at = dataset.offset().unwrap_or_else(|| dataset.chunk_info(0).unwrap().addr) as usize;
            drop(dataset);
            assert_eq!(word(&bytes[at..at + 4]), 3);
            bytes[at..at + 4].fill(0xff);
            std::fs::write(&path, &bytes).unwrap();
            let dataset = hdf5::File::open(&path).unwrap().dataset("y").unwrap();
            assert_eq!(claimed_texts(&dataset, &path).unwrap(), u64::from(u32::MAX) + 6, "{way}");
        }
    }

    /// Many entries of one text, each of which is a copy in memory.
    #[test]
    fn a_text_that_many_entries_name_counts_for_each() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(1 << 16);
        let mut texts = vec![long.as_str()];
        texts.resize(4096, "y");
        let path = written("contiguous", &texts, folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let start = hdf5::File::open(&path).unwrap().dataset("y").unwrap().offset().unwrap() as usize;
        let first = bytes[start..start + ENTRY].to_vec();
        bytes[start..start + 4096 * ENTRY].chunks_mut(ENTRY).for_each(|entry| entry.copy_from_slice(&first));
        std::fs::write(&path, &bytes).unwrap();
        let dataset = hdf5::File::open(&path).unwrap().dataset("y").unwrap();
        assert_eq!(claimed_texts(&dataset, &path).unwrap(), 4096 << 16);
    }
}
