//! Noise of the two compartments of one dyad.
//!
//! With independent standard normals z₁, z₂ and the common-mode fraction ρ ∈ [0, 1]
//!
//! ```text
//! n± = σ (c z₁ ± d z₂),   c = √((1+ρ)/2),   d = √((1−ρ)/2)
//! ```
//!
//! so that Var n± = σ² and Cov(n⁺, n⁻) = ρσ²: the share ρ of the variance is common to both compartments (it moves the
//! mean), the rest is their own (it moves the difference, which is the learning signal: Var(n⁺−n⁻) = 2(1−ρ)σ²).
use crate::parameter::{Fraction, NonNegative};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Noise of both compartments of a dyad.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PairNoise {
    /// Standard deviation σ in each compartment; 0 is off.
    pub std: NonNegative,
    /// Share ρ of the variance that both compartments have in common.
    pub common_mode: Fraction,
}

impl PairNoise {
    /// The weights of the two normals.
    pub(crate) fn mix(&self) -> PairMix {
        PairMix::new(self.std.get(), self.common_mode.get())
    }
}

/// σc and σd.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct PairMix {
    pub common: f32,
    pub own: f32,
}

impl PairMix {
    pub fn new(std: f64, common_mode: f64) -> Self {
        Self {
            common: (std * ((1.0 + common_mode) / 2.0).sqrt()) as f32,
            own: (std * ((1.0 - common_mode) / 2.0).sqrt()) as f32,
        }
    }

    pub fn is_on(self) -> bool {
        self.common != 0.0
    }
}
