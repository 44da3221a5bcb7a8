//! One training step of a session: inference with what measures and records it, then the update.
use super::Session;
use crate::learning::Divergence;
use crate::network::inference::VisitObserver;
use crate::parameter::Count;
use crate::run::error::RunError;
use crate::run::measure::GradientObserver;
use crate::run::observer::StepObserver;

impl Session<'_> {
    /// One training step on mini-batch `b` of the epoch. The inner result is a divergence.
    pub(super) fn step(&mut self, step: u64, b: u64) -> Result<Result<(), Divergence>, RunError> {
        let training = &self.experiment().training;
        let epoch = step as f64 / self.steps_per_epoch as f64;
        let rate = training.rate_schedule.rate(training.rate.get(), epoch, training.epochs.get());
        self.batch.fill(&self.data, b);
        if let Err(divergence) = self.infer(step, rate)? {
            return Ok(Err(divergence));
        }
        let learner = &mut self.progressed.learner;
        let is_live = learner.stream().is_some();
        let outcome = if is_live { Ok(()) } else { learner.update(self.batch.inputs.as_view(), rate, step) };
        self.step_twin(step, rate / training.rate.get());
        Ok(outcome)
    }

    /// Measures and records the first mini-batch of a network that is not to be trained. If its states diverge that is
    /// left out: there is no training that it could end.
    pub(super) fn look(&mut self) -> Result<(), RunError> {
        if self.progressed.learner.stream().is_none() {
            self.begin_epoch(1);
            self.batch.fill(&self.data, 0);
            let _ = self.infer(0, 0.0)?;
        }
        Ok(())
    }

    /// Infers the present mini-batch (in a stream it is lived through, learning with `rate`), and measures and records
    /// what is due.
    fn infer(&mut self, step: u64, rate: f64) -> Result<Result<(), Divergence>, RunError> {
        let batch = &mut self.batch;
        let (inputs, targets) = (batch.inputs.as_view(), batch.targets.as_view());
        let experiment = &self.setup.experiment;
        let is_due = |every: Option<Count>| every.is_some_and(|n| step.is_multiple_of(n.get() as u64));
        let mut recorder = self.recorder.as_mut().filter(|(_, row)| row.selection().includes(step));
        let every_visit = recorder.as_ref().is_some_and(|(_, row)| row.selection().visits.is_some());
        let mut residual = self.residual.as_mut().filter(|_| is_due(experiment.measure.residual_every_steps.flatten()));
        if let Some((_, row)) = &mut recorder {
            row.begin();
        }
        if let Some(residual) = &mut residual {
            residual.clear();
        }
        // The final table shows the angles of the last epoch, so that epoch has at least one audit.
        let epochs = experiment.training.epochs.get() as u64;
        let last_epoch_begins = step + self.steps_per_epoch == self.steps_per_epoch.saturating_mul(epochs);
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
}
