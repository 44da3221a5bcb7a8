//! How the local gradient compares with the exact one at the same weights and stimuli, projection by projection: at single training
//! steps, and the mean over those of an epoch.
use crate::credit::gradient::Alignment;
use crate::measure::due::{ALWAYS, Due, DueEpochs, DueSteps};
use crate::measure::epoch::AfterEpoch;
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::step::{AfterInference, Inferring};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::vocabulary::axis::{EPOCH, STEP};
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

const SERIES: [Term; 3] = [metric::COSINE, metric::ANGLE, metric::NORM_RATIO];

#[derive(Debug)]
struct Gradient {
    every: Count,
    /// At the present training step, per projection.
    alignments: Vec<Alignment>,
    /// Sum over the steps of the present epoch, per projection: cosine, angle in degrees, ratio of norms.
    sums: Vec<[f64; 3]>,
    /// Steps in these sums: those whose gradients were not zero.
    counted: Vec<u32>,
}

/// If the settings say every how many steps.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let every = experiment.measure.gradient_every_steps.flatten();
    let projections = subject.learner.weights.with_synapses().count();
    let gradient = every.map(|every| Gradient {
        every,
        alignments: vec![],
        sums: vec![[0.0; 3]; projections],
        counted: vec![0; projections],
    });
    Ok(gradient.map(|own| Box::new(own) as _))
}

impl Measurement for Gradient {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = SERIES.map(|term| Series::new(&term, RowAxis::Projection)).to_vec();
        vec![
            Table::new(group::METRICS, EPOCH, row_axes, series.clone()),
            Table::new(group::GRADIENT, STEP, row_axes, series),
        ]
    }

    /// The final table of a run shows the mean over its last epoch, in which there is at least one such step.
    fn due(&self) -> Due {
        Due { epochs: DueEpochs::Every(ALWAYS), steps: DueSteps::EveryAndLastEpoch(self.every) }
    }

    /// Room for the states of backprop.
    fn cost(&self, workload: &Workload) -> MeasurementCost {
        MeasurementCost { passes: 0, bytes: workload.state_bytes * workload.batch_size }
    }

    fn begin_epoch(&mut self) {
        self.sums.fill([0.0; 3]);
        self.counted.fill(0);
    }

    fn inference_done(&mut self, at: &mut Inferring) {
        self.alignments = at.alignment();
    }

    fn after_inference(&mut self, at: &mut AfterInference) {
        if !at.is_finite {
            return;
        }
        let table = at.tables.begin_row(group::GRADIENT, at.step);
        let rows = self.alignments.iter().map(|a| [a.cosine, a.angle_deg(), a.norm_ratio]).collect::<Vec<_>>();
        for (i, term) in SERIES.iter().enumerate() {
            table.set(term, &rows.iter().map(|row| row[i]).collect::<Vec<_>>());
        }
        for ((sums, counted), row) in self.sums.iter_mut().zip(&mut self.counted).zip(rows) {
            if row.iter().all(|x| x.is_finite()) {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                *counted += 1;
            }
        }
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        for (i, term) in SERIES.iter().enumerate() {
            // 0/0 is NaN: nothing was measured.
            let means = self.sums.iter().zip(&self.counted).map(|(sums, &n)| sums[i] / f64::from(n));
            at.tables.set(term, &means.collect::<Vec<_>>());
        }
    }
}
