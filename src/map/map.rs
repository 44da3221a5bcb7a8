//! What every linear map can do.
use super::norm::NormEstimate;
use super::shape::Shape;
use crate::linalg::{MatrixView, MatrixViewMut, WeightMatrix};
use crate::random::Stream;

/// The array that a map needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrayShape {
    /// Rows: units that receive from one read.
    pub rows: usize,
    /// Columns: units that send to one read.
    pub columns: usize,
    /// Reads a stimulus.
    pub reads: usize,
}

/// What every map can do. `matrix` is that of its array (rows × columns), samples are columns of `x`, `y` and `d`.
pub trait Map {
    /// Shape of the population that sends.
    fn input(&self) -> Shape;

    /// Shape of the population that receives.
    fn output(&self) -> Shape;

    /// The array it needs.
    fn array(&self) -> ArrayShape;

    /// y = A x for the receiving units from `first` on, as many as `y` has rows; `x` (sender × sample) is whole.
    fn apply(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, x: MatrixView);

    /// y = Aᵀ d for the sending units from `first` on, as many as `y` has rows; `d` (receiver × sample) is whole.
    fn transposed(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, d: MatrixView);

    /// The factors of the gradient of the matrix, D Sᵀ: D (row × read) from what the receivers hold (receiver × sample),
    /// S (column × read) from what the senders hold (sender × sample).
    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [MatrixView<'a>; 2];

    /// An estimate of the largest singular value of A, by iterations that begin with a random vector.
    fn norm(&self, matrix: &WeightMatrix, how: NormEstimate, start: &mut Stream) -> f64;

    /// Multiplications and additions of one product for `samples` stimuli.
    fn flops(&self, samples: usize) -> u64 {
        let ArrayShape { rows, columns, reads } = self.array();
        2 * (rows * columns * reads * samples) as u64
    }
}
