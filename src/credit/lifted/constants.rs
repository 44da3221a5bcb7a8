//! Constants of the unit step of a lifted network; the equations are those of [`super::local`].
use super::blocks::squared_norm;
use super::settings::Lifted;
use crate::dynamics::activation::Activation;
use crate::dynamics::unit::{Teacher, UnitStep};
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::relax::rule::UnitRule;
use std::borrow::Cow;

/// Constants of the unit step for given weights, layer by layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalConstants {
    /// L_k.
    damping: Vec<f32>,
    /// b_k + γλ_{k+1}c_{k+1}.
    bias: Vec<Vec<f32>>,
    leak: Vec<f32>,
    nudge: Vec<f32>,
    /// β′, if soft targets pull the outputs.
    pull: Option<f32>,
    /// Onto the convex set of every population.
    projection: Vec<Activation>,
}

/// First index of the streams of these norms.
const LOCAL: u64 = u64::MAX - 3;

impl LocalConstants {
    pub(super) fn new(lifted: &Lifted, network: &Network, simultaneous: bool) -> Self {
        let layers = lifted.layers();
        let squares: Vec<f64> =
            (1..=layers).map(|k| squared_norm(&network.projections()[k - 1].weight, [LOCAL, k as u64])).collect();
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
            let mut bias = network.projections()[k - 1].bias.as_slice().to_vec();
            if k < layers {
                let share = (lifted.gamma * lifted.lambda_above(k)) as f32;
                bias.iter_mut().zip(network.reconstruction_bias(k + 1)).for_each(|(b, c)| *b += share * c);
            }
            bias
        };
        Self {
            damping: (1..=layers).map(damping).collect(),
            bias: (1..=layers).map(bias).collect(),
            leak: (1..=layers).map(|k| (lifted.leak(k) - 1.0) as f32).collect(),
            nudge: (1..=layers).map(|k| lifted.nudge(k) as f32).collect(),
            pull: lifted.pull().map(|pull| pull as f32),
            projection: (1..=layers).map(|k| lifted.projection(k)).collect(),
        }
    }

    /// β′ of layer k, if targets can pull it.
    fn pull(&self, k: usize) -> Option<f32> {
        self.pull.filter(|_| k == self.damping.len())
    }

    /// What population k leaks, with the pull of the targets.
    fn leak(&self, k: usize, pulled: bool) -> f32 {
        self.leak[k - 1] + self.pull(k).filter(|_| pulled).unwrap_or(0.0)
    }
}

impl UnitRule for LocalConstants {
    fn activation(&self, _: &Network, k: usize) -> Activation {
        self.projection[k - 1]
    }

    fn step<'a>(&'a self, network: &'a Network, k: usize, targets: Option<MatrixView<'a>>) -> UnitStep<'a> {
        let is_top = k == self.damping.len();
        let targets = targets.filter(|_| self.pull(k).is_some());
        let nudge = if !is_top || targets.is_some() { self.nudge[k - 1] } else { 0.0 };
        UnitStep {
            activation: self.activation(network, k),
            bias: Cow::Borrowed(&self.bias[k - 1]),
            nudge_plus: nudge,
            nudge_minus: -nudge,
            alpha: 0.5,
            is_balanced: false,
            damping: self.damping[k - 1],
            leak: self.leak(k, targets.is_some()),
            teacher: if is_top { Teacher::Pulled(targets) } else { Teacher::Hidden },
        }
    }

    fn depends_on_own_state(&self, _: &Network, _: usize) -> bool {
        true
    }
}
