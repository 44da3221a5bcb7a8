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
//! size 1/(1+L+leak) is then the step of a damped dyad that leaks ([`mod@crate::network::unit`],
//! [`mod@crate::network::analog_unit`]),
//!
//! ```text
//! z_k ← P((W_k m_{k−1} + b_k + γλ_{k+1}c_{k+1} + γ W_{k+1}ᵀ d_{k+1} + L z_k)/(1 + L + leak)),   leak = μ + γλ_{k+1}
//! ```
//!
//! (outputs pulled by soft targets have β′y and β′ more). Before it moves, the layer sends its state to both neighbours, whose
//! error units r_k and e_{k+1} read it through the same arrays and answer. A step of any set of units of one layer lowers the
//! energy with L_k = λ_k‖W_k‖² + γ‖W_{k+1}‖²; where layers move at once, L_k has √γ((1+λ_k)‖W_k‖ + (1+λ_{k+1})‖W_{k+1}‖) more, what the
//! blocks beside the diagonal can add (the first not for k = 1, the second not at the top).
//!
//! On a chip both compartments of a unit get the same; its state is their mean. Error units have the noise and the converters of
//! their reads, and no dynamics or mismatch of their own.
use super::constants::LocalConstants;
use super::energy::{TermErrors, subtract_from};
use super::inference::{Phases, show};
use super::learning::Phase;
use super::settings::{Lifted, LiftedInference, LiftedObjective};
use super::solve::{Solution, Top};
use crate::analog::Chip;
use crate::analog::moment::{Place, Source};
use crate::linalg::{Matrix, MatrixView};
use crate::network::analog_inference::{chip_sense_inputs, place};
use crate::network::inference::{Inference, MadeOfWeights};
use crate::network::products::refresh;
use crate::network::schedule::{Plan, Schedule, Start, Visit};
use crate::network::state::Freshness;
use crate::network::{NetworkState, Weights};
use crate::random::{Purpose, key};
use std::sync::Arc;

/// Which way an array is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Back,
}

/// A relaxation of one batch.
struct Relaxation<'a> {
    inference: Inference,
    lifted: &'a Lifted,
    weights: &'a Weights,
    schedule: &'a Schedule,
    /// z_0: the inputs as the first layer's error units know them.
    inputs: Matrix,
    /// m_0 on ideal hardware.
    input_line: Matrix,
    targets: Matrix,
}

impl Inference {
    /// Free states by local relaxation, in all compartments of `state`.
    pub(super) fn local_free(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        inputs: MatrixView,
        state: &mut NetworkState,
    ) -> Solution {
        let mut relaxation = Relaxation::begin(self, lifted, weights, inputs, state);
        let solution = relaxation.relax(Top::Free, state);
        let z = relaxation.states(state);
        show(state, &z, &z);
        solution
    }

    /// Both phases of a training step by local relaxation.
    pub(super) fn local_phases(
        &self,
        lifted: &Lifted,
        weights: &Weights,
        inputs: MatrixView,
        targets: MatrixView,
        state: &mut NetworkState,
    ) -> Phases {
        let mut relaxation = Relaxation::begin(self, lifted, weights, inputs, state);
        let free = relaxation.relax(Top::Free, state);
        let free = (free, relaxation.phase(state));
        let top = match lifted.objective {
            LiftedObjective::Reconstruction => return Phases::new(lifted, weights, free, None, state),
            LiftedObjective::Clamped => {
                relaxation.clamp(targets, state);
                Top::Clamped
            }
            LiftedObjective::Nudged(_) => {
                relaxation.targets = targets.into_owned();
                Top::Pulled(targets)
            }
        };
        let held = relaxation.relax(top, state);
        let held = (held, relaxation.phase(state));
        Phases::new(lifted, weights, free, Some(held), state)
    }
}

impl<'a> Relaxation<'a> {
    /// From a forward pass.
    fn begin(
        inference: &Inference,
        lifted: &'a Lifted,
        weights: &'a Weights,
        inputs: MatrixView,
        state: &mut NetworkState,
    ) -> Self {
        let LiftedInference::Local(local) = &lifted.inference else {
            unreachable!("only local inference relaxes unit by unit")
        };
        let sensed = match &inference.chip {
            Some(chip) => {
                chip_sense_inputs(chip, inputs, state);
                let sensed = sent(state).clone();
                send_inputs(chip, state);
                sensed
            }
            None => inputs.into_owned(),
        };
        inference.forward_pass(weights, inputs, state);
        let simultaneous = matches!(local.schedule, Schedule::Parallel(_));
        let constants = LocalConstants::new(lifted, weights, simultaneous);
        Self {
            inference: Inference {
                made: MadeOfWeights { local: Some(Arc::new(constants)), ..inference.made.clone() },
                ..inference.clone()
            },
            lifted,
            weights,
            schedule: &local.schedule,
            input_line: sensed.clone(),
            inputs: sensed,
            targets: Matrix::zeros(0, inputs.ncols()),
        }
    }

    fn relax(&mut self, top: Top, state: &mut NetworkState) -> Solution {
        let stopping = self.lifted.inference.stopping();
        let mut plan = Plan::default();
        let mut solution = Solution::BEGIN;
        let mut before = self.states(state);
        loop {
            let moment = state.moment;
            let turn = key(
                solution.passes as u64,
                Purpose::RandomSchedule,
                &[moment.context as u64, moment.step, moment.tick],
            );
            self.schedule
                .plan(self.lifted.layers(), Start::Forward, self.lifted.noise_seed, turn, &mut plan)
                .expect("the schedule was checked when it was set");
            for &visit in &plan.visits {
                self.visit(visit, top, plan.update_probability, state);
            }
            let after = self.states(state);
            let (mut change, mut norm) = (0.0, 0.0);
            for (before, after) in before.iter().zip(&after).skip(1) {
                for (&before, &after) in before.iter().zip(after.iter()) {
                    change += (f64::from(after) - f64::from(before)).powi(2);
                    norm += f64::from(after).powi(2);
                }
            }
            before = after;
            if solution.count_pass(change, norm, &stopping) {
                return solution;
            }
        }
    }

    /// z_k.
    fn z(&self, k: usize, state: &NetworkState) -> Matrix {
        if k == 0 {
            return self.inputs.clone();
        }
        let layer = &state.layers()[k - 1];
        let mut z = layer.s_plus.clone();
        z += &layer.s_minus;
        z *= 0.5;
        z
    }

    fn states(&self, state: &NetworkState) -> Vec<Matrix> {
        (0..=self.lifted.layers()).map(|k| self.z(k, state)).collect()
    }

    fn visit(&mut self, visit: Visit, top: Top, update_probability: Option<f32>, state: &mut NetworkState) {
        let layers = self.lifted.layers();
        let last = if matches!(top, Top::Clamped) { layers - 1 } else { layers };
        let moving: Vec<usize> = match visit {
            Visit::Layer(k) => vec![k],
            Visit::OutputsUnnudged => vec![layers],
            Visit::AllHidden => (1..layers).collect(),
            Visit::All | Visit::AllUnnudged => (1..=layers).collect(),
        };
        let moving: Vec<usize> = moving.into_iter().filter(|&k| k <= last).collect();
        let pulled = matches!(top, Top::Pulled(_)) && matches!(visit, Visit::Layer(_) | Visit::All);
        state.moment.tick += 1;
        // All lines are made from the states before any of these layers moves.
        let mut below = vec![];
        let mut above = vec![];
        for &k in &moving {
            below.push((k - 1, self.corrected_below(k, state)));
            if k < layers {
                above.push((k + 1, self.corrected_above(k, state)));
            }
        }
        state.moment.tick += 1;
        below.into_iter().for_each(|(k, m)| self.send_forward(k, m, state));
        above.into_iter().for_each(|(k, d)| self.send_back(k, d, state));
        for &k in &moving {
            state.freshness[k - 1] = Freshness::STALE;
        }
        let at_once = moving.len() > 1;
        let (inputs, targets) = (self.input_line.as_view(), self.targets.as_view());
        if at_once {
            moving.iter().for_each(|&k| refresh(k, self.weights, inputs, state));
        }
        for &k in &moving {
            let nudged = pulled && k == layers;
            self.inference.visit_layer(k, nudged, !at_once, update_probability, self.weights, inputs, targets, state);
        }
    }

    /// m_{k−1} = z_{k−1} + λ_k r_k.
    fn corrected_below(&self, k: usize, state: &NetworkState) -> Matrix {
        let mut m = self.z(k - 1, state);
        let lambda = self.lifted.lambda[k - 1] as f32;
        if lambda != 0.0 {
            let z = self.z(k, state);
            let error = self.reconstruction_error(k, &m, &z, state);
            m.zip_apply(&error, |m, r| *m += lambda * r);
        }
        m
    }

    /// d_{k+1} = λ_{k+1} z_{k+1} + e_{k+1}.
    fn corrected_above(&self, k: usize, state: &NetworkState) -> Matrix {
        let (z, mut d) = (self.z(k, state), self.z(k + 1, state));
        let error = self.regression_error(k + 1, &z, &d, state);
        let lambda = self.lifted.lambda[k] as f32;
        d.zip_apply(&error, |d, e| *d = lambda * *d + e);
        d
    }

    /// e_k = z_k − W_k z_{k−1} − b_k, as the error units of layer k read it.
    fn regression_error(&self, k: usize, below: &Matrix, z: &Matrix, state: &NetworkState) -> Matrix {
        let mut error = self.read(k, Direction::Forward, below, state);
        subtract_from(&mut error, z.as_view(), self.weights.layers()[k - 1].bias.as_slice());
        error
    }

    /// r_k = z_{k−1} − W_kᵀ z_k − c_k, as the error units of layer k−1 read it.
    fn reconstruction_error(&self, k: usize, below: &Matrix, z: &Matrix, state: &NetworkState) -> Matrix {
        let mut error = self.read(k, Direction::Back, z, state);
        subtract_from(&mut error, below.as_view(), self.weights.reconstruction_bias(k));
        error
    }

    fn read(&self, k: usize, direction: Direction, x: &Matrix, state: &NetworkState) -> Matrix {
        let reader = super::reads::Reader {
            chip: self.inference.chip.as_deref(),
            weights: self.weights,
            layer: k,
            back: direction == Direction::Back,
            moment: state.moment,
        };
        reader.read(x)
    }

    fn send_forward(&mut self, k: usize, m: Matrix, state: &mut NetworkState) {
        let Some(chip) = self.inference.chip.clone() else {
            match k {
                0 => self.input_line = m,
                _ => state.layers_unchecked_mut()[k - 1].mean = m,
            }
            return;
        };
        if k == 0 {
            *sent(state) = m;
            send_inputs(&chip, state);
            return;
        }
        let place = place(&chip, state.moment, k);
        let layer = &mut state.layers_unchecked_mut()[k - 1];
        layer.mean = m;
        let analog = layer.analog.as_mut().expect("a chip's states have an analog part");
        analog.forward.send(&chip.forward, place, &mut layer.mean);
    }

    fn send_back(&self, k: usize, d: Matrix, state: &mut NetworkState) {
        let moment = state.moment;
        let layer = &mut state.layers_unchecked_mut()[k - 1];
        layer.difference = d;
        if let Some(chip) = &self.inference.chip {
            let analog = layer.analog.as_mut().expect("a chip's states have an analog part");
            analog.feedback.send(&chip.feedback, place(chip, moment, k), &mut layer.difference);
        }
    }

    /// Puts the outputs at their targets, each compartment with the teacher's noise.
    fn clamp(&self, targets: MatrixView, state: &mut NetworkState) {
        state.moment.tick += 1;
        let (last, moment) = (self.lifted.layers(), state.moment);
        let layer = &mut state.layers_unchecked_mut()[last - 1];
        layer.s_plus.copy_from(&targets);
        layer.s_minus.copy_from(&targets);
        let Some(chip) = self.inference.chip.as_deref().filter(|chip| chip.teacher.is_on()) else { return };
        let mut stream = place(chip, moment, last).stream(Source::Teacher);
        let mut z = vec![0.0; 2 * targets.nrows()];
        for j in 0..targets.ncols() {
            stream.fill(&mut z);
            for i in 0..targets.nrows() {
                let (common, own) = (chip.teacher.common * z[i], chip.teacher.own * z[targets.nrows() + i]);
                layer.s_plus[(i, j)] += common + own;
                layer.s_minus[(i, j)] += common - own;
            }
        }
    }

    /// The present states, with the errors that the error units read.
    fn phase(&self, state: &mut NetworkState) -> Phase {
        state.moment.tick += 1;
        let z = self.states(state);
        let errors = |k: usize| TermErrors {
            regression: self.regression_error(k, &z[k - 1], &z[k], state),
            reconstruction: self.reconstruction_error(k, &z[k - 1], &z[k], state),
        };
        let errors = (1..=self.lifted.layers()).map(errors).collect();
        Phase { z, errors }
    }
}

fn sent(state: &mut NetworkState) -> &mut Matrix {
    &mut state.sent_inputs.as_mut().expect("a chip's states hold its inputs").values
}

fn send_inputs(chip: &Chip, state: &mut NetworkState) {
    let place: Place = place(chip, state.moment, 0);
    let inputs = state.sent_inputs.as_mut().expect("a chip's states hold its inputs");
    inputs.line.send(&chip.forward, place, &mut inputs.values);
}
