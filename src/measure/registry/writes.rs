//! How often synapses were written and changed their level in an epoch.
use crate::measure::due::{ALWAYS, Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, EpochNetwork};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct Writes;

/// With synapses that training writes.
pub fn make(subject: &Subject) -> Made {
    Ok(subject.learner.synapses.are_written().then(|| Box::new(Writes) as _))
}

impl Measurement for Writes {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = [metric::FLIPS_PER_SYNAPSE, metric::WRITES_PER_SAMPLE];
        let series = series.map(|term| Series::new(&term, RowAxis::Projection));
        vec![Table::new(group::SYNAPSES, EPOCH, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(ALWAYS))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let EpochNetwork { writes, stimuli, epoch, .. } = at.network;
        // Before the first epoch nothing was written.
        if epoch == 0 {
            return;
        }
        let table = at.tables.begin_row(group::SYNAPSES, epoch);
        let flips = writes.iter().map(|(totals, synapses)| totals.flips as f64 / *synapses as f64);
        table.set(&metric::FLIPS_PER_SYNAPSE, &flips.collect::<Vec<_>>());
        let writes = writes.iter().map(|(totals, _)| totals.writes as f64 / stimuli as f64);
        table.set(&metric::WRITES_PER_SAMPLE, &writes.collect::<Vec<_>>());
    }
}
