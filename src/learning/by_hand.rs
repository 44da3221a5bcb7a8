//! A network in the hand: inference one update at a time, states and weights that are overwritten, gradients of another rule.
use super::calibration::follow;
use super::learner::Learner;
use super::stream_training::{after_update, before_update};
use super::synapses::Synapses;
use crate::credit::Inference;
use crate::credit::backprop::Backprop;
use crate::credit::batch_norm::normalised;
use crate::credit::gradient::GivenGradient;
use crate::device::noise_key::Context;
use crate::dynamics::unit::Seen;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::random::{Purpose, stream};
use crate::relax::engine::Engine;
use crate::relax::stream::Updates;
use crate::relax::{NetworkState, Plan, Update};
use rand::RngExt;
use std::borrow::Cow;

/// A mini-batch of dyads that is inferred one update at a time.
///
/// ```
/// use dyadsim::learning::Relaxation;
/// use dyadsim::prelude::*;
///
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let inference = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), 1))?;
/// let (inputs, targets) = (Matrix::from_element(4, 1, 0.5), Matrix::from_column_slice(3, 1, &[0.0, 1.0, 0.0]));
///
/// let mut whole = learner.clone();
/// whole.infer(inputs.as_view(), targets.as_view(), 0, None)?;
/// let mut relaxation = Relaxation::begin(&mut learner, inputs.as_view(), targets.as_view(), 0).expect("dyads");
/// while relaxation.update(&mut learner).is_some() {}
/// assert_eq!(whole.state.outputs().s_plus, learner.state.outputs().s_plus);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Relaxation {
    /// The network that is inferred, where batch normalisation is part of its weights.
    folded: Option<Network>,
    targets: Matrix,
    plan: Plan,
    made: usize,
}

/// A signal of dyads that can be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwritten {
    /// s⁺.
    SPlus,
    /// s⁻.
    SMinus,
    /// s̄, as it goes forward.
    Mean,
    /// s⁺ − s⁻, as it goes back.
    Difference,
}

impl Relaxation {
    /// Takes a mini-batch, with shapes as in [`Learner::infer`], to the states before the first update; `None` if the rule
    /// has no dyads, or they live in a stream.
    ///
    /// # Panics
    /// If shapes do not fit the network or the state.
    pub fn begin(learner: &mut Learner, inputs: MatrixView, targets: MatrixView, step: u64) -> Option<Self> {
        if learner.inference.rule.nudging().is_none() || learner.stream().is_some() {
            return None;
        }
        learner.prepare(inputs, step);
        learner.state.begin(Context::Training, step);
        let plan = learner.plan().clone();
        let (network, folded_in) = normalised(&learner.weights, learner.inference.rule.activation(), inputs);
        let folded = if let Cow::Owned(network) = network { Some(network) } else { None };
        learner.state.normalise(folded_in);
        learner.evidence = learner.inference.rule.standing_evidence(learner.state.samples());
        let own = Self { folded, targets: targets.into_owned(), plan, made: 0 };
        let start = learner.inference.start;
        own.engine(learner).begin(inputs, targets, start, |_| Seen::All);
        Some(own)
    }

    /// Updates that are still to be made, the next one first.
    pub fn left(&self) -> &[Update] {
        &self.plan.updates[self.made..]
    }

    /// Makes the next update; `None` if there is none.
    pub fn update(&mut self, learner: &mut Learner) -> Option<Update> {
        let update = *self.left().first()?;
        self.engine(learner).update(update, self.plan.update_probability, self.targets.as_view());
        learner.state.finish_update(self.folded.as_ref().unwrap_or(&learner.weights));
        self.made += 1;
        if self.left().is_empty() {
            follow(&mut learner.inference, &learner.state);
        }
        Some(update)
    }

    fn engine<'a>(&'a self, learner: &'a mut Learner) -> Engine<'a> {
        let Learner { inference, weights, state, .. } = learner;
        engine(inference, self.folded.as_ref().unwrap_or(weights), state)
    }
}

fn engine<'a>(inference: &'a Inference, network: &'a Network, state: &'a mut NetworkState) -> Engine<'a> {
    Engine::new(inference.rule.units().expect("dyads go update by update"), &inference.substrate, network, state)
}

/// Overwrites what the dyads of population k hold: numbers sample after sample, each in the order of files. With a
/// compartment go s̄ and s⁺ − s⁻, which are sent anew.
///
/// # Panics
/// If there are not as many numbers as dyads, or the network has no dyads.
pub fn overwrite(learner: &mut Learner, k: usize, signal: Overwritten, numbers: &[f32]) {
    let Learner { inference, weights, state, .. } = learner;
    let shape = weights.populations()[k].shape;
    let mut ordered = numbers.to_vec();
    shape.to_memory_order(&mut ordered);
    let own = &mut state.dyads_mut()[k - 1];
    match signal {
        Overwritten::SPlus => own.s_plus.copy_from_slice(&ordered),
        Overwritten::SMinus => own.s_minus.copy_from_slice(&ordered),
        Overwritten::Mean => own.mean.copy_from_slice(&ordered),
        Overwritten::Difference => own.difference.copy_from_slice(&ordered),
    }
    if matches!(signal, Overwritten::SPlus | Overwritten::SMinus) {
        let nudging = inference.rule.nudging().expect("dyads are nudged");
        let alpha = if k == weights.last() { nudging.alpha } else { nudging.alpha_hidden() }.get() as f32;
        own.difference = &own.s_plus - &own.s_minus;
        own.mean = &own.s_minus + &own.difference * alpha;
    }
    own.route();
    match signal {
        Overwritten::SPlus | Overwritten::SMinus => engine(inference, weights, state).resend(k),
        Overwritten::Mean | Overwritten::Difference => state.finish_update(weights),
    }
}

/// One update of all dyads in a stream, or of one population where those take turns: stimuli and, if it speaks, teacher as
/// in [`Learner::infer`]. `step` counts them.
///
/// # Panics
/// If the schedule is no stream, or shapes do not fit the network or the state.
pub fn stream_update(learner: &mut Learner, inputs: MatrixView, teacher: Option<MatrixView>, step: u64) -> Update {
    let stream_settings = *learner.stream().expect("only called in a stream");
    learner.prepare(inputs, step);
    learner.state.begin(Context::Training, step);
    learner.evidence = learner.inference.rule.standing_evidence(learner.state.samples());
    let layers = learner.weights.last();
    let update = match (stream_settings.updates, teacher.is_some()) {
        (Updates::RandomLayer, taught) => {
            match stream(learner.noise_seed, Purpose::RandomSchedule, &[step]).random_range(1..=layers) {
                k if k == layers && !taught => Update::OutputsUnnudged,
                k => Update::Layer(k),
            }
        }
        (_, true) => Update::All,
        (_, false) => Update::AllUnnudged,
    };
    let moves = stream_settings.update_probability(learner.dt_s);
    engine(&learner.inference, &learner.weights, &mut learner.state).set_inputs(inputs);
    before_update(learner);
    // Without a teacher nobody looks at the targets.
    let targets = teacher.unwrap_or(inputs);
    engine(&learner.inference, &learner.weights, &mut learner.state).update(update, moves, targets);
    after_update(learner, true);
    learner.state.finish_update(&learner.weights);
    follow(&mut learner.inference, &learner.state);
    update
}

/// The exact gradient of the mean loss of a mini-batch on ideal hardware, by backprop, projection after projection. Shapes as
/// in [`Learner::infer`].
///
/// # Panics
/// If shapes do not fit the network.
pub fn exact_gradient(learner: &Learner, inputs: MatrixView, targets: MatrixView) -> Vec<GivenGradient> {
    let rule = &learner.inference.rule;
    let exact = Inference::of(Backprop::new(rule.activation(), rule.loss()));
    let mut state = NetworkState::zeros(&learner.weights, inputs.ncols(), &exact.substrate);
    let evidence = exact.infer(&learner.weights, inputs, targets, &Plan::default(), &mut state, None);
    let gradient = evidence.gradient(&state);
    (1..=gradient.projections()).map(|k| gradient.multiplied_out(k)).collect()
}

/// Whether weights and gradients may come from the caller: devices that learn by themselves take neither.
pub fn takes_numbers(learner: &Learner) -> bool {
    matches!(learner.synapses, Synapses::Float(_) | Synapses::Programmed(_))
}

/// Sets weights (in the order of files) or biases of projection k, counted from 1.
///
/// # Panics
/// If there are not as many numbers, or synapses hold none ([`takes_numbers`]).
pub fn set_weights(learner: &mut Learner, k: usize, weight: Option<&[f32]>, bias: Option<&[f32]>) {
    assert!(takes_numbers(learner), "devices are written by pulses alone");
    let projection = &mut learner.weights.projections_mut()[k - 1];
    if let Some(numbers) = weight {
        projection.take_weight_of_files(numbers);
    }
    if let Some(numbers) = bias {
        projection.bias.copy_from_slice(numbers);
    }
    learner.weights.refresh_arrays();
    learner.state.invalidate();
}
