//! Which figure for which file: takes results, and fills the drawings of [`crate::figure`].
//!
//! | part | holds |
//! |---|---|
//! | `kind` | kinds of figures |
//! | `request`, `lengths` | what a user may ask for |
//! | `plotted` | a figure that is ready to be saved |
//! | `dress` | titles, names, ends and scales that were asked for |
//! | `contour` | boundaries |
//! | `device_fit` | measured curves and a fitted model |
//! | `sweeps` | figures of sweeps |
//! | `traces` | figures of traces |
//! | `overlay` | several runs in one figure |
//! | `robustness` | accuracy under attack |
//! | `pulses` | what pulsed devices hold after one pulse after the other |
mod contour;
mod device_fit;
mod dress;
mod error;
mod kind;
mod lengths;
mod overlay;
mod plotted;
mod pulses;
mod request;
mod robustness;
mod sweeps;
mod traces;

pub use device_fit::device_fit;
pub use error::PlotError;
pub use kind::Kind;
pub use lengths::{Limits, parse_length, parse_limits};
pub use plotted::Plotted;
pub use pulses::{PulseCurves, pulses};
pub use request::{AxisScale, Dress, Request, Selected, Title, parse_steps};

use crate::figure::Figure;
use crate::results::statistics::ErrorKind;
use crate::results::{Opened, RunResult, open};
use std::path::Path;

/// Makes a figure of a trace or of the result of a sweep, given by its file or folder; of several runs, one in which
/// they can be compared.
///
/// # Errors
/// If a file cannot be read or has not what is asked for.
pub fn plot(files: &[&Path], request: &Request) -> Result<Plotted, PlotError> {
    let figure = match files {
        [file] => of_one(file, request)?,
        _ => Figure::Sheet(overlay::sheet(files, request)?),
    };
    let (figure, caption) = dress::dressed(figure, &request.dress)?;
    Ok(Plotted { figure, caption, paper: request.paper.clone() })
}

fn of_one(file: &Path, request: &Request) -> Result<Figure, PlotError> {
    let opened = open(file)?;
    if let Some(kind) = request.kind {
        kind.check_file(matches!(opened, Opened::Sweep(_)))?;
    }
    let run = match &opened {
        Opened::Sweep(sweep) => return Ok(Figure::Sheet(sweeps::sheet(sweep, request)?)),
        Opened::Run(run) => run,
    };
    let kind = request.kind.unwrap_or(Kind::Run);
    request.check_options(kind, false)?;
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
    Ok(of_one(trace, &Request { kind: Some(Kind::Run), ..Request::default() })?.save(&[svg, png])?)
}

/// Draws the usual figure of a sweep from its result.
///
/// # Errors
/// If the result cannot be read or the figure not be written.
pub fn draw_sweep(sweep_h5: &Path, error: ErrorKind, svg: &Path, png: &Path) -> Result<(), PlotError> {
    let error = (error != ErrorKind::default()).then_some(error);
    let figure = match of_one(sweep_h5, &Request { error, ..Request::default() }) {
        // A map shows no error bars.
        Err(PlotError::Idle { option: "--error", .. }) => of_one(sweep_h5, &Request::default()),
        figure => figure,
    };
    Ok(figure?.save(&[svg, png])?)
}

/// Draws the accuracy under attack from a trace with a table `robustness`.
///
/// # Errors
/// If the trace cannot be read or has no such table, or the figure not be written.
pub fn draw_robustness(trace: &Path, svg: &Path, png: &Path) -> Result<(), PlotError> {
    Ok(Figure::Sheet(robustness::sheet(&RunResult::open(trace)?)?).save(&[svg, png])?)
}
