//! What can stop a sweep.
use crate::config::{ConfigError, EditError};
use crate::run::RunError;
use crate::trace::TraceError;
use std::path::{Path, PathBuf};

/// What can stop a sweep. A point that diverges or fails is a result, not an error.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The sweep file, its base or a hardware model.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A dotted key.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The base cannot be run, or the network that all points begin with not be trained.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The result cannot be written.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Some points cannot be run; nothing was started.
    #[error("{illegal} of {points} points are illegal, nothing was started:\n{}{}", reasons.join("\n"), if *illegal > reasons.len() { "\n…" } else { "" })]
    IllegalPoints {
        /// How many.
        illegal: usize,
        /// Of this many.
        points: usize,
        /// What is wrong with the first ones.
        reasons: Vec<String>,
    },
    /// More points than can reasonably be waited for.
    #[error("{file}: axes and replicates make {points} points; at most {most} are allowed", file = file.display())]
    TooManyPoints {
        /// The sweep file.
        file: PathBuf,
        /// How many.
        points: u128,
        /// Limit.
        most: usize,
    },
    /// A file or folder cannot be read, made, moved or removed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder holds results already.
    #[error("{folder} already holds {what}; continue a sweep with `dyad sweep --resume`, replace it with --overwrite, or take another --out", folder = folder.display())]
    Occupied {
        /// Which folder.
        folder: PathBuf,
        /// What is in it.
        what: &'static str,
    },
    /// The folder holds no sweep.
    #[error("{folder}: holds no sweep (there is no plan.json in it)", folder = .0.display())]
    NoSweep(PathBuf),
    /// The saved plan cannot be understood.
    #[error("{file}: is not a plan of this program: {reason}", file = file.display())]
    DamagedPlan {
        /// Which file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A line of a shard, other than a torn last one, cannot be understood.
    #[error("{file}, line {line}: is not the result of a point: {reason}", file = file.display())]
    DamagedShard {
        /// Which file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Another process works on the same shard.
    #[error("{file}: another process is working on this shard", file = file.display())]
    ShardInUse {
        /// Which file.
        file: PathBuf,
    },
    /// The network that all points begin with has not been trained.
    #[error("{folder}: the network that all points begin with is not trained yet; `dyad sweep --resume {folder} --prepare` trains it", folder = folder.display())]
    NotPrepared {
        /// The folder of the sweep.
        folder: PathBuf,
    },
    /// The training of the network that all points begin with did not end well.
    #[error("{folder}: the network that all points begin with {what}", folder = folder.display())]
    TrainingFailed {
        /// Its folder.
        folder: PathBuf,
        /// How it ended.
        what: String,
    },
    /// Some points are not there yet.
    #[error("{folder}: {missing} of {points} points are missing; `dyad sweep --resume {folder}` makes them, `dyad merge --partial {folder}` goes without", folder = folder.display())]
    MissingPoints {
        /// The folder.
        folder: PathBuf,
        /// How many.
        missing: usize,
        /// Of this many.
        points: usize,
    },
    /// The hardware has nothing that could be removed.
    #[error("hardware {hardware:?} is ideal: there is nothing to ablate; name another with --set hardware=FILE")]
    NothingToAblate {
        /// Its name.
        hardware: String,
    },
    /// The threads could not be started.
    #[error("cannot start {jobs} threads: {reason}")]
    Threads {
        /// How many.
        jobs: usize,
        /// What the system said.
        reason: String,
    },
    /// The table cannot be written.
    #[error("{file}: {source}", file = file.display())]
    Table {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: csv::Error,
    },
}

impl SweepError {
    /// For what the system says of a path.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
