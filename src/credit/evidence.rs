//! What inference leaves for the synapses to learn from.
use super::gradient::{LocalGradient, ThinGradient};
use super::lifted::solution::Solution;
use crate::relax::NetworkState;

/// What inference has left for the synapses.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // 50 samples, each with an error of its own where dyads have s⁺ − s⁻.
/// assert_eq!(Evidence::of_errors(50), Evidence::States { factor: 0.02 });
/// // Dyads that were nudged by β = 0.1 say the same with a difference of −βe.
/// assert_eq!(Evidence::of_dyads(0.1, 50), Evidence::States { factor: -0.2 });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// The states themselves: the gradient is a factor times the sum over samples of (s⁺ − s⁻) s̄ᵀ.
    States {
        /// The factor.
        factor: f32,
    },
    /// The states of two phases ([`super::phases`]): the gradient of the projections to population k is a factor over
    /// `feedback_gain`^(L−k) times the sum over samples of (ŝ − š) (ŝ + š)ᵀ/2 + (ŝ + š)/2 (ŝ − š)ᵀ.
    Contrast {
        /// The factor.
        factor: f32,
        /// γ.
        feedback_gain: f32,
    },
    /// Two searches for the minimum of an energy.
    Phases(Phases),
}

/// What a training step of a lifted network has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Phases {
    /// How the search for the free states ended.
    pub free: Solution,
    /// How that with the outputs held or pulled ended, if there was one.
    pub held: Option<Solution>,
    /// What the synapses learn from, projection by projection.
    pub gradients: Vec<ThinGradient>,
}

impl Evidence {
    /// Of dyads nudged with strength `beta`: −(1/(βB)) Σ (s⁺ − s⁻) s̄ᵀ.
    pub fn of_dyads(beta: f64, samples: usize) -> Self {
        Self::States { factor: (-1.0 / (beta * samples as f64)) as f32 }
    }

    /// Of errors e in the place of s⁺ − s⁻: (1/B) Σ e s̄ᵀ.
    pub fn of_errors(samples: usize) -> Self {
        Self::States { factor: (1.0 / samples as f64) as f32 }
    }

    /// The gradient that it makes of the states that inference has left.
    pub fn gradient<'a>(&'a self, state: &'a NetworkState) -> LocalGradient<'a> {
        match self {
            Self::States { factor } => LocalGradient::of_states(*factor, state),
            Self::Contrast { factor, feedback_gain } => LocalGradient::of_phases(*factor, *feedback_gain, state),
            Self::Phases(phases) => LocalGradient::of_products(&phases.gradients),
        }
    }

    /// How the searches ended, of a lifted network.
    pub fn phases(&self) -> Option<&Phases> {
        match self {
            Self::States { .. } | Self::Contrast { .. } => None,
            Self::Phases(phases) => Some(phases),
        }
    }
}
