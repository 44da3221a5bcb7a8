//! The local, asynchronous form: every unit relaxes on its own by the unit step of the dyads, on any hardware.
//!
//! The gradient of the energy for layer k, over γ^{k−1}, is
//!
//! ```text
//! z_k − W_k m_{k−1} − b_k + γ(λ_{k+1} z_k − λ_{k+1} c_{k+1} − W_{k+1}ᵀ d_{k+1}) + μ z_k
//! m_{k−1} = z_{k−1} + λ_k r_k      d_{k+1} = λ_{k+1} z_{k+1} + e_{k+1}
//! ```
//!
//! A layer needs one signal from each neighbour: m, what is below corrected by its reconstruction error, through the
//! forward array, and d, what is above with its regression error, through the feedback array. A projected gradient step of
//! size 1/(1+L+leak) is then the step of a damped dyad that leaks ([`mod@crate::dynamics::unit`],
//! [`mod@crate::substrate::step`]),
//!
//! ```text
//! z_k ← P((W_k m_{k−1} + b_k + γλ_{k+1}c_{k+1} + γ W_{k+1}ᵀ d_{k+1} + L z_k)/(1 + L + leak)),   leak = μ + γλ_{k+1}
//! ```
//!
//! (outputs pulled by soft targets have β′y and β′ more). Before it moves, the layer sends its state to both neighbours, whose
//! error units r_k and e_{k+1} read it through the same arrays and answer. A step of any set of units of one layer lowers the
//! energy with L_k = λ_k‖W_k‖² + γ‖W_{k+1}‖²; where layers move at once, L_k has √γ((1+λ_k)‖W_k‖ + (1+λ_{k+1})‖W_{k+1}‖) more, what the
//! blocks next to the diagonal can add (the first not for k = 1, the second not at the top).
//!
//! On a chip both compartments of a unit get the same; its state is their mean. Error units have the noise and the converters of
//! their reads, and no dynamics or mismatch of their own.
use super::constants::LocalConstants;
use super::energy::{TermErrors, subtract_from};
use super::learning::Phase;
use super::settings::{Lifted, LiftedObjective, LocalInference, Stopping};
use super::solution::Solution;
use super::solve::Top;
use crate::crossbar::periphery::Side;
use crate::crossbar::read::CrossbarRead;
use crate::dynamics::unit::Seen;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::random::{Purpose, key};
use crate::relax::NetworkState;
use crate::relax::engine::Engine;
use crate::relax::rule::FeedForwardUnits;
use crate::relax::schedule::{Plan, Schedule, Start, Update};
use crate::substrate::Substrate;

/// A relaxation of one batch.
struct Relaxation<'a> {
    lifted: &'a Lifted,
    network: &'a Network,
    schedule: &'a Schedule,
    stopping: Stopping,
    targets: Matrix,
    engine: Engine<'a>,
    /// z_0, the inputs as the first population's error units know them, and the states of all layers.
    z: Vec<Matrix>,
    /// The same before the pass.
    before: Vec<Matrix>,
    /// What the error units of every population read.
    errors: Vec<Matrix>,
}

/// What local relaxation works on.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub local: &'a LocalInference,
    pub lifted: &'a Lifted,
    pub substrate: &'a Substrate,
    pub network: &'a Network,
}

impl Setting<'_> {
    /// The free states of these inputs, inputs first.
    pub fn free(&self, inputs: MatrixView, state: &mut NetworkState) -> (Solution, Vec<Matrix>) {
        let (constants, sensed) = self.begin(inputs, state);
        let mut relaxation = self.relaxation(&constants, sensed, state);
        let solution = relaxation.relax(Top::Free);
        (solution, relaxation.z)
    }

    /// The free states, and those with the outputs held or pulled, if the objective has them; with the errors that the
    /// error units read.
    pub fn phases(
        &self,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) -> ((Solution, Phase), Option<(Solution, Phase)>) {
        let (constants, sensed) = self.begin(inputs, state);
        let mut relaxation = self.relaxation(&constants, sensed, state);
        let free = relaxation.relax(Top::Free);
        let free = (free, relaxation.phase());
        let top = match self.lifted.objective {
            LiftedObjective::Reconstruction => return (free, None),
            LiftedObjective::Clamped => {
                relaxation.clamp(targets);
                Top::Clamped
            }
            LiftedObjective::Nudged(_) => {
                relaxation.targets = targets.into_owned();
                Top::Pulled(targets)
            }
        };
        let held = relaxation.relax(top);
        (free, Some((held, relaxation.phase())))
    }

    /// A forward pass; the constants of the units, and the inputs as they are known on this hardware.
    fn begin(&self, inputs: MatrixView, state: &mut NetworkState) -> (LocalConstants, Matrix) {
        let Self { local, lifted, substrate, network } = *self;
        let units = FeedForwardUnits { hidden: lifted.activation, outputs: lifted.projection(network.last()) };
        let mut engine = Engine::new(&units, substrate, network, state);
        engine.sense_inputs(inputs);
        let sensed = engine.state.activity(0).clone();
        engine.send_inputs();
        engine.forward_pass(|_| Seen::All);
        let simultaneous = matches!(local.schedule, Schedule::Parallel(_));
        (LocalConstants::new(lifted, network, simultaneous), sensed)
    }

    fn relaxation<'b>(
        &'b self,
        constants: &'b LocalConstants,
        inputs: Matrix,
        state: &'b mut NetworkState,
    ) -> Relaxation<'b> {
        let Self { local, lifted, substrate, network } = *self;
        let targets = Matrix::zeros(0, inputs.ncols());
        let z: Vec<Matrix> = std::iter::once(inputs).chain(state.dyads().iter().map(|dyads| dyads.middle())).collect();
        Relaxation {
            lifted,
            network,
            schedule: &local.schedule,
            stopping: Stopping { max_passes: local.max_passes, tolerance: local.tolerance },
            targets,
            engine: Engine::new(constants, substrate, network, state),
            before: z.clone(),
            errors: z.clone(),
            z,
        }
    }
}

impl Relaxation<'_> {
    fn relax(&mut self, top: Top) -> Solution {
        let mut plan = Plan::default();
        let mut solution = Solution::BEGIN;
        self.before.clone_from(&self.z);
        loop {
            let tick = self.engine.state.tick;
            let turn =
                key(solution.passes as u64, Purpose::RandomSchedule, &[tick.context as u64, tick.step, tick.number]);
            self.schedule
                .plan(self.lifted.layers(), Start::Forward, self.lifted.noise_seed, turn, &mut plan)
                .expect("the schedule was checked when it was set");
            for &update in &plan.updates {
                self.update(update, top, plan.update_probability);
            }
            let (mut change, mut norm) = (0.0, 0.0);
            for (before, after) in self.before.iter_mut().zip(&self.z).skip(1) {
                for (before, &after) in before.iter_mut().zip(after.iter()) {
                    change += (f64::from(after) - f64::from(*before)).powi(2);
                    norm += f64::from(after).powi(2);
                    *before = after;
                }
            }
            if solution.count_pass(change, norm, &self.stopping) {
                return solution;
            }
        }
    }

    fn update(&mut self, update: Update, top: Top, probability: Option<f32>) {
        let layers = self.lifted.layers();
        let last = if matches!(top, Top::Clamped) { layers - 1 } else { layers };
        let moving: Vec<usize> = match update {
            Update::Layer(k) => vec![k],
            Update::OutputsUnnudged => vec![layers],
            Update::AllHidden => (1..layers).collect(),
            Update::All | Update::AllUnnudged => (1..=layers).collect(),
        };
        let moving: Vec<usize> = moving.into_iter().filter(|&k| k <= last).collect();
        let pulled = matches!(top, Top::Pulled(_)) && matches!(update, Update::Layer(_) | Update::All);
        self.engine.state.tick.number += 1;
        // All lines are made from the states before any of these populations moves.
        for &k in &moving {
            self.correct_below(k);
            if k < layers {
                self.correct_above(k);
            }
        }
        self.engine.state.tick.number += 1;
        moving.iter().for_each(|&k| self.send_forward(k - 1));
        moving.iter().filter(|&&k| k < layers).for_each(|&k| self.send_back(k + 1));
        for &k in &moving {
            self.engine.state.cache.of(k).invalidate();
        }
        if moving.len() > 1 {
            self.engine.refresh_all(moving.iter().copied());
        }
        for &k in &moving {
            let targets = (pulled && k == layers).then(|| self.targets.as_view());
            self.engine.update_population(k, targets, probability);
            self.note(k);
        }
    }

    /// Takes over how layer k stands.
    fn note(&mut self, k: usize) {
        self.engine.state.dyads()[k - 1].write_middle(&mut self.z[k]);
    }

    /// m_{k−1} = z_{k−1} + λ_k r_k, where population k−1 sends it from.
    fn correct_below(&mut self, k: usize) {
        let lambda = self.lifted.lambda[k - 1] as f32;
        if lambda != 0.0 {
            self.read_reconstruction(k);
        }
        let (states, _) = self.engine.state.parts();
        let m = match k - 1 {
            0 => &mut states.stimulus,
            below => &mut states.dyads[below - 1].mean,
        };
        let z = self.z[k - 1].as_slice();
        if lambda == 0.0 {
            m.as_mut_slice().copy_from_slice(z);
        } else {
            let r = self.errors[k - 1].as_slice();
            m.as_mut_slice().iter_mut().zip(z).zip(r).for_each(|((m, z), r)| *m = z + lambda * r);
        }
    }

    /// d_{k+1} = λ_{k+1} z_{k+1} + e_{k+1}, where population k+1 sends it from.
    fn correct_above(&mut self, k: usize) {
        self.read_regression(k + 1);
        let lambda = self.lifted.lambda[k] as f32;
        let (states, _) = self.engine.state.parts();
        let d = states.dyads[k].difference.as_mut_slice();
        let (z, e) = (self.z[k + 1].as_slice(), self.errors[k + 1].as_slice());
        d.iter_mut().zip(z).zip(e).for_each(|((d, z), e)| *d = lambda * z + e);
    }

    /// e_k = z_k − W_k z_{k−1} − b_k, as the error units of population k read it.
    fn read_regression(&mut self, k: usize) {
        self.read(k, Side::Forward);
        subtract_from(&mut self.errors[k], self.z[k].as_view(), self.network.projections()[k - 1].bias.as_slice());
    }

    /// r_k = z_{k−1} − W_kᵀ z_k − c_k, as the error units of population k−1 read it.
    fn read_reconstruction(&mut self, k: usize) {
        self.read(k, Side::Feedback);
        subtract_from(&mut self.errors[k - 1], self.z[k - 1].as_view(), self.network.reconstruction_bias(k));
    }

    /// What the error units read of the states, through the array between populations k−1 and k.
    fn read(&mut self, k: usize, side: Side) {
        let NetworkState { circuits, tick, .. } = &*self.engine.state;
        let projection = &self.network.projections()[k - 1];
        let (matrix, sender, receiver) = match side {
            Side::Forward => (&projection.weight, k - 1, k),
            Side::Feedback => (projection.feedback_weight(), k, k - 1),
        };
        let periphery = circuits.periphery(side);
        let read = CrossbarRead { periphery, map: &projection.map, matrix, magnitude: None }.with_magnitude();
        let keys = [sender, receiver].map(|k| circuits.noise_key(*tick, k));
        read.read_batch(keys, &self.z[sender], &mut self.errors[receiver]);
    }

    fn send_forward(&mut self, k: usize) {
        let tick = self.engine.state.tick;
        let (states, circuits) = self.engine.state.parts();
        let activity = match k {
            0 => &mut states.stimulus,
            _ => &mut states.dyads[k - 1].mean,
        };
        circuits.send(tick, k, activity);
    }

    fn send_back(&mut self, k: usize) {
        let tick = self.engine.state.tick;
        let (states, circuits) = self.engine.state.parts();
        circuits.send_back(tick, k, &mut states.dyads[k - 1].difference);
    }

    /// Puts the outputs at their targets, each compartment with the teacher's noise.
    fn clamp(&mut self, targets: MatrixView) {
        self.engine.state.tick.number += 1;
        let tick = self.engine.state.tick;
        let last = self.lifted.layers();
        let (states, circuits) = self.engine.state.parts();
        circuits.clamp(tick, last, targets, &mut states.dyads[last - 1]);
        self.note(last);
    }

    /// The present states, with the errors that the error units read.
    fn phase(&mut self) -> Phase {
        self.engine.state.tick.number += 1;
        let layers = self.lifted.layers();
        let errors = |k: usize| {
            self.read_regression(k);
            self.read_reconstruction(k);
            TermErrors { regression: self.errors[k].clone(), reconstruction: self.errors[k - 1].clone() }
        };
        let errors = (1..=layers).map(errors).collect();
        Phase { z: self.z.clone(), errors }
    }
}
