//! Compression of chunks as HDF5's filters `shuffle` and `deflate` would do it, but on our own thread.
use flate2::{Compress, Compression, FlushCompress, Status};

/// Level of deflate: after the shuffle, higher levels gain a few per cent at several times the cost.
pub(super) const LEVEL: u8 = 1;

/// A compressor with its buffers.
pub(super) struct Compressor {
    deflate: Compress,
    shuffled: Vec<u8>,
}

impl Compressor {
    pub fn new() -> Self {
        Self { deflate: Compress::new(Compression::new(u32::from(LEVEL)), true), shuffled: vec![] }
    }

    /// Shuffles and deflates `bytes`, numbers of `element_size` bytes, into `output`.
    pub fn compress(&mut self, bytes: &[u8], element_size: usize, output: &mut Vec<u8>) {
        shuffle(bytes, element_size, &mut self.shuffled);
        self.deflate.reset();
        output.clear();
        loop {
            output.reserve(self.shuffled.len() / 2 + 1024);
            let consumed = self.deflate.total_in() as usize;
            let status = self.deflate.compress_vec(&self.shuffled[consumed..], output, FlushCompress::Finish);
            // Finishing fails only with a full buffer, which the next round enlarges.
            if matches!(status, Ok(Status::StreamEnd)) {
                return;
            }
        }
    }
}

/// All first bytes of the numbers, then all second bytes, and so on.
fn shuffle(bytes: &[u8], element_size: usize, output: &mut Vec<u8>) {
    let n = bytes.len() / element_size;
    output.clear();
    output.resize(bytes.len(), 0);
    for (k, plane) in output.chunks_exact_mut(n.max(1)).enumerate() {
        for (out, number) in plane.iter_mut().zip(bytes.chunks_exact(element_size)) {
            *out = number[k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_gathers_bytes_of_equal_rank() {
        let mut output = vec![];
        shuffle(&[1, 2, 3, 4, 5, 6], 2, &mut output);
        assert_eq!(output, [1, 3, 5, 2, 4, 6]);
    }
}
