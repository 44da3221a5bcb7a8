//! A figure that is ready to be saved.
use crate::figure::{Figure, FigureError, Paper};
use std::path::Path;

/// A figure, and the paper it was made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plotted {
    /// The figure.
    pub figure: Figure,
    /// What would stand above the figure, if it was asked to stand nowhere.
    pub caption: String,
    pub(super) paper: Paper,
}

impl Plotted {
    /// Draws into files: SVG, PNG or PDF by their extension. Existing files are replaced, all when all are whole.
    ///
    /// # Errors
    /// If the figure has no room on the paper, or a file cannot be written.
    pub fn save(&self, files: &[&Path]) -> Result<(), FigureError> {
        self.figure.save_on(files, &self.paper)
    }
}
