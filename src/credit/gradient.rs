//! Local gradients: what a synapse learns from the two dyads it connects, and how that compares with another rule.
//!
//! ∂J/∂W_k = −(1/(βB)) Σ_samples (s⁺_k − s⁻_k) s̄_{k−1}ᵀ and ∂J/∂b_k = −(1/(βB)) Σ (s⁺_k − s⁻_k)
//! (Høier & Zach, ICML 2024; descent subtracts them).
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, gram, multiply_right_transposed};
use crate::map::Factor;
use crate::math;
use crate::relax::NetworkState;
use nalgebra::DMatrix;

/// The gradient that a state holds, not yet multiplied out: for every projection a number times D Sᵀ, with D (row × column)
/// and S (array column × column). Projections are counted from 1.
#[derive(Debug, Clone, Copy)]
pub struct LocalGradient<'a> {
    source: Source<'a>,
    /// What stands in the place of it, projection by projection.
    given: &'a [Option<GivenGradient>],
}

/// The gradient of a projection, multiplied out.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenGradient {
    /// ∂J/∂W (post × pre), as the array is laid out.
    pub weight: Matrix,
    /// ∂J/∂b (post).
    pub bias: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    /// D = s⁺ − s⁻ (or errors), S = s̄ of the sender.
    States { factor: f32, depth_gain: f32, state: &'a NetworkState },
    /// Multiplied out of other parts.
    Thin(&'a [ThinGradient]),
}

/// One projection's gradient as the product f · D Sᵀ of thin matrices.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ThinGradient {
    /// f.
    pub factor: f32,
    /// D (post × signal).
    pub signal: Matrix,
    /// S (pre × signal).
    pub activity: Matrix,
    /// Columns of D, from the first, whose sum times f is the gradient of the bias.
    pub biased: usize,
    /// Gradient of c (pre) of a lifted network; empty where there is none.
    pub reconstruction_bias: Vec<f32>,
}

/// How one gradient of a projection's weights compares with another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Cosine of the angle between them; NaN if one is zero.
    pub cosine: f64,
    /// ‖this‖/‖other‖; NaN if the other is zero.
    pub norm_ratio: f64,
}

impl Alignment {
    /// Of two gradients that are multiplied out.
    fn of(a: &Matrix, b: &Matrix) -> Self {
        let inner = |x: &Matrix, y: &Matrix| -> f64 {
            x.iter().zip(y.iter()).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
        };
        let (norm_a, norm_b) = (inner(a, a).sqrt(), inner(b, b).sqrt());
        Self { cosine: inner(a, b) / (norm_a * norm_b), norm_ratio: norm_a / norm_b }
    }

    /// The angle in degrees.
    pub fn angle_deg(&self) -> f64 {
        // Rounding may carry the cosine of parallel gradients past 1. Unlike `min` and `max`, `clamp` keeps NaN.
        math::acos(self.cosine.clamp(-1.0, 1.0)).to_degrees()
    }
}

impl<'a> LocalGradient<'a> {
    /// Of states whose difference is the error times 1/`factor`.
    pub fn of_states(factor: f32, state: &'a NetworkState) -> Self {
        Self::of_phases(factor, 1.0, state)
    }

    /// Of states that units with two phases hold ([`super::phases`]), whose contrast is smaller by `depth_gain` with every
    /// population further from the outputs.
    pub fn of_phases(factor: f32, depth_gain: f32, state: &'a NetworkState) -> Self {
        Self { source: Source::States { factor, depth_gain, state }, given: &[] }
    }

    /// Of products of thin matrices, one for every projection.
    pub fn of_products(products: &'a [ThinGradient]) -> Self {
        Self { source: Source::Thin(products), given: &[] }
    }

    /// With gradients of the caller's for some projections.
    #[must_use]
    pub fn with_given(self, given: &'a [Option<GivenGradient>]) -> Self {
        Self { given, ..self }
    }

    fn given(&self, k: usize) -> Option<&'a GivenGradient> {
        self.given.get(k - 1).and_then(Option::as_ref)
    }

    /// What projection k has, multiplied out.
    pub fn multiplied_out(&self, k: usize) -> GivenGradient {
        let weight = self.weight(k);
        let mut bias = vec![0.0; weight.nrows()];
        self.bias(k, &mut bias);
        GivenGradient { weight, bias }
    }

    /// Number of projections.
    pub fn projections(&self) -> usize {
        match self.source {
            Source::States { state, .. } => state.projections(),
            Source::Thin(products) => products.len(),
        }
    }

    /// The factors of ∂J/∂W_k = f · D Sᵀ: the number f, D (row × read), S (column × read).
    pub fn factors(&self, k: usize) -> (f32, [Factor<'a>; 2]) {
        if let Some(GivenGradient { weight, .. }) = self.given(k) {
            let columns = weight.ncols();
            return (1.0, [Factor::Held(weight.as_view()), Factor::Made(Matrix::identity(columns, columns))]);
        }
        match self.source {
            Source::States { factor, depth_gain, state } => {
                (of_depth(factor, depth_gain, state, k), state.factors(k - 1))
            }
            Source::Thin(products) => {
                let own = &products[k - 1];
                (own.factor, [&own.signal, &own.activity].map(|matrix| Factor::Held(matrix.as_view())))
            }
        }
    }

    /// (rows, columns, reads) of those factors.
    fn shape(&self, k: usize) -> (usize, usize, usize) {
        if let Some(GivenGradient { weight, .. }) = self.given(k) {
            return (weight.nrows(), weight.ncols(), weight.ncols());
        }
        match self.source {
            Source::States { state, .. } => {
                let array = state.array(k - 1);
                (array.rows, array.columns, array.reads * state.samples() * state.terms(k - 1))
            }
            Source::Thin(products) => {
                let own = &products[k - 1];
                (own.signal.nrows(), own.activity.nrows(), own.signal.ncols())
            }
        }
    }

    /// Writes ∂J/∂W_k for the columns (senders) from `first` on into `gradient` (post × columns).
    pub fn weight_columns(&self, k: usize, first: usize, mut gradient: MatrixViewMut) {
        if let Some(GivenGradient { weight, .. }) = self.given(k) {
            return gradient.copy_from(&weight.columns(first, gradient.ncols()));
        }
        match self.source {
            Source::States { factor, depth_gain, state } => {
                state.weight_gradient(k - 1, first, of_depth(factor, depth_gain, state, k), gradient);
            }
            Source::Thin(products) => {
                let own = &products[k - 1];
                let columns = gradient.ncols();
                let activity = own.activity.rows(first, columns);
                multiply_right_transposed(gradient, own.factor, own.signal.as_view(), activity);
            }
        }
    }

    /// ∂J/∂W_k (post × pre).
    pub fn weight(&self, k: usize) -> Matrix {
        let (rows, columns, _) = self.shape(k);
        let mut gradient = Matrix::zeros(rows, columns);
        self.weight_columns(k, 0, gradient.as_view_mut());
        gradient
    }

    /// Writes ∂J/∂b_k into `gradient` (row).
    pub fn bias(&self, k: usize, gradient: &mut [f32]) {
        if let Some(GivenGradient { bias, .. }) = self.given(k) {
            return gradient.copy_from_slice(bias);
        }
        let (factor, signal) = match self.source {
            Source::States { factor, depth_gain, state } => {
                (of_depth(factor, depth_gain, state, k), state.bias_signal(k - 1))
            }
            Source::Thin(products) => {
                let own = &products[k - 1];
                (own.factor, &own.signal.as_slice()[..own.signal.nrows() * own.biased])
            }
        };
        gradient.fill(0.0);
        for column in signal.chunks_exact(gradient.len().max(1)) {
            gradient.iter_mut().zip(column).for_each(|(g, d)| *g += d);
        }
        gradient.iter_mut().for_each(|g| *g *= factor);
    }

    /// ∂J/∂c_k (pre) of a lifted network; empty of all others.
    pub fn reconstruction_bias(&self, k: usize) -> &'a [f32] {
        match self.source {
            Source::States { .. } => &[],
            Source::Thin(products) => &products[k - 1].reconstruction_bias,
        }
    }

    /// Compares the weight gradients of every projection with synapses with another rule's, in their order.
    ///
    /// The gradients are products of thin matrices, D S̄ᵀ, so their inner product needs only B × B matrices:
    /// ⟨D₁S₁ᵀ, D₂S₂ᵀ⟩ = Σ (D₁ᵀD₂) ⊙ (S₁ᵀS₂). In double precision, or angles below 0.03° would be rounding. Where a
    /// batch is larger than the weight matrix, the gradients are multiplied out instead.
    pub fn alignment(&self, other: &LocalGradient) -> Vec<Alignment> {
        (1..=self.projections())
            .filter(|&k| self.shape(k).0 > 0)
            .map(|k| {
                let ((rows, columns, reads), (_, _, other_reads)) = (self.shape(k), other.shape(k));
                if reads * other_reads > rows * columns {
                    return Alignment::of(&self.weight(k), &other.weight(k));
                }
                let ((own_factor, own), (other_factor, other)) = (self.factors(k), other.factors(k));
                let ([d, s], [other_d, other_s]) =
                    (own.each_ref().map(Factor::view), other.each_ref().map(Factor::view));
                let double = |d: MatrixView, s: MatrixView| -> (DMatrix<f64>, DMatrix<f64>) {
                    (d.map(f64::from), s.map(f64::from))
                };
                let (a, b) = (double(d, s), double(other_d, other_s));
                let inner = |x: &(DMatrix<f64>, DMatrix<f64>), y: &(DMatrix<f64>, DMatrix<f64>)| {
                    gram(&x.0, &y.0).dot(&gram(&x.1, &y.1))
                };
                let (norm_a, norm_b) = (inner(&a, &a).sqrt(), inner(&b, &b).sqrt());
                let sign = f64::from(own_factor.signum() * other_factor.signum());
                Alignment {
                    cosine: sign * inner(&a, &b) / (norm_a * norm_b),
                    norm_ratio: norm_a * f64::from(own_factor.abs()) / (norm_b * f64::from(other_factor.abs())),
                }
            })
            .collect()
    }
}

/// The factor of projection k.
fn of_depth(factor: f32, depth_gain: f32, state: &NetworkState, k: usize) -> f32 {
    factor / depth_gain.powi(state.depth(k - 1) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::Evidence;
    use crate::network::{Initialization, Network};
    use crate::random::{Purpose, StandardNormal, stream};
    use crate::substrate::Substrate;
    use rand::distr::Distribution;

    fn random_state(units: &[usize], samples: usize, seed: u64) -> NetworkState {
        let network = Network::random(units, Initialization::LecunNormal, 1).unwrap();
        let mut normal = stream(seed, Purpose::InitialWeights, &[]);
        let mut state = NetworkState::zeros(&network, samples, &Substrate::Ideal);
        for dyads in state.dyads_mut() {
            dyads.mean.iter_mut().for_each(|x| *x = StandardNormal.sample(&mut normal));
            dyads.difference.iter_mut().for_each(|x| *x = StandardNormal.sample(&mut normal));
        }
        state.parts().0.stimulus = Matrix::from_fn(units[0], samples, |i, j| (i * j) as f32 * 0.1 - 0.3);
        state
    }

    #[test]
    fn the_alignment_is_that_of_the_multiplied_out_gradients() {
        let units = [4, 7, 3];
        let (a, b) = (random_state(&units, 6, 1), random_state(&units, 6, 2));
        let (a, b) = (LocalGradient::of_states(-1.6, &a), LocalGradient::of_states(0.2, &b));
        for (k, alignment) in a.alignment(&b).iter().enumerate() {
            let (g, h) = (a.weight(k + 1), b.weight(k + 1));
            assert!((alignment.cosine - f64::from(g.dot(&h) / (g.norm() * h.norm()))).abs() < 1e-5);
            assert!((alignment.norm_ratio - f64::from(g.norm() / h.norm())).abs() < 1e-4 * alignment.norm_ratio);
        }
        assert!(a.alignment(&a).iter().all(|x| x.angle_deg() < 1e-5 && (x.norm_ratio - 1.0).abs() < 1e-12));
    }

    #[test]
    fn a_gradient_of_zero_has_no_angle() {
        let (mut zero, some) = (random_state(&[4, 7, 3], 6, 1), random_state(&[4, 7, 3], 6, 2));
        zero.dyads_mut().iter_mut().for_each(|dyads| dyads.difference.fill(0.0));
        let (zero, some) = (LocalGradient::of_states(-1.0, &zero), LocalGradient::of_states(1.0, &some));
        assert!(zero.alignment(&some).iter().all(|a| a.angle_deg().is_nan() && a.norm_ratio == 0.0));
    }

    #[test]
    fn a_gradient_computed_by_hand() {
        let mut state = random_state(&[2, 1], 2, 1);
        state.dyads_mut()[0].difference.copy_from_slice(&[0.5, -0.25]);
        state.parts().0.stimulus = Matrix::from_column_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]);
        let evidence = Evidence::of_dyads(0.5, 2);
        let gradient = evidence.gradient(&state);
        // −(1/(0.5·2)) (0.5·(1, 2) − 0.25·(3, 4))
        assert_eq!(gradient.weight(1).as_slice(), [0.25, 0.0]);
        let mut bias = [0.0];
        gradient.bias(1, &mut bias);
        assert_eq!(bias, [-0.25]);
    }
}
