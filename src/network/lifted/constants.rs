//! Constants of the unit step of a lifted network; the equations are those of [`super::local`].
use super::blocks::squared_norm;
use super::settings::Lifted;
use crate::network::Weights;
use crate::network::activation::Activation;
use crate::network::unit::UnitStep;

/// Constants of the unit step for given weights, layer by layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalConstants {
    /// L_k.
    pub damping: Vec<f32>,
    /// b_k + γλ_{k+1}c_{k+1}.
    pub bias: Vec<Vec<f32>>,
    leak: Vec<f32>,
    nudge: Vec<f32>,
    /// β′, if soft targets pull the outputs.
    pull: Option<f32>,
}

/// First index of the streams of these norms.
const LOCAL: u64 = u64::MAX - 3;

impl LocalConstants {
    pub(super) fn new(lifted: &Lifted, weights: &Weights, simultaneous: bool) -> Self {
        let layers = lifted.layers();
        let squares: Vec<f64> =
            (1..=layers).map(|k| squared_norm(&weights.layers()[k - 1].weight, [LOCAL, k as u64])).collect();
        let damping = |k: usize| {
            let coupling = |j: usize| (1.0 + lifted.lambda[j - 1]) * (lifted.gamma * squares[j - 1]).sqrt();
            let mut damping = lifted.lambda[k - 1] * squares[k - 1];
            if k < layers {
                damping += lifted.gamma * squares[k];
            }
            if simultaneous {
                damping += if k > 1 { coupling(k) } else { 0.0 } + if k < layers { coupling(k + 1) } else { 0.0 };
            }
            damping as f32
        };
        let bias = |k: usize| {
            let mut bias = weights.layers()[k - 1].bias.as_slice().to_vec();
            if k < layers {
                let share = (lifted.gamma * lifted.lambda_above(k)) as f32;
                bias.iter_mut().zip(weights.reconstruction_bias(k + 1)).for_each(|(b, c)| *b += share * c);
            }
            bias
        };
        Self {
            damping: (1..=layers).map(damping).collect(),
            bias: (1..=layers).map(bias).collect(),
            leak: (1..=layers).map(|k| (lifted.leak(k) - 1.0) as f32).collect(),
            nudge: (1..=layers).map(|k| lifted.nudge(k) as f32).collect(),
            pull: lifted.pull().map(|pull| pull as f32),
        }
    }

    /// β′ of layer k, if targets can pull it.
    pub fn pull(&self, k: usize) -> Option<f32> {
        self.pull.filter(|_| k == self.damping.len())
    }

    /// What layer k leaks, with the pull of the targets.
    pub fn leak(&self, k: usize, pulled: bool) -> f32 {
        self.leak[k - 1] + self.pull(k).filter(|_| pulled).unwrap_or(0.0)
    }

    /// The step of a visit on ideal hardware.
    pub fn unit_step(&self, k: usize, activation: Activation, pulled: bool) -> UnitStep<'_> {
        let nudge = if k < self.damping.len() || pulled { self.nudge[k - 1] } else { 0.0 };
        UnitStep {
            activation,
            bias: &self.bias[k - 1],
            nudge_plus: nudge,
            nudge_minus: -nudge,
            alpha: 0.5,
            damping: self.damping[k - 1],
            leak: self.leak(k, pulled),
        }
    }
}
