//! Local gradients: what a synapse learns from the two dyads it connects, and how that compares with another rule.
//!
//! ∂J/∂W_k = −(1/(βB)) Σ_samples (s⁺_k − s⁻_k) s̄_{k−1}ᵀ and ∂J/∂b_k = −(1/(βB)) Σ (s⁺_k − s⁻_k)
//! (Høier & Zach, ICML 2024; descent subtracts them).
use super::state::NetworkState;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, gram, multiply_right_transposed};
use nalgebra::DMatrix;

/// The gradient that a state holds, not yet multiplied out.
#[derive(Debug, Clone, Copy)]
pub struct LocalGradient<'a> {
    factor: f32,
    inputs: MatrixView<'a>,
    state: &'a NetworkState,
}

/// How one gradient of a layer's weights compares with another.
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
        self.cosine.clamp(-1.0, 1.0).acos().to_degrees()
    }
}

impl<'a> LocalGradient<'a> {
    /// Of dyad states reached with nudging strength `beta`.
    pub fn of_dyads(beta: f64, inputs: MatrixView<'a>, state: &'a NetworkState) -> Self {
        Self { factor: (-1.0 / (beta * state.samples() as f64)) as f32, inputs, state }
    }

    /// Of a state that [`super::backprop::backprop`] has left.
    pub fn of_backprop(inputs: MatrixView<'a>, state: &'a NetworkState) -> Self {
        Self { factor: (1.0 / state.samples() as f64) as f32, inputs, state }
    }

    /// The factors of ∂J/∂W_k = f · D S̄ᵀ: the number f, D (post × sample), S̄ (pre × sample).
    pub fn factors(&self, k: usize) -> (f32, MatrixView<'a>, MatrixView<'a>) {
        (self.factor, self.signal(k).as_view(), self.activity_below(k))
    }

    /// s̄ of the layer below k.
    fn activity_below(&self, k: usize) -> MatrixView<'a> {
        match (k, &self.state.sent_inputs) {
            (1, Some(sent)) => sent.values.as_view(),
            (1, None) => self.inputs,
            _ => self.state.layers()[k - 2].mean.as_view(),
        }
    }

    /// s⁺ − s⁻ of layer k, as its learning circuit reads it.
    fn signal(&self, k: usize) -> &'a Matrix {
        self.state.layers()[k - 1].learning_signal()
    }

    /// Writes ∂J/∂W_k for the columns (senders) from `first` on into `gradient` (post × columns).
    pub fn weight_columns(&self, k: usize, first: usize, gradient: MatrixViewMut) {
        let columns = gradient.ncols();
        let below = self.activity_below(k);
        let difference = self.signal(k);
        multiply_right_transposed(gradient, self.factor, difference.as_view(), below.rows(first, columns));
    }

    /// ∂J/∂W_k (post × pre).
    pub fn weight(&self, k: usize) -> Matrix {
        let mut gradient = Matrix::zeros(self.state.layers()[k - 1].mean.nrows(), self.activity_below(k).nrows());
        self.weight_columns(k, 0, gradient.as_view_mut());
        gradient
    }

    /// Writes ∂J/∂b_k into `gradient` (post).
    pub fn bias(&self, k: usize, gradient: &mut [f32]) {
        gradient.fill(0.0);
        for column in self.signal(k).as_slice().chunks_exact(gradient.len()) {
            gradient.iter_mut().zip(column).for_each(|(g, d)| *g += d);
        }
        gradient.iter_mut().for_each(|g| *g *= self.factor);
    }

    /// Compares the weight gradients of every layer with another rule's, first hidden layer first.
    ///
    /// The gradients are products of thin matrices, D S̄ᵀ, so their inner product needs only B × B matrices:
    /// ⟨D₁S₁ᵀ, D₂S₂ᵀ⟩ = Σ (D₁ᵀD₂) ⊙ (S₁ᵀS₂). In double precision, or angles below 0.03° would be rounding. Where a
    /// batch is larger than the weight matrix, the gradients are multiplied out instead.
    pub fn alignment(&self, other: &LocalGradient) -> Vec<Alignment> {
        (1..=self.state.layers().len())
            .map(|k| {
                let factors = |g: &LocalGradient| -> (DMatrix<f64>, DMatrix<f64>) {
                    let difference = g.signal(k).map(f64::from);
                    (difference, g.activity_below(k).map(f64::from))
                };
                let samples = self.state.samples();
                let (post, pre) = (self.state.layers()[k - 1].mean.nrows(), self.activity_below(k).nrows());
                if samples * samples > post * pre {
                    return Alignment::of(&self.weight(k), &other.weight(k));
                }
                let (a, b) = (factors(self), factors(other));
                let inner = |x: &(DMatrix<f64>, DMatrix<f64>), y: &(DMatrix<f64>, DMatrix<f64>)| {
                    gram(&x.0, &y.0).dot(&gram(&x.1, &y.1))
                };
                let (norm_a, norm_b) = (inner(&a, &a).sqrt(), inner(&b, &b).sqrt());
                let sign = f64::from(self.factor.signum() * other.factor.signum());
                Alignment {
                    cosine: sign * inner(&a, &b) / (norm_a * norm_b),
                    norm_ratio: norm_a * f64::from(self.factor.abs()) / (norm_b * f64::from(other.factor.abs())),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};
    use rand_distr::{Distribution, StandardNormal};

    fn random_state(units: &[usize], samples: usize, seed: u64) -> NetworkState {
        let mut normal = stream(seed, Purpose::InitialWeights, &[]);
        let mut state = NetworkState::zeros(units, samples, None);
        for layer in state.layers_mut() {
            layer.mean.iter_mut().for_each(|x| *x = StandardNormal.sample(&mut normal));
            layer.difference.iter_mut().for_each(|x| *x = StandardNormal.sample(&mut normal));
        }
        state
    }

    #[test]
    fn the_alignment_is_that_of_the_multiplied_out_gradients() {
        let units = [4, 7, 3];
        let inputs = Matrix::from_fn(4, 6, |i, j| (i * j) as f32 * 0.1 - 0.3);
        let (a, b) = (random_state(&units, 6, 1), random_state(&units, 6, 2));
        let (a, b) =
            (LocalGradient::of_dyads(0.1, inputs.as_view(), &a), LocalGradient::of_backprop(inputs.as_view(), &b));
        for (k, alignment) in a.alignment(&b).iter().enumerate() {
            let (g, h) = (a.weight(k + 1), b.weight(k + 1));
            assert!((alignment.cosine - f64::from(g.dot(&h) / (g.norm() * h.norm()))).abs() < 1e-5);
            assert!((alignment.norm_ratio - f64::from(g.norm() / h.norm())).abs() < 1e-4 * alignment.norm_ratio);
        }
        assert!(a.alignment(&a).iter().all(|x| x.angle_deg() < 1e-5 && (x.norm_ratio - 1.0).abs() < 1e-12));
    }

    #[test]
    fn a_gradient_of_zero_has_no_angle() {
        let inputs = Matrix::from_element(4, 6, 1.0);
        let (zero, some) = (NetworkState::zeros(&[4, 7, 3], 6, None), random_state(&[4, 7, 3], 6, 2));
        let zero = LocalGradient::of_dyads(0.1, inputs.as_view(), &zero);
        let some = LocalGradient::of_backprop(inputs.as_view(), &some);
        assert!(zero.alignment(&some).iter().all(|a| a.angle_deg().is_nan() && a.norm_ratio == 0.0));
    }

    #[test]
    fn a_gradient_computed_by_hand() {
        let mut state = NetworkState::zeros(&[2, 1], 2, None);
        state.layers_mut()[0].difference.copy_from_slice(&[0.5, -0.25]);
        let inputs = Matrix::from_column_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]);
        let gradient = LocalGradient::of_dyads(0.5, inputs.as_view(), &state);
        // −(1/(0.5·2)) (0.5·(1, 2) − 0.25·(3, 4))
        assert_eq!(gradient.weight(1).as_slice(), [0.25, 0.0]);
        let mut bias = [0.0];
        gradient.bias(1, &mut bias);
        assert_eq!(bias, [-0.25]);
    }
}
