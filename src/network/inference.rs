//! Inference: from a batch of stimuli to the dyad states that learning reads.
//!
//! Forward pass: s⁺_k = s⁻_k = f(W_k s̄_{k−1} + b_k), outputs linear. Then the visits of a [`Plan`]; a visit of a
//! hidden layer is one step of [`mod@super::unit`], a visit of the outputs a nudge by the loss (`output`). On a chip
//! both are steps of `analog_unit`, and a layer that has moved sends its state through its converters.
//!
//! A product W s̄ or Wᵀ(s⁺−s⁻) is made only if its sender has changed since it was last made: the drive of the first
//! layer once per stimulus, and nothing at all where a schedule visits a layer that has settled. That changes no bit
//! of the result.
use super::activation::Activation;
use super::analog_inference::chip_send_inputs;
use super::credit_rule::{CreditRule, LossGradientAt, NudgeShares, Nudging, OutputNudge};
use super::lifted::Lifted;
use super::lifted::blocks::Blocks;
use super::lifted::constants::LocalConstants;
use super::loss::Loss;
use super::output::{OutputStep, visit_outputs};
use super::products::{count_flops, drive, drive_flops, feedback, neighbours, refresh};
use super::schedule::{Plan, Start, Visit};
use super::state::{Freshness, Input, LayerTile, NetworkState};
use super::unit::{UnitStep, settle_without_nudge};
use super::weights::Weights;
use crate::analog::Chip;
use crate::analog::chip::{NominalNudge, Sides};
use crate::linalg::MatrixView;
use std::sync::Arc;

/// Everything that inference needs besides weights and stimuli.
#[derive(Debug, Clone)]
pub struct Inference {
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Loss that nudges the outputs.
    pub loss: Loss,
    /// Credit rule; with `backprop` only [`Inference::forward`] is of use.
    pub rule: CreditRule,
    /// Nudging.
    pub nudging: Nudging,
    /// States before the first visit.
    pub start: Start,
    /// Damping L of every hidden layer; zero unless the rule is damped.
    pub damping: Vec<f32>,
    /// The devices; `None` is ideal hardware, the algorithm of the papers.
    pub chip: Option<Arc<Chip>>,
    /// The energy of a lifted network; only with the rule `lifted`.
    pub lifted: Option<Arc<Lifted>>,
    /// What a lifted network has made of given weights; see [`Inference::prepared`].
    pub made: MadeOfWeights,
}

/// What follows from given weights alone; nothing for most networks.
#[derive(Debug, Clone, Default)]
pub struct MadeOfWeights {
    /// The problems of the layers of a lifted network.
    pub(super) blocks: Option<Arc<Blocks>>,
    /// Constants of the unit step of a lifted network.
    pub(super) local: Option<Arc<LocalConstants>>,
}

/// Sees the states around every visit, without any influence on them.
pub trait VisitObserver {
    /// Called before visit number `index` of the stimulus.
    fn before(&mut self, index: usize, visit: Visit, state: &NetworkState);
    /// Called after it, before the synapses write.
    fn after(&mut self, index: usize, visit: Visit, state: &NetworkState, weights: &Weights);
    /// Called after the last visit of a stimulus, before the synapses write.
    fn finished(&mut self, _state: &NetworkState, _weights: &Weights) {}
}

impl Inference {
    /// On ideal hardware, from a forward pass, without damping so far.
    pub fn new(activation: Activation, loss: Loss, rule: CreditRule, nudging: Nudging) -> Self {
        Self {
            activation,
            loss,
            rule,
            nudging,
            start: Start::Forward,
            damping: vec![],
            chip: None,
            lifted: None,
            made: MadeOfWeights::default(),
        }
    }

    /// Infers the states for a batch: `inputs` (input × sample), `targets` (class × sample, one-hot).
    ///
    /// # Panics
    /// If shapes do not fit the weights or the state.
    pub fn infer(
        &self,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        plan: &Plan,
        state: &mut NetworkState,
        mut observer: Option<&mut dyn VisitObserver>,
    ) {
        self.present(inputs, state);
        match self.start {
            Start::Forward => self.forward_pass(weights, inputs, state),
            Start::Zero => state.reset(),
            Start::Carried => state.forget_products(),
        }
        if self.nudges_at(LossGradientAt::InitialForward) {
            self.loss_gradient_at_drive(weights, targets, state);
        }
        for (index, &visit) in plan.visits.iter().enumerate() {
            if let Some(observer) = &mut observer {
                observer.before(index, visit, state);
            }
            self.visit(visit, plan.update_probability, weights, inputs, targets, state);
            if let Some(observer) = &mut observer {
                self.finish_visit(state);
                observer.after(index, visit, state, weights);
            }
        }
        self.finish_visit(state);
        if let Some(observer) = &mut observer {
            observer.finished(state, weights);
        }
    }

    /// Everything that learning and recording read is up to date.
    pub(crate) fn finish_visit(&self, state: &mut NetworkState) {
        self.send_differences(1, state.layers().len(), state);
        self.read_learning_signals(state);
    }

    /// What the network answers, without any nudge: after a forward pass both compartments are at f(a), outputs at their
    /// drive. A lifted network minimises its energy instead.
    pub fn forward(&self, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) {
        match self.lifted.as_deref().filter(|lifted| !lifted.is_lpom) {
            Some(lifted) => {
                self.lifted_forward(lifted, weights, inputs, state);
            }
            None => {
                self.present(inputs, state);
                self.forward_pass(weights, inputs, state);
            }
        }
    }

    /// f of layer k.
    pub(super) fn transfer(&self, k: usize, layers: usize) -> Activation {
        match &self.lifted {
            Some(lifted) => lifted.projection(k),
            None if k == layers => Activation::Identity,
            None => self.activation,
        }
    }

    /// New stimuli: on a chip they go through the noise and the converters of its inputs.
    pub(crate) fn present(&self, inputs: MatrixView, state: &mut NetworkState) {
        if let Some(chip) = &self.chip {
            chip_send_inputs(chip, inputs, state);
        }
        state.freshness[0].drive = Input::Stale;
        state.freshness[0].settled = false;
    }

    pub(super) fn forward_pass(&self, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) {
        state.forget_products();
        let layers = weights.layers().len();
        for k in 1..=layers {
            state.product_flops += drive_flops(weights, k, state.samples());
            if let Some(chip) = &self.chip {
                self.chip_settle(chip, k, weights, state);
                continue;
            }
            let bias = weights.layers()[k - 1].bias.as_slice();
            let (below, layer, _) = neighbours(state.layers_unchecked_mut(), inputs, k);
            let weight = &weights.layers()[k - 1].weight;
            let activation = self.transfer(k, layers);
            LayerTile::whole(layer).for_each_reading(&weights.layers()[k - 1].weight, &|tile: &mut LayerTile| {
                drive(tile, weight, below);
                settle_without_nudge(activation, bias, tile);
            });
            // Both compartments agree everywhere, so no feedback reaches anybody yet. A hidden layer stands where a
            // visit would put it, unless a visit also depends on the state before it.
            let settled = k < layers && self.damping(k) == 0.0;
            state.freshness[k - 1] = Freshness { drive: Input::Current, feedback: Input::Current, settled };
        }
    }

    /// One visit; on a chip a unit moves with `update_probability` (always, if none is given).
    pub(crate) fn visit(
        &self,
        visit: Visit,
        update_probability: Option<f32>,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) {
        let layers = weights.layers().len();
        state.moment.tick += 1;
        match visit {
            Visit::Layer(k) => {
                if !state.freshness[k - 1].settled {
                    self.visit_layer(k, k == layers, true, update_probability, weights, inputs, targets, state);
                    self.send(k, state);
                    self.announce(k, layers, state);
                }
            }
            Visit::OutputsUnnudged => {
                self.visit_layer(layers, false, true, update_probability, weights, inputs, targets, state);
                self.send(layers, state);
                self.announce(layers, layers, state);
                state.freshness[layers - 1].settled = false;
            }
            Visit::AllHidden | Visit::All | Visit::AllUnnudged => {
                let last = if visit == Visit::AllHidden { layers - 1 } else { layers };
                let nudged = |k: usize| k == layers && visit == Visit::All;
                self.send_differences(1, layers, state);
                (1..=last).for_each(|k| refresh(k, weights, inputs, state));
                (1..=last).for_each(|k| {
                    self.visit_layer(k, nudged(k), false, update_probability, weights, inputs, targets, state);
                });
                (1..=last).for_each(|k| self.send(k, state));
                (1..=last).for_each(|k| self.announce(k, layers, state));
                // In a simultaneous step every neighbour has moved after the layer looked at it.
                (1..=last).for_each(|k| state.freshness[k - 1].settled = false);
            }
        }
    }

    /// Brings layer k up to date with its inputs: makes the products that are stale (if `refresh`), then the unit
    /// step or the output nudge.
    #[allow(clippy::too_many_arguments, reason = "the parts of one stimulus, passed down unchanged")]
    pub(super) fn visit_layer(
        &self,
        k: usize,
        nudged_outputs: bool,
        refresh: bool,
        update_probability: Option<f32>,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) {
        let layers = weights.layers().len();
        let freshness = state.freshness[k - 1];
        let stale_drive = refresh && freshness.drive == Input::Stale;
        let stale_feedback = refresh && k < layers && freshness.feedback == Input::Stale;
        count_flops(k, stale_drive, stale_feedback, weights, state);
        if let Some(chip) = &self.chip {
            let stale = [stale_drive, stale_feedback];
            self.chip_visit(chip, k, nudged_outputs, stale, update_probability, weights, targets, state);
        } else {
            let own = &weights.layers()[k - 1];
            let (below, layer, above) = neighbours(state.layers_unchecked_mut(), inputs, k);
            let tile = LayerTile::whole(layer);
            if k < layers {
                let upper = &weights.layers()[k].weight;
                let step = self.unit_step(k, own.bias.as_slice());
                let above = above.expect("a hidden layer has a layer above it");
                tile.for_each_reading(upper, &|tile: &mut LayerTile| {
                    if stale_drive {
                        drive(tile, &own.weight, below);
                    }
                    if stale_feedback {
                        feedback(tile, upper, above);
                    }
                    step.apply(tile);
                });
            } else if let Some(local) = &self.made.local {
                let pulled = nudged_outputs && local.pull(k).is_some();
                let step = local.unit_step(k, self.transfer(k, layers), pulled);
                tile.for_each_reading(&own.weight, &|tile: &mut LayerTile| {
                    if stale_drive {
                        drive(tile, &own.weight, below);
                    }
                    if pulled {
                        let (units, samples) = (tile.units(), tile.samples());
                        tile.feedback.copy_from(&targets.view((tile.first_unit, tile.first_sample), (units, samples)));
                    }
                    step.apply(tile);
                });
            } else {
                let nudge = nudged_outputs.then(|| self.output_nudge());
                tile.for_each_by_samples(&|tile: &mut LayerTile| {
                    if stale_drive {
                        drive(tile, &own.weight, below);
                    }
                    let targets = targets.columns(tile.first_sample, tile.samples());
                    visit_outputs(nudge, own.bias.as_slice(), targets, tile);
                });
            }
        }
        if stale_drive {
            state.freshness[k - 1].drive = Input::Current;
        }
        if stale_feedback {
            state.freshness[k - 1].feedback = Input::Current;
        }
    }

    /// After layer k has moved: its neighbours' inputs are stale, itself has settled if a second visit would find
    /// nothing new.
    fn announce(&self, k: usize, layers: usize, state: &mut NetworkState) {
        let depends_on_itself =
            self.chip.is_some() || self.damping(k) != 0.0 || (k == layers && self.nudges_at(LossGradientAt::MeanState));
        state.freshness[k - 1].settled = !depends_on_itself;
        if k > 1 {
            let below = &mut state.freshness[k - 2];
            below.feedback = Input::Stale;
            below.settled = false;
        }
        if k < layers {
            let above = &mut state.freshness[k];
            above.drive = Input::Stale;
            above.settled = false;
        }
    }

    fn unit_step<'a>(&'a self, k: usize, bias: &'a [f32]) -> UnitStep<'a> {
        if let Some(local) = &self.made.local {
            return local.unit_step(k, self.activation, false);
        }
        let NudgeShares { plus, minus } = self.nudging.hidden_shares(self.rule);
        let gain = self.nudging.feedback_gain.get();
        UnitStep {
            activation: self.activation,
            bias,
            nudge_plus: (plus * gain) as f32,
            nudge_minus: (minus * gain) as f32,
            alpha: self.nudging.alpha_hidden().get() as f32,
            damping: self.damping(k),
            leak: 0.0,
        }
    }

    pub(super) fn output_nudge(&self) -> OutputStep {
        let NudgeShares { plus, minus } = self.nudging.output_shares(self.rule);
        let beta = self.nudging.beta.get();
        OutputStep {
            loss: self.loss,
            plus: (plus * beta) as f32,
            minus: (minus * beta) as f32,
            alpha: self.nudging.alpha.get() as f32,
            nudge: self.nudging.output,
        }
    }

    pub(super) fn damping(&self, k: usize) -> f32 {
        if let Some(local) = &self.made.local {
            return local.damping[k - 1];
        }
        self.damping.get(k - 1).copied().unwrap_or(0.0)
    }

    /// The same network on ideal hardware.
    pub fn ideal(&self) -> Self {
        Self { chip: None, ..self.clone() }
    }

    /// How the layers are nudged by design, for [`Chip::new`].
    pub fn nominal_nudges(&self, layers: usize) -> Vec<NominalNudge> {
        let nudge = |k: usize| {
            if let Some(lifted) = &self.lifted {
                NominalNudge { alpha: 0.5, sides: Sides::Same, strength: lifted.nudge(k) }
            } else if k < layers {
                NominalNudge {
                    alpha: self.nudging.alpha_hidden().get(),
                    sides: Sides::opposite(self.nudging.transposes_hidden(self.rule)),
                    strength: self.nudging.feedback_gain.get(),
                }
            } else {
                NominalNudge {
                    alpha: self.nudging.alpha.get(),
                    sides: Sides::opposite(self.nudging.transposes_outputs(self.rule)),
                    strength: self.nudging.beta.get(),
                }
            }
        };
        (1..=layers).map(nudge).collect()
    }

    fn nudges_at(&self, at: LossGradientAt) -> bool {
        matches!(self.nudging.output, OutputNudge::Linearised(l) if l.loss_gradient_at == at)
    }

    /// ∂ℓ/∂a at the present output drive, kept in the outputs' `feedback`.
    fn loss_gradient_at_drive(&self, weights: &Weights, targets: MatrixView, state: &mut NetworkState) {
        let last = weights.layers().len();
        let output = &mut state.layers_unchecked_mut()[last - 1];
        for j in 0..output.mean.ncols() {
            // The outputs are linear: after a forward pass their states are their drive with the bias.
            self.loss.gradient(
                output.mean.column(j).as_slice(),
                targets.column(j).as_slice(),
                output.feedback.column_mut(j).as_mut_slice(),
            );
        }
    }
}
