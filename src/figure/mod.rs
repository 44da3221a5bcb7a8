//! Drawings as SVG and as PNG, from plain numbers and labels: the page of a finished run with its learning curves, the
//! angles of its gradients and its dyad states; and sheets of lines, heat maps, maps of kinds and bars.
//!
//! | part | holds |
//! |---|---|
//! | `palette` | colours and strokes |
//! | `text` | the font, lengths of text |
//! | `axes` | ranges and ticks |
//! | `backend` | SVG and PNG: where the two differ |
//! | `canvas` | strokes, dots and text in pixels |
//! | `panel` | frame, axes, labels of lines |
//! | `curves`, `states` | the two kinds of panels |
//! | `page` | the page of a run |
//! | `sheet` | what a sheet shows |
//! | `grid` | small multiples, labels below frames, keys |
//! | `lines`, `cells`, `maps`, `kinds`, `bars` | the kinds of sections |
//! | `sheet_page` | the page of a sheet |
//! | `files` | writing whole files |
mod axes;
mod backend;
mod bars;
mod canvas;
mod cells;
mod curves;
mod files;
mod grid;
mod kinds;
mod lines;
mod maps;
mod page;
mod palette;
mod panel;
mod sheet;
mod sheet_page;
mod states;
mod text;

pub use text::superscript;

pub use sheet::{
    BarPanel, BarSection, CellAxis, ColorScale, HorizontalAxis, KeyEntry, KindPanel, KindSection, Line, LinePanel,
    LineSection, Look, MOST_KINDS, MapPanel, MapSection, Section, Sheet, Spacing, Tone, VerticalAxis, Width,
};

use std::path::{Path, PathBuf};

/// What is drawn of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFigure {
    /// Name of the run.
    pub title: String,
    /// What sets the run apart: network, data, seed.
    pub subtitle: String,
    /// Epochs of the run; all curves share an axis that shows them all. May be empty.
    pub epochs: Vec<f64>,
    /// Fractions of samples classified correctly, 0 to 1, one curve per data set. Drawn as error rate in percent.
    pub accuracy: Vec<Curve>,
    /// Loss per sample, one curve per data set.
    pub loss: Vec<Curve>,
    /// Angle of the dyad gradient to the backprop gradient in degrees, one curve per layer.
    pub angles_deg: Vec<Curve>,
    /// Dyad states for one stimulus, one panel per layer.
    pub states: Vec<StatePanel>,
}

/// A quantity over the epochs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Written at the end of the line.
    pub label: String,
    /// Epochs, ascending; as many as `y`.
    pub x: Vec<f64>,
    /// Values; what is not finite, or beyond ±1e100, is a gap.
    pub y: Vec<f64>,
}

/// The dyad states of one layer for one stimulus.
///
/// Several visits are drawn as the course of the few units whose compartments differ most at the last visit. A
/// single visit is drawn as all units in ascending order of their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct StatePanel {
    /// Name of the layer.
    pub title: String,
    /// Weight of s⁺ in the mean α s⁺ + (1 − α) s⁻, 0 to 1.
    pub alpha: f64,
    /// Numbers of the visits, ascending. May be empty.
    pub visits: Vec<f64>,
    /// States s⁺, `[visit][unit]`; units are numbered from 0.
    pub s_plus: Vec<Vec<f64>>,
    /// States s⁻, `[visit][unit]`.
    pub s_minus: Vec<Vec<f64>>,
}

impl StatePanel {
    /// Whether the course over several visits is drawn, not the units of one visit.
    fn is_course(&self) -> bool {
        self.visits.len() > 1
    }
}

/// Why a figure could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The values of a curve do not match its epochs.
    #[error("curve \"{curve}\": must have one value per epoch, got {values} values at {epochs} epochs")]
    CurveLength {
        /// Label of the curve.
        curve: String,
        /// Number of epochs.
        epochs: usize,
        /// Number of values.
        values: usize,
    },
    /// The states are not one row per visit with one value per unit.
    #[error("states \"{panel}\": {states} must be {visits} visits × {units} units, got {got}")]
    StateShape {
        /// Title of the panel.
        panel: String,
        /// The ill-shaped field.
        states: &'static str,
        /// Number of visits.
        visits: usize,
        /// Number of units, from the first visit of s⁺.
        units: usize,
        /// What was found instead.
        got: String,
    },
    /// The weight of the mean is no weight.
    #[error("states \"{panel}\": alpha must be from 0 to 1, got {alpha}")]
    Alpha {
        /// Title of the panel.
        panel: String,
        /// The refused value.
        alpha: f64,
    },
    /// Neither SVG nor PNG.
    #[error("{file}: figures are written as .svg or .png", file = .file.display())]
    Extension {
        /// The refused file.
        file: PathBuf,
    },
    /// The drawing library failed.
    #[error("{file}: the page could not be drawn")]
    Draw {
        /// The file it was meant for.
        file: PathBuf,
        /// The library's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file could not be written.
    #[error("{file}: could not be written")]
    Write {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Size of the page in pixels, width and height: 1600 × 1000 with up to four state panels, higher with more.
pub fn page_size(figure: &RunFigure) -> (u32, u32) {
    page::size(figure)
}

/// Draws a run into an SVG file and a PNG file. Existing files are replaced. Each is written under a temporary name
/// in its folder and renamed when both are whole.
///
/// # Errors
/// [`FigureError`] if the lengths in `figure` do not match or a file cannot be written.
pub fn draw(figure: &RunFigure, svg: &Path, png: &Path) -> Result<(), FigureError> {
    Figure::Run(figure.clone()).save(&[svg, png])
}

/// Any figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// The page of a run.
    Run(RunFigure),
    /// A sheet of panels.
    Sheet(Sheet),
}

impl Figure {
    /// Size of the page in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Run(run) => page::size(run),
            Self::Sheet(sheet) => sheet_page::size(sheet),
        }
    }

    /// Draws into files, SVG or PNG by their extension. Existing files are replaced, all when all are whole.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match, an extension is another one, or a file cannot be written.
    pub fn save(&self, files: &[&Path]) -> Result<(), FigureError> {
        if let Self::Run(run) = self {
            check(run)?;
        }
        let write = |file: &&Path| match file.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("svg") => files::write_svg(self, file),
            Some(extension) if extension.eq_ignore_ascii_case("png") => files::write_png(self, file),
            _ => Err(FigureError::Extension { file: file.to_path_buf() }),
        };
        let finished = files.iter().map(write).collect::<Result<Vec<_>, _>>()?;
        finished.into_iter().try_for_each(files::Finished::keep)
    }
}

/// Checks that all lengths match.
fn check(figure: &RunFigure) -> Result<(), FigureError> {
    for curve in figure.accuracy.iter().chain(&figure.loss).chain(&figure.angles_deg) {
        let (epochs, values) = (curve.x.len(), curve.y.len());
        if epochs != values {
            return Err(FigureError::CurveLength { curve: curve.label.clone(), epochs, values });
        }
    }
    figure.states.iter().try_for_each(check_states)
}

fn check_states(panel: &StatePanel) -> Result<(), FigureError> {
    if !(0.0..=1.0).contains(&panel.alpha) {
        return Err(FigureError::Alpha { panel: panel.title.clone(), alpha: panel.alpha });
    }
    let visits = panel.visits.len();
    let units = panel.s_plus.first().map_or(0, Vec::len);
    for (states, rows) in [("s_plus", &panel.s_plus), ("s_minus", &panel.s_minus)] {
        let wrong = rows.iter().position(|row| row.len() != units);
        let got = match wrong {
            _ if rows.len() != visits => format!("{} visits", rows.len()),
            Some(visit) => format!("{} units in row {visit}", rows[visit].len()),
            None => continue,
        };
        return Err(FigureError::StateShape { panel: panel.title.clone(), states, visits, units, got });
    }
    Ok(())
}
