//! Loss and quality of the samples held out, by which the best weights are chosen.
use crate::data::TargetKind;
use crate::measure::due::{ALWAYS, Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, SampleSet};
use crate::measure::evaluator::columns;
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct Validation {
    targets: TargetKind,
}

/// If samples are held out.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let targets = experiment.data.targets;
    Ok(experiment.has_validation().then(|| Box::new(Validation { targets }) as _))
}

impl Measurement for Validation {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = columns(self.targets, &metric::VALIDATION_SCORES);
        let series = series.iter().map(|term| Series::new(term, RowAxis::Scalar));
        vec![Table::new(group::METRICS, EPOCH, row_axes, series.collect())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(ALWAYS))
    }

    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let times = (workload.clock.epochs as usize).saturating_add(1);
        MeasurementCost { passes: times.saturating_mul(workload.samples.validation.len()), bytes: 0 }
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let score = at.score(SampleSet::Validation);
        for term in columns(self.targets, &metric::VALIDATION_SCORES) {
            at.tables.set(&term, &[score.of(&term)]);
        }
    }
}
