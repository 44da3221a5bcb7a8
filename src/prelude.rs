//! What a program that uses the crate begins with: `use dyadsim::prelude::*;`.
//!
//! ```
//! use dyadsim::prelude::*;
//!
//! let network = Network::random(&[2, 8, 2], Initialization::HeNormal, 1)?;
//! let rule = CreditRule::DpTranspose;
//! let inference = Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, rule, Nudging::default());
//! let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), 4))?;
//!
//! // Exclusive or: inputs (input × sample) and one-hot targets (class × sample).
//! let inputs = Matrix::from_column_slice(2, 4, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
//! let targets = Matrix::from_column_slice(2, 4, &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
//! for step in 0..400 {
//!     train(&mut learner, inputs.as_view(), targets.as_view(), 0.02, step)?;
//! }
//!
//! learner.inference.forward(&learner.weights, inputs.as_view(), &mut learner.state);
//! for (output, target) in learner.state.outputs().mean.column_iter().zip(targets.column_iter()) {
//!     assert_eq!(output.imax(), target.imax());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
pub use crate::config::{Edit, Experiment, Setup};
pub use crate::credit::backprop::Backprop;
pub use crate::credit::{CreditAssignment, CreditRule, Evidence, Inference, Nudging, Task};
pub use crate::data::{DataConfig, DataSplits, Dataset, Datasets, MiniBatch, digits};
pub use crate::dynamics::{Activation, Loss};
pub use crate::learning::synapses::Synapses;
pub use crate::learning::{Learner, LearnerSettings, Optimizer, RateSchedule, train};
pub use crate::linalg::{Matrix, MatrixView, WeightMatrix};
pub use crate::map::{Dense, LinearMap, Shape};
pub use crate::measure::{Score, score};
pub use crate::network::{FeedbackWeights, Initialization, Network, NetworkError, Population, Projection};
pub use crate::parameter::{Count, Fraction, NonNegative, Positive, PositiveFraction, Repeats};
pub use crate::random::Seeds;
pub use crate::relax::{NetworkState, Plan, Schedule, Start, UpdateObserver};
pub use crate::results::{RunResult, SweepResult};
pub use crate::run::{Interrupt, RunFolder, RunOptions, run};
pub use crate::substrate::{Die, DieConfig, Substrate};
pub use crate::trace::TraceReader;
