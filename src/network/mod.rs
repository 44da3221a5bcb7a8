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
//! | [`schedule`] | order of the visits |
//! | [`inference`] | forward pass, visits, output nudge |
//! | [`gradient`] | local gradient −(1/(βB)) (s⁺−s⁻) s̄ᵀ and its angle to another |
//! | [`backprop`] | exact gradient |
pub mod activation;
pub mod backprop;
pub mod credit_rule;
mod error;
pub mod gradient;
pub mod inference;
pub mod loss;
pub mod schedule;
mod state;
pub mod unit;
mod weights;

pub use activation::{Activation, LeakyReluConfig};
pub use error::NetworkError;
pub use state::{LayerState, Membrane, NetworkState};
pub use weights::{Initialization, Layer, NormalInitialization, Weights};
