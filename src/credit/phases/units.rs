//! The units of one phase: their state goes forward and back.
use crate::dynamics::output::{LossGradientAt, OutputNudge, OutputStep};
use crate::dynamics::unit::{Teacher, UnitStep};
use crate::dynamics::{Activation, Loss};
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::relax::rule::UnitRule;
use crate::substrate::Returned;

/// What teaches the outputs in a phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PhaseTeacher {
    /// Nothing: the free phase.
    Silent,
    /// The loss nudges them with this strength, which may be negative.
    Nudges(f64, OutputNudge),
    /// They are held at the targets.
    Holds,
}

/// Units of one compartment in a phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhaseUnits {
    pub activation: Activation,
    pub loss: Loss,
    /// γ.
    pub feedback_gain: f64,
    pub teacher: PhaseTeacher,
}

impl UnitRule for PhaseUnits {
    fn activation(&self, network: &Network, k: usize) -> Activation {
        if k == network.last() { Activation::Identity } else { self.activation }
    }

    fn step<'a>(&'a self, network: &'a Network, k: usize, targets: Option<MatrixView<'a>>) -> UnitStep<'a> {
        let (activation, bias) = (UnitRule::activation(self, network, k), network.bias(k));
        if k < network.last() {
            let gain = self.feedback_gain as f32;
            let following = UnitStep::following(activation, bias, Teacher::Hidden);
            return UnitStep { nudge_plus: gain, nudge_minus: -gain, ..following };
        }
        let teacher = match (self.teacher, targets) {
            (PhaseTeacher::Silent, _) | (_, None) => Teacher::Outputs(None),
            (PhaseTeacher::Nudges(beta, nudge), Some(targets)) => {
                let beta = beta as f32;
                let step = OutputStep { loss: self.loss, plus: beta, minus: -beta, alpha: 0.5, nudge };
                Teacher::Outputs(Some((step, targets)))
            }
            (PhaseTeacher::Holds, Some(targets)) => Teacher::Held(targets),
        };
        UnitStep::following(activation, bias, teacher)
    }

    fn depends_on_own_state(&self, network: &Network, k: usize) -> bool {
        match self.teacher {
            PhaseTeacher::Nudges(_, nudge) => k == network.last() && nudge.takes_gradient_at(LossGradientAt::MeanState),
            _ => false,
        }
    }

    fn returned(&self) -> Returned {
        Returned::States
    }
}
