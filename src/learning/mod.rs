//! From local gradients to new weights.
mod adversarial;
mod calibration;
mod divergence;
mod learner;
mod live;
mod optimizer;
mod rate;
mod registers;
pub mod rules;
pub mod synapses;
mod update;

pub use adversarial::Adversarial;
pub use divergence::{Divergence, Quantity};
pub use learner::{Learner, LearnerSettings};
pub use live::{Past, TeacherSignal};
pub use optimizer::{Adam, MeanMomentum, Optimizer, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
pub use update::{Moments, OptimizerState, Optimizers};
