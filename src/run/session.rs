//! The training loop.
use super::checkpoint::{self, Progressed};
use super::error::RunError;
use super::evaluate::{Evaluated, Evaluator};
use super::folder::RunFolder;
use super::measure::{GradientAudit, GradientObserver, ResidualObserver, norms};
use super::observer::StepObserver;
use super::progress::{EpochReport, Interrupt, Progress};
use super::recording::{StateRow, StateSelection};
use super::setup::{learner, steps_per_epoch, twin, units};
use super::stimuli::{Batch, Data};
use super::summary::{Status, Summary};
use super::tables::Tables;
use super::trace_contents;
use crate::analog::moment::Context;
use crate::config::{Experiment, Setup};
use crate::data::{Datasets, epoch_order};
use crate::learning::Divergence;
use crate::network::Weights;
use crate::network::inference::{Inference, VisitObserver};
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
        let report = session.measure_epoch()?;
        progress.epoch(&report);
    }
    progress.start(first_step, session.steps_per_epoch.saturating_mul(session.epochs()));
    let status = session.train(progress, interrupt);
    progress.finish();
    let status = status?;
    let steps = session.steps_made;
    let Tables { metrics, signal, residual, synapses, .. } = session.progressed.tables.clone();
    let best_epoch = session.progressed.best_epoch;
    if !matches!(status, Status::Interrupted { .. }) {
        session.finish(status, started.0)?;
    }
    let elapsed_s = started.1.elapsed().as_secs_f64();
    Ok(Summary { status, metrics, signal, residual, synapses, best_epoch, elapsed_s, steps })
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
        let learner = learner(experiment, &setup.hardware, &units, batch_size, steps_per_epoch)?;
        let settings = experiment.measure.float_twin.flatten();
        let twin = settings
            .map(|settings| twin(experiment, &setup.hardware, &settings, &units, batch_size, steps_per_epoch))
            .transpose()?;
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
            let samples = self.data.training.len() as u32;
            let (seed, shuffle) = (self.experiment().seeds.data, self.experiment().training.shuffle);
            epoch_order(samples, seed, epoch, shuffle, &mut self.batch.order);
            self.progressed.tables.begin_epoch();
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

    /// One training step on mini-batch `b` of the epoch. The inner result is a divergence.
    fn step(&mut self, step: u64, b: u64) -> Result<Result<(), Divergence>, RunError> {
        let batch = &mut self.batch;
        batch.fill(&self.data, b);
        let (inputs, targets) = (batch.inputs.as_view(), batch.targets.as_view());

        let experiment = &self.setup.experiment;
        let is_due =
            |every: Option<crate::parameter::Count>| every.is_some_and(|n| step.is_multiple_of(n.get() as u64));
        let mut recorder = self.recorder.as_mut().filter(|(_, row)| row.selection().includes(step));
        let every_visit = recorder.as_ref().is_some_and(|(_, row)| row.selection().visits.is_some());
        let mut residual = self.residual.as_mut().filter(|_| is_due(experiment.measure.residual_every_steps.flatten()));
        if let Some((_, row)) = &mut recorder {
            row.begin();
        }
        if let Some(residual) = &mut residual {
            residual.clear();
        }
        let training = &experiment.training;
        let epochs = training.epochs.get() as u64;
        // The final table shows the angles of the last epoch, so that epoch has at least one audit.
        let last_epoch_begins = step == self.steps_per_epoch.saturating_mul(epochs) - self.steps_per_epoch;
        let audits = experiment.measure.gradient_every_steps.flatten();
        let audit_is_due = is_due(audits) || (audits.is_some() && last_epoch_begins);
        let course_is_due = is_due(experiment.measure.gradient_course_every_steps);
        let learner = &mut self.progressed.learner;
        let audit = self.audit.as_mut().filter(|_| audit_is_due || course_is_due);
        let mut observer = StepObserver {
            states: recorder.as_mut().filter(|_| every_visit).map(|(_, row)| row),
            residual: residual.as_deref_mut(),
            gradient: audit.map(|audit| GradientObserver::new(audit, learner, inputs, targets, course_is_due)),
        };
        let epoch = step as f64 / self.steps_per_epoch as f64;
        let rate = training.rate_schedule.rate(training.rate.get(), epoch, training.epochs.get());
        let is_live = learner.stream().is_some();
        let watched = observer.is_needed().then_some(&mut observer as &mut dyn VisitObserver);
        let outcome = if is_live {
            learner.live(inputs, targets, rate, step, watched)
        } else {
            learner.infer(inputs, targets, step, watched)
        };
        let gradient = observer.gradient.take();
        if let Some((recorder, row)) = recorder {
            if !every_visit {
                row.take(&learner.state, &learner.weights);
            }
            row.end();
            row.push(recorder, step, &batch.indices, &batch.labels)?;
        }
        if let Some(residual) = residual {
            self.progressed.tables.add_residual(step, &residual.residuals, &residual.layers);
        }
        if outcome.is_err() {
            return Ok(outcome);
        }
        if let Some(gradient) = gradient {
            if let Some(last) = gradient.alignments.last().filter(|_| audit_is_due) {
                self.progressed.tables.add_gradient(step, last);
                if !gradient.quality.is_empty() {
                    self.progressed.tables.add_signal(step, &gradient.quality);
                }
            }
            if course_is_due {
                self.progressed.tables.add_course(step, &gradient.alignments);
            }
        }
        let outcome = if is_live { outcome } else { learner.update(inputs, rate, step) };
        self.step_twin(step, rate / training.rate.get());
        Ok(outcome)
    }

    /// The same step of the float twin, at this share of its learning rate. A twin that diverges is measured no more.
    fn step_twin(&mut self, step: u64, rate_share: f64) {
        let (Some(twin), Some(settings)) =
            (&mut self.progressed.twin, self.setup.experiment.measure.float_twin.flatten())
        else {
            return;
        };
        let (inputs, targets) = (self.batch.inputs.as_view(), self.batch.targets.as_view());
        let rate = settings.rate.get() * rate_share;
        let outcome = if twin.stream().is_some() {
            twin.live(inputs, targets, rate, step, None)
        } else {
            twin.infer(inputs, targets, step, None).and_then(|()| twin.update(inputs, rate, step))
        };
        if outcome.is_err() {
            self.progressed.twin = None;
        }
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
        };
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
            report.train_accuracy = Some(train.accuracy);
            report.test_accuracy = Some(test.accuracy);
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
        if is_due(experiment.measure.accuracy_every_epochs) {
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
            tables.set_norms(&norms(held, experiment.seeds.noise));
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
