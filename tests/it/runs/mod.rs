//! Single runs: the same bits however they are made, stopped, resumed and measured.
mod augmentation;
mod backprop_on_arrays;
mod branches;
mod costs;
mod data_summary;
mod determinism;
mod divergence;
mod folder;
mod initial_weights;
mod phases;
mod resume;
mod robustness;
mod standing;
