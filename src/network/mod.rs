//! The model: layers of dyads, their unit step, and the order in which they are visited.
//!
//! Which file has which equation:
//!
//! | file | equation |
//! |---|---|
//! | [`activation`] | f, f′ |
//! | [`loss`] | ℓ, ∂ℓ/∂s, proximal output nudge |
//! | [`credit_rule`] | shares of the nudge: `dp`, `dp_transpose`, `damped_dp`; placement of α at the outputs |
//! | [`mod@unit`] | u±, v±, s±: the step of every dyad |
//! | [`mod@analog_unit`] | the same on hardware that is not ideal |
//! | [`output`] | nudge of the outputs |
//! | `arrays` | weights of the feedback: transposed, mirrored, Kolen–Pollack |
//! | [`schedule`] | order of the visits |
//! | [`stream`] | time without phases: presentations, teacher, updates, writes |
//! | [`inference`] | forward pass, visits, output nudge |
//! | [`gradient`] | local gradient −(1/(βB)) (s⁺−s⁻) s̄ᵀ and its angle to another |
//! | [`backprop`] | exact gradient |
//! | [`lifted`] | LRRN: energy, its minimum, its learning; LPOM |
pub mod activation;
mod analog_block;
mod analog_inference;
mod analog_kernels;
mod analog_state;
pub mod analog_unit;
mod arrays;
pub mod backprop;
mod clipping;
mod coloured;
pub mod credit_rule;
mod error;
pub mod gradient;
pub mod inference;
pub mod lifted;
pub mod loss;
pub mod output;
mod products;
mod reread;
pub mod schedule;
mod state;
pub mod stream;
pub mod unit;
mod weights;

pub use activation::{Activation, LeakyReluConfig};
pub use arrays::{FeedbackWeights, KolenPollack, Mirrored};
pub use clipping::Clipping;
pub use error::NetworkError;
pub(crate) use reread::Reread;
pub use state::{LayerState, Membrane, NetworkState};
pub use weights::{Initialization, Layer, NormalInitialization, Weights};
