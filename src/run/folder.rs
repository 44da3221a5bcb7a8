//! The folder of a run: names of its files, and which folder a new run gets.
use super::error::RunError;
use crate::config::Setup;
use crate::storage::remove_partial;
use crate::trace::TraceReader;
use crate::vocabulary::place::{attribute, file};
use std::path::{Path, PathBuf};

/// Settings in which the epochs that are added to a run may differ from those before.
pub(super) const CHANGED_BY_EXTENSION: [&str; 4] = [
    "experiment.training.epochs",
    "experiment.training.rate",
    "experiment.training.rate_schedule",
    "experiment.training.bias_rate",
];

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// For a folder that exists or will be made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The finished trace.
    pub fn trace(&self) -> PathBuf {
        self.path.join(file::TRACE)
    }

    /// States recorded so far, until they go into the trace.
    pub fn journal(&self) -> PathBuf {
        self.path.join(file::JOURNAL)
    }

    /// Scores of every epoch so far, as a table.
    pub fn metrics(&self) -> PathBuf {
        self.path.join(file::METRICS)
    }

    /// The same for TensorBoard.
    pub fn events(&self) -> PathBuf {
        self.path.join(file::EVENTS)
    }

    /// What the run has measured so far; removed when there is a trace.
    pub fn progress(&self) -> PathBuf {
        self.path.join(file::PROGRESS)
    }

    /// The last checkpoint; removed when the run is complete.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(file::CHECKPOINT)
    }

    /// The checkpoint before the last one.
    pub fn checkpoint_before(&self) -> PathBuf {
        self.path.join(file::CHECKPOINT_BEFORE)
    }

    /// The state in which a run has ended, for more epochs.
    pub fn final_state(&self) -> PathBuf {
        self.path.join(file::FINAL_STATE)
    }

    /// The state before the epochs that are being added, until there is the trace of all of them.
    pub fn final_state_before(&self) -> PathBuf {
        self.path.join(file::FINAL_STATE_BEFORE)
    }

    /// Whether there is a checkpoint to continue from.
    pub fn has_checkpoint(&self) -> bool {
        self.checkpoint().exists() || self.checkpoint_before().exists()
    }

    /// The figure as SVG.
    pub fn figure_svg(&self) -> PathBuf {
        self.path.join("figure.svg")
    }

    /// The figure as PNG.
    pub fn figure_png(&self) -> PathBuf {
        self.path.join("figure.png")
    }

    /// Whether a run has ended here.
    pub fn is_finished(&self) -> bool {
        self.trace().exists()
    }

    /// The keys in which the run that has ended here differs from these settings in a way that changes results. One that was
    /// continued for more epochs may differ in what its extension has changed.
    ///
    /// # Errors
    /// If its trace cannot be read.
    pub fn differing_keys(&self, setup: &Setup) -> Result<Option<String>, RunError> {
        let trace = TraceReader::open(&self.trace())?;
        let free = if trace.text(attribute::EXTENDED_AFTER).is_some() { &CHANGED_BY_EXTENSION[..] } else { &[] };
        Ok(trace.text(attribute::CONFIG).and_then(|settings| setup.differing_keys_but(free, &settings)))
    }

    /// Whether a run was cut off here.
    pub fn is_unfinished(&self) -> bool {
        !self.is_finished() && (self.has_checkpoint() || self.journal().exists())
    }

    /// The folder for a new run that was named by the user.
    ///
    /// # Errors
    /// [`RunError::Occupied`] if it holds a run, unless that may be overwritten.
    pub fn named(path: &Path, overwrite: bool) -> Result<Self, RunError> {
        let folder = Self::new(path);
        let occupied = |what| Err(RunError::Occupied { folder: path.to_owned(), what });
        match () {
            () if overwrite => Ok(folder),
            () if folder.is_finished() => occupied("a finished run"),
            () if folder.is_unfinished() => occupied("an unfinished run"),
            () => Ok(folder),
        }
    }

    /// The folder for a new run that the user left open: `wanted`, else the first free one of `wanted-2`, `wanted-3`,
    /// …, so that no earlier result is ever lost.
    ///
    /// The folder is made at once, so that runs which start together get one each.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn free(wanted: &Path) -> Result<Self, RunError> {
        if let Some(parent) = wanted.parent() {
            std::fs::create_dir_all(parent).map_err(|source| RunError::Io { path: parent.to_owned(), source })?;
        }
        for folder in numbered(wanted) {
            match std::fs::create_dir(&folder.path) {
                Ok(()) => return Ok(folder),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(RunError::Io { path: folder.path, source }),
            }
        }
        unreachable!("numbers do not end")
    }

    /// The latest of `wanted`, `wanted-2`, … that holds an unfinished run.
    pub fn unfinished(wanted: &Path) -> Option<Self> {
        let used = numbered(wanted).take_while(|folder| folder.path.exists());
        used.filter(Self::is_unfinished).last()
    }

    /// The latest of `wanted`, `wanted-2`, … that holds a run which has ended.
    pub fn finished(wanted: &Path) -> Option<Self> {
        let used = numbered(wanted).take_while(|folder| folder.path.exists());
        used.filter(Self::is_finished).last()
    }

    /// Removes what only an unfinished run needs.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn tidy(&self) -> Result<(), RunError> {
        // The checkpoints first: without them nobody continues with half a journal.
        for file in [self.checkpoint(), self.checkpoint_before(), self.progress()] {
            remove_if_there(&file)?;
            remove_partial(&file);
        }
        remove_if_there(&self.journal())
    }

    /// Removes the state of fewer epochs, when there is the trace of all.
    pub(super) fn forget_final_state_before(&self) -> Result<(), RunError> {
        remove_if_there(&self.final_state_before())
    }

    /// Makes the folder, and removes what a run before has left in it.
    pub(super) fn prepare(&self) -> Result<(), RunError> {
        let error = |path: &Path| {
            let path = path.to_owned();
            move |source| RunError::Io { path, source }
        };
        std::fs::create_dir_all(&self.path).map_err(error(&self.path))?;
        let checkpoints = [self.checkpoint(), self.checkpoint_before()];
        let results = [self.trace(), self.final_state(), self.final_state_before(), self.progress(), self.journal()];
        let others = results.into_iter().chain([self.metrics(), self.events(), self.figure_svg(), self.figure_png()]);
        for file in checkpoints.into_iter().chain(others) {
            remove_if_there(&file)?;
        }
        Ok(())
    }
}

/// Removes a file that may not exist.
fn remove_if_there(file: &Path) -> Result<(), RunError> {
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(RunError::Io { path: file.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn numbered(wanted: &Path) -> impl Iterator<Item = RunFolder> {
    (1..).map(move |n| match n {
        1 => RunFolder::new(wanted),
        _ => {
            let mut name = wanted.as_os_str().to_owned();
            name.push(format!("-{n}"));
            RunFolder::new(PathBuf::from(name))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_run_never_takes_the_folder_of_another() {
        let directory = tempfile::tempdir().unwrap();
        let wanted = directory.path().join("study");
        assert_eq!(RunFolder::free(&wanted).unwrap(), RunFolder::new(&wanted));
        assert_eq!(RunFolder::unfinished(&wanted), None);
        std::fs::write(RunFolder::new(&wanted).trace(), "").unwrap();
        let second = RunFolder::free(&wanted).unwrap();
        assert_eq!(second, RunFolder::new(directory.path().join("study-2")));
        std::fs::write(second.checkpoint(), "").unwrap();
        assert!(second.is_unfinished());
        assert_eq!(RunFolder::unfinished(&wanted), Some(second));
        assert!(matches!(RunFolder::named(&wanted, false), Err(RunError::Occupied { .. })));
        assert!(RunFolder::named(&wanted, true).is_ok());
    }
}
