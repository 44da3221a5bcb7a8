//! One read of a single column, and its repetition by bound management (see [`crate::analog::array`]).
use crate::analog::array::{ArrayPort, Line};
use crate::analog::moment::Place;
use crate::linalg::{Matrix, MatrixView, WeightMatrix};

/// Another read of one sample at twice the scale, and twice that, until nothing clips.
pub(crate) struct Reread<'a> {
    pub port: &'a ArrayPort,
    pub weight: &'a WeightMatrix,
    pub magnitude: Option<&'a WeightMatrix>,
}

impl Reread<'_> {
    /// `product(w, x, y)` makes y out of x; `raw` is what is to be sent.
    pub fn read(
        &self,
        place: &Place,
        raw: Vec<f32>,
        sample: usize,
        product: impl Fn(&WeightMatrix, MatrixView, &mut Matrix),
        plus: &mut [f32],
        minus: &mut [f32],
    ) {
        let mut amplify = 1.0;
        let mut attempt = 0;
        loop {
            amplify *= 2.0;
            attempt += 1;
            // Streams of their own, away from those of the tiles.
            let place = Place { first_unit: usize::MAX - attempt, first_sample: sample, ..*place };
            let line = self.read_once(&place, &raw, amplify, &product, plus, minus);
            if !self.port.must_repeat(line, amplify, plus, minus) {
                return;
            }
        }
    }

    /// One read of the column `raw`, sent with the factor `amplify` of bound management.
    pub fn read_once(
        &self,
        place: &Place,
        raw: &[f32],
        amplify: f32,
        product: &impl Fn(&WeightMatrix, MatrixView, &mut Matrix),
        plus: &mut [f32],
        minus: &mut [f32],
    ) -> Line {
        let mut x = Matrix::from_column_slice(raw.len(), 1, raw);
        let mut draws = self.port.line_draws(place, raw.len(), vec![]);
        let line = self.port.send(x.as_mut_slice(), amplify, &mut draws);
        let mut y = Matrix::zeros(plus.len(), 1);
        product(self.weight, x.as_view(), &mut y);
        let variance = self.magnitude.map(|magnitude| {
            let mut variance = Matrix::zeros(plus.len(), 1);
            x.apply(|x| *x *= *x);
            product(magnitude, x.as_view(), &mut variance);
            variance
        });
        let mut draws = self.port.read_draws(place, plus.len(), vec![]);
        let variance = variance.as_ref().map(|v| v.as_view());
        self.port.receive(y.as_view(), &[line], variance, &mut draws, plus, minus);
        line
    }
}
