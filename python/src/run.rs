//! Making a run, and measuring one that has ended.
use crate::arrays::DataSet;
use crate::failure::of;
use crate::hearing::hear;
use crate::pool::pool;
use crate::setup::Setup;
use dyadsim::data::Datasets;
use dyadsim::parameter::Count;
use dyadsim::plot::draw_run;
use dyadsim::run::{
    EndedRun, Extension, FolderLock, MemoryLimit, NoAmount, RunError, RunFolder, RunOptions, RunStart, Status, run,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;

/// The sets in memory that are to be found there.
pub fn datasets(data: Option<&Bound<'_, DataSet>>) -> Datasets {
    data.map_or_else(Datasets::default, |data| Datasets::of_memory(data.get().0.clone()))
}

/// The most memory that may be taken: that of the machine unless given.
pub fn limit(given: Option<String>) -> PyResult<MemoryLimit> {
    let refused = |error: NoAmount| PyValueError::new_err(format!("memory_limit: {error}"));
    given.map_or_else(|| Ok(MemoryLimit::default()), |text| text.parse().map_err(refused))
}

/// Makes a run in a folder and returns how it has ended; with `resume`, one that has ended before is left as it is.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python side gives them names")]
pub fn make_run(
    py: Python<'_>,
    setup: &Bound<'_, Setup>,
    data: Option<&Bound<'_, DataSet>>,
    folder: PathBuf,
    resume: bool,
    extend_epochs: Option<usize>,
    overwrite: bool,
    threads: Option<usize>,
    memory_limit: Option<String>,
    command: String,
    listener: &Bound<'_, PyAny>,
) -> PyResult<&'static str> {
    let (setup, datasets) = (&setup.get().0, datasets(data));
    let lock = FolderLock::take(&folder).map_err(of)?;
    let goes_on = resume || extend_epochs.is_some();
    let own = if goes_on { RunFolder::new(&folder) } else { RunFolder::named(&folder, overwrite).map_err(of)? };
    let extension = match extend_epochs {
        Some(more) => {
            let more = Count::new(more).map_err(|error| PyValueError::new_err(format!("extend_epochs: {error}")))?;
            Some(Extension::of(&own, setup, more).map_err(of)?)
        }
        None if resume => Extension::interrupted(&own, setup).map_err(of)?,
        None => None,
    };
    if resume && own.is_finished() && extension.is_none() {
        return match own.differing_keys(setup).map_err(of)? {
            Some(keys) => Err(of(RunError::EndedOtherwise { folder, keys })),
            None => Ok("ended before"),
        };
    }
    let pool = pool(threads)?;
    let setup = extension.as_ref().map_or(setup, |extension| &extension.setup);
    let start = match (extend_epochs, resume) {
        (Some(_), _) => RunStart::Extend,
        (None, true) => RunStart::Resume,
        (None, false) => RunStart::New,
    };
    let options = RunOptions { folder: own, start, command, memory_limit: Some(limit(memory_limit)?) };
    let made = hear(py, listener, |teller, interrupt| {
        let summary = pool.install(|| run(setup, &datasets, Some(&options), teller, interrupt)).map_err(of)?;
        if !matches!(summary.status, Status::Interrupted { .. }) && setup.experiment.output.figure {
            let folder = &options.folder;
            if let Err(error) = draw_run(&folder.trace(), &folder.figure_svg(), &folder.figure_png()) {
                // The results are whole without it.
                teller.say(&format!("no figure: {error}"));
            }
        }
        Ok(summary.status.name())
    });
    if made.is_err() {
        // A folder that was made for a run which could not begin; one that holds anything stays.
        drop(lock);
        let _ = std::fs::remove_dir(options.folder.path());
    }
    made
}

/// Measures the robustness of the network of a trace and writes what is found to `file`. `settings` (JSON) stand in the place
/// of those of the run, key by key; `which` weights are "initial", "final" or "best".
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python side gives them names")]
pub fn measure_robustness(
    py: Python<'_>,
    trace: PathBuf,
    data: Option<&Bound<'_, DataSet>>,
    settings: &str,
    which: Option<&str>,
    threads: Option<usize>,
    file: PathBuf,
    command: String,
    listener: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let invalid = |error: serde_json::Error| PyValueError::new_err(format!("robustness: {error}"));
    let changes: serde_json::Map<String, serde_json::Value> = serde_json::from_str(settings).map_err(invalid)?;
    let word = which.map(|which| serde_json::from_value(which.into()));
    let which =
        word.transpose().map_err(|error: serde_json::Error| PyValueError::new_err(format!("weights: {error}")))?;
    let (datasets, pool) = (datasets(data), pool(threads)?);
    hear(py, listener, |teller, _| {
        let run = EndedRun::open_with(&trace, None, &datasets).map_err(of)?;
        let mut own = serde_json::to_value(run.robustness_settings()).map_err(invalid)?;
        if let Some(own) = own.as_object_mut() {
            own.extend(changes);
        }
        let settings: dyadsim::robustness::RobustnessSettings = serde_json::from_value(own).map_err(invalid)?;
        if let Some((key, rule)) = settings.conflicts().into_iter().next() {
            return Err(PyValueError::new_err(format!("{key}: {rule}")));
        }
        let mut hear = |stage: dyadsim::robustness::Stage| teller.say(&format!("{} of {}", stage.done, stage.stages));
        let measured = pool.install(|| run.measure_robustness(which, &settings, &mut hear)).map_err(of)?;
        measured.write_trace(&file, &command).map_err(of)
    })
}
