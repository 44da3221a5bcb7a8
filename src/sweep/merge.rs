//! From the shards to the result.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::journal::outcomes;
use super::outcome::Outcome;
use super::plan::Plan;
use super::result::write_result;
use super::table::write_table;
use crate::vocabulary::PointStatus;

/// How many points ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All points.
    pub points: usize,
    /// Of these, by the number of their [`PointStatus`].
    by_status: [usize; PointStatus::ALL.len()],
}

impl Counts {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = Option<&'a Outcome>>) -> Self {
        let mut counts = Self::default();
        outcomes.into_iter().for_each(|outcome| counts.add(outcome));
        counts
    }

    /// Counts another one.
    pub fn add(&mut self, outcome: Option<&Outcome>) {
        self.points += 1;
        self.by_status[super::result::status_of(outcome) as usize] += 1;
    }

    /// How many ended so.
    pub fn with(&self, status: PointStatus) -> usize {
        self.by_status[status as usize]
    }
}

/// Makes `sweep.h5` and `sweep.csv` from the shards; each appears when it is whole.
///
/// # Errors
/// [`SweepError::MissingPoints`] unless `partial`; or if a file cannot be read or written.
pub fn merge(plan: &Plan, folder: &SweepFolder, partial: bool) -> Result<Vec<Option<Outcome>>, SweepError> {
    let outcomes = outcomes(folder, plan.points.len())?;
    let missing = outcomes.iter().filter(|outcome| outcome.is_none()).count();
    if missing > 0 && !partial {
        let folder = folder.path().to_owned();
        return Err(SweepError::MissingPoints { folder, missing, points: outcomes.len() });
    }
    write_result(plan, &outcomes, &folder.result())?;
    write_table(plan, &outcomes, &folder.table())?;
    Ok(outcomes)
}
