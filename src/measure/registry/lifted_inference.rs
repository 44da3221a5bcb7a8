//! How the inference of a lifted network ended at the last training step.
use crate::measure::due::{ALWAYS, Due, DueEpochs};
use crate::measure::epoch::AfterEpoch;
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct LiftedInference;

/// For lifted networks.
pub fn make(subject: &Subject) -> Made {
    let lifted = subject.setup.experiment.lifted.as_ref();
    Ok(lifted.map(|_| Box::new(LiftedInference) as _))
}

impl Measurement for LiftedInference {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [metric::INFERENCE_PASSES, metric::INFERENCE_RESIDUAL];
        let series = series.map(|term| Series::new(&term, RowAxis::Scalar));
        vec![Table::new(group::METRICS, EPOCH, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(ALWAYS))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let Some(phases) = at.network.learner.evidence.phases() else { return };
        let worst = phases.held.map_or(phases.free, |held| phases.free.worse(held));
        let passes = phases.free.passes + phases.held.map_or(0, |held| held.passes);
        at.tables.set(&metric::INFERENCE_PASSES, &[passes as f64]);
        at.tables.set(&metric::INFERENCE_RESIDUAL, &[worst.residual]);
    }
}
