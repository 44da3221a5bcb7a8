//! What varies from device to device and in time, whatever circuit it stands in.
//!
//! | file | equation |
//! |---|---|
//! | [`noise_key`] | keys of the noise: (seed, source, context, step, tick, population, tile) |
//! | [`pair`] | noise of the two compartments of a dyad with common-mode fraction ρ |
//! | [`spread`] | frozen mismatch: normal and log-normal, with correlation between the compartments |
//! | [`frozen`] | – (what is drawn once, by its names, and measured arrays in its place) |
//! | [`process`] | noise of the membrane: white, Ornstein–Uhlenbeck, 1/f |
pub mod frozen;
pub mod noise_key;
pub mod pair;
pub mod process;
pub mod spread;
