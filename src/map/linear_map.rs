//! The linear maps that there are.
use super::average_pool::AveragePool;
use super::convolution::{Adjoint, Convolution};
use super::dense::Dense;
use super::factor::Factor;
use super::identity::Identity;
use super::map::{ArrayShape, Map, Tiling};
use super::shape::Shape;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix, with_scratch};
use std::ops::Range;

/// A linear map over one array.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let map = LinearMap::Dense(Dense::new(Shape::flat(3), 2));
/// assert_eq!(map.output().units(), 2);
/// assert_eq!(map.flops(10), 2 * 3 * 2 * 10);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum LinearMap {
    /// Every unit to every unit.
    Dense(Dense),
    /// Features from a window that slides over an image.
    Convolution(Convolution),
    /// Every unit to the one at its place.
    Identity(Identity),
    /// A map of an image after average pooling.
    Pooled(Pooled),
}

impl LinearMap {
    /// Aᵀ as a map of its own, where that is faster than [`Map::transposed`].
    pub fn adjoint(&self, matrix: &WeightMatrix) -> Option<Adjoint> {
        match self {
            Self::Convolution(own) => own.adjoint(matrix),
            _ => None,
        }
    }

    /// What one read of its array does: from what is sent, as [`Map::unfold`] makes it, to the rows.
    pub(crate) fn one_read(&self) -> Self {
        match self {
            Self::Convolution(own) if own.groups() > 1 => Self::Convolution(own.at_one_place()),
            Self::Pooled(own) => own.then().one_read(),
            other => {
                let ArrayShape { rows, columns, .. } = other.array();
                Self::Dense(Dense::new(Shape::flat(columns), rows))
            }
        }
    }
}

impl std::ops::Deref for LinearMap {
    type Target = dyn Map;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Dense(dense) => dense,
            Self::Convolution(convolution) => convolution,
            Self::Identity(identity) => identity,
            Self::Pooled(pooled) => pooled,
        }
    }
}

/// A map of a pooled image.
///
/// ```
/// use dyadsim::map::{AveragePool, Map, Pooled};
/// use dyadsim::prelude::*;
///
/// let pool = AveragePool::global(Shape { channels: 512, rows: 4, columns: 4 });
/// let classes = Pooled::new(pool, LinearMap::Dense(Dense::new(pool.output(), 10)));
/// assert_eq!((classes.input().units(), classes.array().columns), (8192, 512));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    pool: AveragePool,
    then: Box<LinearMap>,
}

impl Pooled {
    /// `then` of what `pool` makes.
    ///
    /// # Panics
    /// If their shapes differ.
    pub fn new(pool: AveragePool, then: LinearMap) -> Self {
        assert_eq!(pool.output(), then.input(), "a map of what the pooling makes");
        Self { pool, then: Box::new(then) }
    }

    /// The pooling.
    pub fn pool(&self) -> &AveragePool {
        &self.pool
    }

    /// The map of the pooled image.
    pub fn then(&self) -> &LinearMap {
        &self.then
    }
}

impl Map for Pooled {
    fn input(&self) -> Shape {
        self.pool.input()
    }

    fn output(&self) -> Shape {
        self.then.output()
    }

    fn array(&self) -> ArrayShape {
        self.then.array()
    }

    fn tiling(&self) -> Tiling {
        match self.then.tiling() {
            Tiling::Units => Tiling::Samples(64),
            tiling => tiling,
        }
    }

    fn fewest_samples(&self, samples: usize) -> [usize; 2] {
        self.then.fewest_samples(samples)
    }

    fn apply(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, x: MatrixView) {
        self.pool.pooled(x, |pooled| self.then.apply(matrix, y, first, pooled));
    }

    fn transposed(&self, matrix: &WeightMatrix, mut y: MatrixViewMut, first: usize, d: MatrixView) {
        assert!(first == 0 && y.nrows() == self.pool.input().units(), "errors of whole images");
        let (units, samples) = (self.pool.output().units(), d.ncols());
        with_scratch(units * samples, |pooled| {
            self.then.transposed(matrix, MatrixViewMut::from_slice(pooled, units, samples), 0, d);
            for (pooled, mut y) in pooled.chunks_exact(units).zip(y.column_iter_mut()) {
                self.pool.spread(y.as_mut_slice(), pooled);
            }
        });
    }

    fn is_read_at_places(&self) -> bool {
        true
    }

    fn reads_at_once(&self) -> usize {
        self.then.reads_at_once()
    }

    fn unfold(&self, x: &[f32], reads: Range<usize>, sent: &mut [f32]) {
        let x = MatrixView::from_slice(x, x.len(), 1);
        self.pool.pooled(x, |pooled| self.then.unfold(pooled.column(0).data.into_slice(), reads, sent));
    }

    fn fold(&self, received: &[f32], reads: Range<usize>, y: &mut [f32]) {
        let units = self.pool.output().units();
        with_scratch(units + y.len(), |scratch| {
            let (pooled, spread) = scratch.split_at_mut(units);
            pooled.fill(0.0);
            self.then.fold(received, reads, pooled);
            self.pool.spread(spread, pooled);
            y.iter_mut().zip(spread).for_each(|(y, more)| *y += *more);
        });
    }

    fn weight_shape(&self) -> Vec<usize> {
        self.then.weight_shape()
    }

    fn columns_in_file_order(&self) -> Vec<usize> {
        self.then.columns_in_file_order()
    }

    fn gradient(&self, gradient: MatrixViewMut, first: usize, factor: f32, d: MatrixView, s: MatrixView) {
        self.pool.pooled(s, |pooled| self.then.gradient(gradient, first, factor, d, pooled));
    }

    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [Factor<'a>; 2] {
        let made = |factor: Factor| match factor {
            Factor::Held(view) => view.into_owned(),
            Factor::Made(matrix) => matrix,
        };
        let factors: [Matrix; 2] = self.pool.pooled(senders, |pooled| self.then.factors(receivers, pooled).map(made));
        factors.map(Factor::Made)
    }
}
