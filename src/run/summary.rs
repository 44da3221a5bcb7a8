//! How a run ended.
use super::table::Table;
use crate::learning::Divergence;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All epochs were made.
    Complete,
    /// A state or weight left the finite range; everything up to there is kept.
    Diverged(Divergence),
    /// Stopped from outside; the last checkpoint can be resumed.
    Interrupted {
        /// Epoch of the last checkpoint, if there is one.
        checkpoint_epoch: Option<u64>,
    },
}

impl Status {
    /// The word in the trace.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Diverged(_) => "diverged",
            Self::Interrupted { .. } => "interrupted",
        }
    }
}

/// What a run has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How it ended.
    pub status: Status,
    /// Measurements along epochs.
    pub metrics: Table,
    /// Quality of the learning signal at the audited steps; only on hardware that is not ideal.
    pub signal: Option<Table>,
    /// Residuals of the visits at the measured steps.
    pub residual: Option<Table>,
    /// Writes of the synapses along epochs; only with devices for synapses.
    pub synapses: Option<Table>,
    /// Probes of the stability of inference along epochs, if they were made.
    pub stability: Option<Table>,
    /// Lipschitz constants and robustness along epochs, if they were measured.
    pub robustness: Option<Table>,
    /// Epoch of the weights that did best on the validation set.
    pub best_epoch: Option<u64>,
    /// Seconds of this process.
    pub elapsed_s: f64,
    /// Training steps made by this process.
    pub steps: u64,
}

impl Summary {
    /// All tables but the residuals, which run along visits.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.metrics)
            .chain(&self.signal)
            .chain(&self.synapses)
            .chain(&self.stability)
            .chain(&self.robustness)
    }

    /// Test accuracy of the weights that are kept: the best on the validation set, else the last.
    pub fn test_accuracy(&self) -> Option<f64> {
        let column = self.metrics.column("test_accuracy")?;
        match self.best_epoch {
            Some(epoch) => {
                let index = self.metrics.coordinates.iter().position(|&e| e == epoch as i64)?;
                column.get(index).copied()
            }
            None => column.iter().rev().copied().find(|x| x.is_finite()),
        }
    }

    /// Per-layer angle to the backprop gradient in degrees, averaged over the last epoch.
    pub fn angles_deg(&self) -> Option<&[f64]> {
        self.metrics.last("angle_deg")
    }
}
