//! The command `dyad`.
use pyo3::prelude::*;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, of which the first is its name, and returns its exit status. Wrong usage ends the
/// process.
#[pyfunction]
pub fn program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let code = py.detach(|| dyadsim::cli::main_with(arguments));
    // A status can be compared, but not read.
    (0..=u8::MAX).find(|&status| ExitCode::from(status) == code).unwrap_or(1)
}
