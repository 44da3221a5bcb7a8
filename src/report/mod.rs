//! One self-contained HTML page of a run or of a sweep: its question, what was found, figures that answer to the
//! pointer, the table of points, the recorded states, all settings.
//!
//! The page asks the network for nothing: style and script are files of ours that are written into it, as is the data,
//! as JSON. A policy in its head has the browser refuse anything else. The script makes elements from the data and
//! never reads it as markup.
//!
//! | part | holds |
//! |---|---|
//! | `numbers` | numbers for the page: rounded, thinned, told to people |
//! | `settings` | the settings as text, with what differs from the defaults marked |
//! | `states` | recorded states, thinned, with how they were thinned |
//! | `run_page`, `run_tables` | what the page of a run says |
//! | `sweep_file`, `sweep_points` | the result of a sweep as the page needs it |
//! | `sweep_page` | what the page of a sweep says |
//! | `page` | the template, and writing the file whole |
//! | `page.html`, `page.css`, `script/` | the page itself; the script is its files in the order of `page` |
mod numbers;
mod page;
mod run_page;
mod run_tables;
mod settings;
mod states;
mod sweep_file;
mod sweep_page;
mod sweep_points;

use crate::trace::{TraceError, TraceReader};
use std::path::{Path, PathBuf};

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing to report on.
    #[error("{folder}: holds neither sweep.h5 nor trace.h5; dyad report wants the folder of a finished sweep or run", folder = .0.display())]
    Nothing(PathBuf),
    /// The trace or the result of the sweep cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The result of the sweep is not laid out as it has to be.
    #[error("{file}: {object}: {rule}", file = .file.display())]
    Layout {
        /// Which file.
        file: PathBuf,
        /// Which attribute or variable.
        object: String,
        /// What it has to be.
        rule: String,
    },
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

/// Writes the page of a run or a sweep, from its folder or its file, and says how many bytes it has. An existing page
/// is replaced when the new one is whole.
///
/// # Errors
/// [`ReportError`] if there is no result, it cannot be read, or the page cannot be written.
pub fn write(source: &Path, page: &Path) -> Result<u64, ReportError> {
    let reader = TraceReader::open(&result_of(source)?)?;
    let content = if reader.is_sweep() { sweep_page::content(&reader)? } else { run_page::content(&reader)? };
    page::write(&content, page)
}

/// The file with the result: of a folder that of the sweep, else that of the run.
fn result_of(source: &Path) -> Result<PathBuf, ReportError> {
    if !source.is_dir() {
        return Ok(source.to_owned());
    }
    let found = ["sweep.h5", "trace.h5"].map(|name| source.join(name)).into_iter().find(|file| file.exists());
    found.ok_or_else(|| ReportError::Nothing(source.to_owned()))
}
