//! A run: its attributes and its tables.
use super::error::ResultsError;
use super::settings::RunSettings;
use crate::trace::{Column, TraceError, TraceReader};
use crate::vocabulary::place::{attribute, file, group};
use crate::vocabulary::seed::{SEEDS, Seed};
use crate::vocabulary::state::ROUTE;
use crate::vocabulary::{Quantity, RunStatus, axis, metric};
use std::fs::{File, TryLockError};
use std::path::Path;

/// The trace of a run, or of a measurement of its robustness.
///
/// ```
/// use dyadsim::prelude::*;
/// # let small = ["data.source.digits.train_count=200", "data.source.digits.test_count=50", "training.epochs=1"];
/// # let edits = small.into_iter().map(Edit::parse).collect::<Result<Vec<_>, _>>()?;
/// # let setup = Setup::load("experiments/quickstart.json".as_ref(), &edits)?;
/// # let place = tempfile::tempdir()?;
///
/// let folder = RunFolder::new(place.path());
/// run(&setup, &Datasets::default(), Some(&RunOptions::new(folder.clone())), &mut (), &Interrupt::default())?;
///
/// let result = RunResult::open(&folder.trace())?;
/// assert_eq!((result.status().as_str(), result.epochs_done()), ("complete", Some(1)));
/// // Of the untrained network and after each epoch.
/// assert_eq!(result.column("metrics", "test_accuracy")?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RunResult {
    reader: TraceReader,
    settings: RunSettings,
}

/// A table of a run: series along epochs or training steps. Their numbers are read by [`RunResult::numbers`].
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable {
    /// Its group.
    pub group: &'static str,
    /// The axis that its rows run along.
    pub axis: String,
    /// Places along it.
    pub coordinates: Vec<f64>,
    /// The series, sorted by name.
    pub series: Vec<RunSeries>,
}

/// A series of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSeries {
    /// What it measures.
    pub quantity: Quantity,
    /// Axes of a row with their lengths, slowest first.
    pub inner: Vec<(String, usize)>,
}

impl RunSeries {
    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.inner.iter().map(|(_, length)| length).product()
    }

    /// Whether it has a number for every layer or projection.
    pub fn is_per_layer(&self) -> bool {
        self.inner.last().is_some_and(|(name, _)| axis::is_of_parts(name))
    }

    /// Layers or projections of a row; 1 for what has none.
    pub fn layers(&self) -> usize {
        self.inner.last().filter(|_| self.is_per_layer()).map_or(1, |(_, length)| *length)
    }
}

/// Whether a process works in a folder, by the lock that it holds.
fn is_at_work(folder: &Path) -> bool {
    let lock = File::open(folder.join(file::LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

impl RunResult {
    /// Of an open trace.
    pub(super) fn new(reader: TraceReader) -> Self {
        let text = reader.text(attribute::CONFIG).unwrap_or_default();
        // A measurement of robustness has no settings of a run.
        let settings = RunSettings::parse(&text).unwrap_or_default();
        Self { reader, settings }
    }

    /// Opens a trace.
    ///
    /// # Errors
    /// If it cannot be read, or is the result of a sweep.
    pub fn open(trace: &Path) -> Result<Self, ResultsError> {
        let reader = TraceReader::open(trace)?;
        if reader.is_sweep() {
            return Err(ResultsError::layout(trace, attribute::CONVENTIONS, "must be those of the trace of a run"));
        }
        Ok(Self::new(reader))
    }

    /// The file.
    pub fn reader(&self) -> &TraceReader {
        &self.reader
    }

    /// The settings of the run.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// A text attribute; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.reader.text(name).unwrap_or_default()
    }

    /// Title of the experiment.
    pub fn title(&self) -> String {
        self.text(attribute::TITLE)
    }

    /// How it ended, or that it has not.
    pub fn status(&self) -> String {
        let status = self.text(attribute::STATUS);
        let folder = self.reader.path().parent().unwrap_or(Path::new("."));
        // A run that was killed had no time to write how it ended.
        let was_killed = status == RunStatus::Running.name() && !is_at_work(folder);
        if was_killed { RunStatus::Interrupted.name().to_owned() } else { status }
    }

    /// What has to be said of a run that has not ended; none of one that has.
    pub fn standing(&self) -> Option<String> {
        let is_recorded = |status: RunStatus| self.text(attribute::STATUS) == status.name();
        if !is_recorded(RunStatus::Running) && !is_recorded(RunStatus::Interrupted) {
            return None;
        }
        let done = self.epochs_done().unwrap_or(0);
        let of = self.settings.epochs().map_or(String::new(), |epochs| format!(" of {epochs}"));
        let folder = self.reader.path().parent().unwrap_or(Path::new("."));
        Some(match is_at_work(folder) {
            true => format!("this run goes on: shown is what it has measured up to epoch {done}{of}"),
            false => format!(
                "this run was interrupted: shown is what it had measured up to epoch {done}{of}; --resume continues it"
            ),
        })
    }

    /// Whether it has found no network whose scores could be told of: it diverged or did not learn.
    pub fn has_no_result(&self) -> bool {
        RunStatus::of_name(&self.status()).is_some_and(RunStatus::has_no_result)
    }

    /// Why it looks as if nothing was learnt, if it does.
    pub fn not_learnt(&self) -> Option<String> {
        self.reader.text(attribute::NOT_LEARNT)
    }

    /// What diverged, if anything did.
    pub fn divergence(&self) -> Option<String> {
        self.reader.text(attribute::DIVERGENCE)
    }

    /// Whether the file says that something is missing.
    pub fn is_incomplete(&self) -> bool {
        self.reader.integer(attribute::COMPLETE) == Some(0)
    }

    /// Epochs that were made.
    pub fn epochs_done(&self) -> Option<u64> {
        self.reader.integer(attribute::EPOCHS_DONE)
    }

    /// Epoch of the weights that did best on the validation set.
    pub fn best_epoch(&self) -> Option<u64> {
        self.reader.integer(attribute::BEST_EPOCH)
    }

    /// Accuracy of the weights that are kept: the best on the validation set, else the last that was measured; on the
    /// test set, else on the validation or training set. None if there is no such, or the run diverged or did not learn.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn kept_accuracy(&self) -> Result<Option<f64>, TraceError> {
        if self.has_no_result() {
            return Ok(None);
        }
        let epochs = self.column(group::METRICS, axis::EPOCH.name)?;
        let best = self.best_epoch().and_then(|best| epochs.iter().position(|epoch| *epoch == best as f64));
        for term in [metric::TEST_ACCURACY, metric::VALIDATION_ACCURACY, metric::TRAIN_ACCURACY] {
            let values = self.column(group::METRICS, term.name)?;
            let of_best = best.and_then(|row| values.get(row).copied()).filter(|value| value.is_finite());
            let last = || values.iter().rev().copied().find(|value| value.is_finite());
            if let Some(value) = of_best.or_else(last) {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The seeds that the file names.
    pub fn seeds(&self) -> Vec<(Seed, u64)> {
        SEEDS.into_iter().filter_map(|seed| Some((seed, self.reader.integer(seed.name)?))).collect()
    }

    /// All tables of the trace that have rows along epochs or training steps.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn tables(&self) -> Result<Vec<RunTable>, TraceError> {
        group::TABLES.into_iter().filter_map(|group| self.table(group).transpose()).collect()
    }

    /// One table; `None` if the trace has none of this group.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn table(&self, group: &'static str) -> Result<Option<RunTable>, TraceError> {
        if !self.reader.contains(group) {
            return Ok(None);
        }
        let variables = self.reader.variables(group)?;
        let growing = [axis::EPOCH.name, axis::STEP.name];
        let Some(axis) = variables.iter().find(|v| v.is_coordinate && growing.contains(&v.name.as_str())) else {
            return Ok(None);
        };
        let of_rows = variables.iter().filter(|v| {
            !v.is_coordinate
                && ![metric::UPDATED_LAYER.name, axis::EPOCH_OF_STEP.name].contains(&v.name.as_str())
                && v.axes.first().is_some_and(|(a, _)| *a == axis.name)
        });
        let series = of_rows.map(|v| RunSeries {
            quantity: Quantity::described(&v.name, &v.long_name, &v.units),
            inner: v.axes[1..].to_vec(),
        });
        let series = series.filter(|series: &RunSeries| series.width() > 0);
        let coordinates = self.column(group, &axis.name)?;
        Ok(Some(RunTable { group, axis: axis.name.clone(), coordinates, series: series.collect() }))
    }

    /// What people call the layers or projections of a row: "layer 2", or by what a projection connects; none if it has none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn part_names(&self, table: &RunTable, series: &RunSeries) -> Result<Vec<String>, TraceError> {
        let Some((inner, _)) = series.inner.last().filter(|_| series.is_per_layer()) else { return Ok(vec![]) };
        let numbers = self.column(table.group, inner)?;
        let path = format!("{}/{}", table.group, ROUTE.name);
        let routes = match self.reader.contains(&path) {
            true => self.reader.read_column(&path)?,
            false => Column::Text(vec![]),
        };
        let Column::Text(routes) = routes else { return Ok(vec![]) };
        let name = |(place, number): (usize, &f64)| match routes.get(place) {
            Some(route) => format!("{number} {route}"),
            None => format!("{inner} {number}"),
        };
        Ok(numbers.iter().enumerate().map(name).collect())
    }

    /// The first table with a series of this name, and the series.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn find(&self, name: &str) -> Result<Option<(RunTable, RunSeries)>, TraceError> {
        let own = |series: &&RunSeries| series.quantity.name == name;
        let found = |table: RunTable| table.series.iter().find(own).cloned().map(|series| (table, series));
        Ok(self.tables()?.into_iter().find_map(found))
    }

    /// Numbers of a series, row after row.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn numbers(&self, table: &RunTable, series: &RunSeries) -> Result<Vec<f64>, TraceError> {
        self.column(table.group, &series.quantity.name)
    }

    /// All numbers of a variable or coordinate; none if there is none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn column(&self, group: &str, name: &str) -> Result<Vec<f64>, TraceError> {
        let path = format!("{group}/{name}");
        if self.reader.contains(&path) { Ok(self.reader.read(&path)?.values) } else { Ok(vec![]) }
    }
}
