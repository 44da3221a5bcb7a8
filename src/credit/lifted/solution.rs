//! How a search for the least energy ended.
use super::settings::Stopping;

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solution {
    /// Passes made; the most of any tile.
    pub passes: usize,
    /// ‖change of all states in the last pass‖/‖all states‖; the largest of any tile.
    pub residual: f64,
}

impl Solution {
    /// Before the first pass.
    pub(crate) const BEGIN: Self = Self { passes: 0, residual: 0.0 };

    /// Counts a pass in which the states, whose squares sum up to `norm`, moved by a distance of the square `change`. Returns
    /// whether the search is at its end.
    pub(crate) fn count_pass(&mut self, change: f64, norm: f64, stopping: &Stopping) -> bool {
        self.passes += 1;
        // Where nothing is and nothing moves there is rest.
        self.residual = if change == 0.0 { 0.0 } else { (change / norm).sqrt() };
        // NaN goes on until the last pass: it is found where the states are read.
        let is_still = stopping.tolerance.is_some_and(|tolerance| self.residual < tolerance.get());
        is_still || self.passes >= stopping.max_passes.get()
    }

    /// The worse of two.
    pub fn worse(self, other: Self) -> Self {
        // So written that NaN is the worst.
        let residual = if self.residual <= other.residual { other.residual } else { self.residual };
        Self { passes: self.passes.max(other.passes), residual }
    }
}
