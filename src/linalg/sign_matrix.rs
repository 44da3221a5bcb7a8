//! Storage of a matrix of signs, one bit per weight.
use super::sign_product::{self, WORD};
use super::{MatrixView, MatrixViewMut};

/// A (post × pre) matrix whose weights are ± one common scale, one bit each.
///
/// A product with few samples is bound by the memory that it reads, here 32 times less than in single precision.
#[derive(Debug, Clone, PartialEq)]
pub struct SignMatrix {
    /// Row after row; bit `j % 64` of word `j / 64` is set where the weight from unit j is positive. The bits from
    /// `pre` on are padding and stay zero.
    words: Vec<u64>,
    post: usize,
    pre: usize,
    scale: f32,
}

impl SignMatrix {
    /// The weight from unit j to unit i is `scale` where `positive(i, j)` and `-scale` elsewhere.
    ///
    /// # Panics
    /// If there are no units that send.
    pub fn from_fn(post: usize, pre: usize, scale: f32, mut positive: impl FnMut(usize, usize) -> bool) -> Self {
        assert!(pre > 0, "a matrix of signs has columns");
        let stride = pre.div_ceil(WORD);
        let mut words = vec![0; post * stride];
        for (i, row) in words.chunks_exact_mut(stride).enumerate() {
            for j in 0..pre {
                row[j / WORD] |= u64::from(positive(i, j)) << (j % WORD);
            }
        }
        Self { words, post, pre, scale }
    }

    /// Number of units that receive.
    pub fn post(&self) -> usize {
        self.post
    }

    /// Number of units that send.
    pub fn pre(&self) -> usize {
        self.pre
    }

    /// Modulus of every weight.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Words of a row.
    pub fn stride(&self) -> usize {
        self.pre.div_ceil(WORD)
    }

    /// The packed signs, [`Self::stride`] words a row.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The packed signs, to be written. Products ignore the bits of a row from `pre` on, comparisons do not: leave them
    /// zero.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Memory of the signs.
    pub fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
    }

    /// +1 or −1.
    ///
    /// # Panics
    /// If there is no such weight.
    pub fn sign(&self, i: usize, j: usize) -> f32 {
        let (word, bit) = self.place(i, j);
        if self.words[word] & bit == 0 { -1.0 } else { 1.0 }
    }

    /// Turns the sign of a weight.
    ///
    /// # Panics
    /// If there is no such weight.
    pub fn flip(&mut self, i: usize, j: usize) {
        let (word, bit) = self.place(i, j);
        self.words[word] ^= bit;
    }

    fn place(&self, i: usize, j: usize) -> (usize, u64) {
        assert!(i < self.post && j < self.pre, "a weight of the matrix");
        (i * self.stride() + j / WORD, 1 << (j % WORD))
    }

    /// Y = W\[first_row.., :\] X. The bits of a row do not depend on which rows a call covers.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn multiply_rows(&self, y: &mut MatrixViewMut, first_row: usize, x: MatrixView) {
        let (rows, batch) = y.shape();
        assert!(x.shape() == (self.pre, batch) && first_row + rows <= self.post, "shapes of a product");
        let words = &self.words[first_row * self.stride()..(first_row + rows) * self.stride()];
        for b in 0..batch {
            let (x, mut y) = (x.column(b), y.column_mut(b));
            sign_product::rows(y.as_mut_slice(), words, self.stride(), x.as_slice(), self.scale);
        }
    }

    /// Y = Wᵀ\[first_col.., :\] D. The bits of a column do not depend on which columns a call covers; cuts at
    /// multiples of 64 waste no work, and a wide tile reads longer runs of memory than several narrow ones (8192 × 8192:
    /// 1.8 ms for all columns in one tile, 2.3 ms in tiles of 1024). Rows where D vanishes cost nothing.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn multiply_columns_transposed(&self, y: &mut MatrixViewMut, first_col: usize, d: MatrixView) {
        let (columns, batch) = y.shape();
        assert!(d.shape() == (self.post, batch) && first_col + columns <= self.pre, "shapes of a product");
        let (first_word, skip) = (first_col / WORD, first_col % WORD);
        let mut sums = vec![[0.0; WORD]; (skip + columns).div_ceil(WORD)];
        let mut rows = Vec::with_capacity(self.post);
        for b in 0..batch {
            let d = d.column(b);
            rows.clear();
            rows.extend(d.iter().copied().enumerate().filter(|&(_, d)| d != 0.0));
            sums.fill([0.0; WORD]);
            sign_product::columns(&mut sums, &self.words[first_word..], self.stride(), &rows);
            for (y, &half) in y.column_mut(b).iter_mut().zip(&sums.as_flattened()[skip..]) {
                *y = 2.0 * self.scale * half;
            }
        }
    }

    /// The columns from `first_col` on in single precision, for products with many samples: column c of the part goes
    /// to `out[c * stride..][..post]`, and `out` has room for a whole number of columns. What lies between the columns
    /// is left alone.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn unpack_columns(&self, first_col: usize, out: &mut [f32], stride: usize) {
        assert!(stride >= self.post, "shapes of a copy");
        if self.post == 0 {
            return;
        }
        assert!(out.len().is_multiple_of(stride) && first_col + out.len() / stride <= self.pre, "shapes of a copy");
        sign_product::unpack(out, stride, &self.words, self.stride(), first_col, self.scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::{Matrix, WeightMatrix};
    use crate::random::{Purpose, stream};
    use nalgebra::DMatrix;
    use rand::RngExt;

    const SIZES: [usize; 7] = [1, 10, 63, 64, 65, 784, 1000];

    fn signs(post: usize, pre: usize) -> SignMatrix {
        let mut random = stream(1, Purpose::InitialWeights, &[post as u64, pre as u64]);
        SignMatrix::from_fn(post, pre, 0.3, |_, _| random.random())
    }

    /// Positive numbers, whose sums over the signs cancel, one in five of them zero.
    fn states(units: usize, batch: usize) -> Matrix {
        let mut random = stream(2, Purpose::InitialWeights, &[units as u64, batch as u64]);
        Matrix::from_fn(units, batch, |_, _| f32::max(0.0, random.random_range(-0.25..1.0)))
    }

    fn dense(w: &SignMatrix) -> Matrix {
        Matrix::from_fn(w.post(), w.pre(), |i, j| w.scale() * w.sign(i, j))
    }

    fn forward(w: &SignMatrix, x: &Matrix) -> Matrix {
        let mut y = Matrix::from_element(w.post(), x.ncols(), f32::NAN);
        w.multiply_rows(&mut y.as_view_mut(), 0, x.as_view());
        y
    }

    fn transposed(w: &SignMatrix, d: &Matrix) -> Matrix {
        let mut y = Matrix::from_element(w.pre(), d.ncols(), f32::NAN);
        w.multiply_columns_transposed(&mut y.as_view_mut(), 0, d.as_view());
        y
    }

    fn assert_close(found: &Matrix, w: &DMatrix<f64>, x: &Matrix) {
        let x = x.map(f64::from);
        let (expected, size) = (w * &x, w.abs() * &x);
        for ((&y, exact), size) in found.iter().zip(&expected).zip(&size) {
            assert!((f64::from(y) - exact).abs() <= 3e-7 * size, "{y} for {exact}");
        }
    }

    fn bits(y: &Matrix) -> Vec<u32> {
        y.iter().map(|y| y.to_bits()).collect()
    }

    #[test]
    fn products_agree_with_a_dense_matrix_of_any_shape() {
        for (post, pre) in SIZES.into_iter().flat_map(|post| SIZES.map(|pre| (post, pre))) {
            let w = signs(post, pre);
            let exact = dense(&w).cast::<f64>();
            for batch in [1, 3] {
                let (x, d) = (states(pre, batch), states(post, batch));
                assert_close(&forward(&w, &x), &exact, &x);
                assert_close(&transposed(&w, &d), &exact.transpose(), &d);
            }
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_the_cut_into_tiles_nor_on_the_batch() {
        for (post, pre, tile) in [(65, 63, 1), (784, 65, 10), (100, 784, 63), (65, 1000, 64), (130, 784, 65)] {
            let w = signs(post, pre);
            for batch in [1, 3] {
                let (x, d) = (states(pre, batch), states(post, batch));
                let (y, z) = (forward(&w, &x), transposed(&w, &d));
                let (mut yt, mut zt) = (y.map(|_| f32::NAN), z.map(|_| f32::NAN));
                for first in (0..post).step_by(tile) {
                    w.multiply_rows(&mut yt.rows_mut(first, tile.min(post - first)), first, x.as_view());
                }
                for first in (0..pre).step_by(tile) {
                    let columns = tile.min(pre - first);
                    w.multiply_columns_transposed(&mut zt.rows_mut(first, columns), first, d.as_view());
                }
                assert_eq!((bits(&y), bits(&z)), (bits(&yt), bits(&zt)));
                let last = |y: &Matrix| y.columns(batch - 1, 1).into_owned();
                assert_eq!(bits(&forward(&w, &last(&x))), bits(&last(&y)));
                assert_eq!(bits(&transposed(&w, &last(&d))), bits(&last(&z)));
            }
        }
    }

    #[test]
    fn a_flip_turns_one_weight_and_another_one_restores_it() {
        let before = signs(10, 65);
        for (i, j) in [(0, 0), (3, 63), (3, 64), (9, 64)] {
            let mut w = before.clone();
            w.flip(i, j);
            let turned = |a, b| if (a, b) == (i, j) { -before.sign(a, b) } else { before.sign(a, b) };
            assert_eq!(w, SignMatrix::from_fn(10, 65, 0.3, |a, b| turned(a, b) > 0.0));
            w.flip(i, j);
            assert_eq!(w, before);
        }
        assert_eq!(before.bytes(), 10 * 2 * 8);
    }

    #[test]
    fn products_ignore_the_padding() {
        let (w, x, d) = (signs(10, 65), states(65, 1), states(10, 1));
        let mut padded = w.clone();
        padded.words_mut().iter_mut().skip(1).step_by(2).for_each(|word| *word |= !1);
        assert_eq!(bits(&forward(&w, &x)), bits(&forward(&padded, &x)));
        assert_eq!(bits(&transposed(&w, &d)), bits(&transposed(&padded, &d)));
    }

    #[test]
    fn unpacked_columns_are_those_of_the_dense_matrix_and_leave_the_padding_alone() {
        for (post, pre) in SIZES.into_iter().flat_map(|post| SIZES.map(|pre| (post, pre))) {
            let w = signs(post, pre);
            let mut whole = WeightMatrix::zeros(post, pre);
            let stride = whole.stride();
            w.unpack_columns(0, whole.padded_slice_mut(), stride);
            assert_eq!(whole, WeightMatrix::from_matrix(&dense(&w)));
            let (first, columns) = (pre / 3, pre - pre / 3 - pre / 5);
            let mut part = Matrix::zeros(post, columns);
            w.unpack_columns(first, part.as_mut_slice(), post);
            assert_eq!(part, dense(&w).columns(first, columns));
        }
    }

    /// Results must not change, on any instruction set.
    #[test]
    fn products_are_stable() {
        let w = signs(784, 1000);
        let hash = |y: Matrix| bits(&y).iter().fold(0u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(
            [hash(forward(&w, &states(1000, 3))), hash(transposed(&w, &states(784, 3)))],
            [2_468_457_778_511_277_115, 14_071_948_979_145_649_067]
        );
    }
}
