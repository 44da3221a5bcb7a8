//! Whether inference of the first training samples converges: the [probe](crate::measure::probe) along epochs.
use crate::config::StabilityProbe;
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, EpochNetwork};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::probe::{Probed, Stability};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct StabilityMeasurement {
    settings: StabilityProbe,
}

/// If there are settings for it.
pub fn make(subject: &Subject) -> Made {
    let settings = subject.setup.experiment.measure.stability;
    Ok(settings.map(|settings| Box::new(StabilityMeasurement { settings }) as _))
}

impl StabilityMeasurement {
    /// Probes the network with its weights as the devices hold them. The damping is that of the next training step.
    fn probe(&self, network: &EpochNetwork) -> Stability {
        let EpochNetwork { setup, learner, held, epoch, next_step, .. } = *network;
        let batch = network.probe_batch(self.settings.samples.get());
        let mut inference = learner.inference.clone();
        inference.rule.prepare_step(held, learner.noise_seed(), next_step);
        let probed = Probed {
            inference: &inference,
            schedule: &setup.experiment.schedule.clone().unwrap_or_default(),
            weights: held,
            inputs: batch.inputs.as_view(),
            targets: batch.targets.as_view(),
            seed: setup.experiment.seeds.noise,
            epoch,
        };
        probed.stability(&self.settings)
    }
}

impl Measurement for StabilityMeasurement {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [metric::VERDICT, metric::VERDICT_PASSES, metric::VERDICT_RESIDUAL, metric::VERDICT_PERIOD];
        let series = series.map(|term| Series::new(&term, RowAxis::Scalar));
        vec![Table::new(group::STABILITY, EPOCH, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(self.settings.every_epochs))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let found = self.probe(&at.network);
        let table = at.tables.begin_row(group::STABILITY, at.network.epoch);
        table.set(&metric::VERDICT, &[found.verdict.code()]);
        table.set(&metric::VERDICT_PASSES, &[found.changes.len() as f64]);
        table.set(&metric::VERDICT_RESIDUAL, &[found.residual]);
        if let Some(period) = found.period {
            table.set(&metric::VERDICT_PERIOD, &[period as f64]);
        }
    }
}
