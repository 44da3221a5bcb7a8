//! What the hardware of a network does at every tick of its time, and what it keeps for that.
use super::clipping::Clipping;
use super::die::Die;
use super::roles::Roles;
use crate::crossbar::periphery::{Periphery, Side};
use crate::device::noise_key::{NoiseKey, Tick};
use crate::dynamics::Activation;
use crate::dynamics::moves::{Moves, SampleSet};
use crate::dynamics::state::{DyadState, States};
use crate::dynamics::unit::{Seen, UnitStep};
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::persist::{Archive, Damaged};
use dyn_clone::DynClone;
use std::fmt::Debug;
use std::sync::Arc;

/// How far an update takes the dyads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Motion {
    /// All the way to their drive, without feedback and teacher: the forward pass. Ideal hardware only writes what is seen
    /// of it.
    Settle(Seen),
    /// One step; each unit moves with this probability (always, if none is given).
    Step(Option<f32>),
}

/// A network at one tick.
#[derive(Clone, Copy)]
pub(crate) struct Present<'a> {
    pub network: &'a Network,
    pub tick: Tick,
}

/// Which products of a population are due.
#[derive(Clone, Copy)]
pub(crate) struct Due<'a> {
    /// Drive and feedback: whether a sender has moved, so that a chip reads the array.
    pub dirty: [bool; 2],
    /// Drive and feedback: samples in which another thing is sent than the product was made of.
    pub stale: &'a [SampleSet; 2],
    /// Whether the dyads stand where another step would put them, in samples in which nothing is made again.
    pub rests: bool,
}

impl Due<'_> {
    /// Samples in which a step may find something new.
    pub fn steps(&self) -> SampleSet {
        let samples = self.stale[0].samples();
        if !self.rests {
            return SampleSet::all(samples);
        }
        let mut steps = SampleSet::none(samples);
        self.stale.iter().zip(self.dirty).filter(|(_, dirty)| *dirty).for_each(|(stale, _)| steps.add(stale));
        steps
    }
}

/// The circuits of one substrate for a batch of stimuli. Populations are counted from 1; 0 is the stimulus.
pub(crate) trait Circuits: DynClone + Debug + Send + Sync {
    /// The die that these are the circuits of; none on ideal hardware.
    fn die_mut(&mut self) -> Option<&mut Arc<Die>>;

    /// Takes new stimuli (unit × sample) in, before they are sent.
    fn sense(&self, tick: Tick, inputs: MatrixView, stimulus: &mut Matrix);

    /// Population k puts its activity on its lines; it becomes what arrives at the other end.
    fn send(&mut self, tick: Tick, k: usize, activity: &mut Matrix);

    /// Population k puts its difference on its lines.
    fn send_back(&mut self, tick: Tick, k: usize, difference: &mut Matrix);

    /// Population k is going to put its difference on its lines, as it is at this tick, before it is read. Whether it sends an
    /// event is decided now.
    fn send_back_later(&mut self, tick: Tick, k: usize, dyads: &mut DyadState);

    /// Puts the differences of these populations on their lines, where they are not there yet: a population that moves
    /// again before it is read need not have sent.
    fn send_pending(&mut self, populations: std::ops::RangeInclusive<usize>, dyads: &mut [DyadState]);

    /// Makes drive and feedback of population k, as far as they are due.
    fn refresh(&mut self, present: Present, k: usize, due: Due, states: &mut States);

    /// The same, and then the step of all its dyads. Returns what they send differently.
    fn update(
        &mut self,
        present: Present,
        k: usize,
        step: &UnitStep,
        motion: Motion,
        due: Due,
        states: &mut States,
    ) -> Moves;

    /// Backprop: the outputs, which hold ∂ℓ/∂a in `difference`, take it as the teacher's signal has it, and send it back.
    fn send_output_errors(&mut self, present: Present, states: &mut States);

    /// Backprop: makes the errors of hidden population k in its `difference` out of what comes back from those above, and
    /// sends them back.
    ///
    /// # Panics
    /// On a die that was made for dyads.
    fn return_errors(&mut self, present: Present, k: usize, activation: Activation, states: &mut States);

    /// Holds both compartments of population k at the targets (unit × sample), and their membranes with them: outputs are
    /// linear.
    fn clamp(&mut self, tick: Tick, k: usize, targets: MatrixView, dyads: &mut DyadState);

    /// Makes of the states of population k (unit × sample), which its units have stored at a tick, what their memories give
    /// `updates` updates later.
    fn remember(&self, stored: Tick, k: usize, updates: usize, states: &mut Matrix);

    /// The learning circuits of all dyads read s⁺ and s⁻; population 1 first.
    fn read_learning_signals(&mut self, tick: Tick, compartments: &[[&Matrix; 2]]);

    /// What population k would send back with these compartments s⁺ and s⁻: their difference, less what calibration
    /// expects of it.
    fn difference(&self, k: usize, compartments: [&Matrix; 2]) -> Matrix;

    /// What the synapses of population k learn from, where that is not s⁺ − s⁻ itself.
    fn learning_signal(&self, k: usize) -> Option<&Matrix>;

    /// Values that the dyads of each population have sent as events since this was asked last: forward, and back.
    fn take_events(&mut self, count: &mut dyn FnMut(usize, [u64; 2]));

    /// Which compartments of population k are s⁺, where they exchange their roles.
    fn roles(&self, k: usize) -> Option<&Roles>;

    /// Whether every read of the arrays is another one, forward and back: what was read cannot stand for a new read.
    fn reads_anew(&self) -> [bool; 2];

    /// Whether a dyad whose inputs stay as they are may still move.
    fn keeps_moving(&self) -> bool;

    /// v⁺ and v⁻ of population k, where membranes relax.
    fn membranes(&self, k: usize) -> Option<[&Matrix; 2]>;

    /// From now on v⁺ and v⁻ are kept even if they do not relax; ideal hardware has none.
    fn keep_membranes(&mut self);

    /// From now on units send what their membranes are on their way to.
    fn make_prospective(&mut self);

    /// (1−κ)/κ, and v⁺ and v⁻ of population k before its last step, where units are prospective.
    fn lead(&self, k: usize) -> Option<(f32, &[Matrix; 2])>;

    /// The limits of the states.
    fn rails(&self) -> (f32, f32);

    /// The periphery of all arrays, and the key of the noise of a population at a tick, for error units that read them.
    fn periphery(&self, side: Side) -> &Periphery;

    /// Key of the noise of population k.
    fn noise_key(&self, tick: Tick, k: usize) -> NoiseKey;

    /// As before anything was sent.
    fn reset(&mut self);

    /// Coloured noise starts again from its stationary law, as for stimuli of another time.
    fn restart_coloured_noise(&mut self);

    /// Everything that is kept from one training step to the next; lines and membranes only if states are `carried` over to
    /// the next stimulus.
    ///
    /// # Errors
    /// As [`crate::persist::Persist::persist`].
    fn persist(&mut self, carried: bool, archive: &mut Archive) -> Result<(), Damaged>;

    /// Bytes of what is kept for population k; 0 is the stimulus.
    fn memory_bytes(&self, k: usize) -> usize;

    /// What is clipped, population by population; empty where nothing can be.
    fn clipping(&self, states: &States) -> Vec<Clipping>;
}

dyn_clone::clone_trait_object!(Circuits);
