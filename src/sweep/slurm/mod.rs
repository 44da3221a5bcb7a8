//! A sweep as a Slurm job array: every task runs one shard, a job that waits for the array merges the shards.
//!
//! What is written into `DIR/slurm/`:
//!
//! | file | what |
//! |---|---|
//! | `prepare.sh` | trains what every point starts from, if the sweep has that; the array waits for its success |
//! | `array.sh` | a task a shard that still has points to run |
//! | `merge.sh` | makes the result when the array has ended, however it ended |
//! | `jobs.json` | how many shards there are, and the jobs submitted last |
//! | `NAME-JOB_TASK.log` | what each task said |
//!
//! PBS and LSF get the same from `others`, in `DIR/pbs/` or `DIR/lsf/`, with a script that submits them.
//!
//! Nothing here knows what a point is: [`Shards`] and [`SlurmSettings`] make the texts, [`submit`] hands them to
//! `sbatch`. A task may be killed at any time, or be put into the queue again by Slurm: points that are done are on
//! disk, and a submission for the same folder asks for the rest only.
mod error;
mod jobs;
mod others;
mod queue;
mod quote;
mod script;
mod shards;
mod submit;

pub use error::SlurmError;
pub use jobs::{Job, JobKind, Jobs};
pub use others::OtherScheduler;
pub use queue::{largest_array, refuse_doubles};
pub use script::{Scripts, SlurmSettings};
pub use shards::{Shards, index_ranges};
pub use submit::{submit, write_scripts};

use std::path::{Path, PathBuf};

/// Where the scripts, job numbers and logs of the sweep in `folder` are.
pub fn slurm_folder(folder: &Path) -> PathBuf {
    folder.join("slurm")
}
