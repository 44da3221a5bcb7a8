//! Which result stands in a folder, and how far it is.
use super::error::ResultsError;
use super::run::RunResult;
use super::sweep::SweepResult;
use crate::trace::TraceReader;
use crate::vocabulary::place::file::{CHECKPOINT, CHECKPOINT_BEFORE, JOURNAL, PROGRESS, SWEEP, TRACE};
use std::path::{Path, PathBuf};

/// An open result.
#[derive(Debug)]
pub enum Opened {
    /// Of a run, or of a measurement of its robustness.
    Run(RunResult),
    /// Of a sweep.
    Sweep(SweepResult),
}

/// The file itself; of a folder the result of the sweep that it holds, else the trace of the run, else what a run that has
/// not ended has measured so far.
///
/// # Errors
/// [`ResultsError::Unfinished`] or [`ResultsError::Nothing`] if a folder holds no result.
pub fn find(path: &Path) -> Result<PathBuf, ResultsError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    if let Some(found) = [SWEEP, TRACE, PROGRESS].map(|name| path.join(name)).into_iter().find(|file| file.exists()) {
        return Ok(found);
    }
    let has_checkpoint = [CHECKPOINT, CHECKPOINT_BEFORE].iter().any(|name| path.join(name).exists());
    if has_checkpoint || path.join(JOURNAL).exists() {
        return Err(ResultsError::Unfinished { folder: path.to_owned(), has_checkpoint });
    }
    Err(ResultsError::Nothing(path.to_owned()))
}

/// Whether a folder holds a result, or a run that has not ended.
pub(super) fn has_result(folder: &Path) -> bool {
    [SWEEP, TRACE, PROGRESS, CHECKPOINT, CHECKPOINT_BEFORE, JOURNAL].iter().any(|name| folder.join(name).exists())
}

/// Opens a result by its file or folder.
///
/// # Errors
/// As [`find`], or if the file cannot be read or is no result.
pub fn open(path: &Path) -> Result<Opened, ResultsError> {
    let reader = TraceReader::open(&find(path)?)?;
    Ok(if reader.is_sweep() { Opened::Sweep(SweepResult::new(reader)?) } else { Opened::Run(RunResult::new(reader)) })
}

impl Opened {
    /// The file.
    pub fn reader(&self) -> &TraceReader {
        match self {
            Self::Run(run) => run.reader(),
            Self::Sweep(sweep) => sweep.reader(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_the_sweep_before_the_run_and_an_unfinished_run_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(matches!(find(path), Err(ResultsError::Nothing(_))));
        std::fs::write(path.join(JOURNAL), "").unwrap();
        assert!(matches!(find(path), Err(ResultsError::Unfinished { has_checkpoint: false, .. })));
        std::fs::write(path.join(CHECKPOINT), "").unwrap();
        assert!(find(path).unwrap_err().to_string().contains("--resume"));
        for name in [TRACE, SWEEP] {
            std::fs::write(path.join(name), "").unwrap();
            assert_eq!(find(path).unwrap(), path.join(name));
        }
    }
}
