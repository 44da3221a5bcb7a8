//! Storage of a weight matrix.
use super::scratch::{give_back, take_numbers};
use super::{Matrix, MatrixView, MatrixViewMut, SignMatrix, multiply, multiply_left_transposed};
use crate::persist::{Archive, Damaged};
use std::ops::Range;

/// A (post × pre) matrix, of numbers or of packed signs.
///
/// The columns of a matrix of numbers lie an odd number of cache lines apart: the transposed product of the feedback walks along a row; with a column stride that is a multiple of a large power
/// of two those elements fall into the same few cache sets (measured for 1024 × 1024, 50 samples: 61 GFLOP/s
/// unpadded, 113 padded).
///
/// ```
/// use dyadsim::prelude::*;
///
/// let matrix = Matrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let weight = WeightMatrix::from_matrix(&matrix);
/// assert_eq!((weight.post(), weight.pre()), (2, 3));
/// assert_eq!(weight.to_matrix(), matrix);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WeightMatrix {
    storage: Storage,
    post: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Storage {
    /// (column stride × pre); the rows from `post` on are padding and stay zero.
    Numbers(Matrix),
    /// One bit a weight.
    Signs(SignMatrix),
}

/// f32 in a cache line.
const LINE: usize = 16;

impl WeightMatrix {
    /// All zero.
    pub fn zeros(post: usize, pre: usize) -> Self {
        let lines = post.div_ceil(LINE);
        // A column of less than four lines gains nothing that would pay for the padding.
        let stride = if lines < 4 { post } else { (lines | 1) * LINE };
        Self { storage: Storage::Numbers(Matrix::zeros(stride, pre)), post }
    }

    /// All zero, in memory that [`Self::give_back`] gives back when it is not wanted any more.
    pub(crate) fn lent(post: usize, pre: usize) -> Self {
        let Storage::Numbers(empty) = Self::zeros(post, 0).storage else { unreachable!("numbers") };
        let mut numbers = take_numbers(empty.nrows() * pre);
        numbers.fill(0.0);
        Self { storage: Storage::Numbers(Matrix::from_vec(empty.nrows(), pre, numbers)), post }
    }

    /// Leaves no weights, and gives the memory of numbers to the next that wants some.
    pub(crate) fn give_back(&mut self) {
        if let Storage::Numbers(numbers) = &mut self.storage {
            give_back(std::mem::replace(numbers, Matrix::zeros(0, 0)).data.into());
        }
    }

    /// Copies a plain matrix.
    pub fn from_matrix(matrix: &Matrix) -> Self {
        let mut weight = Self::zeros(matrix.nrows(), matrix.ncols());
        weight.view_mut().copy_from(matrix);
        weight
    }

    /// Packed signs.
    pub fn from_signs(signs: SignMatrix) -> Self {
        Self { post: signs.post(), storage: Storage::Signs(signs) }
    }

    /// A plain copy without padding.
    pub fn to_matrix(&self) -> Matrix {
        match &self.storage {
            Storage::Numbers(_) => self.view().into_owned(),
            Storage::Signs(signs) => {
                let mut matrix = Matrix::zeros(signs.post(), signs.pre());
                signs.unpack_columns(0, matrix.as_mut_slice(), signs.post());
                matrix
            }
        }
    }

    /// Takes the weights from a plain matrix of the same shape; packed weights take their signs.
    pub fn copy_from(&mut self, matrix: &Matrix) {
        match &mut self.storage {
            Storage::Numbers(_) => self.view_mut().copy_from(matrix),
            Storage::Signs(signs) => {
                *signs = SignMatrix::from_fn(signs.post(), signs.pre(), signs.scale(), |i, j| matrix[(i, j)] > 0.0);
            }
        }
    }

    /// Number of units that receive.
    pub fn post(&self) -> usize {
        self.post
    }

    /// Number of units that send.
    pub fn pre(&self) -> usize {
        match &self.storage {
            Storage::Numbers(numbers) => numbers.ncols(),
            Storage::Signs(signs) => signs.pre(),
        }
    }

    /// Bytes of the weights.
    pub fn memory_bytes(&self) -> usize {
        match &self.storage {
            Storage::Numbers(numbers) => size_of_val(numbers.as_slice()),
            Storage::Signs(signs) => signs.bytes(),
        }
    }

    /// Whether the weights are packed signs.
    pub fn is_packed(&self) -> bool {
        matches!(self.storage, Storage::Signs(_))
    }

    /// The packed signs.
    pub fn signs_mut(&mut self) -> Option<&mut SignMatrix> {
        match &mut self.storage {
            Storage::Signs(signs) => Some(signs),
            Storage::Numbers(_) => None,
        }
    }

    /// Y = W\[first.., :\] X, for the rows that Y has.
    pub fn multiply_rows(&self, mut y: MatrixViewMut, first: usize, x: MatrixView) {
        match &self.storage {
            Storage::Numbers(numbers) => {
                let rows = numbers.rows(first, y.nrows());
                multiply(y, rows, x);
            }
            Storage::Signs(signs) => signs.multiply_rows(&mut y, first, x),
        }
    }

    /// Y = W\[rows, :\]ᵀ D.
    ///
    /// # Panics
    /// If the weights are packed and the rows are not all.
    pub fn multiply_rows_transposed(&self, mut y: MatrixViewMut, rows: Range<usize>, d: MatrixView) {
        match &self.storage {
            Storage::Signs(signs) if rows.len() == self.post => signs.multiply_columns_transposed(&mut y, 0, d),
            _ => multiply_left_transposed(y, self.view().rows(rows.start, rows.len()), d),
        }
    }

    /// Y = Wᵀ\[first.., :\] D, for the rows that Y has.
    pub fn multiply_columns_transposed(&self, mut y: MatrixViewMut, first: usize, d: MatrixView) {
        match &self.storage {
            Storage::Numbers(_) => {
                let weight = self.view();
                let columns = weight.columns(first, y.nrows());
                multiply_left_transposed(y, columns, d);
            }
            Storage::Signs(signs) => signs.multiply_columns_transposed(&mut y, first, d),
        }
    }

    fn numbers(&self) -> &Matrix {
        match &self.storage {
            Storage::Numbers(numbers) => numbers,
            Storage::Signs(_) => panic!("packed weights have no numbers in memory"),
        }
    }

    fn numbers_mut(&mut self) -> &mut Matrix {
        match &mut self.storage {
            Storage::Numbers(numbers) => numbers,
            Storage::Signs(_) => panic!("packed weights have no numbers in memory"),
        }
    }

    /// Distance of two columns in elements; 1 where there are none, as in the array of a wire.
    ///
    /// # Panics
    /// If the weights are packed.
    pub fn stride(&self) -> usize {
        self.numbers().nrows().max(1)
    }

    /// The weights.
    ///
    /// # Panics
    /// If they are packed.
    pub fn view(&self) -> MatrixView<'_> {
        self.numbers().rows(0, self.post)
    }

    /// The weights, to be written.
    ///
    /// # Panics
    /// If they are packed.
    pub fn view_mut(&mut self) -> MatrixViewMut<'_> {
        let post = self.post;
        self.numbers_mut().rows_mut(0, post)
    }

    /// The whole storage, column after column, [`Self::stride`] elements each.
    ///
    /// # Panics
    /// If the weights are packed.
    pub fn padded_slice_mut(&mut self) -> &mut [f32] {
        self.numbers_mut().as_mut_slice()
    }

    /// Hands the weights to an archive, column after column without padding.
    ///
    /// # Errors
    /// As [`crate::persist::Persist::persist`].
    pub fn persist(&mut self, name: &str, archive: &mut Archive) -> Result<(), Damaged> {
        let mut plain = self.to_matrix();
        archive.array(name, plain.as_mut_slice())?;
        if archive.is_loading() {
            self.copy_from(&plain);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_invisible_and_columns_lie_an_odd_number_of_lines_apart() {
        for (post, pre) in [(1, 3), (10, 7), (64, 5), (128, 9), (1000, 2), (1024, 3)] {
            let plain = Matrix::from_fn(post, pre, |i, j| (i * 3 + j) as f32);
            let weight = WeightMatrix::from_matrix(&plain);
            assert_eq!(weight.to_matrix(), plain);
            assert_eq!((weight.post(), weight.pre()), (post, pre));
            if post >= 64 {
                assert_eq!(weight.stride() % LINE, 0);
                assert_eq!(weight.stride() / LINE % 2, 1);
            }
        }
    }

    #[test]
    fn packed_weights_are_their_signs_times_the_scale() {
        let plain = Matrix::from_fn(70, 9, |i, j| if (i * 5 + j * 3) % 7 < 3 { 0.25 } else { -0.25 });
        let dense = WeightMatrix::from_matrix(&plain);
        let signs = SignMatrix::from_fn(70, 9, 0.25, |i, j| plain[(i, j)] > 0.0);
        let mut packed = WeightMatrix::from_signs(signs);
        assert_eq!(packed.to_matrix(), plain);
        let (x, d) = (Matrix::from_fn(9, 1, |i, _| i as f32), Matrix::from_fn(70, 1, |i, _| i as f32 - 30.0));
        for weight in [&dense, &packed] {
            let (mut y, mut z) = (Matrix::zeros(20, 1), Matrix::zeros(4, 1));
            weight.multiply_rows(y.as_view_mut(), 11, x.as_view());
            weight.multiply_columns_transposed(z.as_view_mut(), 3, d.as_view());
            assert!((y - plain.rows(11, 20) * &x).amax() < 1e-5);
            assert!((z - plain.columns(3, 4).transpose() * &d).amax() < 1e-3);
        }
        packed.copy_from(&-&plain);
        assert_eq!(packed.to_matrix(), -plain);
    }
}
