//! Arrays of synapses as they are read: converters, noise, and the one analog product. Ideal hardware is the instance in
//! which nothing is switched on.
//!
//! | file | holds |
//! |---|---|
//! | [`converter`] | DAC and ADC: step, rounding, clipping |
//! | [`settings`] | settings of the periphery |
//! | [`periphery`] | the equations of a read: noise and bound management, read noise |
//! | `lines` | what the units of a population have sent |
//! | `read` | one read of an array from either side |
pub mod converter;
pub(crate) mod lines;
pub mod periphery;
pub(crate) mod read;
mod reduce;
pub mod settings;
