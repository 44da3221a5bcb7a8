//! The exact gradient of the loss of the free states, by the adjoint equations of the equilibrium (recurrent backprop; Almeida
//! 1987, Pineda 1987): the reference for rules with two phases, as backprop is for dyads.
//!
//! ```text
//! δ_k = f′(u_k) ⊙ (W_{k+1}ᵀ δ_{k+1} + γ W_k δ_{k−1}),   δ_L = ∂ℓ/∂s_L + γ W_L δ_{L−1}
//! ∂ℓ/∂W_k = δ_k s_{k−1}ᵀ + γ s_k δ_{k−1}ᵀ
//! ```
//!
//! States and errors are iterated, population after population, until they move no more. The errors stand in the states as
//! the contrast Δ_k = γ^{L−k} δ_k, of which the rules make the gradient themselves. It is that of feedback by the transposed
//! weights on ideal hardware.
use super::units::{PhaseTeacher, PhaseUnits};
use crate::credit::assignment::{CreditAssignment, Task};
use crate::credit::evidence::Evidence;
use crate::dynamics::state::PhaseStates;
use crate::dynamics::unit::Seen;
use crate::dynamics::{Activation, Loss};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, sum_products};
use crate::network::Network;
use crate::relax::engine::Engine;
use crate::relax::schedule::{Plan, Start, Update};
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::{Returned, Substrate};

/// Most passes up and down through the network.
const MOST_PASSES: usize = 1000;
/// An iteration ends when a pass moves it by less than this share of its norm.
const TOLERANCE: f32 = 1e-6;

/// Exact gradients of the free states.
#[derive(Debug, Clone, Copy)]
pub struct FreeEquilibrium {
    units: PhaseUnits,
}

impl FreeEquilibrium {
    pub(super) fn new(activation: Activation, loss: Loss, feedback_gain: f64) -> Self {
        Self { units: PhaseUnits { activation, loss, feedback_gain, teacher: PhaseTeacher::Silent } }
    }

    fn relax(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        let last = network.last();
        let layers = (1..=last).chain((1..last).rev()).map(Update::Layer);
        let pass = Plan { updates: layers.collect(), ..Plan::default() };
        let no_targets = Matrix::zeros(0, inputs.ncols());
        let mut engine = Engine::new(&self.units, substrate, network, state);
        engine.begin(inputs, no_targets.as_view(), Start::Forward, |_| Seen::All);
        let states = |state: &NetworkState| state.dyads().iter().map(|own| own.mean.clone()).collect::<Vec<_>>();
        let mut before = states(engine.state);
        for _ in 0..MOST_PASSES {
            engine.relax(&pass, 0..pass.updates.len(), no_targets.as_view(), &mut None);
            let now = states(engine.state);
            if rests(&before, &now) {
                return;
            }
            before = now;
        }
    }

    /// δ of all populations of dyads.
    fn errors(&self, network: &Network, targets: MatrixView, state: &NetworkState) -> Vec<Matrix> {
        let (last, dyads) = (network.last(), state.dyads());
        let gain = self.units.feedback_gain as f32;
        let slopes = (1..last).map(|k| {
            let bias = network.bias(k);
            let mut slopes = &dyads[k - 1].feedback * gain + &dyads[k - 1].drive;
            for mut column in slopes.column_iter_mut() {
                column.iter_mut().zip(&*bias).for_each(|(u, b)| *u = self.units.activation.derivative(*u + b));
            }
            slopes
        });
        let slopes: Vec<Matrix> = slopes.collect();
        let gradient = self.units.loss.gradients(dyads[last - 1].mean.as_view(), targets);
        let mut errors: Vec<Matrix> =
            dyads.iter().map(|own| Matrix::zeros(own.mean.nrows(), own.mean.ncols())).collect();
        for _ in 0..MOST_PASSES {
            let before = errors.clone();
            for k in (1..=last).rev().chain(2..last) {
                let (units, samples) = errors[k - 1].shape();
                let (mut from_above, mut from_below) = (Matrix::zeros(units, samples), Matrix::zeros(units, samples));
                let above = network.leaving(k).map(|projection| {
                    let errors = errors[projection.to - 1].as_view();
                    move |y: MatrixViewMut| projection.transposed(y, errors)
                });
                sum_products(from_above.as_view_mut(), above);
                let below = network.arriving(k).filter(|own| own.from > 0).map(|projection| {
                    let errors = errors[projection.from - 1].as_view();
                    move |y: MatrixViewMut| projection.apply(y, errors)
                });
                sum_products(from_below.as_view_mut(), below);
                let sum = from_above + from_below * gain;
                errors[k - 1] = if k == last { sum + &gradient } else { sum.component_mul(&slopes[k - 1]) };
            }
            if rests(&before, &errors) {
                break;
            }
        }
        errors
    }
}

/// Whether a pass has moved almost nothing.
fn rests(before: &[Matrix], now: &[Matrix]) -> bool {
    before.iter().zip(now).all(|(before, now)| (now - before).norm() <= TOLERANCE * now.norm())
}

impl CreditAssignment for FreeEquilibrium {
    fn activation(&self) -> Activation {
        self.units.activation
    }

    fn loss(&self) -> Loss {
        self.units.loss
    }

    fn infer(&self, task: Task, state: &mut NetworkState, observer: Option<&mut dyn UpdateObserver>) -> Evidence {
        let Task { substrate, network, inputs, targets, .. } = task;
        self.relax(substrate, network, inputs, state);
        let errors = self.errors(network, targets, state);
        let last = network.last();
        for ((dyads, errors), k) in state.dyads_mut().iter_mut().zip(errors).zip(1..) {
            let contrast = errors * (self.units.feedback_gain as f32).powi(last as i32 - k);
            dyads.difference.copy_from(&contrast);
            dyads.phases = Some(PhaseStates { kept: dyads.s_plus.clone(), contrast });
        }
        if let Some(observer) = observer {
            observer.finished(state, network);
        }
        self.standing_evidence(state.samples())
    }

    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        self.relax(substrate, network, inputs, state);
    }

    fn standing_evidence(&self, samples: usize) -> Evidence {
        let feedback_gain = self.units.feedback_gain as f32;
        Evidence::Contrast { factor: (1.0 / samples as f64) as f32, feedback_gain }
    }

    fn returned(&self) -> Returned {
        Returned::States
    }
}
