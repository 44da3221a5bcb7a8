//! Convolutional dyads: their maps, their gradients, their runs, and what a die does with them.
mod analog;
mod backprop;
mod gradients;
mod groups;
mod maps;
mod naive;
mod passes;
mod reference;
pub mod runs;
mod synapses;
