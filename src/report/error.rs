//! Why a page could not be made.
use crate::results::ResultsError;
use crate::trace::TraceError;
use std::path::PathBuf;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no result, or it cannot be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The trace or the result of the sweep cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// More points than a browser gets through.
    #[error("{file}: a page holds at most {most} points, the sweep has {points}; sweep.h5 and sweep.csv hold them all", file = .file.display())]
    TooManyPoints {
        /// Which file.
        file: PathBuf,
        /// Points of the sweep.
        points: usize,
        /// Points of a page.
        most: usize,
    },
    /// The template is wrong.
    #[error("the page could not be filled in")]
    Template(#[from] minijinja::Error),
    /// The page cannot be written.
    #[error("{file}: could not be written", file = .file.display())]
    Write {
        /// The page.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
