//! Ideal hardware: what is sent arrives as it is, and a dyad goes where the papers put it.
use super::arrivals::Arrivals;
use super::circuits::{Circuits, Due, Motion, Present};
use super::clipping::Clipping;
use super::die::Die;
use super::ideal_errors;
use super::products;
use super::remake::remake;
use super::roles::Roles;
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::{Periphery, Side};
use crate::device::noise_key::{NoiseKey, Tick};
use crate::dynamics::Activation;
use crate::dynamics::moves::{MoveWatch, Moves};
use crate::dynamics::sample_tile::SampleTile;
use crate::dynamics::state::{DyadState, Others, States};
use crate::dynamics::tile::Tile;
use crate::dynamics::unit::{Seen, Teacher, UnitStep};
use crate::linalg::{Matrix, MatrixView};
use crate::persist::{Archive, Damaged};
use std::sync::Arc;

/// Circuits that keep nothing.
#[derive(Debug, Clone)]
pub(super) struct IdealCircuits {
    forward: Periphery,
    feedback: Periphery,
    /// On which everything arrives as it was sent.
    lines: Lines,
}

impl IdealCircuits {
    pub fn new(samples: usize) -> Self {
        let forward = Periphery::ideal(Side::Forward);
        Self { lines: Lines::new(&forward, 0, samples), forward, feedback: Periphery::ideal(Side::Feedback) }
    }

    fn arrivals<'a>(&'a self, present: Present<'a>, k: usize, dirty: [bool; 2], others: Others<'a>) -> Arrivals<'a> {
        Arrivals::new(present.network, k, dirty, [&self.forward, &self.feedback], others, |_, _| &self.lines)
    }
}

impl Circuits for IdealCircuits {
    fn die_mut(&mut self) -> Option<&mut Arc<Die>> {
        None
    }

    fn sense(&self, _: Tick, inputs: MatrixView, stimulus: &mut Matrix) {
        for (mut own, new) in stimulus.column_iter_mut().zip(inputs.column_iter()) {
            own.as_mut_slice().copy_from_slice(new.as_slice());
        }
    }

    fn send(&mut self, _: Tick, _: usize, _: &mut Matrix) {}

    fn send_back(&mut self, _: Tick, _: usize, _: &mut Matrix) {}

    fn send_back_later(&mut self, _: Tick, _: usize, _: &mut DyadState) {}

    fn send_pending(&mut self, _: std::ops::RangeInclusive<usize>, _: &mut [DyadState]) {}

    fn refresh(&mut self, present: Present, k: usize, due: Due, states: &mut States) {
        let packed = present.network.arriving(k).any(|projection| projection.weight.is_packed());
        let (own, others) = states.around(k);
        let arrivals = self.arrivals(present, k, due.dirty, others);
        if present.network.has_places(k) {
            return products::update(&arrivals, due.stale, &due.steps(), own, &|_: &mut SampleTile| {});
        }
        Tile::whole(own, []).for_each(packed, &|tile: &mut Tile| remake(&arrivals, due.stale, tile));
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
        let network = present.network;
        let (own, others) = states.around(k);
        let steps = due.steps();
        let watch = MoveWatch::new(&steps);
        if steps.is_empty() {
            return watch.moves();
        }
        let arrivals = self.arrivals(present, k, due.dirty, others);
        let move_dyads = |tile: &mut Tile| match motion {
            Motion::Settle(seen) => step.settle(tile, seen),
            Motion::Step(_) => step.apply(tile, &watch),
        };
        if network.has_places(k) {
            let goes_back = !matches!(motion, Motion::Settle(Seen::States | Seen::Mean));
            products::update(&arrivals, due.stale, &steps, own, &|tile: &mut SampleTile| {
                move_dyads(&mut tile.dyads);
                if goes_back {
                    // A difference may go back to another maximum where it is the same.
                    tile.route(&steps, |sample| watch.note(sample, [false, true]));
                }
            });
            return watch.moves();
        }
        let work = |tile: &mut Tile| {
            remake(&arrivals, due.stale, tile);
            move_dyads(tile);
        };
        let tile = Tile::whole(own, []);
        match (motion, step.teacher) {
            (Motion::Step(_), Teacher::Outputs(_)) => tile.for_each_by_samples(&work),
            (Motion::Step(_), Teacher::Hidden) => {
                tile.for_each(network.leaving(k).any(|projection| projection.weight.is_packed()), &work);
            }
            _ => tile.for_each(network.arriving(k).any(|projection| projection.weight.is_packed()), &work),
        }
        watch.moves()
    }

    fn send_output_errors(&mut self, _: Present, _: &mut States) {}

    fn return_errors(&mut self, present: Present, k: usize, activation: Activation, states: &mut States) {
        ideal_errors::make(present.network, k, activation, states);
    }

    fn clamp(&mut self, _: Tick, _: usize, targets: MatrixView, dyads: &mut DyadState) {
        dyads.s_plus.copy_from(&targets);
        dyads.s_minus.copy_from(&targets);
    }

    fn remember(&self, _: Tick, _: usize, _: usize, _: &mut Matrix) {}

    fn read_learning_signals(&mut self, _: Tick, _: &[[&Matrix; 2]]) {}

    fn difference(&self, _: usize, [plus, minus]: [&Matrix; 2]) -> Matrix {
        plus - minus
    }

    fn learning_signal(&self, _: usize) -> Option<&Matrix> {
        None
    }

    fn take_events(&mut self, _: &mut dyn FnMut(usize, [u64; 2])) {}

    fn roles(&self, _: usize) -> Option<&Roles> {
        None
    }

    fn reads_anew(&self) -> [bool; 2] {
        [false; 2]
    }

    fn keeps_moving(&self) -> bool {
        false
    }

    fn membranes(&self, _: usize) -> Option<[&Matrix; 2]> {
        None
    }

    fn keep_membranes(&mut self) {}

    fn make_prospective(&mut self) {}

    fn lead(&self, _: usize) -> Option<(f32, &[Matrix; 2])> {
        None
    }

    fn rails(&self) -> (f32, f32) {
        (f32::NEG_INFINITY, f32::INFINITY)
    }

    fn periphery(&self, side: Side) -> &Periphery {
        match side {
            Side::Forward => &self.forward,
            Side::Feedback => &self.feedback,
        }
    }

    fn noise_key(&self, tick: Tick, k: usize) -> NoiseKey {
        NoiseKey::new(0, tick, k)
    }

    fn reset(&mut self) {}

    fn restart_coloured_noise(&mut self) {}

    fn persist(&mut self, _: bool, _: &mut Archive) -> Result<(), Damaged> {
        Ok(())
    }

    fn memory_bytes(&self, _: usize) -> usize {
        0
    }

    fn clipping(&self, _: &States) -> Vec<Clipping> {
        vec![]
    }
}
