//! What stands in a folder of results: one entry for each run or sweep.
use super::open::{Opened, has_result, open};
use super::run::RunResult;
use super::sweep::SweepResult;
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{PointStatus, RunStatus};
use std::path::{Path, PathBuf};

/// How deep folders of folders are looked through.
const MOST_DEPTH: usize = 4;

/// A run or a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its folder.
    pub folder: PathBuf,
    /// `run` or `sweep`.
    pub kind: &'static str,
    /// How it ended, or that it has not.
    pub status: String,
    /// Epochs of a run that are done and wanted; points of a sweep.
    pub done: [Option<u64>; 2],
    /// Accuracy of the weights that are kept; not a number if there is none that means something.
    pub accuracy: f64,
    /// When it ended, or began if it has not; empty if the file does not say.
    pub date: String,
    /// Title of the experiment.
    pub title: String,
}

/// All runs and sweeps in these folders and those below them, by name. The points of a sweep are part of it.
///
/// # Errors
/// If a folder cannot be read.
pub fn entries(folders: &[PathBuf]) -> std::io::Result<Vec<Entry>> {
    let mut found = vec![];
    for folder in folders {
        add(folder, MOST_DEPTH, &mut found)?;
    }
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found.dedup_by(|a, b| a.folder == b.folder);
    Ok(found)
}

fn add(folder: &Path, depth: usize, found: &mut Vec<Entry>) -> std::io::Result<()> {
    if has_result(folder) {
        found.push(entry(folder));
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for inner in std::fs::read_dir(folder)? {
        let inner = inner?;
        // What a link leads to is listed where it is.
        if inner.file_type()?.is_dir() {
            add(&inner.path(), depth - 1, found)?;
        }
    }
    Ok(())
}

fn entry(folder: &Path) -> Entry {
    let unknown = |status: String| Entry {
        folder: folder.to_owned(),
        kind: "run",
        status,
        done: [None; 2],
        accuracy: f64::NAN,
        date: String::new(),
        title: String::new(),
    };
    match open(folder) {
        Ok(Opened::Run(run)) => of_run(&run, unknown(run.status())),
        Ok(Opened::Sweep(sweep)) => of_sweep(&sweep, Entry { kind: "sweep", ..unknown(String::new()) }),
        Err(super::ResultsError::Unfinished { .. }) => unknown("unfinished".to_owned()),
        Err(error) => unknown(format!("cannot be read: {error}")),
    }
}

fn of_run(run: &RunResult, entry: Entry) -> Entry {
    let date =
        [attribute::ENDED, attribute::STARTED].map(|name| run.text(name)).into_iter().find(|date| !date.is_empty());
    Entry {
        done: [run.epochs_done(), run.settings().epochs()],
        accuracy: run.kept_accuracy().ok().flatten().unwrap_or(f64::NAN),
        date: date.unwrap_or_default(),
        title: run.title(),
        ..entry
    }
}

fn of_sweep(sweep: &SweepResult, entry: Entry) -> Entry {
    let statuses = sweep.reader().read(&group::status_of_points()).map(|own| own.values).unwrap_or_default();
    let made = statuses.iter().filter(|code| PointStatus::from_code(**code) != Some(PointStatus::Missing)).count();
    let status = if sweep.is_incomplete() { "incomplete" } else { RunStatus::Complete.name() };
    Entry {
        status: status.to_owned(),
        done: [Some(made as u64), Some(statuses.len() as u64)],
        title: sweep.text(attribute::TITLE),
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::place::file;

    #[test]
    fn folders_of_folders_are_looked_through_and_what_is_damaged_is_listed() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = place.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        std::fs::write(folder("b/inner").join(file::TRACE), "no trace").unwrap();
        std::fs::write(folder("a").join(file::CHECKPOINT), "").unwrap();
        folder("empty");
        let found = entries(&[place.path().to_owned(), place.path().join("a")]).unwrap();
        let names: Vec<_> = found.iter().map(|own| own.folder.strip_prefix(place.path()).unwrap().to_owned()).collect();
        assert_eq!(names, [PathBuf::from("a"), PathBuf::from("b/inner")]);
        assert_eq!(found[0].status, "unfinished");
        assert!(found[1].status.starts_with("cannot be read: "), "{}", found[1].status);
        assert!(entries(&[place.path().join("nowhere")]).is_err());
    }
}
