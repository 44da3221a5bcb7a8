//! Optimizers: what turns a gradient into a step.
//!
//! | optimizer | step, with g the gradient plus `weight_decay` · w |
//! |---|---|
//! | `sgd` | m ← μ m + g; w ← w − η m (Polyak 1964, in the form of PyTorch) |
//! | `mean_momentum` | m ← μ m + (1−μ)(`gradient_scale` g); w ← w − η m / (1−μᵗ) (the codes of BayesBiNN and AdaSTE, with N and N²) |
//! | `adam` | m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − η (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε) (Kingma & Ba, ICLR 2015) |
//!
//! An optimizer is a file with its settings, the constants of one update and the loop that applies them. It is registered
//! in [`Optimizer`].
mod adam;
mod arithmetic;
mod mean_momentum;
pub(super) mod moments;
mod sgd;
pub(super) mod step;

pub use adam::Adam;
pub use mean_momentum::MeanMomentum;
pub use sgd::Sgd;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step::{Rule, Step, WeightUpdate};

/// Rule that turns gradients into steps.
///
/// ```
/// use dyadsim::learning::Sgd;
/// use dyadsim::prelude::*;
///
/// let adam = Optimizer::default();
/// let sgd = Optimizer::Sgd(Sgd { weight_decay: NonNegative::new(1e-4)?, ..Sgd::default() });
/// assert!(adam.has_second_moment() && !sgd.has_second_moment());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Gradient descent with momentum.
    Sgd(Sgd),
    /// Gradient descent along the mean of recent gradients.
    MeanMomentum(MeanMomentum),
    /// Adaptive moments.
    Adam(Adam),
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

impl Optimizer {
    /// Whether it keeps a second moment.
    pub fn has_second_moment(&self) -> bool {
        match self {
            Self::Sgd(sgd) => sgd.has_second_moment(),
            Self::MeanMomentum(mean) => mean.has_second_moment(),
            Self::Adam(adam) => adam.has_second_moment(),
        }
    }

    /// The step of one update.
    pub(super) fn step(&self, update: WeightUpdate) -> OptimizerStep {
        match self {
            Self::Sgd(sgd) => OptimizerStep::Sgd(sgd.step(update)),
            Self::MeanMomentum(mean) => OptimizerStep::MeanMomentum(mean.step(update)),
            Self::Adam(adam) => OptimizerStep::Adam(adam.step(update)),
        }
    }
}

/// The step of one update by any optimizer.
#[derive(Debug)]
pub(super) enum OptimizerStep {
    Sgd(sgd::SgdStep),
    MeanMomentum(mean_momentum::MeanMomentumStep),
    Adam(adam::AdamStep),
}

impl std::ops::Deref for OptimizerStep {
    type Target = dyn Step;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Sgd(step) => step,
            Self::MeanMomentum(step) => step,
            Self::Adam(step) => step,
        }
    }
}
