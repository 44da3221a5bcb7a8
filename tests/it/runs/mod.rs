//! Single runs: the same bits however they are made, stopped, resumed and measured.
mod arithmetic;
mod augmentation;
mod backprop_on_arrays;
mod branches;
mod costs;
mod data_summary;
mod determinism;
mod divergence;
mod events;
mod extension;
mod folder;
mod initial_weights;
mod phases;
mod resume;
mod robustness;
mod standing;
