//! Inference: from a batch of stimuli to the dyad states that learning reads.
//!
//! Forward pass: s⁺_k = s⁻_k = f(W_k s̄_{k−1} + b_k), outputs linear. Then the visits of a [`Plan`]; a visit of a
//! hidden layer is one step of [`mod@super::unit`], a visit of the outputs is a nudge by the loss:
//!
//! ```text
//! linearised   u± = a ∓ c± β ∂ℓ/∂a
//! proximal     u± = argmin_s ½‖s − a‖² ± c± β ℓ(s, y)
//! ```
//!
//! A product W s̄ or Wᵀ(s⁺−s⁻) is made only if its sender has changed since it was last made: the drive of the first
//! layer once per stimulus, and nothing at all where a schedule visits a layer that has settled. That changes no bit
//! of the result.
use super::activation::Activation;
use super::credit_rule::{CreditRule, LossGradientAt, NudgeShares, Nudging, OutputNudge};
use super::loss::Loss;
use super::schedule::{Plan, Start, Visit};
use super::state::{Freshness, Input, LayerState, LayerTile, NetworkState};
use super::unit::{UnitStep, settle_without_nudge};
use super::weights::Weights;
use crate::linalg::{MatrixView, multiply, multiply_left_transposed};

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
    /// κ of every unit of every layer, outputs included; `None` where it is 1 everywhere.
    pub relaxation: Option<Vec<Vec<f32>>>,
}

/// Sees the states around every visit, without any influence on them.
pub trait VisitObserver {
    /// Called before visit number `index` of the stimulus.
    fn before(&mut self, index: usize, visit: Visit, state: &NetworkState);
    /// Called after it.
    fn after(&mut self, index: usize, visit: Visit, state: &NetworkState);
}

impl Inference {
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
        match self.start {
            Start::Forward => self.forward(weights, inputs, state),
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
            self.visit(visit, weights, inputs, targets, state);
            if let Some(observer) = &mut observer {
                observer.after(index, visit, state);
            }
        }
    }

    /// Forward pass without nudging: both compartments at f(a), outputs at their drive.
    pub fn forward(&self, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) {
        state.forget_products();
        let layers = weights.layers().len();
        for k in 1..=layers {
            state.product_flops += drive_flops(weights, k, state.samples());
            let bias = weights.layers()[k - 1].bias.as_slice();
            let (below, layer, _) = neighbours(state.layers_unchecked_mut(), inputs, k);
            let weight = weights.layers()[k - 1].weight.view();
            let activation = if k == layers { Activation::Identity } else { self.activation };
            LayerTile::whole(layer).for_each(&|tile: &mut LayerTile| {
                drive(tile, weight, below);
                settle_without_nudge(activation, bias, tile);
            });
            // Both compartments agree everywhere, so no feedback reaches anybody yet. A hidden layer stands where a
            // visit would put it, unless a visit also depends on the state before it.
            let settled = k < layers && self.relaxation.is_none() && self.damping(k) == 0.0;
            state.freshness[k - 1] = Freshness { drive: Input::Current, feedback: Input::Current, settled };
        }
    }

    fn visit(
        &self,
        visit: Visit,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) {
        let layers = weights.layers().len();
        match visit {
            Visit::Layer(k) => {
                if !state.freshness[k - 1].settled {
                    self.visit_layer(k, k == layers, true, weights, inputs, targets, state);
                    self.announce(k, layers, state);
                }
            }
            Visit::OutputsUnnudged => {
                self.visit_layer(layers, false, true, weights, inputs, targets, state);
                self.announce(layers, layers, state);
                state.freshness[layers - 1].settled = false;
            }
            Visit::AllHidden | Visit::All => {
                let last = if visit == Visit::All { layers } else { layers - 1 };
                (1..=last).for_each(|k| refresh(k, weights, inputs, state));
                (1..=last).for_each(|k| self.visit_layer(k, k == layers, false, weights, inputs, targets, state));
                (1..=last).for_each(|k| self.announce(k, layers, state));
                // In a simultaneous step every neighbour has moved after the layer looked at it.
                (1..=last).for_each(|k| state.freshness[k - 1].settled = false);
            }
        }
    }

    /// Brings layer k up to date with its inputs: makes the products that are stale (if `refresh`), then the unit
    /// step or the output nudge.
    #[allow(clippy::too_many_arguments, reason = "the parts of one stimulus, passed down unchanged")]
    fn visit_layer(
        &self,
        k: usize,
        nudged_outputs: bool,
        refresh: bool,
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
        let own = &weights.layers()[k - 1];
        let (below, layer, above) = neighbours(state.layers_unchecked_mut(), inputs, k);
        let tile = LayerTile::whole(layer);
        let relaxation = self.relaxation.as_ref().map(|per_layer| per_layer[k - 1].as_slice());
        if k < layers {
            let upper = weights.layers()[k].weight.view();
            let step = self.unit_step(k, own.bias.as_slice(), relaxation);
            let above = above.expect("a hidden layer has a layer above it");
            tile.for_each(&|tile: &mut LayerTile| {
                if stale_drive {
                    drive(tile, own.weight.view(), below);
                }
                if stale_feedback {
                    feedback(tile, upper, above);
                }
                step.apply(tile);
            });
        } else {
            let nudge = nudged_outputs.then(|| self.output_nudge());
            tile.for_each_by_samples(&|tile: &mut LayerTile| {
                if stale_drive {
                    drive(tile, own.weight.view(), below);
                }
                let targets = targets.columns(tile.first_sample, tile.samples());
                visit_outputs(nudge, own.bias.as_slice(), relaxation, targets, tile);
            });
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
        let depends_on_itself = self.relaxation.is_some()
            || self.damping(k) != 0.0
            || (k == layers && self.nudges_at(LossGradientAt::MeanState));
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

    fn unit_step<'a>(&self, k: usize, bias: &'a [f32], relaxation: Option<&'a [f32]>) -> UnitStep<'a> {
        let NudgeShares { plus, minus } = self.nudging.hidden_shares(self.rule);
        let gain = self.nudging.feedback_gain.get();
        UnitStep {
            activation: self.activation,
            bias,
            nudge_plus: (plus * gain) as f32,
            nudge_minus: (minus * gain) as f32,
            alpha: self.nudging.alpha_hidden().get() as f32,
            damping: self.damping(k),
            relaxation,
        }
    }

    fn output_nudge(&self) -> OutputStep {
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

    fn damping(&self, k: usize) -> f32 {
        self.damping.get(k - 1).copied().unwrap_or(0.0)
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

/// Constants of a visit to the outputs.
#[derive(Debug, Clone, Copy)]
struct OutputStep {
    loss: Loss,
    /// c⁺β
    plus: f32,
    /// c⁻β
    minus: f32,
    alpha: f32,
    nudge: OutputNudge,
}

/// Sets u± in s±, then relaxes; without a nudge u± = a.
fn visit_outputs(
    step: Option<OutputStep>,
    bias: &[f32],
    relaxation: Option<&[f32]>,
    targets: MatrixView,
    tile: &mut LayerTile,
) {
    for j in 0..tile.samples() {
        let y = targets.column(j);
        let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
        let (mut mean, mut difference) = (tile.mean.column_mut(j), tile.difference.column_mut(j));
        let (drive, mut gradient) = (tile.drive.column(j), tile.feedback.column_mut(j));
        let (s_plus, s_minus) = (s_plus.as_mut_slice(), s_minus.as_mut_slice());
        let (mean, difference) = (mean.as_mut_slice(), difference.as_mut_slice());
        let (y, gradient) = (y.as_slice(), gradient.as_mut_slice());
        // Until the end `mean` holds the drive with its bias, `difference` serves as scratch.
        let middle_alpha = 0.5;
        if let Some(OutputStep { nudge: OutputNudge::Linearised(l), loss, .. }) = step
            && l.loss_gradient_at == LossGradientAt::MeanState
        {
            for i in 0..bias.len() {
                difference[i] = s_minus[i] + middle_alpha * (s_plus[i] - s_minus[i]);
            }
            loss.gradient(difference, y, gradient);
        }
        mean.iter_mut().zip(drive.iter().zip(bias)).for_each(|(a, (drive, bias))| *a = drive + bias);
        let alpha = match step {
            None => {
                s_plus.copy_from_slice(mean);
                s_minus.copy_from_slice(mean);
                middle_alpha
            }
            Some(OutputStep { nudge: OutputNudge::Linearised(l), loss, plus, minus, alpha }) => {
                if l.loss_gradient_at == LossGradientAt::CurrentDrive {
                    loss.gradient(mean, y, gradient);
                }
                for i in 0..bias.len() {
                    s_plus[i] = mean[i] - plus * gradient[i];
                    s_minus[i] = mean[i] + minus * gradient[i];
                }
                alpha
            }
            Some(OutputStep { nudge: OutputNudge::Proximal, loss, plus, minus, alpha }) => {
                loss.proximal(mean, y, plus, s_plus);
                loss.proximal(mean, y, -minus, s_minus);
                alpha
            }
        };
        if let (Some(kappa), Some((v_plus, v_minus))) = (relaxation, tile.membrane.as_mut()) {
            for i in 0..bias.len() {
                let keep = 1.0 - kappa[i];
                v_plus[(i, j)] = s_plus[i] + keep * (v_plus[(i, j)] - s_plus[i]);
                v_minus[(i, j)] = s_minus[i] + keep * (v_minus[(i, j)] - s_minus[i]);
                s_plus[i] = v_plus[(i, j)];
                s_minus[i] = v_minus[(i, j)];
            }
        }
        for i in 0..bias.len() {
            difference[i] = s_plus[i] - s_minus[i];
            mean[i] = s_minus[i] + alpha * difference[i];
        }
    }
}

/// Activity below layer k, the layer itself, and the difference above it (none above the outputs).
fn neighbours<'a>(
    layers: &'a mut [LayerState],
    inputs: MatrixView<'a>,
    k: usize,
) -> (MatrixView<'a>, &'a mut LayerState, Option<MatrixView<'a>>) {
    let (before, rest) = layers.split_at_mut(k - 1);
    let (own, after) = rest.split_first_mut().expect("layers are counted from 1 to L");
    let below = before.last().map_or(inputs, |layer| layer.mean.as_view());
    (below, own, after.first().map(|layer| layer.difference.as_view()))
}

/// drive = W s̄ for the units and samples of the tile.
fn drive(tile: &mut LayerTile, weight: MatrixView, below: MatrixView) {
    let (weight, below) =
        (weight.rows(tile.first_unit, tile.units()), below.columns(tile.first_sample, tile.samples()));
    multiply(tile.drive.as_view_mut(), weight, below);
}

/// feedback = Wᵀ (s⁺ − s⁻) for the units and samples of the tile.
pub(super) fn feedback(tile: &mut LayerTile, weight: MatrixView, above: MatrixView) {
    let (weight, above) =
        (weight.columns(tile.first_unit, tile.units()), above.columns(tile.first_sample, tile.samples()));
    multiply_left_transposed(tile.feedback.as_view_mut(), weight, above);
}

/// Makes the stale products of layer k without a unit step.
fn refresh(k: usize, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) {
    let layers = weights.layers().len();
    let stale_drive = state.freshness[k - 1].drive == Input::Stale;
    let stale_feedback = k < layers && state.freshness[k - 1].feedback == Input::Stale;
    count_flops(k, stale_drive, stale_feedback, weights, state);
    let (below, layer, above) = neighbours(state.layers_unchecked_mut(), inputs, k);
    LayerTile::whole(layer).for_each(&|tile: &mut LayerTile| {
        if stale_drive {
            drive(tile, weights.layers()[k - 1].weight.view(), below);
        }
        if stale_feedback && let Some(above) = above {
            feedback(tile, weights.layers()[k].weight.view(), above);
        }
    });
    state.freshness[k - 1].drive = Input::Current;
    state.freshness[k - 1].feedback = Input::Current;
}

fn drive_flops(weights: &Weights, k: usize, samples: usize) -> u64 {
    let weight = &weights.layers()[k - 1].weight;
    2 * (weight.post() * weight.pre() * samples) as u64
}

fn count_flops(k: usize, drive: bool, feedback: bool, weights: &Weights, state: &mut NetworkState) {
    let samples = state.samples();
    if drive {
        state.product_flops += drive_flops(weights, k, samples);
    }
    if feedback {
        state.product_flops += drive_flops(weights, k + 1, samples);
    }
}
