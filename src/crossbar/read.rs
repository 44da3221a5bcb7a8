//! One read of an array, from either side: product, variance of the noise, what is received, and its repetition by
//! bound management. Dyads, the error units of lifted networks and `dyad verify` all read arrays through this file; the
//! equations are those of [`super::periphery`].
use super::lines::Lines;
use super::periphery::{Draws, Line, Periphery, Side};
use crate::device::noise_key::NoiseKey;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix};
use crate::map::LinearMap;
use rayon::prelude::*;
use std::borrow::Cow;

/// An array as it is read from one side.
#[derive(Debug, Clone)]
pub(crate) struct CrossbarRead<'a> {
    pub periphery: &'a Periphery,
    pub map: &'a LinearMap,
    /// W, or the matrix of a feedback array of its own.
    pub matrix: &'a WeightMatrix,
    /// The magnitudes of its entries, where the read noise needs them.
    pub magnitude: Option<Cow<'a, WeightMatrix>>,
}

/// Products of some consecutive samples on their way to the units.
pub(crate) struct Products<'a> {
    /// Products (unit × sample).
    pub y: MatrixView<'a>,
    /// Σ|w|x̂² (unit × sample), where the read noise needs it.
    pub variance: Option<MatrixView<'a>>,
    /// Lines that they were made from.
    pub lines: &'a Lines,
    /// Sample of the first column.
    pub first_sample: usize,
    /// Its number in the keys of reads that are repeated.
    pub number: usize,
}

/// Samples that share a stream of noise in [`CrossbarRead::read_batch`].
const TILE: usize = 32;
/// Most rows of a piece of its product, as of a tile of dyads.
const ROWS: usize = 128;

impl CrossbarRead<'_> {
    /// The same read with the magnitudes of the matrix made for it, where they are needed.
    pub fn with_magnitude(self) -> Self {
        let magnitude = (self.periphery.per_weight != 0.0)
            .then(|| Cow::Owned(WeightMatrix::from_matrix(&self.matrix.to_matrix().abs())));
        Self { magnitude, ..self }
    }

    /// Writes the product with `x` for the receiving units from `first` on: W x forward, Wᵀ x back.
    pub fn product(&self, y: MatrixViewMut, first: usize, x: MatrixView) {
        self.multiply(self.matrix, y, first, x);
    }

    /// Writes Σ|w|x̂² for the receiving units from `first` on.
    pub fn variance(&self, y: MatrixViewMut, first: usize, squares: MatrixView) {
        if let Some(magnitude) = &self.magnitude {
            self.multiply(magnitude, y, first, squares);
        }
    }

    fn multiply(&self, matrix: &WeightMatrix, y: MatrixViewMut, first: usize, x: MatrixView) {
        match self.periphery.side {
            Side::Forward => self.map.apply(matrix, y, first, x),
            Side::Feedback => self.map.transposed(matrix, y, first, x),
        }
    }

    /// Units that receive.
    pub fn receivers(&self) -> usize {
        match self.periphery.side {
            Side::Forward => self.map.output().units(),
            Side::Feedback => self.map.input().units(),
        }
    }

    /// What both compartments receive, column after column.
    pub fn receive(&self, key: &NoiseKey, products: &Products, draws: &mut Draws, plus: &mut [f32], minus: &mut [f32]) {
        let Products { y, lines, first_sample, number, .. } = products;
        let units = y.nrows();
        if self.periphery.receives_ideally() {
            return self.periphery.receive(*y, &[], None, draws, plus, minus);
        }
        let of_sample = &lines.of_sample[*first_sample..][..y.ncols()];
        self.periphery.receive(*y, of_sample, products.variance, draws, plus, minus);
        if !self.periphery.bound_managed {
            return;
        }
        for (j, line) in of_sample.iter().enumerate() {
            let (plus, minus) = (&mut plus[j * units..][..units], &mut minus[j * units..][..units]);
            if self.periphery.must_repeat(*line, 1.0, plus, minus) {
                let key = NoiseKey { first_sample: number + j, ..*key };
                self.repeat(&key, lines.raw_column(first_sample + j), plus, minus);
            }
        }
    }

    /// The whole read of one sample's column `x`, from the values that are to be sent.
    pub fn read_column(&self, key: &NoiseKey, x: &[f32], plus: &mut [f32], minus: &mut [f32]) {
        let line = self.attempt(key, x, 1.0, plus, minus);
        if self.periphery.must_repeat(line, 1.0, plus, minus) {
            self.repeat(key, x, plus, minus);
        }
    }

    /// Bound management: reads the column at twice the scale, and twice that, until nothing clips.
    fn repeat(&self, key: &NoiseKey, x: &[f32], plus: &mut [f32], minus: &mut [f32]) {
        let mut amplify = 1.0;
        let mut attempt = 0;
        loop {
            amplify *= 2.0;
            attempt += 1;
            // Streams of their own, away from those of the tiles.
            let key = NoiseKey { first_unit: usize::MAX - attempt, ..*key };
            let line = self.attempt(&key, x, amplify, plus, minus);
            if !self.periphery.must_repeat(line, amplify, plus, minus) {
                return;
            }
        }
    }

    /// One read of the column `x`, sent with the factor `amplify` of bound management.
    fn attempt(&self, key: &NoiseKey, x: &[f32], amplify: f32, plus: &mut [f32], minus: &mut [f32]) -> Line {
        let mut x = Matrix::from_column_slice(x.len(), 1, x);
        let mut draws = self.periphery.line_draws(key, x.len(), vec![]);
        let line = self.periphery.send(x.as_mut_slice(), amplify, &mut draws);
        let mut y = Matrix::zeros(plus.len(), 1);
        self.product(y.as_view_mut(), 0, x.as_view());
        let variance = self.magnitude.is_some().then(|| {
            let mut variance = Matrix::zeros(plus.len(), 1);
            x.apply(|x| *x *= *x);
            self.variance(variance.as_view_mut(), 0, x.as_view());
            variance
        });
        let mut draws = self.periphery.read_draws(key, plus.len(), vec![]);
        let variance = variance.as_ref().map(|v| v.as_view());
        self.periphery.receive(y.as_view(), &[line], variance, &mut draws, plus, minus);
        line
    }

    /// Sends `x` (sender × sample), reads it, and writes the mean of what both compartments receive (receiver × sample).
    /// `keys` are those of the sending and of the receiving population.
    pub fn read_batch(&self, [sender, receiver]: [NoiseKey; 2], x: &Matrix, y: &mut Matrix) {
        let mut lines = Lines::new(self.periphery, x.nrows(), x.ncols());
        let mut sent = Cow::Borrowed(x);
        if !lines.carries_what_is_sent(self.periphery) {
            lines.send(self.periphery, sender, sent.to_mut());
        }
        by_rows(y.as_view_mut(), 0, &|y, first| self.product(y, first, sent.as_view()));
        if self.periphery.receives_ideally() {
            return;
        }
        let receivers = self.receivers();
        let squares = lines.squares.as_ref().filter(|_| self.magnitude.is_some());
        y.as_mut_slice().par_chunks_mut(TILE * receivers).enumerate().for_each(|(tile, y)| {
            let (first, count) = (tile * TILE, y.len() / receivers);
            let variance = squares.map(|squares| {
                let mut variance = Matrix::zeros(receivers, count);
                self.variance(variance.as_view_mut(), 0, squares.columns(first, count));
                variance
            });
            let key = NoiseKey { first_sample: first, ..receiver };
            let mut draws = self.periphery.read_draws(&key, y.len(), vec![]);
            let (mut plus, mut minus) = (vec![0.0; y.len()], vec![0.0; y.len()]);
            let products = Products {
                y: MatrixView::from_slice(y, receivers, count),
                variance: variance.as_ref().map(|variance| variance.as_view()),
                lines: &lines,
                first_sample: first,
                number: first,
            };
            self.receive(&key, &products, &mut draws, &mut plus, &mut minus);
            y.iter_mut().zip(plus.iter().zip(&minus)).for_each(|(y, (plus, minus))| *y = 0.5 * (plus + minus));
        });
    }
}

/// Calls `work` for pieces of some rows, each with the number of its first, on all threads: every weight is read once.
fn by_rows(mut y: MatrixViewMut, first: usize, work: &(impl Fn(MatrixViewMut, usize) + Sync)) {
    let rows = y.nrows();
    if rows <= ROWS {
        return work(y, first);
    }
    let half = rows.div_ceil(2 * ROWS) * ROWS;
    let (above, below) = y.rows_range_pair_mut(..half, half..);
    rayon::join(|| by_rows(above, first, work), || by_rows(below, first + half, work));
}
