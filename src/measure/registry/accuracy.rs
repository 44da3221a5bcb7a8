//! Loss and accuracy of the training and the test set; of a network that learns to reconstruct its inputs, least energy
//! and error of the reconstruction.
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, SampleSet};
use crate::measure::evaluator::{Score, columns};
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::measure::tables::Tables;
use crate::parameter::Count;
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

const TRAINING_RECONSTRUCTION: [Term; 2] = [metric::TRAIN_ENERGY, metric::TRAIN_RECONSTRUCTION_ERROR];
const TEST_RECONSTRUCTION: [Term; 2] = [metric::TEST_ENERGY, metric::TEST_RECONSTRUCTION_ERROR];

#[derive(Debug)]
struct Accuracy {
    every: Count,
    train_samples: Count,
    /// Of a set of samples: what is minimised, and how well the network does.
    training: Vec<Term>,
    test: Vec<Term>,
}

/// If the settings say every how many epochs.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let (training, test) = match experiment.is_supervised() {
        true => {
            let targets = experiment.data.targets;
            (columns(targets, &metric::TRAIN_SCORES), columns(targets, &metric::TEST_SCORES))
        }
        false => (TRAINING_RECONSTRUCTION.to_vec(), TEST_RECONSTRUCTION.to_vec()),
    };
    let train_samples = experiment.measure.train_samples;
    let accuracy =
        experiment.measure.accuracy_every_epochs.map(|every| Accuracy { every, train_samples, training, test });
    Ok(accuracy.map(|own| Box::new(own) as _))
}

fn set(tables: &mut Tables, columns: &[Term], score: Score) {
    columns.iter().for_each(|term| tables.set(term, &[score.of(term)]));
}

impl Accuracy {
    fn measure_test_set(&self, at: &mut AfterEpoch) {
        let score = at.score(SampleSet::Test);
        set(at.tables, &self.test, score);
    }
}

impl Measurement for Accuracy {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [&self.training[..], &self.test].concat();
        let series = series.iter().map(|term| Series::new(term, RowAxis::Scalar));
        vec![Table::new(group::METRICS, EPOCH, row_axes, series.collect())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(self.every))
    }

    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let samples = workload.samples;
        let train_samples = samples.training.len().min(self.train_samples.get());
        let times = (workload.clock.epochs.div_ceil(self.every.get() as u64) as usize).saturating_add(1);
        MeasurementCost { passes: times.saturating_mul(train_samples + samples.test.len()), bytes: 0 }
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let score = at.score(SampleSet::Training(self.train_samples.get()));
        set(at.tables, &self.training, score);
        self.measure_test_set(at);
    }

    /// The weights that are kept are always tested.
    fn after_best_epoch(&mut self, at: &mut AfterEpoch) {
        if at.tables.measured(&self.test[0]).is_none() {
            self.measure_test_set(at);
        }
    }
}
