//! Broken and hostile files for every reader of dyadsim: see `README.md` of this folder.
pub mod mutate;
pub mod seeds;
pub mod targets;
