//! Relaxation: from stimuli to the states that learning reads, in the order of a schedule.
//!
//! | file | holds |
//! |---|---|
//! | [`schedule`] | order of the updates |
//! | [`stream`] | time without phases: presentations, teacher, updates, writes |
//! | [`rule`] | what a credit rule tells the engine about its units |
//! | `cache` | which products are up to date |
//! | [`state`] | states of all populations and of their circuits |
//! | `engine` | forward pass and updates |
//! | [`observer`] | what watches the states |
pub(crate) mod cache;
pub(crate) mod engine;
pub mod observer;
pub mod rule;
pub mod schedule;
pub mod state;
pub mod stream;

pub use observer::UpdateObserver;
pub use schedule::{Plan, Schedule, Start, Update};
pub use state::NetworkState;
