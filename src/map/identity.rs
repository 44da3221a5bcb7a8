//! The identity: a wire from every unit to the one at the same place, without synapses.
use super::factor::Factor;
use super::map::{ArrayShape, Map};
use super::shape::Shape;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix};

/// Every unit to the unit at its place.
///
/// ```
/// use dyadsim::map::{Identity, Map};
/// use dyadsim::prelude::*;
///
/// let identity = Identity::new(Shape::flat(10));
/// assert_eq!((identity.output(), identity.array().rows, identity.flops(100)), (Shape::flat(10), 0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity(Shape);

impl Identity {
    /// Between populations of this shape.
    pub const fn new(shape: Shape) -> Self {
        Self(shape)
    }
}

impl Map for Identity {
    fn input(&self) -> Shape {
        self.0
    }

    fn output(&self) -> Shape {
        self.0
    }

    fn array(&self) -> ArrayShape {
        ArrayShape { rows: 0, columns: 0, reads: 0 }
    }

    fn fewest_samples(&self, _: usize) -> [usize; 2] {
        [0; 2]
    }

    fn apply(&self, _: &WeightMatrix, mut y: MatrixViewMut, first: usize, x: MatrixView) {
        y.copy_from(&x.rows(first, y.nrows()));
    }

    fn transposed(&self, _: &WeightMatrix, mut y: MatrixViewMut, first: usize, d: MatrixView) {
        y.copy_from(&d.rows(first, y.nrows()));
    }

    fn columns_in_file_order(&self) -> Vec<usize> {
        vec![]
    }

    fn gradient(&self, _: MatrixViewMut, _: usize, _: f32, _: MatrixView, _: MatrixView) {}

    fn factors<'a>(&self, _: MatrixView<'a>, _: MatrixView<'a>) -> [Factor<'a>; 2] {
        [Factor::Made(Matrix::zeros(0, 0)), Factor::Made(Matrix::zeros(0, 0))]
    }
}
