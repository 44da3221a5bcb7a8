//! What error units read: a product of a layer's state with an array, on a chip through its converters and with its noise.
use crate::analog::Chip;
use crate::analog::array::ArrayPort;
use crate::analog::moment::{Moment, Place};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix};
use crate::network::Weights;
use crate::network::analog_inference::{place, raw_column};
use crate::network::analog_state::LineState;
use crate::network::reread::Reread;
use rayon::prelude::*;

/// Reads the array of one layer.
pub(super) struct Reader<'a> {
    pub chip: Option<&'a Chip>,
    pub weights: &'a Weights,
    /// k of W_k.
    pub layer: usize,
    /// Whether W_kᵀ is read, from the upper side.
    pub back: bool,
    pub moment: Moment,
}

/// Samples of a tile.
const TILE: usize = 32;

impl Reader<'_> {
    /// W_k x or W_kᵀ x of all samples; on a chip the mean of what both compartments receive.
    pub fn read(&self, x: &Matrix) -> Matrix {
        let weight = self.weight();
        let receiving = if self.back { weight.pre() } else { weight.post() };
        let mut y = Matrix::zeros(receiving, x.ncols());
        let Some(chip) = self.chip else {
            self.products(weight, x, &mut y);
            return y;
        };
        let port = if self.back { &chip.feedback } else { &chip.forward };
        let (sender, receiver) = if self.back { (self.layer, self.layer - 1) } else { (self.layer - 1, self.layer) };
        let mut sent = x.clone();
        let mut line = LineState::new(port, x.nrows(), x.ncols());
        line.send(port, place(chip, self.moment, sender), &mut sent);
        self.products(weight, &sent, &mut y);
        if port.reads_plainly() {
            return y;
        }
        let magnitude = (port.per_weight != 0.0).then(|| magnitude(weight));
        let variance = magnitude.as_ref().zip(line.squares.as_ref()).map(|(magnitude, squares)| {
            let mut variance = Matrix::zeros(receiving, x.ncols());
            self.products(magnitude, squares, &mut variance);
            variance
        });
        let place = place(chip, self.moment, receiver);
        let reread = Reread { port, weight, magnitude: magnitude.as_ref() };
        y.as_mut_slice().par_chunks_mut(TILE * receiving).enumerate().for_each(|(tile, columns)| {
            self.receive(port, &line, variance.as_ref(), &reread, place, tile * TILE, columns);
        });
        y
    }

    /// Makes what is received out of the products of some samples from `first` on.
    #[allow(clippy::too_many_arguments, reason = "the parts of one read, passed down unchanged")]
    fn receive(
        &self,
        port: &ArrayPort,
        line: &LineState,
        variance: Option<&Matrix>,
        reread: &Reread,
        place: Place,
        first: usize,
        y: &mut [f32],
    ) {
        let units = if self.back { reread.weight.pre() } else { reread.weight.post() };
        let samples = y.len() / units;
        let place = Place { first_sample: first, ..place };
        let mut draws = port.read_draws(&place, y.len(), vec![]);
        let (mut plus, mut minus) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        let lines = &line.lines[first..first + samples];
        let variance = variance.map(|variance| variance.columns(first, samples));
        port.receive(MatrixView::from_slice(y, units, samples), lines, variance, &mut draws, &mut plus, &mut minus);
        for (j, &line_of_sample) in lines.iter().enumerate() {
            let own = j * units..(j + 1) * units;
            let (plus, minus) = (&mut plus[own.clone()], &mut minus[own]);
            if port.bound_managed && port.must_repeat(line_of_sample, 1.0, plus, minus) {
                let product = |w: &WeightMatrix, x: MatrixView, y: &mut Matrix| self.product(w, x, y.as_view_mut());
                reread.read(&place, raw_column(line, first + j), first + j, product, plus, minus);
            }
        }
        y.iter_mut().zip(plus.iter().zip(&minus)).for_each(|(y, (plus, minus))| *y = 0.5 * (plus + minus));
    }

    fn weight(&self) -> &WeightMatrix {
        // The array of the first layer is read back by the inputs' error units alone, through the forward weights.
        if self.back && self.layer > 1 {
            self.weights.feedback_weight(self.layer)
        } else {
            &self.weights.layers()[self.layer - 1].weight
        }
    }

    fn product(&self, weight: &WeightMatrix, x: MatrixView, y: MatrixViewMut) {
        if self.back {
            weight.multiply_columns_transposed(y, 0, x);
        } else {
            weight.multiply_rows(y, 0, x);
        }
    }

    fn products(&self, weight: &WeightMatrix, x: &Matrix, y: &mut Matrix) {
        let receiving = y.nrows();
        y.as_mut_slice().par_chunks_mut(TILE * receiving).enumerate().for_each(|(tile, y)| {
            let samples = y.len() / receiving;
            let x = x.columns(tile * TILE, samples);
            self.product(weight, x, MatrixViewMut::from_slice(y, receiving, samples));
        });
    }
}

/// |W|.
fn magnitude(weight: &WeightMatrix) -> WeightMatrix {
    WeightMatrix::from_matrix(&weight.to_matrix().abs())
}
