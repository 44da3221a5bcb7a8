//! The engine: brings a network from a batch of stimuli to the states that learning reads.
//!
//! Forward pass: s⁺_k = s⁻_k = f(W_k s̄_{k−1} + b_k), outputs linear. Then the updates of a [`Plan`]: an update of a
//! hidden population is one step of [`mod@crate::dynamics::unit`], one of the outputs a nudge by the loss
//! ([`crate::dynamics::output`]). On a die both are steps of [`mod@crate::substrate::step`], and a population that has
//! moved sends its state through its converters.
use super::observer::UpdateObserver;
use super::rule::UnitRule;
use super::schedule::{Plan, Start, Update};
use super::state::NetworkState;
use crate::dynamics::unit::{Seen, Teacher, UnitStep};
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::substrate::Substrate;
use crate::substrate::circuits::{Motion, Present};

/// A network in time: its units, its hardware and its states.
pub(crate) struct Engine<'a> {
    rule: &'a dyn UnitRule,
    network: &'a Network,
    pub state: &'a mut NetworkState,
}

impl<'a> Engine<'a> {
    /// With the units of this rule, on this hardware.
    pub fn new(
        rule: &'a dyn UnitRule,
        substrate: &Substrate,
        network: &'a Network,
        state: &'a mut NetworkState,
    ) -> Self {
        state.adopt(network, substrate);
        Self { rule, network, state }
    }

    /// Infers the states for a batch from `start`: `inputs` (input × sample), `targets` (class × sample, one-hot).
    pub fn infer(
        &mut self,
        inputs: MatrixView,
        targets: MatrixView,
        start: Start,
        plan: &Plan,
        mut observer: Option<&mut dyn UpdateObserver>,
    ) {
        let seen = self.seen_after_forward_pass(plan, observer.is_some());
        self.begin(inputs, targets, start, |k| seen[k - 1]);
        for (index, &update) in plan.updates.iter().enumerate() {
            if let Some(observer) = &mut observer {
                observer.before(index, update, self.state);
            }
            self.update(update, plan.update_probability, targets);
            if let Some(observer) = &mut observer {
                self.state.finish_update(self.network);
                observer.after(index, update, self.state, self.network);
            }
        }
        self.state.finish_update(self.network);
        if let Some(observer) = &mut observer {
            observer.finished(self.state, self.network);
        }
    }

    /// Takes new stimuli to the states before the first update, of which this much is seen after a forward pass.
    pub fn begin(&mut self, inputs: MatrixView, targets: MatrixView, start: Start, seen: impl Fn(usize) -> Seen) {
        self.set_inputs(inputs);
        match start {
            Start::Forward => self.forward_pass(seen),
            Start::Zero => self.state.reset(),
            Start::Carried => self.state.invalidate(),
        }
        self.take_loss_gradient(targets);
    }

    /// Sends what population k holds once more, because somebody has changed it: all products are made again.
    pub fn resend(&mut self, k: usize) {
        self.send(k);
        self.state.finish_update(self.network);
        self.state.invalidate();
    }

    /// What the network answers to `inputs` (input × sample): both compartments at f(a), outputs at their drive.
    pub fn forward(&mut self, inputs: MatrixView, seen: Seen) {
        self.set_inputs(inputs);
        self.forward_pass(|_| seen);
    }

    /// New stimuli: on a die they go through the noise and the converters of its inputs.
    pub fn set_inputs(&mut self, inputs: MatrixView) {
        self.sense_inputs(inputs);
        self.send_inputs();
        self.state.cache.stimulus_changed(self.network);
    }

    /// Shows stimuli that were taken in before (unit × sample).
    pub fn show(&mut self, stimuli: &Matrix) {
        self.state.states.stimulus.copy_from(stimuli);
        self.send_inputs();
        self.state.cache.stimulus_changed(self.network);
    }

    /// Takes new stimuli in, without sending them.
    pub fn sense_inputs(&mut self, inputs: MatrixView) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        let shape = self.network.populations()[0].shape;
        if shape.is_in_file_order() {
            circuits.sense(*tick, inputs, &mut states.stimulus);
        } else {
            let mut ordered = inputs.into_owned();
            shape.to_memory_order(ordered.as_mut_slice());
            circuits.sense(*tick, ordered.as_view(), &mut states.stimulus);
        }
    }

    /// Sends the stimuli as they stand.
    pub fn send_inputs(&mut self) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        circuits.send(*tick, 0, &mut states.stimulus);
    }

    /// What is seen of every population after the forward pass before this plan: of one that is updated next when
    /// something comes back to it, only s̄.
    fn seen_after_forward_pass(&self, plan: &Plan, is_observed: bool) -> Vec<Seen> {
        let last = self.network.last();
        let mut seen = vec![Seen::All; last];
        if is_observed || self.state.circuits.keeps_moving() {
            return seen;
        }
        // As the cache will see it: all but the outputs are at rest, and nothing comes back yet.
        let (mut moves, mut is_fed_back) = (vec![false; last + 1], vec![false; last + 1]);
        let mut is_first = vec![true; last + 1];
        moves[last] = true;
        for update in &plan.updates {
            let k = match *update {
                Update::Layer(k) => k,
                Update::OutputsUnnudged => last,
                Update::AllHidden | Update::All | Update::AllUnnudged => break,
            };
            if !std::mem::take(&mut moves[k]) {
                continue;
            }
            let needs_itself = self.rule.depends_on_own_state(self.network, k) || self.network.reads_s_plus(k);
            if std::mem::take(&mut is_first[k]) && k < last && is_fed_back[k] && !needs_itself {
                seen[k - 1] = Seen::Mean;
            }
            for below in self.network.arriving(k).map(|own| own.from) {
                (moves[below], is_fed_back[below]) = (true, true);
            }
            self.network.leaving(k).for_each(|own| moves[own.to] = true);
        }
        seen
    }

    /// Both compartments of every dyad to f(a), population after population, as far as that is seen.
    pub fn forward_pass(&mut self, seen: impl Fn(usize) -> Seen) {
        self.state.invalidate();
        for k in 1..=self.network.last() {
            let is_output = k == self.network.last();
            let teacher = if is_output { Teacher::Outputs(None) } else { Teacher::Hidden };
            let step = UnitStep::following(self.rule.activation(self.network, k), self.network.bias(k), teacher);
            self.step(k, &step, Motion::Settle(seen(k)), [true, false]);
            self.send(k);
            let keeps_moving = self.state.circuits.keeps_moving();
            let cached = self.state.cache.of(k);
            cached.drive_dirty = false;
            // On ideal hardware both compartments agree everywhere, so no feedback reaches a unit yet, and a hidden
            // population stands where an update would put it, unless that also depends on the state before it.
            cached.feedback_dirty = keeps_moving;
            let depends_on_itself =
                self.rule.depends_on_own_state(self.network, k) || self.network.finds_maxima_anew(k);
            let cached = self.state.cache.of(k);
            cached.at_rest = !keeps_moving && !is_output && !depends_on_itself;
        }
    }

    /// One update; on a die a unit moves with `probability` (always, if none is given).
    pub fn update(&mut self, update: Update, probability: Option<f32>, targets: MatrixView) {
        let last = self.network.last();
        self.state.tick.number += 1;
        match update {
            Update::Layer(k) => {
                if !self.state.cache.of(k).at_rest {
                    self.update_population(k, (k == last).then_some(targets), probability);
                    self.send(k);
                    self.moved(k);
                }
            }
            Update::OutputsUnnudged => {
                self.update_population(last, None, probability);
                self.send(last);
                self.moved(last);
                self.state.cache.of(last).at_rest = false;
            }
            Update::AllHidden | Update::All | Update::AllUnnudged => {
                let moving = 1..=if update == Update::AllHidden { last - 1 } else { last };
                let targets = |k: usize| (k == last && update == Update::All).then_some(targets);
                self.send_pending(1, last);
                self.refresh_all(moving.clone());
                moving.clone().for_each(|k| self.update_population(k, targets(k), probability));
                moving.clone().for_each(|k| self.send(k));
                moving.clone().for_each(|k| self.moved(k));
                // In a simultaneous step every neighbour has moved after the population looked at it.
                moving.for_each(|k| self.state.cache.of(k).at_rest = false);
            }
        }
    }

    /// Makes the dirty products of these populations before any of them moves.
    pub fn refresh_all(&mut self, moving: impl Iterator<Item = usize>) {
        for k in moving {
            let dirty = self.dirty(k);
            self.count_products(k, dirty);
            let present = Present { network: self.network, tick: self.state.tick };
            let NetworkState { states, circuits, cache, .. } = &mut *self.state;
            circuits.refresh(present, k, dirty, states);
            (cache.of(k).drive_dirty, cache.of(k).feedback_dirty) = (false, false);
        }
    }

    /// Brings population k up to date with its inputs; the teacher speaks if there are targets.
    pub fn update_population(&mut self, k: usize, targets: Option<MatrixView>, probability: Option<f32>) {
        let dirty = self.dirty(k);
        let step = self.rule.step(self.network, k, targets);
        self.step(k, &step, Motion::Step(probability), dirty);
        let cached = self.state.cache.of(k);
        cached.drive_dirty = false;
        if k < self.network.last() {
            cached.feedback_dirty = false;
        }
    }

    fn step(&mut self, k: usize, step: &UnitStep, motion: Motion, dirty: [bool; 2]) {
        self.count_products(k, dirty);
        if dirty[1] {
            for above in self.network.leaving(k).map(|projection| projection.to) {
                self.send_pending(above, above);
            }
        }
        let present = Present { network: self.network, tick: self.state.tick };
        let NetworkState { states, circuits, .. } = &mut *self.state;
        circuits.update(present, k, step, motion, dirty, states);
    }

    /// Which products of population k are to be made. Nothing is fed back to the outputs.
    fn dirty(&mut self, k: usize) -> [bool; 2] {
        let cached = *self.state.cache.of(k);
        [cached.drive_dirty, k < self.network.last() && cached.feedback_dirty]
    }

    fn count_products(&mut self, k: usize, [drive, feedback]: [bool; 2]) {
        for (p, own) in self.network.projections().iter().enumerate() {
            let made = [drive && own.to == k, feedback && own.from == k];
            self.state.count_products(p, made.map(u64::from));
        }
    }

    fn send(&mut self, k: usize) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        circuits.send(*tick, k, &mut states.dyads[k - 1].mean);
        // A difference that only the stimulus could read is not sent.
        if self.network.arriving(k).any(|projection| projection.from > 0) {
            circuits.send_back_later(*tick, k);
        }
    }

    fn send_pending(&mut self, from: usize, to: usize) {
        let NetworkState { states, circuits, .. } = &mut *self.state;
        circuits.send_pending(from..=to, &mut states.dyads);
    }

    fn moved(&mut self, k: usize) {
        let finds_maxima = self.network.finds_maxima_anew(k);
        let depends_on_itself = self.rule.depends_on_own_state(self.network, k) || finds_maxima;
        let stays = !self.state.circuits.keeps_moving() && !depends_on_itself;
        self.state.cache.moved(self.network, k, stays);
        self.state.cache.of(k).feedback_dirty |= finds_maxima;
    }

    /// ∂ℓ/∂a at the present output drive, kept in the outputs' `feedback`, where the rule takes it once.
    fn take_loss_gradient(&mut self, targets: MatrixView) {
        let Some(loss) = self.rule.loss_at_start() else { return };
        let outputs = self.state.states.dyads.last_mut().expect("a network has outputs");
        for j in 0..outputs.mean.ncols() {
            // The outputs are linear: after a forward pass their states are their drive with the bias.
            loss.gradient(
                outputs.mean.column(j).as_slice(),
                targets.column(j).as_slice(),
                outputs.feedback.column_mut(j).as_mut_slice(),
            );
        }
    }
}
