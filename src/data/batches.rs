//! Order of the samples in an epoch, and gathering of mini-batches.
use super::Dataset;
use crate::random::{self, Purpose, Stream};
use nalgebra::DMatrix;
use rand::Rng;

/// Fills `order` with the positions 0 … n − 1 in the order in which an epoch visits them: a uniformly random
/// permutation (Fisher–Yates) of the stream (data seed, epoch), or ascending if `shuffle` is off.
///
/// The order of an epoch depends on nothing else, so a resumed run continues in the order of the interrupted one.
pub fn epoch_order(n: u32, data_seed: u64, epoch: u64, shuffle: bool, order: &mut Vec<u32>) {
    order.clear();
    order.extend(0..n);
    if shuffle {
        self::shuffle(order, &mut random::stream(data_seed, Purpose::Shuffle, &[epoch]));
    }
}

impl Dataset {
    /// Copies the samples at `indices` into the columns of `inputs` (feature × batch) and their classes into
    /// `labels`. Nothing is allocated.
    ///
    /// # Panics
    /// If `inputs` has another number of features, if `inputs` or `labels` have another number of samples than
    /// `indices`, or if an index is not below [`Dataset::len`].
    pub fn fill_batch(&self, indices: &[u32], inputs: &mut DMatrix<f32>, labels: &mut [u16]) {
        let shape = (self.features(), indices.len());
        assert_eq!(inputs.shape(), shape, "batch matrix must be (feature × batch)");
        assert_eq!(labels.len(), indices.len(), "one label per sample of the batch");
        let columns = inputs.as_mut_slice().chunks_exact_mut(self.features());
        for ((column, label), &index) in columns.zip(labels).zip(indices) {
            column.copy_from_slice(self.sample(index as usize));
            *label = self.labels()[index as usize];
        }
    }
}

/// Fisher–Yates: every order is equally likely.
pub(super) fn shuffle<T>(items: &mut [T], stream: &mut Stream) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(stream, last + 1));
    }
}

/// A uniform whole number below `bound`. Written out because the library's own may change its numbers between
/// versions. The bias is below `bound` / 2⁶⁴.
pub(super) fn below(stream: &mut Stream, bound: usize) -> usize {
    ((u128::from(stream.next_u64()) * bound as u128) >> 64) as usize
}
