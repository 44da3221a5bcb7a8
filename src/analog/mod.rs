//! Analog hardware that is not ideal: what varies from device to device, what varies in time, and the converters
//! between units and arrays. Everything that is off costs nothing.
//!
//! | file | equation |
//! |---|---|
//! | [`moment`] | keys of the noise: (seed, source, context, step, tick, layer, tile) |
//! | [`pair`] | noise of the two compartments of a dyad with common-mode fraction ρ |
//! | [`spread`] | frozen mismatch: normal and log-normal, with correlation between the compartments |
//! | [`process`] | noise of the membrane: white, Ornstein–Uhlenbeck, 1/f |
//! | [`converter`] | DAC and ADC: step, rounding, clipping |
//! | [`mod@array`] | what an array sends and receives: noise and bound management, read noise |
//! | [`learning_circuit`] | the local multiplier's offset, noise and resolution; auto-zero |
//! | [`chip`] | all devices of one die |
//!
//! The unit step that uses them is [`mod@crate::network::analog_unit`].
pub mod array;
pub mod chip;
pub mod converter;
pub mod learning_circuit;
pub mod moment;
pub mod pair;
pub mod process;
mod reduce;
pub mod spread;

pub use chip::{Chip, ChipConfig, UnitsConfig};
