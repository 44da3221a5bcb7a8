//! The network that all points of a sweep begin with: trained once, before them.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::plan::Plan;
use crate::data::Datasets;
use crate::run::{Interrupt, Progress, RunOptions, RunStart, Status, run};
use crate::trace::TraceReader;
use crate::vocabulary::RunStatus;
use crate::vocabulary::place::attribute;
use std::path::PathBuf;

/// The trace of the network that all points begin with, if the sweep has one.
///
/// # Errors
/// If it has not been trained, or not to its end.
pub fn trained_trace(plan: &Plan, folder: &SweepFolder) -> Result<Option<PathBuf>, SweepError> {
    if plan.config.trained.is_none() {
        return Ok(None);
    }
    let trace = folder.trained().trace();
    if !trace.exists() {
        return Err(SweepError::NotPrepared { folder: folder.path().to_owned() });
    }
    let status = TraceReader::open(&trace)?.text(attribute::STATUS).unwrap_or_default();
    use RunStatus::{Complete, DidNotLearn, Stopped, StoppedEarly};
    if !matches!(RunStatus::of_name(&status), Some(Complete | DidNotLearn | Stopped | StoppedEarly)) {
        let what = format!("has the status {status}");
        return Err(SweepError::TrainingFailed { folder: folder.trained().path().to_owned(), what });
    }
    Ok(Some(std::path::absolute(&trace).map_err(SweepError::io(&trace))?))
}

/// Trains the network that all points begin with, unless that is done or the sweep has none. False if it was
/// interrupted. Uses the thread pool of the caller.
///
/// # Errors
/// If it cannot be trained, or diverges.
pub fn prepare(
    plan: &Plan,
    folder: &SweepFolder,
    datasets: &Datasets,
    command: &str,
    progress: &mut dyn Progress,
    interrupt: &Interrupt,
) -> Result<bool, SweepError> {
    let trained = folder.trained();
    let Some(mut setup) = plan.trained_setup()? else { return Ok(true) };
    // Nobody adds epochs to it: the points begin with its weights.
    setup.experiment.output.final_state = false;
    if trained.is_finished() {
        trained.tidy()?;
        let trace = trained_trace(plan, folder)?;
        let not_learnt = trace.map(|trace| Ok::<_, SweepError>(TraceReader::open(&trace)?.text(attribute::NOT_LEARNT)));
        if let Some(reason) = not_learnt.transpose()?.flatten() {
            progress.warning(&format!("of the network that all points begin with: {reason}"));
        }
        return Ok(true);
    }
    progress.message("training the network that all points begin with");
    let start = if trained.is_unfinished() { RunStart::Resume } else { RunStart::New };
    // Its memory was looked at with that of the points.
    let options = RunOptions { start, folder: trained.clone(), command: command.to_owned(), memory_limit: None };
    let summary = run(&setup, datasets, Some(&options), progress, interrupt)?;
    match summary.status {
        Status::Complete | Status::Stopped | Status::StoppedEarly | Status::DidNotLearn => Ok(true),
        Status::Interrupted { .. } => Ok(false),
        Status::Diverged(divergence) => {
            let what = format!("has diverged: {divergence}");
            Err(SweepError::TrainingFailed { folder: trained.path().to_owned(), what })
        }
    }
}
