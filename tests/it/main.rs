//! All integration tests, in one program: what they link (HDF5, parquet, plotters) is linked once.
mod architecture;
mod campaign;
mod conformance;
mod convolution;
mod data;
mod examples;
mod figures;
mod files;
mod fixtures;
mod laws;
mod learning;
mod report;
mod runs;
mod settings;
mod sweeps;
