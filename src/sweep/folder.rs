//! The folder of a sweep: names of its files.
use super::error::SweepError;
use super::shard::Shard;
use crate::run::RunFolder;
use crate::vocabulary::place::file;
use std::path::{Path, PathBuf};

/// The folder of one sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepFolder {
    path: PathBuf,
}

impl SweepFolder {
    /// For a folder that exists or will be made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is computed: texts of all files, edits.
    pub fn plan(&self) -> PathBuf {
        self.path.join("plan.json")
    }

    /// The network that all points begin with, if the sweep trains one.
    pub fn trained(&self) -> RunFolder {
        RunFolder::new(self.path.join("trained"))
    }

    /// Where the results of the shards are.
    pub fn shards(&self) -> PathBuf {
        self.path.join("shards")
    }

    /// The results of a shard.
    pub fn shard(&self, shard: Shard) -> PathBuf {
        self.shards().join(format!("{}-of-{}.jsonl", shard.number(), shard.of()))
    }

    /// The files of a point, if they are kept.
    pub fn point(&self, index: usize) -> RunFolder {
        RunFolder::new(self.path.join(file::POINTS).join(file::point(index)))
    }

    /// The result.
    pub fn result(&self) -> PathBuf {
        self.path.join(file::SWEEP)
    }

    /// The result as a long table.
    pub fn table(&self) -> PathBuf {
        self.path.join(file::SWEEP_TABLE)
    }

    /// The figure as SVG.
    pub fn figure_svg(&self) -> PathBuf {
        self.path.join("figure.svg")
    }

    /// The figure as PNG.
    pub fn figure_png(&self) -> PathBuf {
        self.path.join("figure.png")
    }

    /// Whether a sweep was begun here.
    pub fn is_begun(&self) -> bool {
        self.plan().exists()
    }

    /// Makes the folder for a new sweep that was named by the user.
    ///
    /// # Errors
    /// [`SweepError::Occupied`] if it holds a sweep or a run.
    pub fn named(path: &Path) -> Result<Self, SweepError> {
        let folder = Self::new(path);
        let run = RunFolder::new(path);
        if folder.is_begun() || run.is_finished() || run.is_unfinished() {
            let what = if folder.is_begun() { "a sweep" } else { "a run" };
            return Err(SweepError::Occupied { folder: path.to_owned(), what });
        }
        std::fs::create_dir_all(path).map_err(SweepError::io(path))?;
        Ok(folder)
    }

    /// Makes the folder for a new sweep that the user left open: the first free one of `wanted`, `wanted-2`, ….
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn free(wanted: &Path) -> Result<Self, SweepError> {
        Ok(Self::new(RunFolder::free(wanted)?.path()))
    }

    /// Removes an earlier sweep from the folder, and nothing else.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn clear(&self) -> Result<(), SweepError> {
        for folder in [
            self.shards(),
            self.path.join(file::POINTS),
            self.trained().path().to_owned(),
            self.path.join("slurm"),
            self.path.join("pbs"),
            self.path.join("lsf"),
        ] {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(SweepError::io(&folder))?;
            }
        }
        for file in [self.plan(), self.result(), self.table(), self.figure_svg(), self.figure_png()] {
            if file.exists() {
                std::fs::remove_file(&file).map_err(SweepError::io(&file))?;
            }
        }
        Ok(())
    }
}
