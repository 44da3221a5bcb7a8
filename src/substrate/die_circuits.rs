//! The circuits of a die: which lines a population reads, through which crossbars, and when it sends.
//!
//! A population that has moved sends: s̄ through the converters of the forward array, s⁺ − s⁻ through those of the feedback
//! array. What is sent is latched: `mean` and `difference` of the states are the values on the lines, until the population
//! moves again. In a simultaneous step all populations read before any of them sends. A difference that is not read is
//! not sent.
use super::arrivals::Arrivals;
use super::circuits::{Circuits, Due, Motion, Present};
use super::clipping::Clipping;
use super::die::Die;
use super::die_errors::ErrorStep;
use super::die_tile::{DieTile, make};
use super::events::Events;
use super::learning_circuit::Amplifier;
use super::placed::{receive, receive_errors};
use super::population_circuits::PopulationCircuits;
use super::roles::{Roles, corrected};
use super::source::Source;
use super::step::DieStep;
use super::stimulus::sense;
use super::teacher_noise;
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::{Periphery, Side};
use crate::device::noise_key::{NoiseKey, Tick};
use crate::dynamics::Activation;
use crate::dynamics::moves::Moves;
use crate::dynamics::state::{DyadState, Others, States};
use crate::dynamics::unit::UnitStep;
use crate::linalg::{Matrix, MatrixView};
use crate::network::{Graph, Route};
use crate::persist::{Archive, Damaged};
use rayon::prelude::*;
use std::sync::Arc;

/// The circuits of all populations.
#[derive(Debug, Clone)]
pub(super) struct DieCircuits {
    die: Arc<Die>,
    /// On which the stimulus is sent, unless arrays read it at places.
    stimulus: Lines,
    stimulus_at_places: bool,
    /// Population 1 first.
    populations: Vec<PopulationCircuits>,
}

impl DieCircuits {
    pub fn new(die: Arc<Die>, graph: &Graph, samples: usize) -> Self {
        let units = |k: usize| graph.populations()[k].units();
        let population = |k: usize| {
            let at_places = [graph.arriving(k).any(Route::is_placed), graph.leaving(k).any(Route::is_placed)];
            let returns = graph.arriving(k).any(|route| route.from > 0);
            PopulationCircuits::new(&die, units(k), samples, at_places, returns)
        };
        let count = graph.populations().len();
        Self {
            stimulus: Lines::new(&die.forward, units(0), samples),
            stimulus_at_places: graph.leaving(0).any(Route::is_placed),
            populations: (1..count).map(population).collect(),
            die,
        }
    }

    /// Takes the circuits of population k apart from those that it reads. `wanted` says which of its products are read at all.
    fn around<'a>(
        &'a mut self,
        present: Present<'a>,
        k: usize,
        wanted: [bool; 2],
        others: Others<'a>,
    ) -> (&'a mut PopulationCircuits, &'a Die, Arrivals<'a>) {
        let Self { die, stimulus, populations, .. } = self;
        let (before, rest) = populations.split_at_mut(k - 1);
        let (own, after) = rest.split_first_mut().expect("populations of dyads are counted from 1");
        let (stimulus, before, after) = (&*stimulus, &*before, &*after);
        let lines = |periphery: &Periphery, other: usize| {
            let population = match other.checked_sub(k + 1) {
                Some(index) => &after[index],
                None if other == 0 => return stimulus,
                None => &before[other - 1],
            };
            match periphery.side {
                Side::Forward => &population.forward,
                Side::Feedback => &population.feedback,
            }
        };
        let die: &Die = die;
        (own, die, Arrivals::new(present.network, k, wanted, [&die.forward, &die.feedback], others, lines))
    }
}

impl DieCircuits {
    /// Sends the errors of population k back, unless only the stimulus could read them. Its synapses learn from them as
    /// they are before that.
    fn send_errors(&mut self, present: Present, k: usize, dyads: &mut DyadState) {
        let own = &mut self.populations[k - 1];
        own.feedback.pending = None;
        if let Some(signal) = &mut own.learning_signal {
            signal.copy_from(&dyads.difference);
        }
        if present.network.arriving(k).any(|projection| projection.from > 0) {
            self.send_back(present.tick, k, &mut dyads.difference);
        }
        dyads.route();
        if let Some(pooling) = &mut dyads.pooling {
            pooling.signal = None;
        }
    }
}

impl Circuits for DieCircuits {
    fn die_mut(&mut self) -> Option<&mut Arc<Die>> {
        Some(&mut self.die)
    }

    fn sense(&self, tick: Tick, inputs: MatrixView, stimulus: &mut Matrix) {
        sense(self.noise_key(tick, 0), self.die.input_noise_std, inputs, stimulus);
    }

    fn send(&mut self, tick: Tick, k: usize, activity: &mut Matrix) {
        let key = self.noise_key(tick, k);
        let (lines, at_places) = match k {
            0 => (&mut self.stimulus, self.stimulus_at_places),
            _ => {
                let own = &mut self.populations[k - 1];
                if let Some(events) = &mut own.events {
                    events.send(activity);
                }
                (&mut own.forward, own.received[1].is_some())
            }
        };
        // What is read at places is sent when it is read.
        if at_places {
            return;
        }
        lines.send(&self.die.forward, key, activity);
    }

    fn send_back(&mut self, tick: Tick, k: usize, difference: &mut Matrix) {
        let key = self.noise_key(tick, k);
        let own = &mut self.populations[k - 1];
        if own.received[0].is_none() {
            own.feedback.send(&self.die.feedback, key, difference);
        }
    }

    fn send_back_later(&mut self, tick: Tick, k: usize, dyads: &mut DyadState) {
        let own = &mut self.populations[k - 1];
        own.feedback.pending = Some(tick);
        if let Some(events) = &mut own.events {
            events.send_back(&mut dyads.difference);
            dyads.route();
        }
    }

    fn send_pending(&mut self, populations: std::ops::RangeInclusive<usize>, dyads: &mut [DyadState]) {
        for k in populations {
            if let Some(tick) = self.populations[k - 1].feedback.pending.take() {
                self.send_back(tick, k, &mut dyads[k - 1].difference);
            }
        }
    }

    fn refresh(&mut self, present: Present, k: usize, due: Due, states: &mut States) {
        let (dyads, others) = states.around(k);
        // What is read at places is read before any population moves, even if the senders have not.
        let is_fed_back = k < present.network.last();
        let (own, die, arrivals) = self.around(present, k, [true, is_fed_back], others);
        let dirty = receive(&arrivals, present, die, k, due.dirty, &mut own.received, dyads);
        own.tile(dyads).for_each(false, &|tile: &mut DieTile| make(&arrivals, dirty, tile));
    }

    fn update(
        &mut self,
        present: Present,
        k: usize,
        step: &UnitStep,
        motion: Motion,
        due: Due,
        states: &mut States,
    ) -> Moves {
        let key = self.noise_key(present.tick, k);
        let (dyads, others) = states.around(k);
        let is_fed_back = matches!(motion, Motion::Step(_));
        let (own, die, arrivals) = self.around(present, k, [true, is_fed_back], others);
        own.turn_roles(die, present.tick, k, !is_fed_back, dyads);
        if let Some(events) = own.events.as_mut().filter(|_| !is_fed_back) {
            events.begin();
        }
        own.remember_membrane();
        let roles = own.roles.take();
        let mut received = std::mem::take(&mut own.received);
        let dirty = receive(&arrivals, present, die, k, due.dirty, &mut received, dyads);
        let step = DieStep {
            die,
            devices: &die.populations[k - 1],
            expected: &die.corrections[k - 1].difference.subtracted,
            roles: roles.as_ref(),
            key,
            unit: step,
            motion,
            drive: match &received[0] {
                Some(received) => Source::Places(Side::Forward, received),
                None => Source::Array(&arrivals.drive[0]),
            },
            feedback: arrivals.feedback.first().map(|arrival| match &received[1] {
                Some(received) => Source::Places(Side::Feedback, received),
                None => Source::Array(arrival),
            }),
            coloured_started: own.coloured_started,
            lead: own.lead,
        };
        let work = |tile: &mut DieTile| {
            make(&arrivals, dirty, tile);
            step.apply(tile);
        };
        own.coloured_started = true;
        // Outputs need all units for their softmax, bound management for the largest of them.
        let whole_columns =
            step.unit.teacher.is_of_outputs() || die.forward.bound_managed || die.feedback.bound_managed;
        let placed = received.iter().any(Option::is_some);
        own.tile(dyads).for_each_on_die(whole_columns, placed, &work);
        own.received = received;
        own.roles = roles;
        dyads.route();
        // What noise and converters make of it is not followed.
        Moves::all(dyads.mean.ncols())
    }

    fn send_output_errors(&mut self, present: Present, states: &mut States) {
        let last = present.network.last();
        let dyads = &mut states.dyads[last - 1];
        let key = NoiseKey::new(self.die.noise_seed, present.tick, last);
        teacher_noise::of_errors(self.die.teacher, &key, &mut dyads.difference);
        self.send_errors(present, last, dyads);
    }

    fn return_errors(&mut self, present: Present, k: usize, activation: Activation, states: &mut States) {
        let key = self.noise_key(present.tick, k);
        let (dyads, others) = states.around(k);
        let (own, die, arrivals) = self.around(present, k, [false, true], others);
        let arrivals = arrivals.of_errors(others);
        let mut received = std::mem::take(&mut own.received);
        let feedback = match &mut received[1] {
            Some(received) => {
                receive_errors(&arrivals, present, die, k, received);
                Source::Places(Side::Feedback, received)
            }
            None => Source::Array(&arrivals.feedback[0]),
        };
        let is_at_places = matches!(feedback, Source::Places(..));
        let errors = ErrorStep { die, key, activation, feedback };
        let work = |tile: &mut DieTile| {
            make(&arrivals, [false, !is_at_places], tile);
            errors.apply(tile);
        };
        own.tile(dyads).for_each_on_die(die.feedback.bound_managed, is_at_places, &work);
        own.received = received;
        drop(arrivals);
        self.send_errors(present, k, dyads);
    }

    fn clamp(&mut self, tick: Tick, k: usize, targets: MatrixView, dyads: &mut DyadState) {
        teacher_noise::clamp(self.die.teacher, &self.noise_key(tick, k), targets, dyads);
        if let Some([v_plus, v_minus]) = &mut self.populations[k - 1].membrane {
            v_plus.copy_from(&dyads.s_plus);
            v_minus.copy_from(&dyads.s_minus);
        }
    }

    fn remember(&self, stored: Tick, k: usize, updates: usize, states: &mut Matrix) {
        let offsets = &self.die.populations[k - 1].memory_offset;
        self.die.phase_memory.remember(offsets, &self.noise_key(stored, k), updates, states);
    }

    fn read_learning_signals(&mut self, tick: Tick, compartments: &[[&Matrix; 2]]) {
        let die = Arc::clone(&self.die);
        self.populations.par_iter_mut().zip(compartments).enumerate().for_each(|(index, (own, [plus, minus]))| {
            let k = index + 1;
            let Some(signal) = &mut own.learning_signal else { return };
            let devices = &die.populations[k - 1];
            let amplifier = Amplifier {
                quantiser: die.multiplier,
                noise_std: die.multiplier_noise_std,
                offset: &devices.difference_offset,
                alpha: &devices.alpha,
                expected: &die.corrections[k - 1].signal.subtracted,
                roles: own.roles.as_ref(),
            };
            let key = NoiseKey::new(die.noise_seed, tick, k);
            amplifier.read(&key, plus.as_slice(), minus.as_slice(), signal.as_mut_slice());
        });
    }

    fn difference(&self, k: usize, compartments: [&Matrix; 2]) -> Matrix {
        let expected = &self.die.corrections[k - 1].difference.subtracted;
        let (alpha, roles) = (&self.die.populations[k - 1].alpha, self.populations[k - 1].roles.as_ref());
        corrected(expected, alpha, roles, compartments)
    }

    fn learning_signal(&self, k: usize) -> Option<&Matrix> {
        let own = &self.populations[k - 1];
        own.learning_signal.as_ref().or_else(|| own.events.as_ref()?.difference())
    }

    fn take_events(&mut self, count: &mut dyn FnMut(usize, [u64; 2])) {
        let all = (1..).zip(&mut self.populations);
        all.for_each(|(k, own)| own.events.iter_mut().for_each(|events| count(k, events.take())));
    }

    fn roles(&self, k: usize) -> Option<&Roles> {
        self.populations[k - 1].roles.as_ref()
    }

    fn reads_anew(&self) -> [bool; 2] {
        [&self.die.forward, &self.die.feedback].map(|own| *own != own.without_noise())
    }

    fn keeps_moving(&self) -> bool {
        true
    }

    fn membranes(&self, k: usize) -> Option<[&Matrix; 2]> {
        self.populations[k - 1].membrane.as_ref().map(|[v_plus, v_minus]| [v_plus, v_minus])
    }

    fn keep_membranes(&mut self) {
        self.populations.iter_mut().for_each(PopulationCircuits::keep_membrane);
    }

    fn make_prospective(&mut self) {
        let lead = self.die.lead;
        self.populations.iter_mut().for_each(|own| own.lead = Some(lead));
    }

    fn lead(&self, k: usize) -> Option<(f32, &[Matrix; 2])> {
        let own = &self.populations[k - 1];
        own.lead.zip(own.membrane_before.as_ref())
    }

    fn rails(&self) -> (f32, f32) {
        self.die.rails
    }

    fn periphery(&self, side: Side) -> &Periphery {
        match side {
            Side::Forward => &self.die.forward,
            Side::Feedback => &self.die.feedback,
        }
    }

    fn noise_key(&self, tick: Tick, k: usize) -> NoiseKey {
        NoiseKey::new(self.die.noise_seed, tick, k)
    }

    fn reset(&mut self) {
        for own in &mut self.populations {
            own.forward.reset();
            own.feedback.reset();
            own.events.iter_mut().for_each(Events::reset);
            own.membrane.iter_mut().flatten().for_each(|membrane| membrane.fill(0.0));
        }
    }

    fn restart_coloured_noise(&mut self) {
        self.populations.iter_mut().for_each(|own| own.coloured_started = false);
    }

    fn persist(&mut self, carried: bool, archive: &mut Archive) -> Result<(), Damaged> {
        (1..).zip(&mut self.populations).try_for_each(|(k, own)| own.persist(k, carried, archive))
    }

    fn memory_bytes(&self, k: usize) -> usize {
        match k {
            0 => self.stimulus.memory_bytes(),
            _ => self.populations[k - 1].memory_bytes(),
        }
    }

    fn clipping(&self, states: &States) -> Vec<Clipping> {
        let of_population = |k: usize| {
            let below = if k == 1 { &self.stimulus } else { &self.populations[k - 2].forward };
            let above = self.populations.get(k).map(|above| &above.feedback);
            self.populations[k - 1].clipping(
                &self.die,
                &self.die.populations[k - 1],
                &states.dyads[k - 1],
                below,
                above,
            )
        };
        (1..=self.populations.len()).map(of_population).collect()
    }
}
