//! How a run ended.
use crate::learning::Divergence;
use crate::measure::Tables;
use crate::vocabulary::{RunStatus, Term, metric};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All epochs were made.
    Complete,
    /// A state or weight left the finite range; everything up to there is kept.
    Diverged(Divergence),
    /// Ended before the last epoch, because the score that `training.early_stopping` watches got no better.
    StoppedEarly,
    /// Ended from outside after an epoch, before the last one; everything up to there is kept.
    Stopped,
    /// Ended by itself or from outside, no better than guessing (`training.if_not_learnt`); everything is kept.
    DidNotLearn,
    /// Stopped from outside; the last checkpoint can be resumed.
    Interrupted {
        /// Epoch of the last checkpoint, if there is one.
        checkpoint_epoch: Option<u64>,
    },
}

impl Status {
    /// The word in the trace.
    pub fn name(&self) -> &'static str {
        self.recorded().name()
    }

    /// The status that is recorded.
    pub fn recorded(&self) -> RunStatus {
        match self {
            Self::Complete => RunStatus::Complete,
            Self::Diverged(_) => RunStatus::Diverged,
            Self::StoppedEarly => RunStatus::StoppedEarly,
            Self::Stopped => RunStatus::Stopped,
            Self::DidNotLearn => RunStatus::DidNotLearn,
            Self::Interrupted { .. } => RunStatus::Interrupted,
        }
    }
}

/// What a run has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How it ended.
    pub status: Status,
    /// What was measured.
    pub tables: Tables,
    /// Why it looks as if nothing was learnt, if it does.
    pub not_learnt: Option<String>,
    /// Epoch of the weights that did best on the validation set.
    pub best_epoch: Option<u64>,
    /// Seconds of this process.
    pub elapsed_s: f64,
    /// Training steps made by this process.
    pub steps: u64,
}

impl Summary {
    /// Test accuracy of the weights that are kept: the best on the validation set, else the last. None of a run that diverged or
    /// did not learn.
    pub fn test_accuracy(&self) -> Option<f64> {
        self.kept(&metric::TEST_ACCURACY)
    }

    /// A score of the weights that are kept; none of a run that diverged or did not learn.
    pub fn kept(&self, score: &Term) -> Option<f64> {
        if self.status.recorded().has_no_result() {
            return None;
        }
        self.tables.kept(score, self.best_epoch)
    }

    /// Per-layer angle to the backprop gradient in degrees, averaged over the last epoch.
    pub fn angles_deg(&self) -> Option<&[f64]> {
        self.tables.metrics().last(metric::ANGLE.name)
    }
}
