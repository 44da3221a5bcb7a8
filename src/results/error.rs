//! Why a result cannot be read.
use crate::trace::TraceError;
use std::path::{Path, PathBuf};

/// Why a result cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The file cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A folder without results.
    #[error("{folder}: holds neither sweep.h5 nor trace.h5, as the folder of a finished sweep or run does", folder = .0.display())]
    Nothing(PathBuf),
    /// A folder whose run has not ended: its trace is written at the end.
    #[error("{folder}: holds an unfinished run, which {}; what it has measured so far is in metrics.csv", next_step(*.has_checkpoint), folder = .folder.display())]
    Unfinished {
        /// Which folder.
        folder: PathBuf,
        /// Whether the run can go on where it was cut off.
        has_checkpoint: bool,
    },
    /// The file is not laid out as it has to be.
    #[error("{file}: {object}: {rule}", file = .file.display())]
    Layout {
        /// Which file.
        file: PathBuf,
        /// Which attribute or variable.
        object: String,
        /// What it has to be.
        rule: String,
    },
}

fn next_step(has_checkpoint: bool) -> &'static str {
    if has_checkpoint { "can be continued with --resume" } else { "has no checkpoint yet" }
}

impl ResultsError {
    /// An error of layout.
    pub(super) fn layout(file: &Path, object: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Layout { file: file.to_owned(), object: object.into(), rule: rule.into() }
    }
}
