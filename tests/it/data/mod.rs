//! Data sets: where they come from, how they are split and scaled.
mod arrays;
mod binary_files;
mod digits;
mod fetch;
mod settings;
