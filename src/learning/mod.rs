//! From local gradients to new weights.
mod adversarial;
mod blocks;
mod by_hand;
mod calibration;
mod divergence;
mod learner;
mod optimizer;
mod rate;
mod replicas;
pub mod rules;
mod stream_memory;
mod stream_timing;
mod stream_training;
pub mod synapses;
mod train;
mod update;

pub use adversarial::Adversarial;
pub use by_hand::{Overwritten, Relaxation, exact_gradient, overwrite, set_weights, stream_update, takes_numbers};
pub use divergence::{Divergence, Quantity};
pub use learner::{Learner, LearnerSettings};
pub use optimizer::moments::Moments;
pub use optimizer::{Adam, MeanMomentum, Optimizer, Sgd};
pub use rate::{RateSchedule, StepDecay, WarmupCosine};
pub use stream_memory::{StreamMemory, TeacherSignal};
pub use stream_training::train_in_stream;
pub use train::train;
pub use update::{LayerMoments, OptimizerState, Optimizers};
