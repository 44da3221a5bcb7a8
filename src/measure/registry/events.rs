//! How many values dyads send as events in training on a stimulus.
use crate::measure::due::{ALWAYS, Due, DueEpochs};
use crate::measure::epoch::AfterEpoch;
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct Events;

/// Of units that send events.
pub fn make(subject: &Subject) -> Made {
    let sends_events = subject.setup.hardware.units.send_threshold.is_some();
    Ok(sends_events.then(|| Box::new(Events) as _))
}

impl Measurement for Events {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [metric::EVENTS_FORWARD, metric::EVENTS_BACK];
        let series = series.map(|term| Series::new(&term, RowAxis::Scalar));
        vec![Table::new(group::METRICS, EPOCH, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(ALWAYS))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        // Before the first epoch nothing was trained.
        if at.network.epoch == 0 {
            return;
        }
        let [training, _] = at.network.operations;
        let stimuli = at.network.stimuli as f64;
        for (term, events) in [&metric::EVENTS_FORWARD, &metric::EVENTS_BACK].into_iter().zip(training.events()) {
            at.tables.set(term, &[events as f64 / stimuli]);
        }
    }
}
