//! Which figure for which file: reads traces and results of sweeps, and fills the drawings of [`crate::figure`].
//!
//! | part | holds |
//! |---|---|
//! | `request` | kinds of figures, what a user may ask for |
//! | `cube` | numbers over named axes |
//! | `statistics`, `contour` | spreads, yields, boundaries |
//! | `words` | how numbers, axes and metrics are written |
//! | `sweep_file`, `sweeps` | reading a sweep; its figures |
//! | `traces` | figures of traces |
//! | `robustness` | accuracy under attack |
mod contour;
mod cube;
mod error;
mod request;
mod robustness;
mod statistics;
mod sweep_file;
mod sweeps;
mod traces;
mod words;

pub use error::PlotError;
pub use request::{Kind, Request, Selected, parse_steps};

use crate::figure::Figure;
use crate::trace::TraceReader;
use std::path::{Path, PathBuf};

/// Files that a folder of results may hold, the first that is there counts.
const FILES: [&str; 2] = ["sweep.h5", "trace.h5"];

/// The file itself, or the results in a folder.
///
/// # Errors
/// If a folder holds none.
pub fn results_file(path: &Path) -> Result<PathBuf, PlotError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = FILES.iter().map(|name| path.join(name)).find(|file| file.exists());
    found.ok_or_else(|| PlotError::NoFile(path.to_owned()))
}

/// Makes a figure of a trace or of the result of a sweep.
///
/// # Errors
/// If the file cannot be read or has not what is asked for.
pub fn plot(file: &Path, request: &Request) -> Result<Figure, PlotError> {
    let reader = TraceReader::open(file)?;
    let is_sweep = reader.is_sweep();
    if let Some(kind) = request.kind {
        kind.check_file(is_sweep)?;
    }
    if is_sweep {
        return Ok(Figure::Sheet(sweeps::sheet(&reader, request)?));
    }
    let kind = request.kind.unwrap_or(Kind::Run);
    request.check_options(kind)?;
    match kind {
        Kind::Run => Ok(Figure::Run(traces::run_page(&reader)?)),
        kind => Ok(Figure::Sheet(traces::sheet(&reader, kind, request)?)),
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
    Ok(Figure::Sheet(robustness::sheet(&TraceReader::open(trace)?)?).save(&[svg, png])?)
}
