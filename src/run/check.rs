//! Whether the files of a run are what was written.
use super::folder::RunFolder;
use crate::storage::{Checked, Verdict};
use crate::trace::{Array, ArrayFile, RecorderState, TraceError, TraceReader, check_journal};
use std::path::Path;

/// Checks the files that there are in the folder of a run: trace, checkpoints, journal.
pub fn check_run(folder: &RunFolder) -> Vec<Checked> {
    let mut checked = vec![];
    if folder.trace().exists() {
        checked.push(check_result(&folder.trace()));
    }
    let states = [folder.final_state(), folder.final_state_before()];
    for file in [folder.checkpoint(), folder.checkpoint_before()].into_iter().chain(states) {
        if file.exists() {
            checked.push(check_checkpoint(&file));
        }
    }
    if folder.journal().exists() {
        // What was recorded since the checkpoint may be torn; it is recorded again.
        let state = |file: &Path| ArrayFile::read(file).ok().and_then(|mut own| own.take(super::checkpoint::RECORDER));
        let state = state(&folder.checkpoint()).or_else(|| state(&folder.checkpoint_before()));
        let state = match state {
            Some(Array::U8(bytes)) => RecorderState::from_bytes(&bytes),
            _ => None,
        };
        let bytes = state.map_or(0, |state| state.journal_bytes());
        let outcome = check_journal(&folder.journal(), bytes).map(|()| Verdict::Whole);
        checked.push(Checked::of(&folder.journal(), outcome));
    }
    checked
}

/// Checks a trace, the result of a sweep or a measurement of robustness: its checksum, and that all of it can be found.
pub fn check_result(file: &Path) -> Checked {
    let verdict = || -> Result<Verdict, TraceError> {
        let reader = TraceReader::open(file)?;
        for group in reader.groups()? {
            reader.variables(&group)?;
        }
        Ok(if reader.is_sealed() { Verdict::Whole } else { Verdict::Unsealed })
    };
    Checked::of(file, verdict())
}

/// Checks a checkpoint.
pub fn check_checkpoint(file: &Path) -> Checked {
    Checked::of(file, ArrayFile::read(file).map(|_| Verdict::Whole))
}
