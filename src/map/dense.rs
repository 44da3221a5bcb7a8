//! The dense map y = W x: every unit sends to every unit, one read of the array a stimulus.
use super::map::{ArrayShape, Map};
use super::norm::NormEstimate;
use super::shape::Shape;
use crate::linalg::{
    MatrixView, MatrixViewMut, WeightMatrix, operator_norm, operator_norm_within, power_iteration_norm,
};
use crate::random::Stream;

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

    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [MatrixView<'a>; 2] {
        [receivers, senders]
    }

    fn norm(&self, matrix: &WeightMatrix, how: NormEstimate, start: &mut Stream) -> f64 {
        match how {
            NormEstimate::PowerIteration(iterations) => power_iteration_norm(matrix, iterations, start),
            NormEstimate::Lanczos => operator_norm(matrix, start),
            NormEstimate::LanczosWithin(steps) => operator_norm_within(matrix, steps, start),
        }
    }
}
