//! Test accuracy if every synapse held its level exactly.
use crate::data::TargetKind;
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, SampleSet};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

const ACCURACY: Term = metric::TEST_ACCURACY_IDEAL_DEVICES;

#[derive(Debug)]
struct IdealDevices {
    every: Count,
    is_supervised: bool,
}

/// With devices for synapses, where accuracy is measured.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let every = experiment.measure.accuracy_every_epochs.filter(|_| subject.learner.synapses.are_devices());
    let is_supervised = experiment.is_supervised() && experiment.data.targets != TargetKind::Values;
    Ok(every.map(|every| Box::new(IdealDevices { every, is_supervised }) as _))
}

impl Measurement for IdealDevices {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        vec![Table::new(group::METRICS, EPOCH, row_axes, vec![Series::new(&ACCURACY, RowAxis::Scalar)])]
    }

    fn due(&self) -> Due {
        Due::after(if self.is_supervised { DueEpochs::Every(self.every) } else { DueEpochs::Never })
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let learner = at.network.learner;
        let Some(ideal) = learner.synapses.ideal(&learner.weights) else { return };
        // Ideal devices hold the same weights, whose accuracy is known.
        let known = at.tables.measured(&metric::TEST_ACCURACY).filter(|_| ideal == *at.network.held);
        let accuracy = known.unwrap_or_else(|| at.score_of(&learner.inference, &ideal, SampleSet::Test).accuracy);
        at.tables.set(&ACCURACY, &[accuracy]);
    }
}
