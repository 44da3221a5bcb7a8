//! Who watches the visits of one training step.
use super::measure::ResidualObserver;
use super::recording::StateRow;
use crate::network::NetworkState;
use crate::network::inference::VisitObserver;
use crate::network::schedule::Visit;

/// Passes visits on to whoever watches this step.
pub(super) struct StepObserver<'a> {
    pub states: Option<&'a mut StateRow>,
    pub residual: Option<&'a mut ResidualObserver>,
}

impl StepObserver<'_> {
    pub fn is_needed(&self) -> bool {
        self.states.is_some() || self.residual.is_some()
    }
}

impl VisitObserver for StepObserver<'_> {
    fn before(&mut self, index: usize, visit: Visit, state: &NetworkState) {
        if let Some(residual) = &mut self.residual {
            residual.before(index, visit, state);
        }
    }
    fn after(&mut self, index: usize, visit: Visit, state: &NetworkState) {
        if let Some(residual) = &mut self.residual {
            residual.after(index, visit, state);
        }
        if let Some(states) = &mut self.states {
            states.after(index, visit, state);
        }
    }
}
