//! The training loop.
use super::checkpoint;
use super::cost::check_memory;
use super::data_summary::DataSummary;
use super::error::RunError;
use super::initial_weights::initial_weights;
use super::measured_die::measured_die;
use super::metrics_file::MetricsFile;
use super::not_learnt::judged;
use super::options::{RunOptions, RunStart};
use super::progress::{EpochReport, Interrupt, Progress};
use super::progressed::Progressed;
use super::pulses;
use super::recording::{StateRow, StateSelection};
use super::samples;
use super::setup::{learner, steps_per_epoch};
use super::step::{Steps, Stopped};
use super::summary::{Status, Summary};
use super::tensorboard::EventFile;
use super::trace_contents::{self, Ended};
use crate::config::{Experiment, Hardware, Setup, WatchedScore};
use crate::data::{Datasets, TargetKind};
use crate::device::frozen::MeasuredDie;
use crate::measure::{Batch, Clock, EpochNetwork, Measurements, Subject, Tables};
use crate::parameter::Positive;
use crate::trace::Recorder;
use crate::vocabulary::metric;
use std::time::{Duration, Instant, SystemTime};

/// Makes a run, in the thread pool of the caller. Its files, if it leaves any, appear under their final names only when
/// they are whole. Runs of one process share what they read through `datasets`.
///
/// # Errors
/// [`RunError`]; a divergence is a [`Status`], not an error.
///
/// ```
/// use dyadsim::prelude::*;
/// use dyadsim::run::Status;
///
/// let small = ["data.source.digits.train_count=200", "data.source.digits.test_count=50", "training.epochs=1"];
/// let edits = small.into_iter().map(Edit::parse).collect::<Result<Vec<_>, _>>()?;
/// let setup = Setup::load("experiments/quickstart.json".as_ref(), &edits)?;
/// // Without files, and with no listener.
/// let summary = run(&setup, &Datasets::default(), None, &mut (), &Interrupt::default())?;
/// assert_eq!((summary.status, summary.steps), (Status::Complete, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run(
    setup: &Setup,
    datasets: &Datasets,
    files: Option<&RunOptions>,
    progress: &mut dyn Progress,
    interrupt: &Interrupt,
) -> Result<Summary, RunError> {
    let started = (SystemTime::now(), Instant::now());
    let mut start = files.map_or(RunStart::New, |files| files.start);
    if let Some(RunOptions { folder, start: RunStart::Resume, .. }) = files
        && !folder.has_checkpoint()
    {
        if !folder.path().exists() {
            return Err(RunError::NothingToResume { folder: folder.path().to_owned() });
        }
        progress.message("there is no checkpoint yet: starting over");
        start = RunStart::New;
    }
    let mut session = Session::new(setup, datasets, files, start, started.0, &mut |text| progress.warning(text))?;
    session.data.notes.iter().for_each(|note| progress.note(note));
    session.data.warnings.iter().for_each(|warning| progress.warning(warning));
    let first_step = session.progressed.epoch * session.steps.per_epoch;
    if start != RunStart::New {
        progress.message(&format!("going on after epoch {}", session.progressed.epoch));
    } else {
        if session.epochs() == 0 {
            session.steps.record_untrained(&setup.experiment, &mut session.progressed)?;
        }
        let warning =
            pulses::warning(&mut session.steps, &setup.experiment, &setup.hardware, &session.progressed.learner);
        if let Some(warning) = warning {
            progress.warning(&warning);
        }
        let report = session.measure_epoch();
        progress.epoch(&report);
    }
    session.write_metrics(progress);
    session.write_events(progress);
    progress.start(first_step, session.steps.per_epoch.saturating_mul(session.epochs()));
    let status = session.train(progress, interrupt);
    progress.finish();
    let status = status?;
    if matches!(status, Status::Interrupted { .. }) {
        session.write_progress(Some(status), progress);
    }
    let steps = session.steps_made;
    let tables = session.progressed.measurements.tables.clone();
    let best_epoch = session.progressed.best_epoch;
    let wanted = setup.experiment.training.if_not_learnt;
    let (told, not_learnt) = judged(status, wanted, &session.progressed, &session.data);
    not_learnt.iter().for_each(|reason| progress.warning(reason));
    if !matches!(status, Status::Interrupted { .. }) {
        session.finish(status, told, not_learnt.as_deref(), progress)?;
    }
    Ok(Summary { status: told, tables, not_learnt, best_epoch, elapsed_s: started.1.elapsed().as_secs_f64(), steps })
}

struct Session<'a> {
    setup: &'a Setup,
    files: Option<&'a RunOptions>,
    progressed: Progressed,
    steps: Steps,
    steps_made: u64,
    metrics: Option<MetricsFile>,
    events: Option<EventFile>,
    started: SystemTime,
    data: DataSummary,
    /// When what was measured so far was last written; none once that has failed.
    written: Option<Instant>,
}

/// What was measured so far is written at most this often: the files of a short epoch are not worth their time.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

impl<'a> Session<'a> {
    fn new(
        setup: &'a Setup,
        datasets: &Datasets,
        files: Option<&'a RunOptions>,
        start: RunStart,
        started: SystemTime,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, RunError> {
        let experiment = &setup.experiment;
        let samples = samples::load(setup, datasets)?;
        let augmenter = samples::augmenter(experiment, &samples)?;
        let train = &samples.splits.train;
        let (features, outputs) = (train.features(), train.outputs());
        let architecture = setup.architecture(train.sample_shape(), outputs)?;
        let batch_size = experiment.training.batch_size.get();
        architecture.check_size(batch_size).map_err(|error| setup.misfit(&error))?;
        if let Some(limit) = files.and_then(|files| files.memory_limit) {
            check_memory(setup, &samples, &architecture, limit)?;
        }
        let steps_per_epoch = steps_per_epoch(experiment, samples.training.len());
        let weights = initial_weights(experiment, &setup.base_dir, &architecture)?;
        let die = measured_die(setup, &weights)?;
        let new_learner = |experiment: &Experiment, hardware: &Hardware| {
            // A twin on other hardware has none of its devices.
            let none = MeasuredDie::default();
            let die = if *hardware == setup.hardware { &die } else { &none };
            learner(experiment, hardware, weights.clone(), batch_size, steps_per_epoch, die)
        };
        let learner = new_learner(experiment, &setup.hardware).map_err(|error| setup.misfit(&error))?;
        let clock = Clock { epochs: experiment.training.epochs.get() as u64, steps_per_epoch };
        let subject = Subject { setup, learner: &learner, new_learner: &new_learner };
        let measurements = Measurements::new(&subject, clock)?;
        let updates = learner.plan().updates.len();
        let selection = experiment.recording.states.as_ref().filter(|_| files.is_some());
        let has_classes = experiment.data.targets == TargetKind::Classes;
        let selection = selection.map(|s| StateSelection::new(s, &architecture, batch_size, updates)).transpose()?;
        let selection = selection.map(|own| own.of_classes(has_classes));
        let initial = (experiment.recording.weights && files.is_some()).then(|| {
            let deployed = learner.synapses.deployed(&learner.weights, 0);
            deployed.unwrap_or_else(|| learner.weights.clone())
        });
        let mut progressed = Progressed {
            learner,
            measurements,
            initial,
            epoch: 0,
            extended_after: vec![],
            best: None,
            best_epoch: None,
            best_accuracy: f64::NAN,
            die: die.fingerprint(),
        };
        let dt_s = setup.hardware.units.dt_s.map(Positive::get);
        let streams = selection.as_ref().map(|selection| trace_contents::streams(selection, dt_s));
        let recorder = match files {
            None => None,
            Some(files) => {
                let folder = &files.folder;
                match start {
                    RunStart::Resume => checkpoint::restore(setup, folder, &mut progressed, streams, warn)?,
                    RunStart::Extend => checkpoint::restore_final(setup, folder, &mut progressed, streams, warn)?,
                    RunStart::New => {
                        folder.prepare()?;
                        streams.map(|streams| Recorder::create(&folder.journal(), streams)).transpose()?
                    }
                }
            }
        };
        let steps = Steps {
            samples,
            augmenter,
            per_epoch: steps_per_epoch,
            batch: Batch::new(features, outputs, batch_size),
            recorder: recorder.zip(selection.map(StateRow::new)),
        };
        let tables = &progressed.measurements.tables;
        let metrics = files.map(|files| MetricsFile::create(&files.folder, tables.metrics())).transpose()?;
        let events = files.filter(|_| experiment.output.tensorboard);
        let events = events.map(|files| EventFile::create(&files.folder, tables)).transpose()?;
        let data = DataSummary::of(experiment, &steps.samples);
        let written = Some(Instant::now());
        Ok(Self { setup, files, progressed, steps, steps_made: 0, metrics, events, started, data, written })
    }

    fn experiment(&self) -> &'a Experiment {
        &self.setup.experiment
    }

    fn epochs(&self) -> u64 {
        self.experiment().training.epochs.get() as u64
    }

    fn train(&mut self, progress: &mut dyn Progress, interrupt: &Interrupt) -> Result<Status, RunError> {
        let experiment = self.experiment();
        let checkpoint_every = experiment.output.checkpoint_every_epochs;
        while self.progressed.epoch < self.epochs() {
            if interrupt.ends_after_epoch() {
                return Ok(Status::Stopped);
            }
            let epoch = self.progressed.epoch + 1;
            self.steps.begin_epoch(epoch, experiment, &mut self.progressed);
            for b in 0..self.steps.per_epoch {
                if interrupt.is_set() {
                    let has_checkpoint = self.files.is_some_and(|files| files.folder.has_checkpoint());
                    let checkpoint_epoch = has_checkpoint.then(|| self.last_checkpoint());
                    return Ok(Status::Interrupted { checkpoint_epoch });
                }
                let step = (epoch - 1) * self.steps.per_epoch + b;
                match self.steps.train(step, b, &experiment.training, &mut self.progressed) {
                    Ok(()) => {}
                    Err(Stopped::Diverged(divergence)) => return Ok(Status::Diverged(divergence)),
                    Err(Stopped::Failed(error)) => return Err(error),
                }
                self.steps_made += 1;
                progress.step(step + 1);
            }
            self.progressed.epoch = epoch;
            let report = self.measure_epoch();
            progress.epoch(&report);
            self.write_metrics(progress);
            self.write_events(progress);
            if self.written.is_some_and(|written| written.elapsed() >= BETWEEN_WRITES) {
                self.write_progress(None, progress);
            }
            if epoch < self.epochs() && self.gets_no_better() {
                return Ok(Status::StoppedEarly);
            }
            let last = epoch == self.epochs();
            let is_due = !last && checkpoint_every.is_some_and(|every| epoch.is_multiple_of(every.get() as u64));
            if let Some(files) = self.files.filter(|_| is_due) {
                let recorder = self.steps.recorder.as_mut().map(|(recorder, _)| recorder);
                checkpoint::save(self.setup, &files.folder, &mut self.progressed, recorder)?;
            }
        }
        Ok(Status::Complete)
    }

    /// Adds what was measured to the table that grows; a disk that is full ends no training.
    fn write_metrics(&mut self, progress: &mut dyn Progress) {
        let Some(file) = &mut self.metrics else { return };
        if let Err(error) = file.add(self.progressed.measurements.tables.metrics()) {
            progress.message(&format!("metrics.csv cannot be written any more: {error}"));
            self.metrics = None;
        }
    }

    /// The same for TensorBoard.
    fn write_events(&mut self, progress: &mut dyn Progress) {
        let Some(file) = &mut self.events else { return };
        if let Err(error) = file.add(&self.progressed.measurements.tables) {
            progress.message(&format!("the event file of TensorBoard cannot be written any more: {error}"));
            self.events = None;
        }
    }

    /// Writes what was measured so far for whoever wants to look before there is a trace; a disk that is full ends no
    /// training.
    fn write_progress(&mut self, status: Option<Status>, progress: &mut dyn Progress) {
        let Some(files) = self.files.filter(|_| self.written.is_some()) else { return };
        let (data, samples) = (&self.data, &self.steps.samples);
        let so_far = Ended { status, is_whole: false, not_learnt: None, started: self.started, data, samples };
        let written = trace_contents::write_so_far(self.setup, files, &self.progressed, &so_far);
        self.written = written.is_ok().then(Instant::now);
        if let Err(error) = written {
            progress.message(&format!("what was measured so far cannot be written any more: {error}"));
        }
    }

    /// Whether early stopping ends the training, by the scores of all epochs so far.
    fn gets_no_better(&self) -> bool {
        let Some(stopping) = self.experiment().training.early_stopping else { return false };
        let term = match stopping.metric {
            WatchedScore::ValidationAccuracy => metric::VALIDATION_ACCURACY,
            WatchedScore::ValidationLoss => metric::VALIDATION_LOSS,
        };
        let metrics = self.progressed.measurements.tables.metrics();
        let trained = metrics.coordinates.iter().position(|&epoch| epoch > 0).unwrap_or(metrics.coordinates.len());
        metrics
            .column(term.name)
            .and_then(|scores| scores.get(trained..))
            .is_some_and(|scores| stopping.is_over(scores))
    }

    fn last_checkpoint(&self) -> u64 {
        let every = self.experiment().output.checkpoint_every_epochs.map_or(1, |n| n.get() as u64);
        self.progressed.epoch / every * every
    }

    /// Measures what is due after the present epoch and keeps the weights that do best on the validation set.
    fn measure_epoch(&mut self) -> EpochReport {
        let epochs = self.epochs();
        let Progressed { learner, measurements, epoch, best, best_epoch, best_accuracy, .. } = &mut self.progressed;
        let epoch = *epoch;
        // What was written before training belongs to the first epoch.
        let writes = if epoch > 0 { learner.take_writes() } else { vec![] };
        let operations = learner.take_operations();
        let deployed = learner.synapses.deployed(&learner.weights, epoch);
        let held = deployed.as_ref().unwrap_or(&learner.weights);
        let network = EpochNetwork {
            setup: self.setup,
            samples: &self.steps.samples,
            learner,
            held,
            writes: &writes,
            operations: &operations,
            stimuli: self.steps.stimuli(),
            epoch,
            next_step: epoch * self.steps.per_epoch,
        };
        measurements.after_epoch(network);
        let quality = [metric::VALIDATION_R2, metric::VALIDATION_F1, metric::VALIDATION_ACCURACY];
        let measured = quality.iter().find_map(|term| measurements.tables.measured(term));
        if let Some(accuracy) = measured
            && (best.is_none() || accuracy > *best_accuracy)
        {
            *best = Some(held.clone());
            *best_epoch = Some(epoch);
            *best_accuracy = accuracy;
            measurements.after_best_epoch(network);
        }
        report(&measurements.tables, epoch, epochs)
    }

    /// Writes what stays: how it ended, what is told of that, and why nothing was learnt if so.
    fn finish(
        mut self,
        status: Status,
        told: Status,
        not_learnt: Option<&str>,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        let Some(files) = self.files else { return Ok(()) };
        let Steps { recorder, samples, .. } = self.steps;
        let journal = recorder.map(|(recorder, _)| recorder.finish()).transpose()?;
        let is_whole = matches!(status, Status::Complete | Status::StoppedEarly);
        let (data, samples) = (&self.data, &samples);
        let ended = Ended { status: Some(told), is_whole, not_learnt, started: self.started, data, samples };
        let can_go_on = matches!(status, Status::Complete | Status::Stopped);
        // Before the trace, which says that the run has ended: else it could be missing for ever.
        if can_go_on
            && self.setup.experiment.output.final_state
            && let Err(error) = checkpoint::save_final(self.setup, &files.folder, &mut self.progressed)
        {
            // The results are whole without it.
            progress.warning(&format!("no more epochs can be added to this run: {error}"));
        }
        trace_contents::write(self.setup, files, &self.progressed, &ended, journal)?;
        files.folder.forget_final_state_before()?;
        files.folder.tidy()
    }
}

/// What the metrics of the present epoch tell of its progress.
fn report(tables: &Tables, epoch: u64, epochs: u64) -> EpochReport {
    EpochReport {
        epoch,
        epochs,
        train_loss: tables.measured(&metric::TRAIN_LOSS).or(tables.measured(&metric::TRAIN_ENERGY)),
        train_accuracy: tables.measured(&metric::TRAIN_ACCURACY),
        validation_accuracy: tables.measured(&metric::VALIDATION_ACCURACY),
        test_accuracy: tables.measured(&metric::TEST_ACCURACY),
        train_r2: tables.measured(&metric::TRAIN_R2),
        validation_r2: tables.measured(&metric::VALIDATION_R2),
        test_r2: tables.measured(&metric::TEST_R2),
        test_rmse: tables.measured(&metric::TEST_RMSE),
        test_reconstruction_error: tables.measured(&metric::TEST_RECONSTRUCTION_ERROR),
    }
}
