//! Why a run cannot be continued for more epochs.
use std::path::PathBuf;

/// Why a run cannot be continued for more epochs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExtensionError {
    /// No run has ended in the folder.
    #[error("{folder}: no run has ended here that more epochs could be added to", folder = .folder.display())]
    NotEnded {
        /// Which folder.
        folder: PathBuf,
    },
    /// More epochs are being added already.
    #[error("{folder}: epochs were being added to this run when it was interrupted: continue with --resume", folder = .folder.display())]
    Interrupted {
        /// Which folder.
        folder: PathBuf,
    },
    /// It has diverged.
    #[error("{folder}: this run has diverged: there is no state that more epochs could begin with", folder = .folder.display())]
    Diverged {
        /// Which folder.
        folder: PathBuf,
    },
    /// The state in which it ended is not there.
    #[error("{folder}: this run has left no state that more epochs could begin with: final-state.h5 is missing or older than the trace (output.final_state was false, or a version before has made it); network.initial_weights can begin a new run with its weights", folder = .folder.display())]
    NoFinalState {
        /// Which folder.
        folder: PathBuf,
    },
    /// The learning rate would be zero.
    #[error(
        "training.rate_schedule: has ended at rate 0 after epoch {epoch}, so that more epochs would change nothing: name another for them, as --set training.rate_schedule=constant --set training.rate=1e-4"
    )]
    RateEnded {
        /// The epoch at which it has.
        epoch: f64,
    },
}
