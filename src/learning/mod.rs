//! From local gradients to new weights.
mod calibration;
mod learner;
mod live;
mod optimizer;
mod rate;
mod registers;

pub use learner::{Divergence, Learner, LearnerSettings, Quantity};
pub use live::{Past, TeacherSignal};
pub use optimizer::{Adam, Moments, Optimizer, OptimizerState, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
