//! More epochs for a run that has ended.
//!
//! They begin with the state that the run has left ([`RunFolder::final_state`]): weights, moments of the optimizer, states of
//! neurons and devices, and the number of the epoch. Whatever is keyed by the number of an epoch or step goes on, so that the bits
//! are those of one long run, if the learning rates are. A schedule that ends with the run stays at its end.
use super::checkpoint::settings_of_last;
use super::error::RunError;
use super::extension_error::ExtensionError;
use super::folder::{CHANGED_BY_EXTENSION, RunFolder};
use crate::config::{Edit, Setup};
use crate::learning::RateSchedule;
use crate::parameter::{Count, Positive};
use crate::trace::TraceReader;
use crate::vocabulary::RunStatus;
use crate::vocabulary::place::attribute;

/// More epochs for a run that has ended.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Settings of the run with all its epochs.
    pub setup: Setup,
    /// Epochs that it had.
    pub after: u64,
    /// How it compares with one long run, in words.
    pub comparison: String,
}

impl Extension {
    /// Adds `more` epochs to the run in a folder, whose settings are these but for the epochs and, if they are to change, the
    /// learning rate and its schedule.
    ///
    /// # Errors
    /// [`ExtensionError`], or [`RunError::EndedOtherwise`] if other settings differ.
    pub fn of(folder: &RunFolder, setup: &Setup, more: Count) -> Result<Self, RunError> {
        let path = || folder.path().to_owned();
        if !folder.is_finished() {
            return Err(ExtensionError::NotEnded { folder: path() }.into());
        }
        if Self::interrupted(folder, setup)?.is_some() {
            return Err(ExtensionError::Interrupted { folder: path() }.into());
        }
        let (ended, after) = ended(folder)?;
        let trace = TraceReader::open(&folder.trace())?;
        if trace.text(attribute::STATUS).as_deref() == Some(RunStatus::Diverged.name()) {
            return Err(ExtensionError::Diverged { folder: path() }.into());
        }
        if let Some(keys) = setup.differing_keys_but(&CHANGED_BY_EXTENSION, ended.settings_text()) {
            return Err(RunError::EndedOtherwise { folder: path(), keys });
        }
        if !folder.final_state().exists() && !folder.final_state_before().exists() {
            return Err(ExtensionError::NoFinalState { folder: path() }.into());
        }
        Self::to(setup, &ended, after, after.saturating_add(more.get() as u64))
    }

    /// The extension that was interrupted in a folder after its first checkpoint, if one was.
    ///
    /// # Errors
    /// If the settings of the run cannot be read, or are not these.
    pub fn interrupted(folder: &RunFolder, setup: &Setup) -> Result<Option<Self>, RunError> {
        if !folder.is_finished() || !folder.has_checkpoint() {
            return Ok(None);
        }
        let Some(settings) = settings_of_last(folder) else { return Ok(None) };
        let goal = Setup::of_settings(&settings, setup.file())?.experiment.training.epochs.get() as u64;
        let (ended, after) = ended(folder)?;
        // A checkpoint of the run itself, which was killed before it could remove that.
        if goal <= ended.experiment.training.epochs.get() as u64 {
            return Ok(None);
        }
        Self::to(setup, &ended, after, goal).map(Some)
    }

    /// Up to this epoch.
    fn to(setup: &Setup, ended: &Setup, after: u64, goal: u64) -> Result<Self, RunError> {
        let (before, wanted) = (&ended.experiment.training, &setup.experiment.training);
        let edit =
            |key: &str, value: serde_json::Value| Edit::new(key, value).expect("keys of the program are well formed");
        let mut edits = vec![edit("training.epochs", goal.into())];
        let mut comparison = format!(
            "these are the bits of one run of {goal} epochs, but for a gradient that was measured only because epoch {after} was the last"
        );
        let base = |of: &crate::config::TrainingConfig| (of.rate, of.bias_rate);
        match end_of_run(before.rate_schedule, before.epochs.get(), wanted.rate_schedule) {
            Some(end) => {
                edits.push(edit("training.rate_schedule.warmup_cosine.end_epoch", end.get().into()));
                let RateSchedule::WarmupCosine(cosine) = wanted.rate_schedule else { unreachable!("only it ends") };
                let rate = cosine.final_rate.get();
                let has_ended = after as f64 >= end.get();
                if has_ended && rate == 0.0 {
                    return Err(ExtensionError::RateEnded { epoch: end.get() }.into());
                }
                comparison = format!(
                    "the learning rate has followed a schedule of {} epochs, and stays at its end, {rate}; one run of {goal} \
                     epochs would have had other rates",
                    end.get()
                );
            }
            None if base(before) != base(wanted) || before.rate_schedule != wanted.rate_schedule => {
                comparison = format!("the learning rates from epoch {} on are other ones than before", after + 1);
            }
            None => {}
        }
        Ok(Self { setup: setup.with(&edits)?, after, comparison })
    }
}

/// Settings of the run that has ended in a folder, and its epochs.
fn ended(folder: &RunFolder) -> Result<(Setup, u64), RunError> {
    let path = folder.trace();
    let trace = TraceReader::open(&path)?;
    let not_a_run = || RunError::NotARun { file: path.clone() };
    let settings = trace.text(attribute::CONFIG).ok_or_else(not_a_run)?;
    let after = trace.integer(attribute::EPOCHS_DONE).ok_or_else(not_a_run)?;
    let file = trace.text(attribute::EXPERIMENT_FILE).unwrap_or_default();
    let setup = Setup::of_settings(&settings, file.as_ref());
    Ok((setup.map_err(|source| RunError::TraceSettings { trace: path.clone(), source })?, after))
}

/// Where a schedule ended that was to last as long as a run of so many epochs, if it goes on unchanged.
fn end_of_run(before: RateSchedule, epochs: usize, wanted: RateSchedule) -> Option<Positive> {
    let (RateSchedule::WarmupCosine(before), RateSchedule::WarmupCosine(wanted)) = (before, wanted) else {
        return None;
    };
    let open = |schedule: crate::learning::WarmupCosine| crate::learning::WarmupCosine { end_epoch: None, ..schedule };
    if wanted.end_epoch.is_some() || open(before) != wanted {
        return None;
    }
    before.end_epoch.or_else(|| Positive::new(epochs as f64).ok())
}
