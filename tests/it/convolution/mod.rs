//! Convolutional dyads: their maps, their gradients, their runs, and what a die does with them.
mod analog;
mod gradients;
mod groups;
mod maps;
mod reference;
pub mod runs;
mod synapses;
