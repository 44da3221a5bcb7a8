//! How a run is made, as opposed to what it computes.
use super::folder::RunFolder;

/// How a run is made, as opposed to what it computes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where the files go.
    pub folder: RunFolder,
    /// Continue from the checkpoint in the folder.
    pub resume: bool,
    /// The command line, for the trace.
    pub command: String,
}

impl RunOptions {
    /// A new run, not made by a command.
    pub fn new(folder: RunFolder) -> Self {
        Self { folder, resume: false, command: String::new() }
    }
}
