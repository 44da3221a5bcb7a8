//! What every linear map can do.
use super::factor::Factor;
use super::norm::NormEstimate;
use super::shape::Shape;
use crate::linalg::{
    Matrix, MatrixView, MatrixViewMut, Operator, WeightMatrix, operator_norm, operator_norm_within,
    power_iteration_norm,
};
use crate::random::Stream;
use std::ops::Range;

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

/// How the products of a population are cut into tiles, so that they are fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiling {
    /// By units, where there are many: each row of the array is then read once.
    Units,
    /// By samples, about so many at a time, each with all its units.
    Samples(usize),
}

impl Tiling {
    /// Samples at a time, if the cut is by samples.
    pub fn samples(self) -> Option<usize> {
        match self {
            Self::Units => None,
            Self::Samples(samples) => Some(samples),
        }
    }
}

/// What every map can do. `matrix` is that of its array (rows × columns), samples are columns of `x`, `y` and `d`.
pub trait Map: Send + Sync {
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

    /// How its products are cut.
    fn tiling(&self) -> Tiling {
        Tiling::Units
    }

    /// Fewest samples of which products can be made, forward and back, so that each has the bits that it has among `samples`.
    fn fewest_samples(&self, samples: usize) -> [usize; 2] {
        [samples; 2]
    }

    /// Whether it is the product with its matrix and no more.
    fn is_dense(&self) -> bool {
        false
    }

    /// Whether its array is read at places, one after the other, rather than once for all units.
    fn is_read_at_places(&self) -> bool {
        false
    }

    /// Reads that are best multiplied at a time.
    fn reads_at_once(&self) -> usize {
        usize::MAX
    }

    /// Writes what the senders `x` of one sample send to these reads (column × read).
    fn unfold(&self, x: &[f32], _reads: Range<usize>, sent: &mut [f32]) {
        sent.copy_from_slice(x);
    }

    /// Adds what they receive from these reads (column × read).
    fn fold(&self, received: &[f32], _reads: Range<usize>, y: &mut [f32]) {
        y.iter_mut().zip(received).for_each(|(y, r)| *y += r);
    }

    /// Writes the columns from `first` on of the gradient `factor` · D Sᵀ of the matrix, as many as `gradient` (row ×
    /// column) has: D and S come from what the receivers (`d`: receiver × sample) and the senders (`s`: sender × sample) hold.
    fn gradient(&self, gradient: MatrixViewMut, first: usize, factor: f32, d: MatrixView, s: MatrixView);

    /// The factors D (row × read) and S (column × read) of that gradient.
    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [Factor<'a>; 2];

    /// An estimate of the largest singular value of A, by iterations that begin with a random vector.
    fn norm(&self, matrix: &WeightMatrix, how: NormEstimate, start: &mut Stream) -> f64 {
        let map = Applied { map: self, matrix };
        match how {
            NormEstimate::PowerIteration(iterations) => power_iteration_norm(&map, iterations, start),
            NormEstimate::Lanczos => operator_norm(&map, start),
            NormEstimate::LanczosWithin(steps) => operator_norm_within(&map, steps, start),
        }
    }

    /// The shape in which files hold the matrix: (row, column), or that which the map gives to a row.
    fn weight_shape(&self) -> Vec<usize> {
        let ArrayShape { rows, columns, .. } = self.array();
        vec![rows, columns]
    }

    /// Where the columns of that order stand in the matrix.
    fn columns_in_file_order(&self) -> Vec<usize>;

    /// The numbers of a matrix of the array in the order of files, row-major.
    fn numbers_for_files(&self, matrix: &Matrix) -> Vec<f32> {
        let order = self.columns_in_file_order();
        let row = |i: usize| order.iter().map(move |&j| (i, j));
        (0..matrix.nrows()).flat_map(row).map(|at| matrix[at]).collect()
    }

    /// A matrix of the array of numbers in the order of files.
    ///
    /// # Panics
    /// If there are not as many as the array has.
    fn matrix_of_files(&self, numbers: &[f32]) -> Matrix {
        let ArrayShape { rows, columns, .. } = self.array();
        assert_eq!(numbers.len(), rows * columns, "numbers of an array of {rows} x {columns}");
        let mut matrix = Matrix::zeros(rows, columns);
        for (column, j) in self.columns_in_file_order().into_iter().enumerate() {
            matrix.column_mut(j).iter_mut().enumerate().for_each(|(i, w)| *w = numbers[i * columns + column]);
        }
        matrix
    }

    /// Multiplications and additions of one product for `samples` stimuli.
    fn flops(&self, samples: usize) -> u64 {
        let ArrayShape { rows, columns, reads } = self.array();
        2 * (rows * columns * reads * samples) as u64
    }
}

/// A map with its matrix.
struct Applied<'a, M: Map + ?Sized> {
    map: &'a M,
    matrix: &'a WeightMatrix,
}

impl<M: Map + ?Sized> Operator for Applied<'_, M> {
    fn inputs(&self) -> usize {
        self.map.input().units()
    }

    fn outputs(&self) -> usize {
        self.map.output().units()
    }

    fn apply(&self, y: MatrixViewMut, x: MatrixView) {
        self.map.apply(self.matrix, y, 0, x);
    }

    fn transposed(&self, y: MatrixViewMut, d: MatrixView) {
        self.map.transposed(self.matrix, y, 0, d);
    }
}
