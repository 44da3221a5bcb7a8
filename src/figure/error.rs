//! Why a figure could not be drawn.
use std::path::PathBuf;

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
    /// The states are not one row per update with one value per unit.
    #[error("states \"{panel}\": {states} must be {updates} updates × {units} units, got {got}")]
    StateShape {
        /// Title of the panel.
        panel: String,
        /// The ill-shaped field.
        states: &'static str,
        /// Number of updates.
        updates: usize,
        /// Number of units, from the first update of s⁺.
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
    /// Another extension than those of the formats.
    #[error("{file}: figures are written as .svg, .png or .pdf", file = .file.display())]
    Extension {
        /// The refused file.
        file: PathBuf,
    },
    /// Pictures are no drawing.
    #[error("{file}: a contact sheet is written as .png", file = .file.display())]
    ContactSheet {
        /// The refused file.
        file: PathBuf,
    },
    /// The drawing could not be turned into the format.
    #[error("{file}: the page could not be drawn")]
    Draw {
        /// The file it was meant for.
        file: PathBuf,
        /// The reason.
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
