//! Order of the samples in an epoch, and its mini-batches.
use crate::random::{self, Purpose, Stream};
use nalgebra::DMatrix;
use rand::Rng;

/// Samples that are learnt together.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let DataSplits { train, .. } = digits(100, 10, 1)?;
/// for MiniBatch { inputs, targets, labels } in train.batches(20, 1, 1) {
///     assert_eq!((inputs.shape(), targets.shape(), labels.len()), ((784, 20), (10, 20), 20));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MiniBatch {
    /// Inputs (feature × sample).
    pub inputs: DMatrix<f32>,
    /// Targets (class × sample, one-hot).
    pub targets: DMatrix<f32>,
    /// Class of each sample, counted from 0.
    pub labels: Vec<u16>,
}

impl MiniBatch {
    /// Room for `size` samples.
    pub fn zeros(features: usize, classes: usize, size: usize) -> Self {
        Self { inputs: DMatrix::zeros(features, size), targets: DMatrix::zeros(classes, size), labels: vec![0; size] }
    }
}

/// One-hot targets (class × sample) of these classes.
pub fn fill_targets(labels: &[u16], targets: &mut DMatrix<f32>) {
    targets.fill(0.0);
    for (sample, &class) in labels.iter().enumerate() {
        targets[(usize::from(class), sample)] = 1.0;
    }
}

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
