//! A lifted network as a credit rule: the phases of a training step, and the free inference of an evaluation.
use super::blocks::Blocks;
use super::learning::{Phase, gradients};
use super::local::Setting;
use super::lpom;
use super::settings::{Lifted, LiftedInference, LiftedObjective};
use super::solution::Solution;
use super::solve::{Solver, Top};
use crate::credit::assignment::{CreditAssignment, Task};
use crate::credit::evidence::{Evidence, Phases};
use crate::dynamics::unit::Seen;
use crate::dynamics::{Activation, Loss};
use crate::linalg::{Matrix, MatrixView};
use crate::map::LinearMap;
use crate::network::{Network, NetworkError, Projection};
use crate::relax::engine::Engine;
use crate::relax::rule::FeedForwardUnits;
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::{NominalNudge, Sides, Substrate};
use std::sync::Arc;

/// Inference by the least energy of a lifted network.
#[derive(Debug, Clone)]
pub struct LiftedRule {
    loss: Loss,
    lifted: Arc<Lifted>,
    /// The problems of the layers with given weights, if it is prepared for them.
    blocks: Option<Arc<Blocks>>,
}

impl LiftedRule {
    /// By this energy; the loss is that of evaluations.
    pub fn new(loss: Loss, lifted: Lifted) -> Self {
        Self { loss, lifted: Arc::new(lifted), blocks: None }
    }

    fn setting<'a>(&'a self, substrate: &'a Substrate, network: &'a Network) -> Option<Setting<'a>> {
        match &self.lifted.inference {
            LiftedInference::Local(local) => Some(Setting { local, lifted: &self.lifted, substrate, network }),
            _ => None,
        }
    }

    fn lpom_phases(&self, task: &Task, state: &mut NetworkState) -> Phases {
        let (lifted, network) = (&*self.lifted, task.network);
        let mut z = self.start(task.substrate, network, task.inputs, state);
        let free = z.clone();
        z[lifted.layers()].copy_from(&task.targets);
        let held = lpom::relax(lifted, network, &lpom::steps(network), &mut z);
        count_products(network, state, [2 * held.passes as u64, held.passes as u64]);
        show(state, &z, &free);
        let free = Solution { passes: 1, residual: 0.0 };
        Phases { free, held: Some(held), gradients: lpom::gradients(lifted, network, &z) }
    }

    /// Both phases by a search layer after layer.
    fn searched_phases(&self, task: &Task, state: &mut NetworkState) -> Phases {
        let (lifted, network) = (&*self.lifted, task.network);
        let blocks = self.blocks(network);
        let mut z = self.start(task.substrate, network, task.inputs, state);
        let free = self.solve(network, &blocks, &mut z, Top::Free, state);
        let free = (free, Phase::new(network, z.clone()));
        let top = match lifted.objective {
            LiftedObjective::Reconstruction => return self.phases(network, free, None, state),
            LiftedObjective::Clamped => {
                z[lifted.layers()].copy_from(&task.targets);
                Top::Clamped
            }
            LiftedObjective::Nudged(_) => Top::Pulled(task.targets),
        };
        let held = self.solve(network, &blocks, &mut z, top, state);
        self.phases(network, free, Some((held, Phase::new(network, z))), state)
    }

    /// Of the states that the searches have ended at, which it leaves in `state` ([`show`]).
    fn phases(
        &self,
        network: &Network,
        (free, free_phase): (Solution, Phase),
        held: Option<(Solution, Phase)>,
        state: &mut NetworkState,
    ) -> Phases {
        let (held, held_phase) = held.unzip();
        show(state, &held_phase.as_ref().unwrap_or(&free_phase).z, &free_phase.z);
        Phases { free, held, gradients: gradients(&self.lifted, network, &free_phase, held_phase.as_ref()) }
    }

    /// States to begin with, inputs first: those of a forward pass.
    fn start(
        &self,
        substrate: &Substrate,
        network: &Network,
        inputs: MatrixView,
        state: &mut NetworkState,
    ) -> Vec<Matrix> {
        self.forward_pass(substrate, network, inputs, state);
        let states = state.dyads().iter().map(|dyads| dyads.mean.clone());
        std::iter::once(inputs.into_owned()).chain(states).collect()
    }

    fn forward_pass(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        let lifted = &self.lifted;
        let units = FeedForwardUnits { hidden: lifted.activation, outputs: lifted.projection(network.last()) };
        Engine::new(&units, substrate, network, state).forward(inputs, Seen::All);
    }

    fn blocks(&self, network: &Network) -> Arc<Blocks> {
        self.blocks.clone().unwrap_or_else(|| Arc::new(Blocks::new(&self.lifted, network)))
    }

    fn solve(
        &self,
        network: &Network,
        blocks: &Blocks,
        z: &mut [Matrix],
        top: Top,
        state: &mut NetworkState,
    ) -> Solution {
        let solution = Solver { lifted: &self.lifted, network, blocks }.solve(z, top);
        count_products(network, state, [solution.passes as u64; 2]);
        solution
    }
}

impl CreditAssignment for LiftedRule {
    fn activation(&self) -> Activation {
        self.lifted.activation
    }

    fn loss(&self) -> Loss {
        self.loss
    }

    fn infer(&self, task: Task, state: &mut NetworkState, _: Option<&mut dyn UpdateObserver>) -> Evidence {
        Evidence::Phases(if self.lifted.is_lpom {
            self.lpom_phases(&task, state)
        } else if let Some(setting) = self.setting(task.substrate, task.network) {
            let (free, held) = setting.phases(task.inputs, task.targets, state);
            self.phases(task.network, free, held, state)
        } else {
            self.searched_phases(&task, state)
        })
    }

    /// Free states, in all compartments.
    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        if self.lifted.is_lpom {
            self.forward_pass(substrate, network, inputs, state);
        } else if let Some(setting) = self.setting(substrate, network) {
            let (_, z) = setting.free(inputs, state);
            show(state, &z, &z);
        } else {
            let mut z = self.start(substrate, network, inputs, state);
            self.solve(network, &self.blocks(network), &mut z, Top::Free, state);
            show(state, &z, &z);
        }
    }

    /// The energy of a layer has the states of the layers next to it, and a matrix between them.
    fn check(&self, network: &Network) -> Result<(), NetworkError> {
        let couples_neighbours = |(index, own): (usize, &Projection)| {
            (own.from, own.to) == (index, index + 1) && matches!(own.map, LinearMap::Dense(_))
        };
        match network.projections().iter().enumerate().position(|own| !couples_neighbours(own)) {
            Some(index) => Err(NetworkError::LiftedGraph { projection: index + 1 }),
            None => Ok(()),
        }
    }

    fn nominal_nudges(&self, network: &Network) -> Vec<NominalNudge> {
        let nudge = |k: usize| NominalNudge { alpha: 0.5, sides: Sides::Same, strength: self.lifted.nudge(k) };
        (1..=network.last()).map(nudge).collect()
    }

    fn prepare(&mut self, network: &Network) {
        if !self.lifted.is_lpom && !self.lifted.is_local() {
            self.blocks = Some(Arc::new(Blocks::new(&self.lifted, network)));
        }
    }

    fn energy(&self) -> Option<&Lifted> {
        Some(&self.lifted)
    }
}

/// Counts so many products with every weight matrix, forward and back.
fn count_products(network: &Network, state: &mut NetworkState, times: [u64; 2]) {
    let all = 0..network.projections().len();
    all.clone().for_each(|p| state.count_products(p, times));
    for (side, times) in times.into_iter().enumerate() {
        for _ in 0..times {
            all.clone().for_each(|p| state.operations.read(p, [side == 0, side == 1]));
            state.end_stage([], None);
        }
    }
}

/// Leaves the states where measurements and recordings look for them: s⁺ those with the outputs held, s⁻ and s̄ the free
/// ones, s⁺ − s⁻ the contrast.
fn show(state: &mut NetworkState, held: &[Matrix], free: &[Matrix]) {
    for ((dyads, held), free) in state.dyads_mut().iter_mut().zip(&held[1..]).zip(&free[1..]) {
        dyads.s_plus.copy_from(held);
        dyads.s_minus.copy_from(free);
        dyads.mean.copy_from(free);
        dyads.difference.copy_from(held);
        dyads.difference -= free;
    }
}
