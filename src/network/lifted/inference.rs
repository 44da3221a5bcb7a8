//! The phases of a training step and the free inference of an evaluation, from stimuli to states.
use super::blocks::Blocks;
use super::learning::{LayerSignals, Phase};
use super::lpom;
use super::settings::{Lifted, LiftedObjective};
use super::solve::{Solution, Solver, Top};
use crate::linalg::{Matrix, MatrixView};
use crate::network::inference::{Inference, MadeOfWeights};
use crate::network::{NetworkState, Weights};
use std::sync::Arc;

/// What a training step of a lifted network has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Phases {
    /// How the search for the free states ended.
    pub free: Solution,
    /// How that with the outputs held or pulled ended, if there was one.
    pub held: Option<Solution>,
    /// What the synapses learn from.
    pub signals: Vec<LayerSignals>,
}

impl Phases {
    /// Of the states that the searches have ended at, which it leaves in `state` ([`show`]).
    pub(super) fn new(
        lifted: &Lifted,
        weights: &Weights,
        (free, free_phase): (Solution, Phase),
        held: Option<(Solution, Phase)>,
        state: &mut NetworkState,
    ) -> Self {
        let (held, held_phase) = held.unzip();
        show(state, &held_phase.as_ref().unwrap_or(&free_phase).z, &free_phase.z);
        Self { free, held, signals: lifted.signals(weights, &free_phase, held_phase.as_ref()) }
    }
}

impl Inference {
    /// The same with what depends on these weights alone made once, for several batches of an evaluation.
    pub fn prepared(&self, weights: &Weights) -> Self {
        let blocks = self.lifted.as_deref().filter(|lifted| !lifted.is_local() && !lifted.is_lpom);
        let blocks = blocks.map(|lifted| Arc::new(Blocks::new(lifted, weights)));
        Self { made: MadeOfWeights { blocks, ..self.made.clone() }, ..self.clone() }
    }

    /// Free states of a lifted network, in all compartments of `state`.
    pub(in crate::network) fn lifted_forward(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        inputs: MatrixView,
        state: &mut NetworkState,
    ) -> Solution {
        if lifted.is_local() {
            return self.local_free(lifted, weights, inputs, state);
        }
        let mut z = self.lifted_start(weights, inputs, state);
        let solution = self.solve(lifted, weights, &mut z, Top::Free, state);
        show(state, &z, &z);
        solution
    }

    /// Both phases of a training step.
    pub(crate) fn lifted_phases(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) -> Phases {
        if lifted.is_lpom {
            return self.lpom_phases(lifted, weights, inputs, targets, state);
        }
        if lifted.is_local() {
            return self.local_phases(lifted, weights, inputs, targets, state);
        }
        let prepared = self.prepared(weights);
        let mut z = self.lifted_start(weights, inputs, state);
        let free = prepared.solve(lifted, weights, &mut z, Top::Free, state);
        let free = (free, Phase::new(weights, z.clone()));
        let top = match lifted.objective {
            LiftedObjective::Reconstruction => return Phases::new(lifted, weights, free, None, state),
            LiftedObjective::Clamped => {
                z[lifted.layers()].copy_from(&targets);
                Top::Clamped
            }
            LiftedObjective::Nudged(_) => Top::Pulled(targets),
        };
        let held = prepared.solve(lifted, weights, &mut z, top, state);
        Phases::new(lifted, weights, free, Some((held, Phase::new(weights, z))), state)
    }

    fn lpom_phases(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) -> Phases {
        self.forward_pass(weights, inputs, state);
        let mut z = states_of(inputs, state);
        let free = z.clone();
        z[lifted.layers()].copy_from(&targets);
        let held = lpom::relax(lifted, weights, &lpom::steps(weights), &mut z);
        state.product_flops += 3 * held.passes as u64 * product_flops(weights, inputs.ncols());
        show(state, &z, &free);
        let free = Solution { passes: 1, residual: 0.0 };
        Phases { free, held: Some(held), signals: lpom::signals(lifted, weights, &z) }
    }

    /// States to begin with, inputs first.
    fn lifted_start(&self, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) -> Vec<Matrix> {
        self.forward_pass(weights, inputs, state);
        states_of(inputs, state)
    }

    fn solve(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        z: &mut [Matrix],
        top: Top,
        state: &mut NetworkState,
    ) -> Solution {
        let blocks = self.made.blocks.clone().unwrap_or_else(|| Arc::new(Blocks::new(lifted, weights)));
        let solution = Solver { lifted, weights, blocks: &blocks }.solve(z, top);
        state.product_flops += 2 * solution.passes as u64 * product_flops(weights, z[0].ncols());
        solution
    }
}

/// Multiplications and additions of one product with every weight matrix.
fn product_flops(weights: &Weights, samples: usize) -> u64 {
    let numbers: usize = weights.layers().iter().map(|layer| layer.weight.post() * layer.weight.pre()).sum();
    2 * (numbers * samples) as u64
}

/// z, inputs first, of states whose `mean` they are.
pub(super) fn states_of(inputs: MatrixView, state: &NetworkState) -> Vec<Matrix> {
    std::iter::once(inputs.into_owned()).chain(state.layers().iter().map(|layer| layer.mean.clone())).collect()
}

/// Leaves the states where measurements and recordings look for them: s⁺ those with the outputs held, s⁻ and s̄ the free
/// ones, s⁺ − s⁻ the contrast.
pub(super) fn show(state: &mut NetworkState, held: &[Matrix], free: &[Matrix]) {
    for ((layer, held), free) in state.layers_mut().iter_mut().zip(&held[1..]).zip(&free[1..]) {
        layer.s_plus.copy_from(held);
        layer.s_minus.copy_from(free);
        layer.mean.copy_from(free);
        layer.difference.copy_from(held);
        layer.difference -= free;
    }
}
