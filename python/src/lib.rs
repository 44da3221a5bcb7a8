//! The compiled part of the Python package `dyadsim`: thin wrappers, without a rule of their own, around the crate.
//!
//! | file | holds |
//! |---|---|
//! | `failure` | errors of the crate as exceptions |
//! | `arrays` | numbers from and to NumPy |
//! | `pool` | the threads that compute |
//! | `setup` | an experiment and its hardware |
//! | `hearing` | long work that is heard of, and can be stopped |
//! | `run` | making a run, and measuring it |
//! | `sweep` | sweeps and ablations |
//! | `show` | figures, pages, graphs, reference cases |
//! | `trace` | reading what runs and sweeps leave |
//! | `network` | a network in the hand |
//! | `devices` | devices of a hardware model, one by one |
//! | `fit` | devices fitted to measured curves |
//! | `program` | the command `dyad` |
mod arrays;
mod devices;
mod failure;
mod fit;
mod hearing;
mod network;
mod pool;
mod program;
mod run;
mod setup;
mod show;
mod sweep;
mod trace;

use dyadsim::linalg::CacheLineAllocator;
use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

#[pymodule]
mod _dyadsim {
    #[pymodule_export]
    use super::arrays::DataSet;
    #[pymodule_export]
    use super::devices::{hardware, program_weights, pulse_response};
    #[pymodule_export]
    use super::failure::DyadError;
    #[pymodule_export]
    use super::fit::{FittedDevices, fitted_models};
    #[pymodule_export]
    use super::network::{Network, data_shape};
    #[pymodule_export]
    use super::program::program;
    #[pymodule_export]
    use super::run::{make_run, measure_robustness};
    #[pymodule_export]
    use super::setup::{Setup, place, schema, shipped_models};
    #[pymodule_export]
    use super::show::{draw, export_nir, verify_file, write_report};
    #[pymodule_export]
    use super::sweep::{make_sweep, point_statuses};
    #[pymodule_export]
    use super::trace::{trace_attributes, trace_groups, trace_read, trace_variables};
}
