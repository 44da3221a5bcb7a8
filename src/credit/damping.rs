//! Damping L of the damped rule.
use crate::parameter::{NonNegative, Repeats};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the damping L_k of hidden layer k is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Damping {
    /// Power iterations for ‖W_{k+1}‖ at every training step, each from a random vector (3 in the authors' Julia
    /// script, 50 in their JAX code).
    pub power_iterations: Repeats,
    /// Multiply L_k by |1−2α|, as the Julia script does: no damping at α = ½.
    pub asymmetry_factor: bool,
    /// Enlarges L_k by this share: with the linearised output and β = 1 the published L_k is exactly the boundary.
    pub margin: NonNegative,
}

impl Default for Damping {
    fn default() -> Self {
        Self { power_iterations: Repeats::constant(3), asymmetry_factor: true, margin: NonNegative::constant(0.0) }
    }
}

impl Damping {
    /// L_k = max(0, ‖W_{k+1}‖² − 1)/2, times |1−2α| if so published, times 1 + margin.
    pub fn from_norm(&self, norm: f64, alpha: f64) -> f64 {
        let factor = if self.asymmetry_factor { (1.0 - 2.0 * alpha).abs() } else { 1.0 };
        (norm * norm - 1.0).max(0.0) / 2.0 * factor * (1.0 + self.margin.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damping_is_half_the_excess_of_the_squared_norm() {
        let damping = Damping::default();
        assert_eq!(damping.from_norm(0.9, 0.0), 0.0);
        assert_eq!(damping.from_norm(3.0, 0.0), 4.0);
        assert_eq!(damping.from_norm(3.0, 0.5), 0.0);
        assert_eq!(Damping { asymmetry_factor: false, ..damping }.from_norm(3.0, 0.5), 4.0);
    }
}
