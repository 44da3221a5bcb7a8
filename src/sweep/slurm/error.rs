//! What can stop a submission.
use crate::trace::TraceError;
use std::path::PathBuf;

/// What can stop a submission.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// A file cannot be read or removed.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A script or the list of jobs cannot be written.
    #[error(transparent)]
    Write(#[from] TraceError),
    /// A path that cannot stand in a script or in the pattern of a log.
    #[error("{path}: Slurm takes only paths of readable text without line breaks and backslashes", path = .path.display())]
    Path {
        /// Which.
        path: PathBuf,
    },
    /// A setting that would not arrive as one argument of sbatch.
    #[error("{setting} {value:?}: {rule}")]
    Setting {
        /// Name of the setting on the command line.
        setting: &'static str,
        /// What was given.
        value: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// More tasks than an array may have here.
    #[error("--tasks {tasks}: an array has at most {most} tasks on this Slurm (MaxArraySize)")]
    TooManyTasks {
        /// Tasks asked for.
        tasks: u32,
        /// Largest index of a task.
        most: u32,
    },
    /// A program of Slurm cannot be started.
    #[error("cannot start {program}: {source}; --engine slurm needs Slurm here (--no-submit only writes the scripts)")]
    Program {
        /// Which.
        program: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Slurm did not take a script.
    #[error("sbatch refused {script}: {message}", script = .script.display())]
    Refused {
        /// Which script.
        script: PathBuf,
        /// What sbatch said.
        message: String,
    },
    /// Another scheduler did not take a script.
    #[error("{scheduler} refused a job of {script}: {message}", script = .script.display())]
    NotTaken {
        /// Its name.
        scheduler: &'static str,
        /// The script that submits the others.
        script: PathBuf,
        /// What was said.
        message: String,
    },
    /// Whether earlier jobs still run is not known.
    #[error("squeue does not tell whether the jobs of {folder} still run: {message}", folder = .folder.display())]
    Queue {
        /// Folder of the sweep.
        folder: PathBuf,
        /// What squeue said.
        message: String,
    },
    /// Jobs of this folder are still in the queue.
    #[error(
        "{folder} still has jobs in the queue: {jobs}; wait for them, or end them with `scancel {cancel}`",
        folder = .folder.display()
    )]
    StillQueued {
        /// Folder of the sweep.
        folder: PathBuf,
        /// The jobs and their states.
        jobs: String,
        /// Arguments of scancel that end them.
        cancel: String,
    },
    /// The file of job numbers is not what this program writes.
    #[error("{path} is not a list of jobs: {source}", path = .path.display())]
    Jobs {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl SlurmError {
    /// For `map_err` of an operation on `path`.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
