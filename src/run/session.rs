//! The training loop.
mod step;

use super::checkpoint::{self, Progressed};
use super::error::RunError;
use super::evaluate::{Evaluated, Evaluator};
use super::folder::RunFolder;
use super::initial_weights::initial_weights;
use super::measure::{GradientAudit, ResidualObserver, norms, nudging_gain};
use super::progress::{EpochReport, Interrupt, Progress};
use super::recording::{StateRow, StateSelection};
use super::robustness;
use super::setup::{learner, steps_per_epoch, twin, units};
use super::stability;
use super::stimuli::{Batch, Data};
use super::summary::{Status, Summary};
use super::tables::Tables;
use super::trace_contents;
use crate::analog::moment::Context;
use crate::config::{Experiment, Setup};
use crate::data::{Datasets, epoch_order};
use crate::network::Weights;
use crate::network::inference::Inference;
use crate::trace::Recorder;
use std::time::{Instant, SystemTime};

/// How a run is made, as opposed to what it computes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where the files go.
    pub folder: RunFolder,
    /// Continue from the checkpoint in the folder.
    pub resume: bool,
    /// The command line, for the trace.
    pub command: String,
}

/// Makes a run, in the thread pool of the caller. Its files, if it leaves any, appear under their final names only when
/// they are whole. Runs of one process share what they read through `datasets`.
///
/// # Errors
/// [`RunError`]; a divergence is a [`Status`], not an error.
pub fn run(
    setup: &Setup,
    datasets: &Datasets,
    files: Option<&RunOptions>,
    progress: &mut dyn Progress,
    interrupt: &Interrupt,
) -> Result<Summary, RunError> {
    let started = (SystemTime::now(), Instant::now());
    let resume = files.is_some_and(|files| files.resume && files.folder.checkpoint().exists());
    if let Some(RunOptions { folder, resume: true, .. }) = files
        && !resume
    {
        if !folder.path().exists() {
            return Err(RunError::NothingToResume { folder: folder.path().to_owned() });
        }
        progress.message("there is no checkpoint yet: starting over");
    }
    let mut session = Session::new(setup, datasets, files, resume)?;
    let first_step = session.progressed.epoch * session.steps_per_epoch;
    if resume {
        progress.message(&format!("resuming after epoch {}", session.progressed.epoch));
    } else {
        if session.epochs() == 0 {
            session.look()?;
        }
        let report = session.measure_epoch()?;
        progress.epoch(&report);
    }
    progress.start(first_step, session.steps_per_epoch.saturating_mul(session.epochs()));
    let status = session.train(progress, interrupt);
    progress.finish();
    let status = status?;
    let steps = session.steps_made;
    let Tables { metrics, signal, residual, synapses, stability, robustness, .. } = session.progressed.tables.clone();
    let best_epoch = session.progressed.best_epoch;
    if !matches!(status, Status::Interrupted { .. }) {
        session.finish(status, started.0)?;
    }
    let elapsed_s = started.1.elapsed().as_secs_f64();
    Ok(Summary { status, metrics, signal, residual, synapses, stability, robustness, best_epoch, elapsed_s, steps })
}

struct Session<'a> {
    setup: &'a Setup,
    files: Option<&'a RunOptions>,
    data: Data,
    steps_per_epoch: u64,
    progressed: Progressed,
    recorder: Option<(Recorder, StateRow)>,
    audit: Option<GradientAudit>,
    residual: Option<ResidualObserver>,
    evaluator: Evaluator,
    batch: Batch,
    steps_made: u64,
}

impl<'a> Session<'a> {
    fn new(
        setup: &'a Setup,
        datasets: &Datasets,
        files: Option<&'a RunOptions>,
        resume: bool,
    ) -> Result<Self, RunError> {
        let experiment = &setup.experiment;
        let data = Data::load(setup, datasets)?;
        let (features, classes) = (data.splits.train.features(), data.splits.train.classes());
        let units = units(experiment, features, classes);
        let batch_size = experiment.training.batch_size.get();
        let steps_per_epoch = steps_per_epoch(experiment, data.training.len());
        let weights = initial_weights(experiment, &setup.base_dir, &units)?;
        let settings = experiment.measure.float_twin.flatten();
        let twin = settings
            .map(|own| twin(experiment, &setup.hardware, &own, weights.clone(), batch_size, steps_per_epoch))
            .transpose()?;
        let learner = learner(experiment, &setup.hardware, weights, batch_size, steps_per_epoch)?;
        let visits = learner.plan().visits.len();
        let selection = experiment.recording.states.as_ref().filter(|_| files.is_some());
        let selection = selection.map(|s| StateSelection::new(s, &units, batch_size, visits)).transpose()?;
        let measure = &experiment.measure;
        let has_dyads = experiment.has_dyads();
        let tables =
            Tables::new(experiment, units.len() - 1, visits, learner.inference.chip.is_some(), &learner.synapses);
        let audits = measure.gradient_every_steps.flatten().is_some() || measure.gradient_course_every_steps.is_some();
        let audit = (has_dyads && audits).then(|| GradientAudit::new(&units, batch_size));
        let residual = (has_dyads && measure.residual_every_steps.flatten().is_some()).then(ResidualObserver::default);
        let evaluator = Evaluator::new(&units, learner.inference.chip.as_deref());
        let initial = (experiment.recording.weights && files.is_some()).then(|| {
            let deployed = learner.synapses.deployed(&learner.weights, 0);
            deployed.unwrap_or_else(|| learner.weights.clone())
        });
        let mut progressed = Progressed {
            learner,
            twin,
            initial,
            epoch: 0,
            best: None,
            best_epoch: None,
            best_accuracy: f64::NAN,
            tables,
        };
        let recorder = match files {
            None => None,
            Some(files) if resume => checkpoint::restore(setup, &files.folder, &mut progressed, selection.as_ref())?,
            Some(files) => {
                files.folder.prepare()?;
                let journal = files.folder.journal();
                let streams = selection.as_ref().map(trace_contents::streams);
                streams.map(|streams| Recorder::create(&journal, streams)).transpose()?
            }
        };
        Ok(Self {
            setup,
            files,
            steps_per_epoch,
            data,
            progressed,
            recorder: recorder.zip(selection.map(StateRow::new)),
            audit,
            residual,
            evaluator,
            batch: Batch::new(features, classes, batch_size),
            steps_made: 0,
        })
    }

    fn experiment(&self) -> &'a Experiment {
        &self.setup.experiment
    }

    fn epochs(&self) -> u64 {
        self.experiment().training.epochs.get() as u64
    }

    fn train(&mut self, progress: &mut dyn Progress, interrupt: &Interrupt) -> Result<Status, RunError> {
        let checkpoint_every = self.experiment().output.checkpoint_every_epochs;
        while self.progressed.epoch < self.epochs() {
            let epoch = self.progressed.epoch + 1;
            self.begin_epoch(epoch);
            for b in 0..self.steps_per_epoch {
                if interrupt.is_set() {
                    let has_checkpoint = self.files.is_some_and(|files| files.folder.checkpoint().exists());
                    let checkpoint_epoch = has_checkpoint.then(|| self.last_checkpoint());
                    return Ok(Status::Interrupted { checkpoint_epoch });
                }
                let step = (epoch - 1) * self.steps_per_epoch + b;
                if let Err(divergence) = self.step(step, b)? {
                    return Ok(Status::Diverged(divergence));
                }
                self.steps_made += 1;
                progress.step(step + 1);
            }
            self.progressed.epoch = epoch;
            let report = self.measure_epoch()?;
            progress.epoch(&report);
            let last = epoch == self.epochs();
            let is_due = !last && checkpoint_every.is_some_and(|every| epoch.is_multiple_of(every.get() as u64));
            if let Some(files) = self.files.filter(|_| is_due) {
                let recorder = self.recorder.as_mut().map(|(recorder, _)| recorder);
                checkpoint::save(self.setup, &files.folder, &self.progressed, recorder)?;
            }
        }
        Ok(Status::Complete)
    }

    fn last_checkpoint(&self) -> u64 {
        let every = self.experiment().output.checkpoint_every_epochs.map_or(1, |n| n.get() as u64);
        self.progressed.epoch / every * every
    }

    fn begin_epoch(&mut self, epoch: u64) {
        let samples = self.data.training.len() as u32;
        let (seed, shuffle) = (self.experiment().seeds.data, self.experiment().training.shuffle);
        epoch_order(samples, seed, epoch, shuffle, &mut self.batch.order);
        self.progressed.tables.begin_epoch();
    }

    /// Measures what is due after the present epoch and keeps the weights that do best on the validation set.
    fn measure_epoch(&mut self) -> Result<EpochReport, RunError> {
        let experiment = self.experiment();
        let epoch = self.progressed.epoch;
        let last = epoch == experiment.training.epochs.get() as u64;
        let is_due = |every: Option<crate::parameter::Count>| {
            every.is_some_and(|n| last || epoch.is_multiple_of(n.get() as u64))
        };
        let Progressed { learner, twin, tables, best, best_epoch, best_accuracy, .. } = &mut self.progressed;
        let next_step = epoch * self.steps_per_epoch;
        tables.end_epoch(epoch);
        if epoch > 0 {
            let stimuli = self.steps_per_epoch * self.batch.labels.len() as u64;
            tables.add_writes(epoch, stimuli, &learner.take_writes());
        }
        let deployed = learner.synapses.deployed(&learner.weights, epoch);
        let held = deployed.as_ref().unwrap_or(&learner.weights);
        let mut report = EpochReport {
            epoch,
            epochs: experiment.training.epochs.get() as u64,
            train_loss: None,
            train_accuracy: None,
            validation_accuracy: None,
            test_accuracy: None,
            test_reconstruction_error: None,
        };
        if let Some(phases) = &learner.phases {
            tables.set_inference(phases);
        }
        let mut score = |context, data, indices: &[u32]| {
            let network = Evaluated { inference: &learner.inference, weights: held, context, epoch };
            self.evaluator.score(&network, data, indices)
        };
        if is_due(experiment.measure.accuracy_every_epochs) {
            let first = self.data.training.len().min(experiment.measure.train_samples.get());
            let train = score(Context::EvaluationTrain, &self.data.splits.train, &self.data.training[..first]);
            let test = score(Context::EvaluationTest, &self.data.splits.test, &self.data.test);
            tables.set_score("train", train);
            tables.set_score("test", test);
            report.train_loss = Some(train.loss);
            if experiment.is_supervised() {
                report.train_accuracy = Some(train.accuracy);
                report.test_accuracy = Some(test.accuracy);
            } else {
                report.test_reconstruction_error = test.reconstruction_error;
            }
        }
        if !self.data.validation.is_empty() {
            // Always: the best weights are chosen by it.
            let validation = score(Context::EvaluationValidation, &self.data.splits.train, &self.data.validation);
            tables.set_score("validation", validation);
            report.validation_accuracy = Some(validation.accuracy);
            if best.is_none() || validation.accuracy > *best_accuracy {
                *best = Some(held.clone());
                *best_epoch = Some(epoch);
                *best_accuracy = validation.accuracy;
                if experiment.measure.accuracy_every_epochs.is_some() {
                    let test = score(Context::EvaluationTest, &self.data.splits.test, &self.data.test);
                    tables.set_score("test", test);
                    report.test_accuracy = Some(test.accuracy);
                }
            }
        }
        if is_due(experiment.measure.accuracy_every_epochs) && experiment.is_supervised() {
            let mut test = |inference: &Inference, weights: &Weights| {
                let network = Evaluated { inference, weights, context: Context::EvaluationTest, epoch };
                self.evaluator.score(&network, &self.data.splits.test, &self.data.test).accuracy
            };
            if let Some(ideal) = learner.synapses.ideal(&learner.weights) {
                // Ideal devices hold the same weights, which were scored above.
                let known = report.test_accuracy.filter(|_| ideal == *held);
                let accuracy = known.unwrap_or_else(|| test(&learner.inference, &ideal));
                tables.set_test_accuracy_of("ideal_devices", accuracy);
            }
            if let Some(twin) = twin {
                tables.set_test_accuracy_of("float_twin", test(&twin.inference, &twin.weights));
            }
        }
        if is_due(experiment.measure.norms_every_epochs) {
            let norms = norms(held, experiment.seeds.noise);
            tables.set_norms(&norms, nudging_gain(learner, held, &norms, next_step));
        }
        if let Some(probe) = experiment.measure.stability.filter(|probe| is_due(Some(probe.every_epochs))) {
            let at = [epoch, next_step];
            tables.add_stability(epoch, &stability::of_learner(&probe, experiment, learner, held, &self.data, at));
        }
        if let Some(settings) = &experiment.measure.robustness
            && (last || is_due(settings.every_epochs))
        {
            let network =
                robustness::Network { setup: self.setup, inference: &learner.inference, weights: held, epoch };
            let found = network.measure(&self.data.splits, settings, &mut |_| {});
            tables.add_robustness(epoch, &found);
        }
        Ok(report)
    }

    fn finish(self, status: Status, started: SystemTime) -> Result<(), RunError> {
        let Some(files) = self.files else { return Ok(()) };
        let journal = self.recorder.map(|(recorder, _)| recorder.finish()).transpose()?;
        trace_contents::write(self.setup, files, &self.progressed, status, started, journal)?;
        files.folder.tidy()
    }
}
