//! How runs, points of sweeps and inferences end. Each status has one name, for files and for people.
use serde::{Deserialize, Serialize};

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// All epochs were made.
    Complete,
    /// A state or weight left the finite range.
    Diverged,
    /// It ended before its last epoch, because it did not get better (`training.early_stopping`).
    StoppedEarly,
    /// It was ended from outside after an epoch, with its results.
    Stopped,
    /// It ended no better than guessing (`training.if_not_learnt`).
    DidNotLearn,
    /// It was stopped from outside.
    Interrupted,
    /// It goes on.
    Running,
}

impl RunStatus {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Diverged => "diverged",
            Self::StoppedEarly => "stopped_early",
            Self::Stopped => "stopped",
            Self::DidNotLearn => "did_not_learn",
            Self::Interrupted => "interrupted",
            Self::Running => "running",
        }
    }

    /// The status of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        use RunStatus::{Complete, DidNotLearn, Diverged, Interrupted, Running, Stopped, StoppedEarly};
        let all = [Complete, Diverged, StoppedEarly, Stopped, DidNotLearn, Interrupted, Running];
        all.into_iter().find(|status| status.name() == name)
    }

    /// Whether it has found no network whose scores could be told of, or averaged.
    pub fn has_no_result(self) -> bool {
        matches!(self, Self::Diverged | Self::DidNotLearn)
    }
}

/// How a point of a sweep has ended; the numbers are those in the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStatus {
    /// It has not been made.
    Missing = 0,
    /// All epochs were made.
    Complete = 1,
    /// A state or weight left the finite range.
    Diverged = 2,
    /// It could not be run to its end.
    Failed = 3,
    /// It ended, but with a loss or accuracy that is no number.
    NonFinite = 4,
    /// It ended no better than guessing.
    DidNotLearn = 5,
}

impl PointStatus {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Missing, Self::Complete, Self::Diverged, Self::Failed, Self::NonFinite, Self::DidNotLearn];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Complete => "complete",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::NonFinite => "non_finite",
            Self::DidNotLearn => "did_not_learn",
        }
    }

    /// What people are told.
    pub const fn words(self) -> &'static str {
        match self {
            Self::DidNotLearn => "did not learn",
            other => other.name(),
        }
    }

    /// The status of this number.
    pub fn from_code(code: f64) -> Option<Self> {
        Self::ALL.into_iter().find(|&status| status as i64 as f64 == code)
    }

    /// Whether its numbers went out of bounds.
    pub fn is_unbounded(self) -> bool {
        matches!(self, Self::Diverged | Self::NonFinite)
    }
}

/// What became of the states of an inference that is repeated; the numbers are those in the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// They converged.
    Converged = 1,
    /// They run into a limit cycle.
    LimitCycle = 2,
    /// They grew without bound.
    Diverged = 3,
    /// None of these so far.
    Undecided = 4,
}

impl Verdict {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Converged, Self::LimitCycle, Self::Diverged, Self::Undecided];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::LimitCycle => "limit cycle",
            Self::Diverged => "diverged",
            Self::Undecided => "undecided",
        }
    }

    /// The verdict of this number.
    pub fn from_code(code: f64) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }

    /// Its number.
    pub fn code(self) -> f64 {
        f64::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_status() {
        for status in PointStatus::ALL {
            assert_eq!(PointStatus::from_code(f64::from(status as u8)), Some(status));
            let word = serde_json::to_value(status).unwrap();
            assert_eq!(word, status.name(), "shards and results call it the same");
        }
        assert_eq!((PointStatus::from_code(f64::NAN), PointStatus::from_code(6.0)), (None, None));
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_code(verdict.code()), Some(verdict));
        }
    }
}
