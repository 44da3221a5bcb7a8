//! The jobs that were submitted last, as `DIR/slurm/jobs.json` keeps them.
use super::error::SlurmError;
use super::slurm_folder;
use crate::storage::write_whole;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Trains what every point starts from.
    Prepare,
    /// Runs the shards.
    Array,
    /// Makes the result.
    Merge,
}

/// A job that Slurm has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What it does.
    pub kind: JobKind,
    /// Its number.
    pub id: String,
    /// Its name; numbers of jobs start again some day.
    pub name: String,
    /// The cluster, if sbatch was asked to choose between several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// The last submission.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// Number of shards.
    pub shards: u32,
    /// Its jobs, in the order in which they run.
    pub jobs: Vec<Job>,
}

impl Jobs {
    fn path(folder: &Path) -> PathBuf {
        slurm_folder(folder).join("jobs.json")
    }

    /// The last submission of the sweep in `folder`, if there was one.
    ///
    /// # Errors
    /// If the file cannot be read or is not of this kind.
    pub fn read(folder: &Path) -> Result<Option<Self>, SlurmError> {
        let path = Self::path(folder);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SlurmError::Io { path, source: error }),
        };
        serde_json::from_str(&text).map(Some).map_err(|source| SlurmError::Jobs { path, source })
    }

    /// Keeps this as the last submission.
    pub(super) fn write(&self, folder: &Path) -> Result<(), SlurmError> {
        let path = Self::path(folder);
        let text =
            serde_json::to_string_pretty(self).map_err(|source| SlurmError::Jobs { path: path.clone(), source })?;
        write_whole(&path, (text + "\n").as_bytes()).map_err(SlurmError::io(&path))
    }

    /// The job of a kind.
    pub fn get(&self, kind: JobKind) -> Option<&Job> {
        self.jobs.iter().find(|job| job.kind == kind)
    }
}
