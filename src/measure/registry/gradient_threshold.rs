//! For how many synapses a rule with a threshold acts, and not plain STE in its place: mean over some training steps of an
//! epoch.
use crate::measure::due::{ALWAYS, Due, DueEpochs, DueSteps};
use crate::measure::epoch::AfterEpoch;
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::step::AfterInference;
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct GradientThreshold {
    every: Count,
    /// Sum over the steps of the present epoch, per projection.
    sums: Vec<f64>,
    /// Steps in these sums.
    counted: u32,
}

/// With a rule that has a threshold.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let has_threshold = experiment.training.synapses.is_some_and(|own| own.rule.has_threshold());
    let every = experiment.measure.gradient_threshold_every_steps.filter(|_| has_threshold);
    let projections = subject.learner.weights.with_synapses().count();
    let own = every.map(|every| GradientThreshold { every, sums: vec![0.0; projections], counted: 0 });
    Ok(own.map(|own| Box::new(own) as _))
}

impl Measurement for GradientThreshold {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = Series::new(&metric::GRADIENTS_ABOVE_THRESHOLD, RowAxis::Projection);
        vec![Table::new(group::METRICS, EPOCH, row_axes, vec![series])]
    }

    fn due(&self) -> Due {
        Due { epochs: DueEpochs::Every(ALWAYS), steps: DueSteps::EveryAndLastEpoch(self.every) }
    }

    /// Room for the gradient of a projection.
    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let largest = workload.units.windows(2).map(|pair| pair[0] * pair[1]).max().unwrap_or(0);
        MeasurementCost { passes: 0, bytes: 4 * largest }
    }

    fn begin_epoch(&mut self) {
        self.sums.fill(0.0);
        self.counted = 0;
    }

    fn after_inference(&mut self, at: &mut AfterInference) {
        if !at.is_finite {
            return;
        }
        let learner = at.learner;
        let shares = learner.synapses.gradients_above_threshold(&learner.weights, &learner.gradient());
        self.sums.iter_mut().zip(shares.unwrap_or_default()).for_each(|(sum, share)| *sum += share);
        self.counted += 1;
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        // 0/0 is NaN: nothing was measured.
        let means = self.sums.iter().map(|sum| sum / f64::from(self.counted));
        at.tables.set(&metric::GRADIENTS_ABOVE_THRESHOLD, &means.collect::<Vec<_>>());
    }
}
