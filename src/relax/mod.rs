//! Relaxation: from stimuli to the states that learning reads, in the order of a schedule.
//!
//! | file | holds |
//! |---|---|
//! | [`schedule`] | order of the updates |
//! | [`stream`] | time without phases: presentations, teacher, updates, writes |
//! | [`delay_line`] | lines that hold drive and activity back until their error comes |
//! | [`layer_clock`] | clocks of the layers, which let synapses write while a drive is still |
//! | `held` | what synapses learn from in the place of what dyads hold at present |
//! | `moved` | the drive of a population, and its compartments at one that was held back |
//! | `normalised` | what batch normalisation has folded in |
//! | `pooled_signal` | what the synapses of a pooled projection learn from |
//! | [`rule`] | what a credit rule tells the engine about its units |
//! | `cache` | which products are up to date |
//! | [`state`] | states of all populations and of their circuits |
//! | `seen` | what is seen of the states after a forward pass |
//! | `engine` | forward pass and updates |
//! | [`observer`] | what watches the states |
pub(crate) mod cache;
pub mod delay_line;
pub(crate) mod engine;
pub(crate) mod held;
pub mod layer_clock;
pub(crate) mod moved;
pub(crate) mod normalised;
pub mod observer;
mod pooled_signal;
pub mod rule;
pub mod schedule;
mod seen;
pub mod state;
pub mod stream;

pub use observer::UpdateObserver;
pub use schedule::{Plan, Schedule, Start, Update};
pub use state::NetworkState;
