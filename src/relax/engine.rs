//! The engine: brings a network from a batch of stimuli to the states that learning reads.
//!
//! Forward pass: s⁺_k = s⁻_k = f(W_k s̄_{k−1} + b_k), outputs linear. Then the updates of a [`Plan`]: an update of a
//! hidden population is one step of [`mod@crate::dynamics::unit`], one of the outputs a nudge by the loss
//! ([`crate::dynamics::output`]). On a die both are steps of [`mod@crate::substrate::step`], and a population that has
//! moved sends its state through its converters.
use super::observer::UpdateObserver;
use super::rule::UnitRule;
use super::schedule::{Plan, Start, Update};
use super::seen::seen_after_forward_pass;
use super::state::NetworkState;
use crate::dynamics::moves::Moves;
use crate::dynamics::unit::{Seen, Teacher, UnitStep};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, give_back, with_scratch};
use crate::network::Network;
use crate::substrate::circuits::{Due, Motion, Present};
use crate::substrate::{Returned, Substrate};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

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
        let sees_all = observer.is_some() || self.state.circuits.keeps_moving() || self.returns_states();
        let seen = seen_after_forward_pass(self.rule, self.network, plan, sees_all);
        self.begin(inputs, targets, start, |k| seen[k - 1]);
        self.relax(plan, 0..plan.updates.len(), targets, &mut observer);
        self.state.finish_update(self.network);
        if let Some(observer) = &mut observer {
            observer.finished(self.state, self.network);
        }
    }

    /// Makes these updates of a plan.
    pub fn relax(
        &mut self,
        plan: &Plan,
        updates: Range<usize>,
        targets: MatrixView,
        observer: &mut Option<&mut dyn UpdateObserver>,
    ) {
        for index in updates {
            let update = plan.updates[index];
            if let Some(observer) = observer {
                observer.before(index, update, self.state);
            }
            self.update(update, plan.update_probability, targets);
            if let Some(observer) = observer {
                self.state.finish_update(self.network);
                observer.after(index, update, self.state, self.network);
            }
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
            with_scratch(inputs.len(), |ordered| {
                let mut images = MatrixViewMut::from_slice(ordered, inputs.nrows(), inputs.ncols());
                images.copy_from(&inputs);
                shape.to_memory_order(ordered);
                let ordered = MatrixView::from_slice(ordered, inputs.nrows(), inputs.ncols());
                circuits.sense(*tick, ordered, &mut states.stimulus);
            });
        }
    }

    /// Sends the stimuli as they stand.
    pub fn send_inputs(&mut self) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        circuits.send(*tick, 0, &mut states.stimulus);
    }

    /// Both compartments of every dyad to f(a), population after population, as far as that is seen.
    pub fn forward_pass(&mut self, seen: impl Fn(usize) -> Seen) {
        self.state.invalidate();
        for k in 1..=self.network.last() {
            let is_output = k == self.network.last();
            let teacher = if is_output { Teacher::Outputs(None) } else { Teacher::Hidden };
            let step = UnitStep::following(self.rule.activation(self.network, k), self.network.bias(k), teacher);
            self.step(k, &step, Motion::Settle(seen(k)), [true, false]);
            give_back_bias(step);
            self.state.end_stage([k], None);
            self.send(k);
            // A state that comes back moves those below.
            let keeps_moving = self.state.circuits.keeps_moving() || self.returns_states();
            let cached = self.state.cache.of(k);
            cached.made([true, false]);
            // Whatever its feedback holds, it is not that of the differences that come: it is stale in every sample.
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
                    let moves = self.update_population(k, (k == last).then_some(targets), probability);
                    self.state.end_stage([k], probability);
                    self.send(k);
                    self.moved(k, moves);
                }
            }
            Update::OutputsUnnudged => {
                let moves = self.update_population(last, None, probability);
                self.state.end_stage([last], probability);
                self.send(last);
                self.moved(last, moves);
                self.state.cache.of(last).at_rest = false;
            }
            Update::AllHidden | Update::All | Update::AllUnnudged => {
                let moving = 1..=if update == Update::AllHidden { last - 1 } else { last };
                let targets = |k: usize| (k == last && update == Update::All).then_some(targets);
                self.send_pending(1, last);
                self.refresh_all(moving.clone());
                let moves: SmallVec<[Moves; 8]> =
                    moving.clone().map(|k| self.update_population(k, targets(k), probability)).collect();
                self.state.end_stage(moving.clone(), probability);
                moving.clone().for_each(|k| self.send(k));
                moving.clone().zip(moves).for_each(|(k, moves)| self.moved(k, moves));
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
            self.count_reads(k, dirty, [true, k < self.network.last()]);
            let present = Present { network: self.network, tick: self.state.tick };
            let NetworkState { states, circuits, cache, .. } = &mut *self.state;
            let cached = cache.of(k);
            circuits.refresh(present, k, Due { dirty, stale: &cached.stale, rests: false }, states);
            cached.has_stepped &= !cached.has_news(dirty);
            cached.made(dirty);
        }
    }

    /// Brings population k up to date with its inputs; the teacher speaks if there are targets.
    pub fn update_population(&mut self, k: usize, targets: Option<MatrixView>, probability: Option<f32>) -> Moves {
        let dirty = self.dirty(k);
        let step = self.rule.step(self.network, k, targets);
        if let Teacher::Held(targets) = step.teacher {
            self.hold(k, targets);
            return Moves::all(self.state.samples());
        }
        let moves = self.step(k, &step, Motion::Step(probability), dirty);
        give_back_bias(step);
        let cached = self.state.cache.of(k);
        cached.made(dirty);
        cached.has_stepped = true;
        moves
    }

    fn step(&mut self, k: usize, step: &UnitStep, motion: Motion, dirty: [bool; 2]) -> Moves {
        self.count_products(k, dirty);
        let is_fed_back = matches!(motion, Motion::Step(_)) && k < self.network.last();
        self.count_reads(k, dirty, [true, is_fed_back]);
        if dirty[1] {
            for above in self.network.leaving(k).map(|projection| projection.to) {
                self.send_pending(above, above);
            }
        }
        let present = Present { network: self.network, tick: self.state.tick };
        let depends_on_itself = self.rule.depends_on_own_state(self.network, k);
        let NetworkState { states, circuits, cache, .. } = &mut *self.state;
        let cached = cache.of(k);
        let rests = cached.has_stepped && is_fed_back && !depends_on_itself;
        let mut moves = circuits.update(present, k, step, motion, Due { dirty, stale: &cached.stale, rests }, states);
        if self.returns_states() {
            self.return_state(k);
            moves.difference.clone_from(&moves.mean);
        }
        moves
    }

    /// Outputs that are held do not follow their drive.
    fn hold(&mut self, k: usize, targets: MatrixView) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        let dyads = &mut states.dyads[k - 1];
        circuits.clamp(*tick, k, targets, dyads);
        dyads.mean.copy_from(&dyads.s_plus);
        self.return_state(k);
    }

    fn returns_states(&self) -> bool {
        self.rule.returned() == Returned::States
    }

    /// Puts the state of population k, before it is sent forward, where what goes back stands.
    fn return_state(&mut self, k: usize) {
        let dyads = &mut self.state.states.dyads[k - 1];
        dyads.difference.copy_from(&dyads.mean);
    }

    /// From now on another teacher speaks to the outputs.
    pub fn change_teacher(&mut self) {
        let last = self.network.last();
        self.state.cache.of(last).at_rest = false;
    }

    /// All populations send the states that they hold, as units of one compartment.
    pub fn send_states(&mut self) {
        for k in 1..=self.network.last() {
            let dyads = &mut self.state.states.dyads[k - 1];
            dyads.s_minus.copy_from(&dyads.s_plus);
            dyads.mean.copy_from(&dyads.s_plus);
            self.return_state(k);
            self.send(k);
        }
        self.state.invalidate();
    }

    /// Which products of population k are to be made. Nothing is fed back to the outputs.
    fn dirty(&mut self, k: usize) -> [bool; 2] {
        let cached = self.state.cache.of(k);
        [cached.drive_dirty, k < self.network.last() && cached.feedback_dirty]
    }

    fn count_products(&mut self, k: usize, [drive, feedback]: [bool; 2]) {
        for (p, own) in self.network.projections().iter().enumerate() {
            let made = [drive && own.to == k, feedback && own.from == k];
            self.state.count_products(p, made.map(u64::from));
        }
    }

    /// Reads that a population makes: of arrays whose senders have moved, and anew where reads are noisy, as far as it
    /// reads them at all.
    fn count_reads(&mut self, k: usize, dirty: [bool; 2], wanted: [bool; 2]) {
        let anew = self.state.circuits.reads_anew();
        let is_read = [0, 1].map(|side| wanted[side] && (dirty[side] || anew[side]));
        for (p, own) in self.network.projections().iter().enumerate() {
            self.state.operations.read(p, [is_read[0] && own.to == k, is_read[1] && own.from == k]);
        }
    }

    fn send(&mut self, k: usize) {
        let NetworkState { states, circuits, tick, .. } = &mut *self.state;
        circuits.send(*tick, k, &mut states.dyads[k - 1].mean);
        // A difference that only the stimulus could read is not sent.
        if self.network.arriving(k).any(|projection| projection.from > 0) {
            circuits.send_back_later(*tick, k, &mut states.dyads[k - 1]);
        }
    }

    fn send_pending(&mut self, from: usize, to: usize) {
        let NetworkState { states, circuits, .. } = &mut *self.state;
        circuits.send_pending(from..=to, &mut states.dyads);
    }

    fn moved(&mut self, k: usize, mut moves: Moves) {
        let finds_maxima = self.network.finds_maxima_anew(k);
        let depends_on_itself = self.rule.depends_on_own_state(self.network, k) || finds_maxima;
        let stays = !self.state.circuits.keeps_moving() && !depends_on_itself;
        if self.network.reads_s_plus(k) {
            // Maxima may move where s̄ does not.
            moves.mean.fill();
        }
        self.state.cache.moved(self.network, k, stays, &moves);
        if finds_maxima {
            let cached = self.state.cache.of(k);
            cached.feedback_dirty = true;
            cached.stale[1].fill();
        }
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

/// The bias of units with places is made for each update, in memory that is used again.
fn give_back_bias(step: UnitStep) {
    if let Cow::Owned(bias) = step.bias {
        give_back(bias);
    }
}
