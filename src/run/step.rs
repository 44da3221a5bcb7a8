//! The training steps of a run: inference with what measures and records it, then the update.
use super::error::RunError;
use super::observer::StepObserver;
use super::progressed::Progressed;
use super::recording::StateRow;
use crate::config::{Experiment, TrainingConfig};
use crate::data::{Augmenter, epoch_order};
use crate::learning::train_in_stream;
use crate::learning::{Divergence, Learner};
use crate::measure::{Batch, Samples};
use crate::relax::UpdateObserver;
use crate::trace::Recorder;

/// The stimuli of training steps, and what records their states.
pub(super) struct Steps {
    pub samples: Samples,
    pub augmenter: Option<Augmenter>,
    pub per_epoch: u64,
    pub batch: Batch,
    pub recorder: Option<(Recorder, StateRow)>,
}

/// Why a training step has no successor.
pub(super) enum Stopped {
    Diverged(Divergence),
    Failed(RunError),
}

impl From<Divergence> for Stopped {
    fn from(divergence: Divergence) -> Self {
        Self::Diverged(divergence)
    }
}

impl From<RunError> for Stopped {
    fn from(error: RunError) -> Self {
        Self::Failed(error)
    }
}

impl Steps {
    /// Stimuli in an epoch.
    pub fn stimuli(&self) -> u64 {
        self.per_epoch * self.batch.labels.len() as u64
    }

    /// Puts the stimuli of an epoch in order.
    pub fn begin_epoch(&mut self, epoch: u64, experiment: &Experiment, progressed: &mut Progressed) {
        let samples = self.samples.training.len() as u32;
        let (seed, shuffle) = (experiment.seeds.data, experiment.training.shuffle);
        epoch_order(samples, seed, epoch, shuffle, &mut self.batch.order);
        progressed.measurements.begin_epoch();
    }

    /// What the first mini-batch writes in every projection with synapses, and their numbers of synapses, if a copy of the
    /// network learns it at `rate`; and the size of the mini-batch. `None` if it diverges.
    pub fn pulses_of_first_batch(
        &mut self,
        experiment: &Experiment,
        learner: &Learner,
        rate: f64,
    ) -> Option<(Vec<(u64, usize)>, usize)> {
        let (seed, shuffle) = (experiment.seeds.data, experiment.training.shuffle);
        epoch_order(self.samples.training.len() as u32, seed, 1, shuffle, &mut self.batch.order);
        self.fill(1, 0);
        let mut copy = learner.clone();
        copy.take_writes();
        copy.infer(self.batch.inputs.as_view(), self.batch.targets.as_view(), 0, None).ok()?;
        copy.update(rate, 0).ok()?;
        let writes = copy.take_writes().into_iter().map(|(totals, synapses)| (totals.writes, synapses));
        Some((writes.collect(), self.batch.labels.len()))
    }

    /// Takes mini-batch `b` of an epoch.
    fn fill(&mut self, epoch: u64, b: u64) {
        match &self.augmenter {
            Some(augmenter) => self.batch.fill_augmented(&self.samples, b, augmenter, epoch),
            None => self.batch.fill(&self.samples, b),
        }
    }

    /// Training step `step`, on mini-batch `b` of its epoch.
    pub fn train(
        &mut self,
        step: u64,
        b: u64,
        training: &TrainingConfig,
        progressed: &mut Progressed,
    ) -> Result<(), Stopped> {
        let epoch = step as f64 / self.per_epoch as f64;
        let rate = training.rate_schedule.rate(training.rate.get(), epoch, training.epochs.get());
        self.fill(step / self.per_epoch + 1, b);
        self.infer(step, rate, progressed)?;
        let Progressed { learner, measurements, .. } = progressed;
        let is_live = learner.stream().is_some();
        let outcome = if is_live { Ok(()) } else { learner.update(rate, step) };
        measurements.after_training_step(&self.batch, rate / training.rate.get(), step);
        Ok(outcome?)
    }

    /// Measures and records the first mini-batch of a network that is not to be trained. If its states diverge that is
    /// left out: there is no training that it could end.
    pub fn record_untrained(&mut self, experiment: &Experiment, progressed: &mut Progressed) -> Result<(), RunError> {
        if progressed.learner.stream().is_some() {
            return Ok(());
        }
        self.begin_epoch(1, experiment, progressed);
        self.fill(1, 0);
        match self.infer(0, 0.0, progressed) {
            Err(Stopped::Failed(error)) => Err(error),
            Err(Stopped::Diverged(_)) | Ok(()) => Ok(()),
        }
    }

    /// Infers the present mini-batch (in a stream learning with `rate` at the same time), and measures and records what
    /// is due.
    fn infer(&mut self, step: u64, rate: f64, progressed: &mut Progressed) -> Result<(), Stopped> {
        let batch = &self.batch;
        let (inputs, targets) = (batch.inputs.as_view(), batch.targets.as_view());
        let mut recorder = self.recorder.as_mut().filter(|(_, row)| row.selection().includes(step));
        let every_update = recorder.as_ref().is_some_and(|(_, row)| row.selection().updates.is_some());
        if let Some((_, row)) = &mut recorder {
            row.begin();
        }
        let Progressed { learner, measurements, .. } = progressed;
        let epoch = measurements.clock().epoch_of(step);
        let mut due = measurements.begin_step(step, learner, batch);
        let mut observer = StepObserver {
            states: recorder.as_mut().filter(|_| every_update).map(|(_, row)| row),
            measurements: &mut due,
        };
        let watched = observer.is_needed().then_some(&mut observer as &mut dyn UpdateObserver);
        let outcome = if learner.stream().is_some() {
            train_in_stream(learner, inputs, targets, rate, step, watched)
        } else {
            learner.infer(inputs, targets, step, watched)
        };
        if let Some((recorder, row)) = recorder {
            if !every_update {
                row.take(&learner.state, &learner.weights);
            }
            row.end();
            row.push(recorder, [step, epoch], &batch.indices, &batch.labels)?;
        }
        due.end(learner, outcome.is_ok());
        Ok(outcome?)
    }
}
