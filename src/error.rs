//! Whatever can stop a command.
use crate::config::{ConfigError, EditError};
use crate::data::DataError;
use crate::data::fetch::FetchError;
use crate::export::ExportError;
use crate::fit::FitError;
use crate::network::NetworkError;
use crate::plot::PlotError;
use crate::report::ReportError;
use crate::results::ResultsError;
use crate::run::RunError;
use crate::sweep::SweepError;
use crate::sweep::slurm::SlurmError;
use crate::trace::TraceError;

/// Whatever can stop a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An experiment or hardware file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A `--set` that is not an edit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Slurm.
    #[error(transparent)]
    Slurm(#[from] SlurmError),
    /// A file for another command.
    #[error("{file}: is {what}: {right}", file = .file.display())]
    OtherCommand {
        /// The file.
        file: std::path::PathBuf,
        /// What it is.
        what: &'static str,
        /// The command that it is for.
        right: String,
    },
    /// A file or folder.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Memory for the program itself.
    #[error(
        "the system gives this process less than {needed} MB of memory, which the program needs for itself (ulimit -v, memory of the job)"
    )]
    Memory {
        /// How much it needs, MB.
        needed: usize,
    },
    /// Data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A download.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A fit to measurements.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A figure.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A result.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// An option of the command line.
    #[error("{option}: {rule}")]
    Option {
        /// Which.
        option: &'static str,
        /// The rule it breaks.
        rule: String,
    },
    /// The threads could not be started.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// Number asked for.
        threads: usize,
        /// What rayon said.
        source: rayon::ThreadPoolBuildError,
    },
    /// A folder that is to be listed is none.
    #[error("{folder}: is no folder", folder = .0.display())]
    NoFolder(std::path::PathBuf),
    /// A folder cannot be listed.
    #[error("{folder}: cannot be listed", folder = .folder.display())]
    List {
        /// Which.
        folder: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder of a run is empty.
    #[error("{folder} holds no run", folder = .0.display())]
    NoRun(std::path::PathBuf),
}
