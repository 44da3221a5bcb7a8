//! Two phases, and what they leave for the synapses. The equations are those of [`super`].
use super::exact::FreeEquilibrium;
use super::settings::{ContrastiveHebbian, EquilibriumPropagation};
use super::units::{PhaseTeacher, PhaseUnits};
use crate::credit::assignment::{CreditAssignment, Task};
use crate::credit::evidence::Evidence;
use crate::device::noise_key::Tick;
use crate::dynamics::state::PhaseStates;
use crate::dynamics::unit::Seen;
use crate::dynamics::{Activation, Loss};
use crate::linalg::{Matrix, MatrixView};
use crate::network::{Network, NetworkError};
use crate::parameter::Count;
use crate::relax::engine::Engine;
use crate::relax::schedule::{Plan, Schedule, Start};
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::{NominalNudge, Returned, Sides, Substrate};
use std::borrow::Cow;

/// A rule with two phases.
#[derive(Debug, Clone)]
pub struct TwoPhases {
    activation: Activation,
    loss: Loss,
    feedback_gain: f64,
    /// Of both phases.
    teachers: [PhaseTeacher; 2],
    /// By how much stronger the nudge of the second phase is: the contrast is divided by it.
    strength: f64,
    second_updates: Option<usize>,
    /// Updates of a phase.
    schedule: Schedule,
}

impl TwoPhases {
    /// Equilibrium propagation, whose phases have the updates of this schedule.
    ///
    /// ```
    /// use dyadsim::credit::phases::{EquilibriumPropagation, TwoPhases};
    /// use dyadsim::prelude::*;
    ///
    /// let network = Network::random(&[4, 8, 3], Initialization::LecunNormal, 1)?;
    /// let schedule: Schedule = serde_json::from_str(r#"{"up_down": {"rounds": 20}}"#)?;
    /// let mut plan = Plan::default();
    /// schedule.plan(network.last(), Start::Forward, 1, 0, &mut plan)?;
    ///
    /// let settings = EquilibriumPropagation { feedback_gain: Positive::new(0.5)?, ..Default::default() };
    /// let rule = TwoPhases::equilibrium(Activation::Tanh, Loss::HalfSquaredError, settings, schedule);
    /// let inference = Inference::of(rule);
    /// let mut state = NetworkState::zeros(&network, 2, &inference.substrate);
    /// let (inputs, targets) = (Matrix::from_element(4, 2, 0.5), Matrix::from_element(3, 2, 0.2));
    /// let evidence = inference.infer(&network, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
    /// assert_eq!(evidence.gradient(&state).weight(1).shape(), (8, 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn equilibrium(
        activation: Activation,
        loss: Loss,
        settings: EquilibriumPropagation,
        schedule: Schedule,
    ) -> Self {
        let signs = settings.nudging.signs();
        let teacher = |sign: f64| match sign {
            0.0 => PhaseTeacher::Silent,
            _ => PhaseTeacher::Nudges(sign * settings.beta.get(), settings.output),
        };
        Self {
            activation,
            loss,
            feedback_gain: settings.feedback_gain.get(),
            teachers: signs.map(teacher),
            strength: (signs[1] - signs[0]) * settings.beta.get(),
            second_updates: settings.second_updates.map(Count::get),
            schedule,
        }
    }

    /// Contrastive Hebbian learning of the squared error, whose phases have the updates of this schedule.
    pub fn contrastive(activation: Activation, settings: ContrastiveHebbian, schedule: Schedule) -> Self {
        Self {
            activation,
            loss: Loss::HalfSquaredError,
            feedback_gain: settings.feedback_gain.get(),
            teachers: [PhaseTeacher::Silent, PhaseTeacher::Holds],
            strength: 1.0,
            second_updates: settings.second_updates.map(Count::get),
            schedule,
        }
    }

    fn units(&self, teacher: PhaseTeacher) -> PhaseUnits {
        PhaseUnits { activation: self.activation, loss: self.loss, feedback_gain: self.feedback_gain, teacher }
    }

    /// A plan with the updates of both phases.
    fn completed<'a>(&self, plan: &'a Plan) -> Cow<'a, Plan> {
        if plan.second_phase.is_some() {
            return Cow::Borrowed(plan);
        }
        let mut plan = plan.clone();
        self.complete(&mut plan);
        Cow::Owned(plan)
    }

    /// Leaves what the synapses learn from, and what is recorded, in the states.
    fn contrast(network: &Network, stored: Tick, updates: usize, state: &mut NetworkState) {
        state.skip_ticks(1);
        let tick = state.tick();
        for k in 1..=network.last() {
            let (states, circuits) = state.parts();
            let dyads = &mut states.dyads[k - 1];
            let Some(PhaseStates { kept, contrast }) = &mut dyads.phases else { continue };
            circuits.remember(stored, k, updates, kept);
            dyads.s_minus.copy_from(kept);
            dyads.difference.copy_from(&dyads.s_plus);
            dyads.difference -= &*kept;
            // What is remembered goes to the synapses by the same lines as the state did.
            circuits.send(tick, k, kept);
            contrast.copy_from(&dyads.mean);
            *contrast -= &*kept;
            dyads.mean += &*kept;
            dyads.mean *= 0.5;
        }
        state.invalidate();
    }

    /// The units of the second phase begin where those of the first have ended, which is kept.
    fn keep(state: &mut NetworkState) {
        for dyads in &mut state.parts().0.dyads {
            let zeros = || Matrix::zeros(dyads.mean.nrows(), dyads.mean.ncols());
            let phases = dyads.phases.get_or_insert_with(|| PhaseStates { kept: zeros(), contrast: zeros() });
            phases.kept.copy_from(&dyads.s_plus);
        }
    }
}

impl CreditAssignment for TwoPhases {
    fn activation(&self) -> Activation {
        self.activation
    }

    fn loss(&self) -> Loss {
        self.loss
    }

    fn infer(&self, task: Task, state: &mut NetworkState, mut observer: Option<&mut dyn UpdateObserver>) -> Evidence {
        let Task { substrate, network, inputs, targets, start, plan } = task;
        let plan = self.completed(plan);
        let (second, all) = (plan.second_phase.unwrap_or_default(), plan.updates.len());
        let [first_units, second_units] = self.teachers.map(|teacher| self.units(teacher));
        let mut engine = Engine::new(&first_units, substrate, network, state);
        if start == Start::Carried {
            // What the synapses have learnt from stands in their place.
            engine.send_states();
        }
        engine.begin(inputs, targets, start, |_| Seen::All);
        engine.relax(&plan, 0..second, targets, &mut observer);
        state.finish_update(network);
        Self::keep(state);
        let stored = state.tick();
        let mut engine = Engine::new(&second_units, substrate, network, state);
        engine.change_teacher();
        engine.relax(&plan, second..all, targets, &mut observer);
        state.finish_update(network);
        Self::contrast(network, stored, all - second, state);
        if let Some(observer) = observer {
            observer.finished(state, network);
        }
        self.standing_evidence(state.samples())
    }

    /// By the free phase, from a forward pass.
    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        let mut plan = Plan::default();
        self.schedule
            .plan(network.last(), Start::Forward, 0, 0, &mut plan)
            .expect("the schedule was checked when the learner was made");
        let units = self.units(PhaseTeacher::Silent);
        let no_targets = Matrix::zeros(0, inputs.ncols());
        let mut engine = Engine::new(&units, substrate, network, state);
        engine.begin(inputs, no_targets.as_view(), Start::Forward, |_| Seen::All);
        engine.relax(&plan, 0..plan.updates.len(), no_targets.as_view(), &mut None);
    }

    fn check(&self, network: &Network) -> Result<(), NetworkError> {
        if network.projections().iter().any(|projection| projection.pool.is_some()) {
            return Err(NetworkError::PhasesOfMaxima);
        }
        if self.feedback_gain != 1.0 && !network.is_chain() {
            return Err(NetworkError::PhasesOfBranches);
        }
        Ok(())
    }

    fn standing_evidence(&self, samples: usize) -> Evidence {
        Evidence::Contrast {
            factor: (-1.0 / (self.strength * samples as f64)) as f32,
            feedback_gain: self.feedback_gain as f32,
        }
    }

    fn exact(&self) -> Option<Box<dyn CreditAssignment>> {
        Some(Box::new(FreeEquilibrium::new(self.activation, self.loss, self.feedback_gain)))
    }

    fn returned(&self) -> Returned {
        Returned::States
    }

    fn complete(&self, plan: &mut Plan) {
        let first = plan.updates.len();
        plan.second_phase = Some(first);
        let second = self.second_updates.unwrap_or(first);
        let once = plan.updates.clone();
        plan.updates.extend(once.iter().cycle().take(second));
    }

    fn nominal_nudges(&self, network: &Network) -> Vec<NominalNudge> {
        let nudge = |k: usize| {
            let strength = if k < network.last() { self.feedback_gain } else { 1.0 };
            NominalNudge { alpha: 0.5, sides: Sides::Same, strength }
        };
        (1..=network.last()).map(nudge).collect()
    }
}
