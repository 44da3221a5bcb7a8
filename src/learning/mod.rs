//! From local gradients to new weights.
mod calibration;
mod learner;
mod live;
mod optimizer;
mod rate;
mod registers;
pub mod rules;
pub mod synapses;
mod update;

pub use learner::{Divergence, Learner, LearnerSettings, Quantity};
pub use live::{Past, TeacherSignal};
pub use optimizer::{Adam, MeanMomentum, Optimizer, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
pub use update::{Moments, OptimizerState, Optimizers};
