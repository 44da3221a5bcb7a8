//! What every credit rule can do.
use super::evidence::Evidence;
use super::lifted::settings::Lifted;
use super::nudging::Nudging;
use crate::dynamics::{Activation, Loss};
use crate::linalg::MatrixView;
use crate::network::{Network, NetworkError};
use crate::random::Stream;
use crate::relax::rule::UnitRule;
use crate::relax::{NetworkState, Plan, Start, UpdateObserver};
use crate::substrate::{NominalNudge, Returned, Sides, Substrate};
use dyn_clone::DynClone;
use std::fmt::Debug;

/// A batch of stimuli, and how they are to be inferred.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The hardware.
    pub substrate: &'a Substrate,
    /// The network.
    pub network: &'a Network,
    /// Stimuli (input × sample).
    pub inputs: MatrixView<'a>,
    /// Their targets (class × sample, one-hot).
    pub targets: MatrixView<'a>,
    /// States before the first update.
    pub start: Start,
    /// Order of the updates.
    pub plan: &'a Plan,
}

/// A credit rule: it infers states from which every synapse can learn, in its own way.
///
/// ```
/// use dyadsim::prelude::*;
///
/// /// Backprop whose errors are clipped. `examples/custom_credit_rule.rs` has a rule that is more of its own.
/// #[derive(Debug, Clone)]
/// struct Clipped(Backprop);
///
/// impl CreditAssignment for Clipped {
///     fn activation(&self) -> Activation {
///         self.0.activation()
///     }
///     fn loss(&self) -> Loss {
///         self.0.loss()
///     }
///     fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
///         self.0.forward(substrate, network, inputs, state);
///     }
///     fn infer(&self, task: Task, state: &mut NetworkState, observer: Option<&mut dyn UpdateObserver>) -> Evidence {
///         let evidence = self.0.infer(task, state, observer);
///         for layer in state.dyads_mut() {
///             layer.difference.apply(|e| *e = e.clamp(-0.1, 0.1));
///         }
///         evidence
///     }
/// }
///
/// let inference = Inference::of(Clipped(Backprop::new(Activation::Relu, Loss::default())));
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), 1))?;
/// let (inputs, targets) = (Matrix::from_element(4, 1, 5.0), Matrix::from_column_slice(3, 1, &[0.0, 1.0, 0.0]));
/// train(&mut learner, inputs.as_view(), targets.as_view(), 0.01, 0)?;
/// assert!(learner.state.outputs().difference.amax() <= 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait CreditAssignment: DynClone + Debug + Send + Sync {
    /// f of the hidden populations.
    fn activation(&self) -> Activation;

    /// ℓ.
    fn loss(&self) -> Loss;

    /// Infers the states for a batch, and says what the synapses learn from. A rule that goes update by update shows each
    /// to the observer.
    ///
    /// # Panics
    /// If shapes do not fit the network or the state.
    fn infer(&self, task: Task, state: &mut NetworkState, observer: Option<&mut dyn UpdateObserver>) -> Evidence;

    /// What the network answers to `inputs` (input × sample), without targets.
    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState);

    /// Whether it can learn in a network.
    ///
    /// # Errors
    /// If it cannot.
    fn check(&self, _network: &Network) -> Result<(), NetworkError> {
        Ok(())
    }

    /// The step of its units, if it goes update by update and so can be trained in a stream.
    fn units(&self) -> Option<&dyn UnitRule> {
        None
    }

    /// What the synapses learn from the states of this many samples at any time, if it goes update by update.
    fn standing_evidence(&self, samples: usize) -> Evidence {
        Evidence::of_errors(samples)
    }

    /// What its units send back: those of a die have two compartments if that is differences.
    fn returned(&self) -> Returned {
        Returned::Differences
    }

    /// Completes the plan of a training step, which has the updates of a schedule, by those that follow them.
    fn complete(&self, _plan: &mut Plan) {}

    /// How the dyads of every population are nudged by design (population 1 first), for the devices of a die. A rule
    /// without nudges leaves them to a symmetric dyad.
    fn nominal_nudges(&self, network: &Network) -> Vec<NominalNudge> {
        vec![NominalNudge { alpha: 0.5, sides: Sides::Direct, strength: 1.0 }; network.last()]
    }

    /// Brings constants that follow from the weights up to date before training step `step`. `seed` keys what is random.
    fn prepare_step(&mut self, _network: &Network, _seed: u64, _step: u64) {}

    /// Makes what follows from the weights once, for several batches with the same ones.
    fn prepare(&mut self, _network: &Network) {}

    /// Asymmetry and strength of its nudges, if it has dyads.
    fn nudging(&self) -> Option<&Nudging> {
        None
    }

    /// Growth of a small deviation of the outputs in a round of updates, near the activities that these inputs (input × sample)
    /// make: the largest over the samples ([`super::stability`] has the theory). Inference converges if it is below 1; it is 0
    /// where nothing can run away. `start` only says where the iteration that finds it starts.
    fn gain(&self, _network: &Network, _inputs: MatrixView, _start: &mut Stream) -> f64 {
        0.0
    }

    /// The energy that it minimises, if it does.
    fn energy(&self) -> Option<&Lifted> {
        None
    }

    /// The rule that makes the exact gradient of what its network computes on ideal hardware; none says that this is
    /// backprop.
    fn exact(&self) -> Option<Box<dyn CreditAssignment>> {
        None
    }

    /// Whether the errors that it leaves on ideal hardware are those of the exact gradient, down to the stimulus.
    fn is_exact(&self) -> bool {
        false
    }
}

dyn_clone::clone_trait_object!(CreditAssignment);
