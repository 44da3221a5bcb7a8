//! From local gradients to new weights.
mod adversarial;
mod blocks;
mod calibration;
mod divergence;
mod learner;
mod live;
mod optimizer;
mod rate;
pub mod rules;
mod stream_memory;
pub mod synapses;
mod train;
mod update;

pub use adversarial::Adversarial;
pub use divergence::{Divergence, Quantity};
pub use learner::{Learner, LearnerSettings};
pub use live::live;
pub use optimizer::moments::Moments;
pub use optimizer::{Adam, MeanMomentum, Optimizer, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
pub use stream_memory::{Past, TeacherSignal};
pub use train::train;
pub use update::{LayerMoments, OptimizerState, Optimizers};
