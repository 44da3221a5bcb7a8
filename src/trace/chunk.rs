//! Compression of chunks as HDF5's filters `shuffle` and `deflate` would do it, but on our own threads.
//!
//! Noisy states hold few repetitions, so deflate's search for them costs most of its time and gains nothing: Huffman
//! codes alone are faster than level 1 and smaller than level 6 (dense normal numbers on one core: 197 MB/s against 90
//! and 36; half of them zero: 142 against 110 and 32). Chunks that are mostly runs of one byte, such as step numbers,
//! dead units and padding, get runs as well.
use multiversion::multiversion;
use std::cell::RefCell;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status, Strategy, compress_bound};

/// Level of deflate that data sets declare; HDF5 itself compresses variables of known size with it.
pub(super) const LEVEL: u8 = 1;

/// Shuffles and deflates `bytes`, numbers of `element_size` bytes, in place, with this thread's own compressor.
pub(super) fn compress(mut bytes: Vec<u8>, element_size: usize) -> Vec<u8> {
    thread_local!(static COMPRESSOR: RefCell<Compressor> = RefCell::new(Compressor::new()));
    COMPRESSOR.with_borrow_mut(|compressor| {
        let compressed = compressor.compress(&bytes, element_size);
        bytes.clear();
        bytes.extend_from_slice(compressed);
    });
    bytes
}

/// A compressor with its buffers.
struct Compressor {
    shuffled: Vec<u8>,
    deflated: Vec<u8>,
    huffman: Deflate,
    runs: Deflate,
}

impl Compressor {
    fn new() -> Self {
        let deflate = |strategy| Deflate::new_with_config(DeflateConfig { strategy, ..DeflateConfig::default() });
        let (huffman, runs) = (deflate(Strategy::HuffmanOnly), deflate(Strategy::Rle));
        Self { shuffled: vec![], deflated: vec![], huffman, runs }
    }

    /// Shuffles and deflates `bytes`, numbers of `element_size` bytes.
    fn compress(&mut self, bytes: &[u8], element_size: usize) -> &[u8] {
        match element_size {
            4 => shuffle::<4>(bytes, &mut self.shuffled),
            _ => shuffle::<8>(bytes, &mut self.shuffled),
        }
        let deflate = if is_mostly_runs(&self.shuffled) { &mut self.runs } else { &mut self.huffman };
        let length = deflate_into(&mut self.deflated, deflate, &self.shuffled);
        &self.deflated[..length]
    }
}

/// Whether most bytes equal the byte before.
#[multiversion(targets("x86_64+avx2"))]
fn is_mostly_runs(bytes: &[u8]) -> bool {
    // Counts of at most 255 fit into a byte, which is what the vectoriser wants.
    let pairs = bytes.chunks(255).zip(bytes.get(1..).unwrap_or(&[]).chunks(255));
    let repeated: usize =
        pairs.map(|(a, b)| usize::from(a.iter().zip(b).map(|(a, b)| u8::from(a == b)).sum::<u8>())).sum();
    2 * repeated > bytes.len()
}

/// Writes the input as one zlib stream to the beginning of `output` and returns its length.
fn deflate_into(output: &mut Vec<u8>, deflate: &mut Deflate, input: &[u8]) -> usize {
    output.resize(output.len().max(compress_bound(input.len())), 0);
    deflate.reset();
    loop {
        let (read, written) = (deflate.total_in() as usize, deflate.total_out() as usize);
        let status = deflate.compress(&input[read..], &mut output[written..], DeflateFlush::Finish);
        match status.expect("deflating in memory with valid parameters cannot fail") {
            Status::StreamEnd => return deflate.total_out() as usize,
            Status::Ok | Status::BufError => output.resize(2 * output.len(), 0),
        }
    }
}

/// All first bytes of the numbers, then all second bytes, and so on.
fn shuffle<const SIZE: usize>(bytes: &[u8], output: &mut Vec<u8>) {
    let n = bytes.len() / SIZE;
    output.resize(bytes.len(), 0);
    let mut rest = output.as_mut_slice();
    let planes: [&mut [u8]; SIZE] = std::array::from_fn(|_| {
        let (plane, tail) = std::mem::take(&mut rest).split_at_mut(n);
        rest = tail;
        plane
    });
    spread(bytes, planes);
}

/// One pass over the numbers, byte k of each into plane k.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn spread<const SIZE: usize>(bytes: &[u8], mut planes: [&mut [u8]; SIZE]) {
    const BLOCK: usize = 64;
    let n = bytes.len() / SIZE;
    for start in (0..n).step_by(BLOCK) {
        let end = n.min(start + BLOCK);
        for (k, plane) in planes.iter_mut().enumerate() {
            for (out, number) in plane[start..end].iter_mut().zip(bytes[start * SIZE..].chunks_exact(SIZE)) {
                *out = number[k];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use proptest::prelude::*;
    use std::io::Read;

    #[test]
    fn a_shuffle_gathers_bytes_of_equal_rank() {
        let mut output = vec![];
        shuffle::<4>(&[1, 2, 3, 4, 5, 6, 7, 8], &mut output);
        assert_eq!(output, [1, 5, 2, 6, 3, 7, 4, 8]);
    }

    proptest! {
        /// With one compressor for all, as in use: a larger chunk before must leave nothing behind.
        #[test]
        fn what_is_compressed_unpacks_to_the_shuffled_bytes(
            chunks in prop::collection::vec(prop::collection::vec(any::<f32>(), 1..400), 1..4), zeros in 0usize..4000,
        ) {
            let mut compressor = Compressor::new();
            for chunk in chunks {
                let mut bytes: Vec<u8> = chunk.iter().flat_map(|x| x.to_le_bytes()).collect();
                bytes.extend(vec![0; 4 * zeros]);
                let mut expected = vec![];
                shuffle::<4>(&bytes, &mut expected);
                let mut unpacked = vec![];
                ZlibDecoder::new(compressor.compress(&bytes, 4)).read_to_end(&mut unpacked).unwrap();
                prop_assert_eq!(unpacked, expected);
            }
        }
    }
}
