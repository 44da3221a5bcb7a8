//! What a measurement finds during a training step.
use super::tables::Tables;
use crate::credit::gradient::Alignment;
use crate::credit::{Evidence, Inference};
use crate::learning::Learner;
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::relax::{NetworkState, Plan};
use crate::substrate::Substrate;

/// The exact gradient of a mini-batch, made at most once for all measurements that ask for it.
#[derive(Debug, Default)]
pub(super) struct ExactGradient {
    /// Made when it is first asked for.
    state: Option<NetworkState>,
    is_current: bool,
}

impl ExactGradient {
    /// The weights or the stimuli have changed.
    pub fn invalidate(&mut self) {
        self.is_current = false;
    }
}

/// The mini-batch of a training step, and the network as it was when the step began.
#[derive(Debug, Clone)]
pub(super) struct Stimuli<'a> {
    pub inputs: MatrixView<'a>,
    pub targets: MatrixView<'a>,
    /// The exact gradient, on ideal hardware: backprop for most rules.
    pub exact: Inference,
    /// What the synapses learn from the states.
    pub evidence: Evidence,
}

/// The states of a network while it infers a mini-batch.
#[derive(Debug)]
pub struct Inferring<'a> {
    /// The states.
    pub state: &'a NetworkState,
    /// The weights.
    pub weights: &'a Network,
    pub(super) stimuli: &'a Stimuli<'a>,
    pub(super) exact: &'a mut ExactGradient,
}

impl Inferring<'_> {
    /// The states that the exact rule leaves at the same weights and stimuli on ideal hardware.
    pub fn exact(&mut self) -> &NetworkState {
        let Stimuli { inputs, targets, exact: backprop, .. } = self.stimuli;
        let zeros = || NetworkState::zeros(self.weights, inputs.ncols(), &Substrate::Ideal);
        let exact = self.exact.state.get_or_insert_with(zeros);
        if !self.exact.is_current {
            backprop.infer(self.weights, *inputs, *targets, &Plan::default(), exact, None);
            self.exact.is_current = true;
        }
        exact
    }

    /// Compares the local gradient that the states hold with the exact one, layer by layer.
    pub fn alignment(&mut self) -> Vec<Alignment> {
        let Stimuli { exact: backprop, evidence, .. } = self.stimuli;
        let local = evidence.gradient(self.state);
        let exact = self.exact();
        local.alignment(&backprop.rule.standing_evidence(exact.samples()).gradient(exact))
    }
}

/// The end of the inference of a training step, before the weights are updated unless they are so within a stimulus.
#[derive(Debug)]
pub struct AfterInference<'a> {
    /// The training step.
    pub step: u64,
    /// The network.
    pub learner: &'a Learner,
    /// Whether its states are finite, as far as that is watched.
    pub is_finite: bool,
    /// Where the numbers go.
    pub tables: &'a mut Tables,
}
