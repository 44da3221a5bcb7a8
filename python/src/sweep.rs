//! Sweeps and ablations.
use crate::arrays::DataSet;
use crate::failure::{DyadError, of};
use crate::hearing::{Teller, hear};
use crate::pool::pool;
use crate::run::{datasets, limit};
use dyadsim::config::SourceFiles;
use dyadsim::data::Datasets;
use dyadsim::plot::draw_sweep;
use dyadsim::results::statistics::ErrorKind;
use dyadsim::run::{FolderLock, Interrupt, MemoryLimit};
use dyadsim::sweep::ablate::{Ablation, VARIANT, budget};
use dyadsim::sweep::{
    Ended, ExecuteOptions, Outcome, Plan, SavedPlan, Shard, SweepFolder, check, execute, merge, prepare,
};
use dyadsim::vocabulary::PointStatus;
use pyo3::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a sweep is made of.
enum Question {
    Sweep(PathBuf),
    Ablation {
        experiment: PathBuf,
        replicates: usize,
    },
    /// It was asked before.
    Saved,
}

/// Makes a sweep in a folder. `file` is the sweep file, or with `replicates` the experiment that is ablated; `texts` are those
/// of files that need not exist. Without a file the sweep of the folder is gone on with. What is missing is made.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python side gives them names")]
pub fn make_sweep(
    py: Python<'_>,
    file: Option<PathBuf>,
    texts: BTreeMap<PathBuf, String>,
    replicates: Option<usize>,
    data: Option<&Bound<'_, DataSet>>,
    folder: PathBuf,
    overwrite: bool,
    jobs: Option<usize>,
    memory_limit: Option<String>,
    command: String,
    listener: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let question = match (file, replicates) {
        (Some(experiment), Some(replicates)) => Question::Ablation { experiment, replicates },
        (Some(file), None) => Question::Sweep(file),
        (None, _) => Question::Saved,
    };
    let datasets = datasets(data);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (jobs, memory_limit) = (jobs.unwrap_or(cores), limit(memory_limit)?);
    let work = Work { folder, overwrite, jobs, memory_limit, command, datasets };
    hear(py, listener, |teller, interrupt| work.make(question, texts, teller, interrupt))
}

/// How points of a sweep may end, by the numbers that files have for it.
#[pyfunction]
pub fn point_statuses() -> Vec<&'static str> {
    PointStatus::ALL.map(PointStatus::name).to_vec()
}

struct Work {
    folder: PathBuf,
    overwrite: bool,
    jobs: usize,
    memory_limit: MemoryLimit,
    command: String,
    datasets: Datasets,
}

impl Work {
    /// Returns the budget of an ablation as JSON, of other sweeps `null`.
    fn make(
        &self,
        question: Question,
        texts: BTreeMap<PathBuf, String>,
        teller: &mut Teller,
        interrupt: &Interrupt,
    ) -> PyResult<String> {
        let files = SourceFiles::with_texts(texts);
        let is_new = !matches!(question, Question::Saved);
        let (plan, file) = match question {
            Question::Sweep(file) => (Plan::read(files, &file, &[]).map_err(of)?, file),
            Question::Ablation { experiment, replicates } => {
                let ablation = Ablation { experiment, edits: vec![], replicates };
                ablation.plan_from(files).map_err(of)?
            }
            Question::Saved => {
                let saved = SavedPlan::read(&SweepFolder::new(&self.folder)).map_err(of)?;
                if let Some(warning) = saved.other_program() {
                    teller.say(&warning);
                }
                let file = saved.file.clone();
                (saved.load().map_err(of)?, file)
            }
        };
        let pool = pool(None)?;
        let costed = pool.install(|| check(plan, &self.datasets)).map_err(of)?;
        costed.check_memory(self.jobs, self.memory_limit).map_err(of)?;
        let _lock = FolderLock::take(&self.folder).map_err(of)?;
        let folder = SweepFolder::new(&self.folder);
        if is_new {
            if self.overwrite {
                folder.clear().map_err(of)?;
            }
            SweepFolder::named(&self.folder).map_err(of)?;
            SavedPlan::new(&costed.plan, &file, &[], &self.command).write(&folder).map_err(of)?;
        }
        let plan = &costed.plan;
        let prepared =
            pool.install(|| prepare(plan, &folder, &self.datasets, &self.command, teller, interrupt)).map_err(of)?;
        let options = ExecuteOptions { shard: Shard::WHOLE, jobs: self.jobs, command: self.command.clone() };
        if !prepared
            || execute(&costed, &folder, &self.datasets, &options, teller, interrupt).map_err(of)? == Ended::Interrupted
        {
            return Err(DyadError::new_err("interrupted; points that were finished are kept: resume=True goes on"));
        }
        let outcomes = merge(plan, &folder, false).map_err(of)?;
        if plan.config.output.figure
            && let Err(error) =
                draw_sweep(&folder.result(), ErrorKind::default(), &folder.figure_svg(), &folder.figure_png())
        {
            // The results are whole without it.
            teller.say(&format!("no figure: {error}"));
        }
        Ok(budget_text(plan, &outcomes))
    }
}

/// The budget of a sweep that is an ablation.
fn budget_text(plan: &Plan, outcomes: &[Option<Outcome>]) -> String {
    if plan.axes.len() != 1 || plan.axes[0].name != VARIANT {
        return "null".to_owned();
    }
    let found = budget(plan, outcomes);
    let costs = found.costs.iter().map(|cost| {
        json!({
            "name": cost.name,
            "alone": cost.alone,
            "recovered": cost.recovered,
            "angle_alone": cost.angle_alone,
            "angle_recovered": cost.angle_recovered,
        })
    });
    json!({ "ideal": found.ideal, "full": found.full, "costs": costs.collect::<Vec<_>>() }).to_string()
}
