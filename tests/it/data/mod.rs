//! Data sets: where they come from, how they are split and scaled.
mod arrays;
mod augmentation;
mod binary_files;
mod digits;
mod fetch;
mod hdf5_limits;
mod images;
mod layouts;
mod scaling;
mod settings;
mod tables;
mod targets;
