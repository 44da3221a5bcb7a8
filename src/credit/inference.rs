//! A credit rule on a substrate.
use super::assignment::{CreditAssignment, Task};
use super::backprop::Backprop;
use super::batch_norm::normalised;
use super::dual_propagation::DualPropagation;
use super::evidence::Evidence;
use super::lifted::rule::LiftedRule;
use super::lifted::settings::Lifted;
use super::nudging::{CreditRule, Nudging};
use crate::device::frozen::Chip;
use crate::dynamics::{Activation, Loss};
use crate::linalg::MatrixView;
use crate::network::{FeedbackWeights, Initialization, Network};
use crate::random::{Purpose, stream};
use crate::relax::{NetworkState, Plan, Start, UpdateObserver};
use crate::substrate::{Die, DieConfig, Substrate};

/// Everything that inference needs besides a network and its stimuli.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let inputs = Matrix::from_fn(4, 2, |i, j| (i + j) as f32 * 0.2);
/// let targets = Matrix::from_fn(3, 2, |i, j| if i == j { 1.0 } else { 0.0 });
/// let mut plan = Plan::default();
/// Schedule::default().plan(network.last(), Start::Forward, 1, 0, &mut plan)?;
///
/// let gradient = |rule| {
///     let inference = Inference::new(Activation::Tanh, Loss::HalfSquaredError, rule, Nudging::default());
///     let mut state = NetworkState::zeros(&network, 2, &inference.substrate);
///     inference.infer(&network, inputs.as_view(), targets.as_view(), &plan, &mut state, None).gradient(&state).weight(1)
/// };
/// let (dyads, exact) = (gradient(CreditRule::DpTranspose), gradient(CreditRule::Backprop));
/// assert!((dyads - &exact).norm() < 0.01 * exact.norm());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Inference {
    /// The credit rule.
    pub rule: Box<dyn CreditAssignment>,
    /// The hardware.
    pub substrate: Substrate,
    /// States before the first update.
    pub start: Start,
}

impl Inference {
    /// By any rule, on ideal hardware, from a forward pass.
    pub fn of(rule: impl CreditAssignment + 'static) -> Self {
        Self { rule: Box::new(rule), substrate: Substrate::Ideal, start: Start::Forward }
    }

    /// By a rule of an experiment file.
    ///
    /// # Panics
    /// With `lifted`, whose constants depend on the network, and with rules of two phases, which have a schedule: see
    /// [`Inference::lifted`] and [`super::phases::TwoPhases`].
    pub fn new(activation: Activation, loss: Loss, rule: CreditRule, nudging: Nudging) -> Self {
        match rule {
            CreditRule::Dp | CreditRule::DpTranspose | CreditRule::DampedDp(_) => {
                Self::of(DualPropagation::new(activation, loss, rule, nudging))
            }
            CreditRule::Backprop => Self::of(Backprop::new(activation, loss)),
            CreditRule::Lifted => panic!("a lifted network is made by Inference::lifted"),
            CreditRule::EquilibriumPropagation(_) | CreditRule::ContrastiveHebbian(_) => {
                panic!("a rule with two phases is made by Inference::of(TwoPhases::…)")
            }
        }
    }

    /// By the energy of a lifted network.
    pub fn lifted(loss: Loss, lifted: Lifted) -> Self {
        Self::of(LiftedRule::new(loss, lifted))
    }

    /// Infers the states for a batch: `inputs` (input × sample), `targets` (class × sample, one-hot).
    ///
    /// # Panics
    /// If shapes do not fit the network or the state.
    pub fn infer(
        &self,
        network: &Network,
        inputs: MatrixView,
        targets: MatrixView,
        plan: &Plan,
        state: &mut NetworkState,
        observer: Option<&mut dyn UpdateObserver>,
    ) -> Evidence {
        let Self { rule, substrate, start } = self;
        let (network, folded_in) = normalised(network, rule.activation(), inputs);
        let network = &*network;
        state.normalise(folded_in);
        rule.infer(Task { substrate, network, inputs, targets, start: *start, plan }, state, observer)
    }

    /// What the network answers, without any nudge: after a forward pass both compartments are at f(a), outputs at their
    /// drive. A lifted network minimises its energy instead. What is normalised has its running statistics.
    pub fn forward(&self, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        state.normalise(vec![]);
        self.rule.forward(&self.substrate, &network.folded(), inputs, state);
    }

    /// Gain of the nudging near these inputs ([`CreditAssignment::gain`]): inference converges if it is below 1. `seed` only
    /// says where the iteration that finds it starts.
    pub fn nudging_gain(&self, network: &Network, inputs: MatrixView, seed: u64) -> f64 {
        let (network, _) = normalised(network, self.rule.activation(), inputs);
        self.rule.gain(&network, inputs, &mut stream(seed, Purpose::PowerIteration, &[u64::MAX, u64::MAX]))
    }

    /// The same on a die whose devices are drawn for this network, which gets the feedback arrays of the die.
    #[must_use]
    pub fn on_die<'m>(
        self,
        config: &DieConfig,
        network: &mut Network,
        feedback: FeedbackWeights,
        initialization: Initialization,
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        let chip = chip.into();
        let nudges = self.rule.nominal_nudges(network);
        let mut die = Die::returning(self.rule.returned(), config, &network.shapes(), &nudges, chip);
        die.calibrate_as(self.rule.activation());
        network.set_arrays(feedback, initialization, die.reads_weights(), chip);
        Self { substrate: Substrate::die(die), ..self }
    }

    /// The same network on ideal hardware.
    pub fn ideal(&self) -> Self {
        Self { substrate: Substrate::Ideal, ..self.clone() }
    }

    /// The same with what depends on these weights alone made once, for several batches of an evaluation.
    pub fn prepared(&self, network: &Network) -> Self {
        let mut prepared = self.clone();
        prepared.rule.prepare(network);
        prepared
    }
}
