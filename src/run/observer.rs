//! Who watches the updates of one training step.
use super::recording::StateRow;
use crate::measure::StepMeasurements;
use crate::network::Network;
use crate::relax::NetworkState;
use crate::relax::UpdateObserver;
use crate::relax::schedule::Update;

/// Passes updates on to the measurements that are due, and to the recording if it is one of every update.
pub(super) struct StepObserver<'a, 'm> {
    pub states: Option<&'a mut StateRow>,
    pub measurements: &'a mut StepMeasurements<'m>,
}

impl StepObserver<'_, '_> {
    pub fn is_needed(&self) -> bool {
        self.states.is_some() || self.measurements.are_due()
    }
}

impl UpdateObserver for StepObserver<'_, '_> {
    fn before(&mut self, index: usize, update: Update, state: &NetworkState) {
        self.measurements.before(index, update, state);
    }
    fn after(&mut self, index: usize, update: Update, state: &NetworkState, weights: &Network) {
        self.measurements.after(index, update, state, weights);
        if let Some(states) = &mut self.states {
            states.after(index, update, state, weights);
        }
    }
    fn finished(&mut self, state: &NetworkState, weights: &Network) {
        self.measurements.finished(state, weights);
    }
}
