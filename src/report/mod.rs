//! One self-contained HTML page of a run or of a sweep: its question, what was found, figures that answer to the
//! pointer, the table of points, the recorded states, all settings.
//!
//! The page asks the network for nothing: style, script and the library that draws its charts are written into it, as is
//! the data, as JSON. A policy in its head has the browser refuse anything else. The script makes elements and the
//! library's options from the data and never reads it as markup.
//!
//! | part | holds |
//! |---|---|
//! | `numbers` | numbers for the page: rounded, thinned |
//! | `settings` | the settings as text, with what differs from the defaults marked |
//! | `states` | recorded states, thinned, with how they were thinned |
//! | `run_page`, `run_tables` | what the page of a run says |
//! | `runs_page` | what the page of several runs says |
//! | `sweep_data` | the result of a sweep as the page needs it |
//! | `sweep_page` | what the page of a sweep says |
//! | `page` | the template, and writing the file whole |
//! | `page.html`, `page.css`, `script/` | the page itself; the script is its files in the order of `page` |
//! | `vendor/uplot` | the library of the charts, unchanged, with its licence, version and source |
mod error;
mod numbers;
mod page;
mod run_data;
mod run_page;
mod run_tables;
mod runs_page;
mod settings;
mod states;
mod sweep_data;
mod sweep_page;

pub use error::ReportError;

use crate::results::statistics::ErrorKind;
use crate::results::{Opened, open};
use std::path::Path;

/// Writes the page of a run or a sweep, from its folder or its file, and says how many bytes it has. An existing page
/// is replaced when the new one is whole. `error` is what stands around means over the replicates of a sweep.
///
/// # Errors
/// [`ReportError`] if there is no result, it cannot be read, or the page cannot be written.
pub fn write(source: &Path, error: ErrorKind, page: &Path) -> Result<u64, ReportError> {
    let content = match open(source)? {
        Opened::Run(run) => run_page::content(&run)?,
        Opened::Sweep(sweep) => sweep_page::content(&sweep, error)?,
    };
    page::write(&content, page)
}

/// Writes one page of several runs, given by their folders or traces, and says how many bytes it has.
///
/// # Errors
/// As [`write()`], or if one of them is a sweep.
pub fn write_runs(sources: &[&Path], page: &Path) -> Result<u64, ReportError> {
    page::write(&runs_page::content(sources)?, page)
}
