//! Synapses as devices: what an array of synapses can hold, how it is written, and what it holds afterwards.
//!
//! The network computes with what the devices hold ([`crate::network::Weights`]); learning decides what they should
//! hold. Between the two stand the arrays of this module, one for each layer.
//!
//! | kind | a device holds | written by |
//! |---|---|---|
//! | [`config::SynapseConfig::Float`] | any number | assignment |
//! | [`config::SynapseConfig::Pulsed`] | a number between its bounds, moved by small imperfect steps ([`pulsed`]) | coincidences of pulses |
//! | [`config::SynapseConfig::Programmed`] | a pair of conductances, programmed after training ([`programmed`]) | nobody while it learns |
//! | [`config::SynapseConfig::Binary`], [`config::SynapseConfig::Levels`] | one of a few levels ([`codebook`]), as a conductance ([`conductance`]) or in a pulsed device | commands of a level ([`mod@array`]) |
//!
//! Conductances are counted in nominal on-conductances, weights of a device in units of the scale of its layer.
pub mod array;
pub mod codebook;
pub mod conductance;
pub mod config;
pub mod counts;
mod devices;
pub mod programmed;
pub mod pulsed;
