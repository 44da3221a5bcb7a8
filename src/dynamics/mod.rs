//! What one dyad does: activation, loss, the step from its inputs to its two compartments, the nudge of the outputs.
//!
//! | file | equation |
//! |---|---|
//! | [`activation`] | f, f′ |
//! | [`loss`] | ℓ, ∂ℓ/∂s, proximal output nudge |
//! | `kernel` | s⁺, s⁻, s̄ and s⁺ − s⁻ of every dyad, whatever circuit makes them |
//! | `moves` | in which samples an update has changed what is sent |
//! | [`mod@unit`] | u± and s± on ideal hardware |
//! | [`output`] | nudge of the outputs |
//! | [`state`] | states of the dyads for a batch of stimuli |
//! | `tile`, `sample_tile` | the rectangles of units and samples that are computed at once |
pub mod activation;
pub(crate) mod kernel;
pub mod loss;
pub(crate) mod moves;
pub mod output;
pub(crate) mod sample_tile;
pub mod state;
pub(crate) mod tile;
pub mod unit;

pub use activation::{Activation, LeakyReluConfig};
pub use loss::Loss;
pub use state::{DyadState, States};
