//! Synapses as devices: what an array of synapses can hold, how it is written, and what it holds afterwards.
//!
//! The network computes with what the devices hold ([`crate::network::Network`]); learning decides what they should
//! hold. Between the two stand the arrays of this module, one for each layer.
//!
//! | kind | a device holds | written by |
//! |---|---|---|
//! | [`config::SynapseConfig::Float`] | any number | assignment |
//! | [`config::SynapseConfig::Pulsed`] | a number between its bounds, moved by small imperfect steps ([`pulsed`]) | coincidences of pulses |
//! | [`config::SynapseConfig::Programmed`] | a pair of conductances, programmed after training ([`programmed`]) | nothing while it learns |
//! | [`config::SynapseConfig::Binary`], [`config::SynapseConfig::Levels`] | one of a few levels ([`codebook`]), as a conductance ([`conductance`]) or in a pulsed device | commands of a level ([`mod@array`]) |
//!
//! A kind of synapse is a file with its settings (a folder, if its devices have models to choose from). It is registered
//! in [`config::SynapseConfig`].
//!
//! Conductances are counted in nominal on-conductances, weights of a device in units of the scale of its layer.
pub mod array;
pub mod binary;
pub mod codebook;
pub mod conductance;
pub mod conductance_device;
pub mod config;
mod conflict;
pub mod counts;
mod devices;
mod ideal_levels;
mod level_array;
pub mod level_device;
pub mod levels;
pub mod programmed;
pub mod pulsed;
mod pulsed_levels;
pub mod quantised;
pub mod scale;
mod settings;
