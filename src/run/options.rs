//! How a run is made, as opposed to what it computes.
use super::folder::RunFolder;
use super::memory_limit::MemoryLimit;

/// How a run is made, as opposed to what it computes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where the files go.
    pub folder: RunFolder,
    /// Where it begins.
    pub start: RunStart,
    /// The command line, for the trace.
    pub command: String,
    /// The most memory that it may take: a run that needs more is refused before it takes any. None if that has been looked at.
    pub memory_limit: Option<MemoryLimit>,
}

/// Where a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStart {
    /// With the untrained network.
    New,
    /// From the checkpoint in the folder; anew if there is none yet.
    Resume,
    /// From the final state of the run that has ended in the folder ([`super::Extension`]).
    Extend,
}

impl RunOptions {
    /// A new run, not made by a command.
    pub fn new(folder: RunFolder) -> Self {
        Self { folder, start: RunStart::New, command: String::new(), memory_limit: Some(MemoryLimit::default()) }
    }
}
