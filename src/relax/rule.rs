//! What a credit rule tells the engine about its units.
use crate::dynamics::activation::Activation;
use crate::dynamics::loss::Loss;
use crate::dynamics::unit::{Teacher, UnitStep};
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::substrate::Returned;

/// The units of a network, population by population.
pub trait UnitRule: Sync {
    /// f of population k.
    fn activation(&self, network: &Network, k: usize) -> Activation;

    /// The step of population k; `targets` (class × sample) are those of the whole batch, if the teacher speaks.
    fn step<'a>(&'a self, network: &'a Network, k: usize, targets: Option<MatrixView<'a>>) -> UnitStep<'a>;

    /// Whether the step of population k also depends on its own state.
    fn depends_on_own_state(&self, network: &Network, k: usize) -> bool;

    /// What its units send back.
    fn returned(&self) -> Returned {
        Returned::Differences
    }

    /// The loss, where its gradient is taken once, at the outputs of the forward pass.
    fn loss_at_start(&self) -> Option<Loss> {
        None
    }
}

/// Units that follow their drive.
#[derive(Debug, Clone, Copy)]
pub struct FeedForwardUnits {
    /// f of the hidden populations.
    pub hidden: Activation,
    /// f of the outputs.
    pub outputs: Activation,
}

impl UnitRule for FeedForwardUnits {
    fn activation(&self, network: &Network, k: usize) -> Activation {
        if k == network.last() { self.outputs } else { self.hidden }
    }

    fn step<'a>(&'a self, network: &'a Network, k: usize, _: Option<MatrixView<'a>>) -> UnitStep<'a> {
        let teacher = if k == network.last() { Teacher::Outputs(None) } else { Teacher::Hidden };
        UnitStep::following(self.activation(network, k), network.bias(k), teacher)
    }

    fn depends_on_own_state(&self, _: &Network, _: usize) -> bool {
        false
    }
}
