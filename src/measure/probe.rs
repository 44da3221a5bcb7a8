//! Whether inference converges: its schedule is repeated on the same stimuli, every pass starting from the states of the
//! one before and with the nudge on, and the states s(t) of all dyads are compared after every pass t.
//!
//! | code | verdict | when |
//! |---|---|---|
//! | 1 | converged | ‖s(t) − s(t−1)‖/‖s(t)‖ is below the tolerance, and the change is not larger than that of the pass before |
//! | 2 | limit cycle | after all passes, ‖s(t) − s(t−p)‖ is at most 1 % of the largest change of the last p passes; the smallest p ≤ 16 |
//! | 3 | diverged | a state is not finite, or ‖s(t)‖ above 1000 times ‖s(1)‖ |
//! | 4 | undecided | none of these, after all passes |
//!
//! s holds both compartments of all layers, outputs included; s(0) is the start that the experiment asks for. Noise would
//! hide a fixed point, so whatever is random in time is left out of a chip. Layers or units whose turn is random keep
//! that, from draws of their own; there a limit cycle cannot be recognised, and a pass takes as many random layers as it
//! needs to update all.
use crate::config::StabilityProbe;
use crate::credit::Inference;
use crate::credit::batch_norm::normalised;
use crate::device::noise_key::Context;
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::parameter::Count;
use crate::relax::NetworkState;
use crate::relax::UpdateObserver;
use crate::relax::engine::Engine;
use crate::relax::schedule::{Parallel, Plan, Schedule, Update};
use crate::vocabulary::Verdict;
use std::collections::VecDeque;

/// Growth of the norm of the states, over that after the first pass, from which on they have diverged.
const LARGEST_GROWTH: f64 = 1000.0;
/// Longest limit cycle that is recognised.
const LONGEST_PERIOD: usize = 16;
/// How closely states must come back after a period, as a share of the motion.
const CLOSE: f64 = 0.01;

/// What a probe has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// The verdict.
    pub verdict: Verdict,
    /// Passes in a limit cycle.
    pub period: Option<usize>,
    /// ‖s(t) − s(t−1)‖ of every pass made.
    pub changes: Vec<f64>,
    /// That of the last pass over ‖s(t)‖.
    pub residual: f64,
}

/// An inference to be probed.
#[derive(Debug, Clone, Copy)]
pub struct Probed<'a> {
    /// Its equations and its chip.
    pub inference: &'a Inference,
    /// The order of updates of one pass.
    pub schedule: &'a Schedule,
    /// Its weights.
    pub weights: &'a Network,
    /// Stimuli (input × sample).
    pub inputs: MatrixView<'a>,
    /// Targets (class × sample).
    pub targets: MatrixView<'a>,
    /// Seed of random turns.
    pub seed: u64,
    /// Tells one probe from another.
    pub epoch: u64,
}

impl Probed<'_> {
    /// Repeats the schedule until the verdict is known.
    ///
    /// # Panics
    /// If the schedule is a stream, or names a layer that does not exist.
    pub fn stability(&self, settings: &StabilityProbe) -> Stability {
        let inference = Inference { substrate: self.inference.substrate.without_noise(), ..self.inference.clone() };
        // The statistics of what is normalised are those of these stimuli, in every pass.
        let (weights, _) = normalised(self.weights, inference.rule.activation(), self.inputs);
        let weights = &*weights;
        let units = inference.rule.units().expect("only rules that go update by update are probed");
        let mut state = NetworkState::zeros(weights, self.inputs.ncols(), &inference.substrate);
        state.begin(Context::Audit, self.epoch);
        let mut draws = 0;
        let mut plan = self.pass(self.schedule, &mut draws);
        let mut start = StartStates::default();
        inference.infer(weights, self.inputs, self.targets, &plan, &mut state, Some(&mut start));

        let later = nudged_from_the_first_step(self.schedule);
        let mut course = Course::new(start.0, settings.tolerance.get());
        let verdict = loop {
            match course.record(states_of(&state)) {
                Moved::OutOfBounds => break Verdict::Diverged,
                Moved::Little => break Verdict::Converged,
                Moved::On if course.changes.len() == settings.passes.get() => break Verdict::Undecided,
                Moved::On => {}
            }
            plan = self.pass(&later, &mut draws);
            let mut engine = Engine::new(units, &inference.substrate, weights, &mut state);
            for &update in &plan.updates {
                engine.update(update, plan.update_probability, self.targets);
            }
        };
        let is_regular = plan.update_probability.is_none() && !matches!(self.schedule, Schedule::RandomLayer(_));
        let period = (verdict == Verdict::Undecided && is_regular).then(|| course.period()).flatten();
        let verdict = period.map_or(verdict, |_| Verdict::LimitCycle);
        Stability { verdict, period, residual: course.residual, changes: course.changes }
    }

    /// The updates of a pass, which `draws` the random layers that it takes to update all. Training steps count from 0, so
    /// the draws of a probe are others.
    fn pass(&self, schedule: &Schedule, draws: &mut u64) -> Plan {
        let (layers, start) = (self.weights.last(), self.inference.start);
        let (mut pass, mut drawn) = (Plan::default(), Plan::default());
        loop {
            *draws += 1;
            let step = u64::MAX - *draws;
            schedule
                .plan(layers, start, self.seed, step, &mut drawn)
                .expect("the schedule was checked when it was set");
            pass.updates.append(&mut drawn.updates);
            pass.update_probability = drawn.update_probability;
            let updates_all = || (1..=layers).all(|k| pass.updates.contains(&Update::Layer(k)));
            if !matches!(schedule, Schedule::RandomLayer(_)) || updates_all() {
                return pass;
            }
        }
    }
}

/// The schedule of all passes but the first: the nudge stays on.
fn nudged_from_the_first_step(schedule: &Schedule) -> Schedule {
    match schedule {
        Schedule::Parallel(parallel) => {
            Schedule::Parallel(Parallel { nudge_from_step: Some(Count::constant(1)), ..*parallel })
        }
        other => other.clone(),
    }
}

/// Remembers the states before the first update.
#[derive(Default)]
struct StartStates(Vec<f32>);

impl UpdateObserver for StartStates {
    fn before(&mut self, index: usize, _: Update, state: &NetworkState) {
        if index == 0 {
            self.0 = states_of(state);
        }
    }
    fn after(&mut self, _: usize, _: Update, _: &NetworkState, _: &Network) {}
}

/// Both compartments of all dyads.
fn states_of(state: &NetworkState) -> Vec<f32> {
    let compartments = state.dyads().iter().flat_map(|layer| [&layer.s_plus, &layer.s_minus]);
    compartments.flat_map(|s| s.as_slice()).copied().collect()
}

/// How far the states moved in a pass.
#[derive(Debug, Clone, Copy)]
enum Moved {
    Little,
    On,
    OutOfBounds,
}

/// The states pass after pass.
struct Course {
    tolerance: f64,
    now: Vec<f32>,
    /// Those before, oldest first.
    before: VecDeque<Vec<f32>>,
    /// Norm of the states after the first pass.
    first_norm: f64,
    changes: Vec<f64>,
    residual: f64,
}

impl Course {
    fn new(start: Vec<f32>, tolerance: f64) -> Self {
        Self { tolerance, now: start, before: VecDeque::new(), first_norm: 0.0, changes: vec![], residual: f64::NAN }
    }

    /// Adds the states after a pass.
    fn record(&mut self, states: Vec<f32>) -> Moved {
        let (change, norm) = (distance(&self.now, &states), norm(&states));
        if self.before.len() == LONGEST_PERIOD {
            self.before.pop_front();
        }
        self.before.push_back(std::mem::replace(&mut self.now, states));
        let earlier = self.changes.last().copied();
        if earlier.is_none() {
            self.first_norm = norm;
        }
        self.changes.push(change);
        // States that are zero and stay zero have converged.
        self.residual = if change == 0.0 { 0.0 } else { change / norm };
        // So written that NaN is out of bounds.
        let inside = norm <= LARGEST_GROWTH * self.first_norm;
        let shrinks = earlier.is_some_and(|earlier| change <= earlier);
        if !(inside && norm.is_finite()) {
            Moved::OutOfBounds
        } else if self.residual < self.tolerance && shrinks {
            Moved::Little
        } else {
            Moved::On
        }
    }

    /// The shortest period in which the states come back.
    fn period(&self) -> Option<usize> {
        (2..=self.before.len().min(LONGEST_PERIOD)).find(|&period| {
            let motion = self.changes.iter().rev().take(period).copied().fold(0.0, f64::max);
            let then = &self.before[self.before.len() - period];
            motion > 0.0 && distance(then, &self.now) <= CLOSE * motion
        })
    }
}

fn norm(states: &[f32]) -> f64 {
    states.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the states go: s(t) on a course of one dyad.
    fn course(tolerance: f64, states: impl IntoIterator<Item = f32>) -> Course {
        let mut states = states.into_iter().map(|s| vec![s, -s]);
        let mut course = Course::new(states.next().unwrap(), tolerance);
        states.for_each(|s| {
            course.record(s);
        });
        course
    }

    #[test]
    fn periods_are_the_shortest_ones() {
        for period in 2..=LONGEST_PERIOD {
            let turns = (0..100).map(|t| 1.0 + (t % period) as f32);
            assert_eq!(course(1e-4, turns).period(), Some(period));
        }
        let longer = (0..100).map(|t| 1.0 + (t % (LONGEST_PERIOD + 1)) as f32);
        assert_eq!(course(1e-4, longer).period(), None);
        // Not those that converge, however slowly, nor those that drift.
        assert_eq!(course(1e-9, (0..100).map(|t| 1.0 + 0.9f32.powi(t))).period(), None);
        assert_eq!(course(1e-9, (0..100).map(|t| 1.0 + (-0.97f32).powi(t))).period(), None);
        assert_eq!(course(1e-9, (0..100).map(|t| t as f32)).period(), None);
    }

    #[test]
    fn a_small_change_that_grows_is_no_convergence() {
        let mut course = course(1e-4, [1.0, 1.000_001]);
        assert!(matches!(course.record(vec![1.000_005, -1.0]), Moved::On));
        assert!(matches!(course.record(vec![1.000_006, -1.0]), Moved::Little));
        assert!(matches!(course.record(vec![1001.0, -1001.0]), Moved::OutOfBounds));
        assert!(matches!(course.record(vec![f32::NAN, 0.0]), Moved::OutOfBounds));
    }
}
