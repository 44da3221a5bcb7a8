//! What stops a replay.
use crate::network::NetworkError;
use std::path::PathBuf;

/// Why a case could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be read.
    #[error("{file}: {source}", file = .file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a reference case.
    #[error("{file}: not a reference case: {source}", file = .file.display())]
    Parse {
        /// Which file.
        file: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A field has a value that the format does not know, or arrays do not fit together.
    #[error("{file}: {field}: {rule}", file = .file.display())]
    Field {
        /// Which file.
        file: PathBuf,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        rule: String,
    },
    /// The weights do not make a network.
    #[error("{file}: {source}", file = .file.display())]
    Network {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        source: NetworkError,
    },
}
