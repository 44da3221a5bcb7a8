//! One update, and what makes it.
use super::moments::MomentsMut;
use std::fmt::Debug;

/// What is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::learning) enum Of {
    Weights,
    Biases,
}

/// One update.
#[derive(Debug, Clone, Copy)]
pub(in crate::learning) struct WeightUpdate {
    /// Learning rate η.
    pub rate: f64,
    /// Its number t, from 1.
    pub number: u64,
    pub of: Of,
}

impl WeightUpdate {
    /// 1 − βᵗ, by which a mean over t gradients that began at 0 is too small.
    pub fn bias_correction(&self, beta: f64) -> f64 {
        1.0 - beta.powi(self.number.min(i32::MAX as u64) as i32)
    }
}

/// An optimizer.
pub(super) trait Rule {
    /// Its constants in an update.
    type Step: Step;

    /// Whether it keeps a second moment.
    fn has_second_moment(&self) -> bool {
        false
    }

    /// Its constants in this update.
    fn step(&self, update: WeightUpdate) -> Self::Step;
}

/// The constants of one update in single precision.
pub(in crate::learning) trait Step: Debug + Sync {
    /// Steps numbers that lie next to each other down the gradient `g`; returns whether all results are finite.
    fn apply(&self, w: &mut [f32], moments: MomentsMut, g: &[f32]) -> bool;
}
