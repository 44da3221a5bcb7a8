//! The dense map y = W x: every unit sends to every unit, one read of the array a stimulus.
use super::factor::Factor;
use super::map::{ArrayShape, Map};
use super::shape::Shape;
use crate::linalg::{MatrixView, MatrixViewMut, WeightMatrix, fewest_columns, multiply_right_transposed};

/// Every unit of one population to every unit of another.
///
/// ```
/// use dyadsim::map::Map;
/// use dyadsim::prelude::*;
///
/// let dense = Dense::new(Shape { channels: 1, rows: 28, columns: 28 }, 100);
/// assert_eq!(dense.output(), Shape::flat(100));
/// // One read of an array of 100 × 784 synapses a stimulus.
/// let array = dense.array();
/// assert_eq!((array.rows, array.columns, array.reads), (100, 784, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dense {
    input: Shape,
    units: usize,
}

impl Dense {
    /// From a population of any shape to `units` units.
    pub const fn new(input: Shape, units: usize) -> Self {
        Self { input, units }
    }
}

impl Map for Dense {
    fn input(&self) -> Shape {
        self.input
    }

    fn output(&self) -> Shape {
        Shape::flat(self.units)
    }

    fn array(&self) -> ArrayShape {
        ArrayShape { rows: self.units, columns: self.input.units(), reads: 1 }
    }

    fn apply(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, x: MatrixView) {
        matrix.multiply_rows(y, first, x);
    }

    fn transposed(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, d: MatrixView) {
        matrix.multiply_columns_transposed(y, first, d);
    }

    fn fewest_samples(&self, samples: usize) -> [usize; 2] {
        let (units, senders) = (self.units, self.input.units());
        [fewest_columns(units, senders, samples), fewest_columns(senders, units, samples)]
    }

    fn is_dense(&self) -> bool {
        true
    }

    fn columns_in_file_order(&self) -> Vec<usize> {
        self.input.file_order().collect()
    }

    fn gradient(&self, gradient: MatrixViewMut, first: usize, factor: f32, d: MatrixView, s: MatrixView) {
        let columns = gradient.ncols();
        multiply_right_transposed(gradient, factor, d, s.rows(first, columns));
    }

    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [Factor<'a>; 2] {
        [Factor::Held(receivers), Factor::Held(senders)]
    }
}
