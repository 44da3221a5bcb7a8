//! Lipschitz constants and robustness of a network against perturbations of its inputs.
//!
//! | file | holds |
//! |---|---|
//! | `response` | a network as a function with derivatives: what an architecture has to offer |
//! | `feedforward` | that of networks which are evaluated by a forward pass |
//! | `certificate` | what is certain: radii from an upper bound of the Lipschitz constant |
//! | `jacobian` | how steep the network is at every sample |
//! | `pairs` | how steep between two inputs |
//! | `norm` | balls and ranges that perturbations stay in |
//! | `attack` | noise, FGSM, PGD |
//! | `measurement` | all of these together |
//! | `settings` | what is measured |
//!
//! A network that only hides its gradient is not robust. Three signs tell it (Athalye, Carlini & Wagner, ICML 2018):
//! random noise does more harm than PGD, one step more than many, and PGD is not near 0 % at an ε that spans all valid
//! inputs. All three are measured next to the attacks.
mod attack;
pub mod certificate;
mod feedforward;
mod jacobian;
mod lifted;
mod measurement;
mod norm;
mod pairs;
mod response;
mod settings;

pub use feedforward::{FeedForward, ForwardPoint, NORM_MARGIN};
pub use jacobian::{Steepness, steepness};
pub use lifted::{LiftedNetwork, LiftedPoint};
pub use measurement::{Curve, Measured, Robustness, Stage, measure};
pub use norm::{Norm, Range};
pub use response::{Linearised, Response};
pub use settings::{AttackLoss, InputLimits, InputRange, RobustnessSettings};
