//! From local gradients to new weights.
mod learner;
mod optimizer;
mod rate;

pub use learner::{Divergence, Learner, LearnerSettings, Quantity};
pub use optimizer::{Adam, Moments, Optimizer, OptimizerState, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
