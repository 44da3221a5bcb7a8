//! The plan on disk: the texts of all files that it was made from, so that every process and every resumption computes
//! the same points, whatever happens to the files.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::plan::Plan;
use crate::config::{Edit, SourceFiles};
use crate::linalg::{Arithmetic, PORTABLE, arithmetic_name, other_arithmetic};
use crate::storage::{JsonSeal, check_json, seal_json, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Version of this format.
const FORMAT: &str = "dyadsim-plan-4";

/// What a sweep was begun with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    format: String,
    /// Version of the program.
    pub dyadsim_version: String,
    /// Commit that the program was built from.
    pub git_commit: String,
    /// Instructions that its points are made by.
    pub arithmetic: String,
    /// The command line.
    pub command: String,
    /// The sweep file.
    pub file: PathBuf,
    /// The edits of the command line.
    pub edits: Vec<String>,
    /// Texts of all files.
    texts: BTreeMap<PathBuf, String>,
}

impl SavedPlan {
    /// What is needed to make `plan` again.
    pub fn new(plan: &Plan, file: &Path, edits: &[Edit], command: &str) -> Self {
        Self {
            format: FORMAT.to_owned(),
            dyadsim_version: env!("CARGO_PKG_VERSION").to_owned(),
            git_commit: env!("DYADSIM_GIT_COMMIT").to_owned(),
            arithmetic: arithmetic_name().to_owned(),
            command: command.to_owned(),
            file: file.to_owned(),
            edits: edits.iter().map(|edit| edit.text.clone()).collect(),
            texts: plan.files.texts(),
        }
    }

    /// Writes it into the folder, whole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, folder: &SweepFolder) -> Result<(), SweepError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| damaged(&folder.plan(), &error))?;
        write_whole(&folder.plan(), seal_json(&text).as_bytes()).map_err(SweepError::io(&folder.plan()))
    }

    /// Reads it from the folder.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn read(folder: &SweepFolder) -> Result<Self, SweepError> {
        let path = folder.plan();
        if !path.exists() {
            return Err(SweepError::NoSweep(folder.path().to_owned()));
        }
        let text = std::fs::read_to_string(&path).map_err(SweepError::io(&path))?;
        if check_json(&text) == JsonSeal::Broken {
            return Err(damaged(&path, &"its bytes are not those of its checksum"));
        }
        let saved: Self = serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?;
        if saved.format != FORMAT {
            return Err(damaged(&path, &format!("format {:?} where {FORMAT:?} is read", saved.format)));
        }
        if check_json(&text) == JsonSeal::Absent {
            return Err(damaged(
                &path,
                &"it has no checksum: it was cut off, or another program has made or changed it",
            ));
        }
        Ok(saved)
    }

    /// The plan.
    ///
    /// # Errors
    /// If another version of the program finds its files invalid.
    pub fn load(self) -> Result<Plan, SweepError> {
        let edits = self.edits.iter().map(|text| Edit::parse(text)).collect::<Result<Vec<_>, _>>()?;
        Plan::read(SourceFiles::with_texts(self.texts), &self.file, &edits)
    }

    /// A sweep that was begun for all processors goes on for all of them, whatever the command line says.
    pub fn choose_arithmetic(&self) {
        if self.arithmetic == PORTABLE {
            Arithmetic::Portable.choose();
        }
    }

    /// What a process that makes products in another way should say before it goes on.
    pub fn other_arithmetic(&self) -> Option<String> {
        other_arithmetic(&self.arithmetic).map(|told| format!("this sweep was {told}"))
    }

    /// What a program of another version should say before it goes on.
    pub fn other_program(&self) -> Option<String> {
        let own = (env!("CARGO_PKG_VERSION"), env!("DYADSIM_GIT_COMMIT"));
        let other = (self.dyadsim_version.as_str(), self.git_commit.as_str());
        (own != other).then(|| {
            format!(
                "this sweep was begun by dyadsim {} ({}), this is {} ({}): its points may differ",
                other.0, other.1, own.0, own.1
            )
        })
    }
}

fn damaged(file: &Path, reason: &impl ToString) -> SweepError {
    SweepError::DamagedPlan { file: file.to_owned(), reason: reason.to_string() }
}
