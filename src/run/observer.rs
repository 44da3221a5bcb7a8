//! Who watches the visits of one training step.
use super::measure::{GradientObserver, ResidualObserver};
use super::recording::StateRow;
use crate::network::inference::VisitObserver;
use crate::network::schedule::Visit;
use crate::network::{NetworkState, Weights};

/// Passes visits on to whoever watches this step.
pub(super) struct StepObserver<'a, 'g> {
    pub states: Option<&'a mut StateRow>,
    pub residual: Option<&'a mut ResidualObserver>,
    pub gradient: Option<GradientObserver<'g>>,
}

impl StepObserver<'_, '_> {
    pub fn is_needed(&self) -> bool {
        self.states.is_some() || self.residual.is_some() || self.gradient.is_some()
    }
}

impl VisitObserver for StepObserver<'_, '_> {
    fn before(&mut self, index: usize, visit: Visit, state: &NetworkState) {
        if let Some(residual) = &mut self.residual {
            residual.before(index, visit, state);
        }
    }
    fn after(&mut self, index: usize, visit: Visit, state: &NetworkState, weights: &Weights) {
        if let Some(residual) = &mut self.residual {
            residual.after(index, visit, state, weights);
        }
        if let Some(states) = &mut self.states {
            states.after(index, visit, state, weights);
        }
        if let Some(gradient) = &mut self.gradient {
            gradient.after(index, visit, state, weights);
        }
    }
    fn finished(&mut self, state: &NetworkState, weights: &Weights) {
        if let Some(gradient) = &mut self.gradient {
            gradient.finished(state, weights);
        }
    }
}
