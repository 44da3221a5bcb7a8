//! What can go wrong with an export.
use crate::results::ResultsError;
use crate::trace::TraceError;
use std::path::PathBuf;

/// What can go wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file that is read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The folder or file is no result.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// `--what` names nothing of the file.
    #[error("{file}: no group or variable {what:?}{}; the groups are {}", hint(.nearest.as_deref()), .groups.join(", "), file = .file.display())]
    NotThere {
        /// Which file.
        file: PathBuf,
        /// What was asked for.
        what: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// What there is.
        groups: Vec<String>,
    },
    /// Several tables for one file.
    #[error("{out}: one file for {n} tables; choose one with --what ({}), or name a folder", .groups.join(", "), n = .groups.len(), out = .out.display())]
    SeveralTables {
        /// The file.
        out: PathBuf,
        /// The groups.
        groups: Vec<String>,
    },
    /// `--what` with a graph.
    #[error("a nir graph holds the whole network: choose weights with --weights, not with --what")]
    WhatOfGraph,
    /// A sweep has no weights.
    #[error("{file}: a sweep holds no weights; export the trace of a run", file = .0.display())]
    GraphOfSweep(PathBuf),
    /// A lifted network is no forward graph.
    #[error("{file}: a lifted network answers by the minimum of an energy, which is no NIR graph; export it to npz instead", file = .0.display())]
    GraphOfEnergy(PathBuf),
    /// The trace lacks these weights.
    #[error("{file}: no group weights/{wanted}; {}", there_are(.recorded), file = .file.display())]
    NoWeights {
        /// Which file.
        file: PathBuf,
        /// What was asked for.
        wanted: &'static str,
        /// Which weights it has.
        recorded: Vec<&'static str>,
    },
    /// Weights that do not fit the populations that they connect.
    #[error("{file}: {group}: its weights are not those of the projection that the trace describes", file = .file.display())]
    Weights {
        /// Which file.
        file: PathBuf,
        /// Which group.
        group: String,
    },
    /// A projection that NIR has no node for.
    #[error("{file}: no NIR graph: layer {projection} has no node: {reason}", file = .file.display())]
    Unsaid {
        /// Which file.
        file: PathBuf,
        /// The projection, from 1.
        projection: usize,
        /// What NIR lacks.
        reason: &'static str,
    },
    /// A file cannot be written.
    #[error("{file}: {source}", file = .file.display())]
    Write {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| format!(" (did you mean {nearest:?}?)"))
}

fn there_are(names: &[&str]) -> String {
    if names.is_empty() {
        "the run recorded none (recording.weights)".to_owned()
    } else {
        format!("there are weights {}", names.join(", "))
    }
}
