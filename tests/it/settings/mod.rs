//! Experiment, sweep and hardware files, and what is said about wrong ones.
mod explained;
mod files;
mod fits;
mod hardware_models;
mod short_forms;
mod strict;
