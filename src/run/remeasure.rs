//! Measuring the network of a run that has ended, from its trace.
use super::error::RunError;
use super::initial_weights::{kept, reconstructs, weights_of_trace};
use super::measured_die::measured_die;
use super::setup::inference;
use super::table_contents::write_table;
use crate::config::{KeptWeights, Setup};
use crate::data::{DataSplits, Datasets};
use crate::measure::robustness::{self, MeasuredNetwork};
use crate::measure::{Clock, Table};
use crate::robustness::{Robustness, RobustnessSettings, Stage};
use crate::storage::write_whole;
use crate::trace::{TraceFile, TraceReader};
use crate::vocabulary::place::{attribute, weights};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run that has ended: its settings and data, and the trace that keeps its weights.
#[derive(Debug)]
pub struct EndedRun {
    /// Settings of the run.
    pub setup: Setup,
    reader: TraceReader,
    splits: Arc<DataSplits>,
}

impl EndedRun {
    /// Opens a trace. Relative paths of data count from the folder of the experiment file, which the trace names unless
    /// `experiment_file` is given.
    ///
    /// # Errors
    /// If the trace cannot be read or keeps no settings, or if the data is not where the experiment says.
    pub fn open(trace: &Path, experiment_file: Option<&Path>) -> Result<Self, RunError> {
        Self::open_with(trace, experiment_file, &Datasets::default())
    }

    /// The same with data that may be in memory.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(trace: &Path, experiment_file: Option<&Path>, datasets: &Datasets) -> Result<Self, RunError> {
        let reader = TraceReader::open(trace)?;
        let settings = reader.text(attribute::CONFIG).filter(|_| !reader.is_sweep());
        let settings = settings.ok_or_else(|| RunError::NotARun { file: trace.to_owned() })?;
        let named = reader.text(attribute::EXPERIMENT_FILE).map(PathBuf::from);
        if let Some(file) = experiment_file
            && let Err(source) = std::fs::metadata(file)
        {
            return Err(RunError::Io { path: file.to_owned(), source });
        }
        // A trace of before experiments were named lies with its experiment, as far as anybody knows.
        let file =
            experiment_file.map(Path::to_owned).or(named).unwrap_or_else(|| trace.with_file_name("experiment.json"));
        let setup = Setup::of_settings(&settings, &file)
            .map_err(|source| RunError::TraceSettings { trace: trace.to_owned(), source })?;
        let experiment = &setup.experiment;
        let splits = datasets.load(&experiment.data, &setup.base_dir, experiment.seeds.data);
        let splits = splits.map_err(|source| match experiment_file {
            Some(_) => RunError::Data(source),
            None => RunError::DataOfTrace { experiment: file, source: Box::new(source) },
        })?;
        Ok(Self { setup, reader, splits })
    }

    /// What the run has measured of robustness, or would by default.
    pub fn robustness_settings(&self) -> RobustnessSettings {
        self.setup.experiment.measure.robustness.clone().unwrap_or_default()
    }

    /// Measures the network that the trace keeps: that of `which`, or the best on the validation set if there is one,
    /// else the final one. The numbers of the final network are those that the run itself finds after its last epoch.
    ///
    /// # Errors
    /// If the trace does not keep these weights.
    pub fn measure_robustness(
        &self,
        which: Option<KeptWeights>,
        settings: &RobustnessSettings,
        hear: &mut dyn FnMut(Stage),
    ) -> Result<MeasuredRun, RunError> {
        let best = self.reader.contains(weights::BEST.group);
        let which = which.unwrap_or(if best { KeptWeights::Best } else { KeptWeights::Final });
        let experiment = &self.setup.experiment;
        let train = &self.splits.train;
        let architecture = self.setup.architecture(train.sample_shape(), train.outputs())?;
        let mut weights = weights_of_trace(&self.reader, which, &architecture, reconstructs(experiment))?;
        let die = measured_die(&self.setup, &weights)?;
        let inference = inference(experiment, &self.setup.hardware, &mut weights, &die);
        let epoch = match which {
            KeptWeights::Initial => Some(0),
            KeptWeights::Final => self.reader.integer(attribute::EPOCHS_DONE),
            KeptWeights::Best => self.reader.integer(attribute::BEST_EPOCH),
        };
        let epoch = epoch.unwrap_or(0);
        let weights = weights.folded();
        let network = MeasuredNetwork { setup: &self.setup, inference: &inference, weights: &weights, epoch };
        let found = network.measure(&self.splits, settings, hear);
        let mut table = robustness::table(settings);
        table.begin_row(epoch as i64);
        robustness::set(&mut table, &found);
        Ok(MeasuredRun {
            title: experiment.title.clone(),
            trace: self.reader.path().to_owned(),
            settings: settings.clone(),
            which,
            epoch,
            found,
            table,
        })
    }
}

/// What was found of the network of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredRun {
    /// Title of the experiment.
    pub title: String,
    /// The trace of the run.
    pub trace: PathBuf,
    /// What was measured.
    pub settings: RobustnessSettings,
    /// Which of the weights.
    pub which: KeptWeights,
    /// After which epoch they were such.
    pub epoch: u64,
    /// The numbers.
    pub found: Robustness,
    /// The same as the table of a trace.
    pub table: Table,
}

impl MeasuredRun {
    /// "initial", "final" or "best".
    pub fn which_name(&self) -> &'static str {
        kept(self.which).name
    }

    /// Writes the table as a trace with the group `robustness`, as that of a run which measures it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_trace(&self, path: &Path, command: &str) -> Result<(), RunError> {
        let mut file = TraceFile::create(path)?;
        let settings = serde_json::to_string_pretty(&self.settings).unwrap_or_default();
        for (name, text) in [
            (attribute::CONVENTIONS, attribute::TRACE_CONVENTIONS),
            (attribute::TITLE, &self.title),
            (attribute::TRACE, &self.trace.to_string_lossy()),
            (attribute::WEIGHTS, self.which_name()),
            (attribute::ROBUSTNESS, &settings),
            (attribute::VERSION, env!("CARGO_PKG_VERSION")),
            (attribute::COMMIT, env!("DYADSIM_GIT_COMMIT")),
            (attribute::COMMAND, command),
        ] {
            file.text_attribute(name, text)?;
        }
        write_table(&mut file, &self.table, Clock { epochs: self.epoch, steps_per_epoch: 1 }, None)?;
        Ok(file.finish()?)
    }

    /// Writes `quantity,norm,epsilon,value`, one number a row; norm and epsilon are empty where there is none.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<(), RunError> {
        let mut text = String::from("quantity,norm,epsilon,value\n");
        let value = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        for series in &self.table.series {
            let row = self.table.last(series.name).unwrap_or_default();
            let epsilons = self.table.epsilons(series.axis);
            for (i, &x) in row.iter().enumerate() {
                let (quantity, norm) = match epsilons {
                    Some(_) => series.name.rsplit_once('_').unwrap_or((series.name, "")),
                    None => (series.name, ""),
                };
                let epsilon = epsilons.map_or(String::new(), |epsilons| epsilons[i].to_string());
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{quantity},{norm},{epsilon},{}", value(x));
            }
        }
        write_whole(path, text.as_bytes()).map_err(|source| RunError::Io { path: path.to_owned(), source })
    }
}
