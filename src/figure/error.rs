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
    /// A number of the paper that cannot be.
    #[error("{what} must be from {least} to {most}{}{unit}, got {given}", if .unit.is_empty() { "" } else { " " })]
    Paper {
        /// What it is.
        what: &'static str,
        /// The refused value.
        given: f64,
        /// The smallest one.
        least: f64,
        /// The largest one.
        most: f64,
        /// Its unit.
        unit: &'static str,
    },
    /// Nothing has room on paper this narrow.
    #[error(
        "a width of {width} in is too narrow for letters of {font_size} pt: at least {least:.2} in, or smaller letters"
    )]
    TooNarrow {
        /// The width asked for, inches.
        width: f64,
        /// The narrowest one.
        least: f64,
        /// Points.
        font_size: f64,
    },
    /// The figure has no room on paper this low.
    #[error(
        "a height of {height} in is too low for this figure: at least {least:.2} in, or smaller letters, or --no-title"
    )]
    TooLow {
        /// The height asked for, inches.
        height: f64,
        /// The lowest one.
        least: f64,
    },
    /// No such font.
    #[error("--font {name}: this machine has no such font; it has {known}")]
    Font {
        /// The family asked for.
        name: String,
        /// Families that there are.
        known: String,
    },
    /// A file that is no font.
    #[error("--font {file}: cannot be read", file = .file.display())]
    FontFile {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
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
