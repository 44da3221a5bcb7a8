//! Test accuracy of a twin: the same network with float synapses on ideal hardware, trained by the same rule on the same
//! stimuli.
use crate::config::{Experiment, FloatTwin, TrainingConfig};
use crate::data::TargetKind;
use crate::learning::Learner;
use crate::learning::train_in_stream;
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, SampleSet};
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::samples::Batch;
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::persist::{Archive, Damaged};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

const ACCURACY: Term = metric::TEST_ACCURACY_FLOAT_TWIN;

#[derive(Debug)]
struct Twin {
    every: Count,
    is_supervised: bool,
    settings: FloatTwin,
    /// None once it has diverged.
    learner: Option<Learner>,
}

/// If the settings ask for a twin, where accuracy is measured.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let measure = &experiment.measure;
    let (Some(every), Some(settings)) = (measure.accuracy_every_epochs, measure.float_twin.flatten()) else {
        return Ok(None);
    };
    let training = TrainingConfig {
        optimizer: settings.optimizer,
        bias_optimizer: None,
        bias_rate: None,
        synapses: None,
        ..experiment.training.clone()
    };
    let twin = Experiment { training, ..experiment.clone() };
    let learner = Some((subject.new_learner)(&twin, &subject.setup.hardware.idealised())?);
    Ok(Some(Box::new(Twin {
        every,
        is_supervised: experiment.is_supervised() && experiment.data.targets != TargetKind::Values,
        settings,
        learner,
    })))
}

impl Measurement for Twin {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        vec![Table::new(group::METRICS, EPOCH, row_axes, vec![Series::new(&ACCURACY, RowAxis::Scalar)])]
    }

    fn due(&self) -> Due {
        Due::after(if self.is_supervised { DueEpochs::Every(self.every) } else { DueEpochs::Never })
    }

    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let states = workload.state_bytes * workload.batch_size;
        MeasurementCost { passes: 0, bytes: self.learner.iter().map(|own| own.memory_bytes() + states).sum() }
    }

    /// A twin that diverges is measured no more.
    fn after_training_step(&mut self, batch: &Batch, rate_share: f64, step: u64) {
        let Some(learner) = &mut self.learner else { return };
        let (inputs, targets) = (batch.inputs.as_view(), batch.targets.as_view());
        let rate = self.settings.rate.get() * rate_share;
        let outcome = if learner.stream().is_some() {
            train_in_stream(learner, inputs, targets, rate, step, None)
        } else {
            learner.infer(inputs, targets, step, None).and_then(|()| learner.update(rate, step))
        };
        if outcome.is_err() {
            self.learner = None;
        }
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        if let Some(learner) = &self.learner {
            let accuracy = at.score_of(&learner.inference, &learner.weights, SampleSet::Test).accuracy;
            at.tables.set(&ACCURACY, &[accuracy]);
        }
    }

    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        if !archive.has("twin/updates", self.learner.is_some()) {
            self.learner = None;
        }
        self.learner.as_mut().map_or(Ok(()), |learner| archive.part("twin", learner))
    }
}
