//! Which figure for which file: takes results, and fills the drawings of [`crate::figure`].
//!
//! | part | holds |
//! |---|---|
//! | `request` | kinds of figures, what a user may ask for |
//! | `contour` | boundaries |
//! | `device_fit` | measured curves and a fitted model |
//! | `sweeps` | figures of sweeps |
//! | `traces` | figures of traces |
//! | `robustness` | accuracy under attack |
mod contour;
mod device_fit;
mod error;
mod request;
mod robustness;
mod sweeps;
mod traces;

pub use device_fit::device_fit;
pub use error::PlotError;
pub use request::{Kind, Request, Selected, parse_steps};

use crate::figure::Figure;
use crate::results::{Opened, RunResult, open};
use std::path::Path;

/// Makes a figure of a trace or of the result of a sweep, given by its file or folder.
///
/// # Errors
/// If the file cannot be read or has not what is asked for.
pub fn plot(file: &Path, request: &Request) -> Result<Figure, PlotError> {
    let opened = open(file)?;
    if let Some(kind) = request.kind {
        kind.check_file(matches!(opened, Opened::Sweep(_)))?;
    }
    let run = match &opened {
        Opened::Sweep(sweep) => return Ok(Figure::Sheet(sweeps::sheet(sweep, request)?)),
        Opened::Run(run) => run,
    };
    let kind = request.kind.unwrap_or(Kind::Run);
    request.check_options(kind)?;
    match kind {
        Kind::Run => Ok(Figure::Run(traces::run_page(run)?)),
        kind => Ok(Figure::Sheet(traces::sheet(run, kind, request)?)),
    }
}

/// Draws the page of a run from its trace.
///
/// # Errors
/// If the trace cannot be read or the figure not be written.
pub fn draw_run(trace: &Path, svg: &Path, png: &Path) -> Result<(), PlotError> {
    Ok(plot(trace, &Request { kind: Some(Kind::Run), ..Request::default() })?.save(&[svg, png])?)
}

/// Draws the usual figure of a sweep from its result.
///
/// # Errors
/// If the result cannot be read or the figure not be written.
pub fn draw_sweep(sweep_h5: &Path, svg: &Path, png: &Path) -> Result<(), PlotError> {
    Ok(plot(sweep_h5, &Request::default())?.save(&[svg, png])?)
}

/// Draws the accuracy under attack from a trace with a table `robustness`.
///
/// # Errors
/// If the trace cannot be read or has no such table, or the figure not be written.
pub fn draw_robustness(trace: &Path, svg: &Path, png: &Path) -> Result<(), PlotError> {
    Ok(Figure::Sheet(robustness::sheet(&RunResult::open(trace)?)?).save(&[svg, png])?)
}
