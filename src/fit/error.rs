//! Why a model could not be fitted.
use crate::config::ConfigError;
use std::path::PathBuf;

/// Why a model could not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The file cannot be read.
    #[error("{file}: {source}", file = .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// The table has no such column, or one too many.
    #[error("{source_name}: {rule}")]
    Columns {
        /// The file, or what it is called.
        source_name: String,
        /// What is demanded.
        rule: String,
    },
    /// A value of the table.
    #[error("{source_name}: row {row}, column {column:?}: {rule}, got {value:?}")]
    Value {
        /// The file, or what it is called.
        source_name: String,
        /// Counted from 1, without the names of the columns.
        row: usize,
        /// Which column.
        column: String,
        /// What is demanded.
        rule: &'static str,
        /// What is there.
        value: String,
    },
    /// There is nothing to fit.
    #[error("the curves hold no pulses")]
    NoReads,
    /// One direction is missing.
    #[error("device {device}: {found} reads after pulses {direction}, a fit of this model needs {needed}")]
    TooFew {
        /// Which device.
        device: String,
        /// Reads there are.
        found: usize,
        /// "up" or "down".
        direction: &'static str,
        /// Reads it needs.
        needed: usize,
    },
    /// All reads are the same.
    #[error("device {device}: all its reads are {value}: it does not move")]
    Flat {
        /// Which device.
        device: String,
        /// What is read.
        value: f64,
    },
    /// Zero or unit of the weights.
    #[error("{key}: {rule}, got {value}")]
    Units {
        /// `zero` or `unit`.
        key: &'static str,
        /// What is demanded.
        rule: &'static str,
        /// What was given.
        value: f64,
    },
    /// Least squares found nothing.
    #[error("device {device}: no fit was found ({reason}); another model may suit it")]
    Failed {
        /// Which device.
        device: String,
        /// What the solver said.
        reason: String,
    },
    /// The hardware model breaks a rule.
    #[error(transparent)]
    Hardware(#[from] ConfigError),
}
