//! Whether the files of a sweep are what was written.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::journal::{read, shard_files};
use super::saved::SavedPlan;
use crate::run::{RunFolder, check_result, check_run};
use crate::storage::{Checked, Verdict};
use crate::vocabulary::place::file;

/// Checks the files that there are in the folder of a sweep: plan, shards, result, and the runs whose files are kept.
///
/// # Errors
/// If a folder cannot be read.
pub fn check_sweep(folder: &SweepFolder) -> Result<Vec<Checked>, SweepError> {
    let mut checked = vec![];
    if folder.is_begun() {
        checked.push(Checked::of(&folder.plan(), SavedPlan::read(folder).map(|_| Verdict::Whole)));
    }
    for (_, path) in shard_files(folder)? {
        checked.push(Checked::of(&path, read(&path).map(|_| Verdict::Whole)));
    }
    if folder.result().exists() {
        checked.push(check_result(&folder.result()));
    }
    checked.extend(check_run(&folder.trained()));
    let points = folder.path().join(file::POINTS);
    if points.is_dir() {
        let entries = std::fs::read_dir(&points).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let mut runs: Vec<_> = entries.map_err(SweepError::io(&points))?.iter().map(std::fs::DirEntry::path).collect();
        runs.sort();
        checked.extend(runs.into_iter().flat_map(|run| check_run(&RunFolder::new(run))));
    }
    Ok(checked)
}
