//! The analog unit step: what a dyad on hardware that is not ideal does with its inputs when it is updated.
//!
//! | symbol | where | shape | unit |
//! |---|---|---|---|
//! | a±, d± | W s̄ and Wᵀ(s⁺−s⁻) as received ([`crate::crossbar::periphery`]) | unit × sample | 1 |
//! | b, L | bias, damping | unit, – | 1 |
//! | h±γ | shares of the nudge, from the dyad's own α ([`crate::credit`]) | unit | 1 |
//! | g±, o± | gain and offset of the compartment in each role ([`super::chopping`]), frozen | unit | 1 |
//! | n±, w± | coloured and white process noise ([`crate::device::process`]) | unit × sample | 1 |
//! | κ± | 1 − exp(−dt/τ±), with the time constant of each compartment | unit | 1 |
//! | r± | read-out noise | unit × sample | 1 |
//!
//! ```text
//! u⁺ = (a⁺ + b + h⁺γ d⁺ + L s⁺)/(1+L)          u⁻ = (a⁻ + b − h⁻γ d⁻ + L s⁻)/(1+L)
//! v± ← v± + κ± (g± u± + o± + n± − v±) + w±      exact for a drive that is constant over the step dt of
//!                                                τ dv/dt = g u + o + n − v; Var w± = κ±(2−κ±) σ²
//! s± = min(max(f(v±), rail_low), rail_high) + r±
//!      of prospective units f(v± + (1−κ)/κ Δv±), Δv± being this step of v±, and κ nominal
//! what is fed back is s⁺ − s⁻ less what calibration expects of it ([`super::calibration`])
//! ```
//!
//! Outputs are linear and get u± from the teacher instead (see [`crate::dynamics::output`]), whose signal y carries the
//! noise t±: u± = a± + b ∓ c±β (∂ℓ/∂a − t±). With κ = 1, no mismatch and no noise this is the algorithm of
//! [`mod@crate::dynamics::unit`] bit for bit. The step of a dyad reads its own state, what its neighbours send, its weights and,
//! at the outputs, the teacher; nothing tells it a phase.
//!
//! With κ as designed and no noise, prospective units are where they would be with κ = 1 at once. White noise of the membrane
//! enters what they send with (2−κ)/κ times its variance.
//!
//! Sources: prospective coding, Haider et al., NeurIPS 2021 (latent equilibrium); discretisation of the leaky membrane and of its noise, Gillespie, Phys. Rev. E 54 (1996); units of drive
//! and state are those of the trained network (1 = full scale of a normalised input).
use super::block::{
    A_PLUS, BLOCK, BLOCK_OF_PARTS, Block, CLOCK, D_PLUS, DRIVE, EXCHANGED, EXPECTED, NOISE_PLUS, Z, ZERO,
};
use super::calibration::Expected;
use super::circuits::Motion;
use super::coloured::colour;
use super::devices::Devices;
use super::die::Die;
use super::die_tile::{COLOURED, DieTile};
use super::kernel::{
    Compartment, DieCircuit, Dyads, FOLLOW, KEEP_MEAN, LEAD, Noise, RELAX, SETTLE, Shared, add_bias, nudge,
};
use super::returned::Returned;
use super::roles::Roles;
use super::source::Source;
use crate::crossbar::periphery::Draws;
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::device::pair::PairMix;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::dynamics::kernel::{DyadColumns, step_dyads};
use crate::dynamics::output::{OutputScratch, OutputStep};
use crate::dynamics::unit::{Teacher, UnitStep};
use crate::linalg::{MatrixView, give_back, take_numbers};
use crate::random::NormalStream;
use smallvec::SmallVec;
use std::ops::Range;

/// An update of one population of a die.
pub(super) struct DieStep<'a> {
    pub die: &'a Die,
    pub devices: &'a Devices,
    /// What is expected of s⁺ − s⁻ without a nudge, and is not sent.
    pub expected: &'a Expected,
    /// Which compartment is s⁺, where they exchange their roles.
    pub roles: Option<&'a Roles>,
    pub key: NoiseKey,
    pub unit: &'a UnitStep<'a>,
    pub motion: Motion,
    /// From which s̄ arrives.
    pub drive: Source<'a>,
    /// From which s⁺ − s⁻ arrives; none at the outputs, and where nothing is fed back.
    pub feedback: Option<Source<'a>>,
    /// Whether coloured noise has begun.
    pub coloured_started: bool,
    /// (1−κ)/κ, where units are prospective.
    pub lead: Option<f32>,
}

/// Streams of everything that is drawn for a tile.
struct TileDraws {
    forward: Draws,
    feedback: Draws,
    white: Option<NormalStream>,
    readout: Option<NormalStream>,
    teacher: Option<NormalStream>,
    clock: Option<NormalStream>,
    coloured: SmallVec<[NormalStream; 2]>,
}

impl DieStep<'_> {
    /// Updates both compartments of every dyad of the tile.
    pub fn apply(&self, tile: &mut DieTile) {
        let is_part = tile.units() < self.unit.bias.len();
        let numbers = if is_part { BLOCK_OF_PARTS } else { BLOCK };
        let columns = (numbers / tile.units()).clamp(1, tile.samples().max(1));
        Block::with(columns * tile.units(), |block| self.apply_blocks(tile, columns, block));
    }

    fn apply_blocks(&self, tile: &mut DieTile, columns: usize, block: &mut Block) {
        let key = NoiseKey { first_unit: tile.first_unit, first_sample: tile.first_sample, ..self.key };
        let die = self.die;
        let numbers = columns * tile.units();
        let [forward, feedback] = std::mem::take(&mut block.draws);
        let mut draws = TileDraws {
            forward: die.forward.read_draws(&key, numbers, forward),
            feedback: die.feedback.read_draws(&key, numbers, feedback),
            white: key.stream_if(die.white.is_on(), NoiseSource::White),
            readout: key.stream_if(die.readout.is_on(), NoiseSource::Readout),
            teacher: key.stream_if(die.teacher.is_on() && self.unit.teacher.speaks(), NoiseSource::Teacher),
            clock: key.stream_if(self.probability().is_some(), NoiseSource::UpdateClock),
            coloured: die.coloured.iter().map(|noise| key.stream(noise.source(self.coloured_started))).collect(),
        };
        for first in (0..tile.samples()).step_by(columns) {
            let samples = first..(first + columns).min(tile.samples());
            self.drive.receive(&key, tile, samples.clone(), &mut draws.forward, block);
            if let Some(feedback) = self.feedback {
                feedback.receive(&key, tile, samples.clone(), &mut draws.feedback, block);
            } else if matches!(self.motion, Motion::Settle(_)) {
                // What was fed back before belongs to other stimuli.
                for j in samples.clone() {
                    tile.feedback.column_mut(j).as_mut_slice().fill(0.0);
                }
            }
            match self.unit.teacher {
                Teacher::Outputs(Some((step, targets))) => {
                    let targets = targets.columns(tile.first_sample + first, samples.len());
                    self.nudge_outputs(step, targets, tile, samples.clone(), &mut draws.teacher, block);
                }
                Teacher::Pulled(Some(targets)) => {
                    self.receive_targets(&targets, tile, samples.clone(), &mut draws.teacher, block);
                    self.nudge_by_feedback(true, tile, samples.clone(), block);
                }
                _ => self.nudge_by_feedback(self.feedback.is_some(), tile, samples.clone(), block),
            }
            for j in samples.clone() {
                let (units, at) = (tile.units(), (j - first) * tile.units());
                let sections = tile.circuits[COLOURED].as_mut();
                colour(die, self.coloured_started, sections, [units, j, at], &mut draws.coloured, block);
            }
            let numbers = samples.len() * tile.units();
            for (stream, mix, z) in [(&mut draws.white, die.white, Z[0]), (&mut draws.readout, die.readout, Z[2])] {
                if let Some(stream) = stream {
                    let (z1, z2) = block.pair_mut(z);
                    stream.fill(&mut z1[..numbers]);
                    if mix.own != 0.0 {
                        stream.fill(&mut z2[..numbers]);
                    }
                }
            }
            if let Some(clock) = &mut draws.clock {
                clock.fill_uniform(&mut block.pair_mut(CLOCK).0[..numbers]);
            }
            with_transfer!(self.unit.activation, |f| self.integrate(f, tile, samples, block));
        }
        block.draws = [draws.forward.into_buffer(), draws.feedback.into_buffer()];
    }

    /// Probability of a unit that it moves, where units move one by one.
    fn probability(&self) -> Option<f32> {
        match self.motion {
            Motion::Settle(_) => None,
            Motion::Step(probability) => probability,
        }
    }

    /// Whether s̄ is f(a) wherever f is linear, as on ideal hardware: for units that move one by one it would have to be kept.
    fn keeps_mean(&self) -> bool {
        self.die.is_ideal && self.unit.keeps_mean() && matches!(self.motion, Motion::Step(None))
    }

    /// Makes u± out of a± and d±.
    fn nudge_by_feedback(&self, is_fed_back: bool, tile: &DieTile, samples: Range<usize>, block: &mut Block) {
        let units = tile.units();
        let own = tile.first_unit..tile.first_unit + units;
        let numbers = units * samples.len();
        let bias = &self.unit.bias[own.clone()];
        if self.keeps_mean() {
            let (before, drive) = block.memory.split_at_mut(DRIVE * block.size);
            add_bias(&before[A_PLUS * block.size..][..numbers], bias, &mut drive[..numbers]);
        }
        let (a, rest) = block.memory.split_at_mut(D_PLUS * block.size);
        let (a_plus, a_minus) = a.split_at_mut(block.size);
        let kind = |kind: usize| &rest[(kind - D_PLUS) * block.size..][..block.size];
        let (d_plus, d_minus) = if is_fed_back { (kind(D_PLUS), kind(D_PLUS + 1)) } else { (kind(ZERO), kind(ZERO)) };
        nudge(&mut a_plus[..numbers], bias, &self.devices.nudge_plus[own.clone()], d_plus, 1.0);
        nudge(&mut a_minus[..numbers], bias, &self.devices.nudge_minus[own], d_minus, -1.0);
        let UnitStep { damping, leak, .. } = *self.unit;
        if damping != 0.0 || leak != 0.0 {
            let shrink = 1.0 / (1.0 + damping + leak);
            for (u, s) in [(a_plus, &tile.s_plus), (a_minus, &tile.s_minus)] {
                for (u, s) in u.chunks_exact_mut(units).zip(s.columns(samples.start, samples.len()).column_iter()) {
                    u.iter_mut().zip(s.iter()).for_each(|(u, s)| *u = (*u + damping * s) * shrink);
                }
            }
        }
    }

    /// Targets in the place of d±, with what the teacher's noise adds to each compartment.
    fn receive_targets(
        &self,
        targets: &MatrixView,
        tile: &DieTile,
        samples: Range<usize>,
        teacher: &mut Option<NormalStream>,
        block: &mut Block,
    ) {
        let units = tile.units();
        let mut z = take_numbers(2 * units);
        z.fill(0.0);
        let mix = self.die.teacher;
        let (plus, minus) = block.pair_mut(D_PLUS);
        for (at, j) in samples.enumerate() {
            if let Some(stream) = teacher {
                stream.fill(&mut z);
            }
            let target = targets.column(tile.first_sample + j);
            for i in 0..units {
                let (common, own) = (mix.common * z[i], mix.own * z[units + i]);
                plus[at * units + i] = target[tile.first_unit + i] + (common + own);
                minus[at * units + i] = target[tile.first_unit + i] + (common - own);
            }
        }
        give_back(z);
    }

    /// Makes u± of the outputs out of a± and the teacher.
    fn nudge_outputs(
        &self,
        step: OutputStep,
        targets: MatrixView,
        tile: &mut DieTile,
        samples: Range<usize>,
        teacher: &mut Option<NormalStream>,
        block: &mut Block,
    ) {
        let units = tile.units();
        let mix = self.die.teacher;
        let (mut z, mut scratch) = (OutputScratch::from_elem(0.0, 2 * units), OutputScratch::new());
        let (a_plus, a_minus) = block.pair_mut(A_PLUS);
        for (at, j) in samples.enumerate() {
            let own = at * units..(at + 1) * units;
            let (a_plus, a_minus) = (&mut a_plus[own.clone()], &mut a_minus[own]);
            for a in [&mut *a_plus, &mut *a_minus] {
                a.iter_mut().zip(&*self.unit.bias).for_each(|(a, bias)| *a += bias);
            }
            if let Some(stream) = teacher {
                stream.fill(&mut z);
            }
            let is_noisy = teacher.is_some();
            let noise =
                |i: usize, sign: f32| if is_noisy { mix.common * z[i] + sign * mix.own * z[units + i] } else { 0.0 };
            let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
            step.nudge_pair(
                [a_plus, a_minus],
                [s_plus.as_mut_slice(), s_minus.as_mut_slice()],
                targets.column(at).as_slice(),
                tile.feedback.column_mut(j).as_mut_slice(),
                |i| match self.die.returned {
                    // The phases of a unit of one compartment nudge it differently.
                    Returned::States => [step.plus, step.minus],
                    _ => [self.devices.nudge_plus[i], self.devices.nudge_minus[i]],
                },
                noise,
                &mut scratch,
            );
        }
    }

    /// From u± to v±, s±, s̄ and s⁺−s⁻.
    fn integrate<F: Transfer>(&self, f: F, tile: &mut DieTile, samples: Range<usize>, block: &mut Block) {
        let own = tile.first_unit..tile.first_unit + tile.units();
        let (devices, expected) = (self.devices, self.expected);
        let is_coloured = !self.die.coloured.is_empty();
        if let Some(roles) = self.roles {
            let samples = tile.first_sample + samples.start..tile.first_sample + samples.end;
            let of_compartments = devices.of_compartments();
            // Where membranes go all the way, how fast they are does not matter.
            let read = if self.die.relaxes && matches!(self.motion, Motion::Step(_)) { 4 } else { 2 };
            let expected = self.die.calibration.is_some().then_some(expected);
            roles.fill(&of_compartments[..read], expected, &own, samples, is_coloured, block);
        }
        let block = &*block;
        let side = |role: usize| {
            let [gain, offset, decay, noise_gain] = match self.roles {
                None => devices.of_compartments().map(|of_compartments| &of_compartments[role][own.clone()]),
                Some(_) => [0, 2, 4, 6].map(|kind| block.get(EXCHANGED + kind + role)),
            };
            let noise = if is_coloured { NOISE_PLUS + role } else { ZERO };
            Compartment { u: block.get(A_PLUS + role), noise: block.get(noise), gain, offset, decay, noise_gain }
        };
        let shared = Shared {
            rails: self.die.rails,
            clock: block.get(CLOCK),
            // The clock is uniform in [−½, ½).
            threshold: self.probability().unwrap_or(1.0) - 0.5,
            lead: self.lead.unwrap_or(0.0),
        };
        let noise = |mix: PairMix, z1: usize, z2: usize| Noise {
            common: mix.common,
            own: mix.own,
            z1: block.get(if mix.is_on() { z1 } else { ZERO }),
            z2: block.get(if mix.own != 0.0 { z2 } else { ZERO }),
        };
        let dyads = Dyads {
            plus: side(0),
            minus: side(1),
            white: noise(self.die.white, Z[0], Z[1]),
            readout: noise(self.die.readout, Z[2], Z[3]),
            shared,
            drive: block.get(if self.keeps_mean() { DRIVE } else { ZERO }),
            feedback: block.get(if self.keeps_mean() && self.feedback.is_some() { D_PLUS } else { ZERO }),
            shares: [&devices.nudge_plus[own.clone()], &devices.nudge_minus[own.clone()]],
            alpha: &devices.alpha[own.clone()],
            expected: match self.roles {
                None => [&expected.offset[own.clone()], &expected.slope[own.clone()]],
                Some(_) if self.die.calibration.is_none() => [block.get(ZERO); 2],
                Some(_) => [block.get(EXPECTED), block.get(EXPECTED + 1)],
            },
            applies: expected.applies,
            stride: if self.roles.is_some() { own.len() } else { 0 },
        };
        let (first, count) = (samples.start, samples.len());
        let DieTile { s_plus, s_minus, mean, difference, circuits, .. } = tile;
        let states: DyadColumns = [
            s_plus.columns_mut(first, count),
            s_minus.columns_mut(first, count),
            mean.columns_mut(first, count),
            difference.columns_mut(first, count),
        ];
        let [v_plus, v_minus, ..] = circuits;
        let membrane = v_plus.as_mut().zip(v_minus.as_mut());
        let membrane = membrane.map(|(plus, minus)| [plus, minus].map(|v| v.columns_mut(first, count)));
        let relaxes = membrane.is_some();
        let leads = self.lead.is_some();
        match (relaxes, self.motion) {
            (true, Motion::Step(Some(_))) if leads => {
                step_dyads(f, DieCircuit::<LEAD, true>(dyads), membrane, None, states)
            }
            (true, Motion::Step(None)) if leads => {
                step_dyads(f, DieCircuit::<LEAD, false>(dyads), membrane, None, states)
            }
            (true, Motion::Settle(_)) => step_dyads(f, DieCircuit::<SETTLE, false>(dyads), membrane, None, states),
            (true, Motion::Step(Some(_))) => step_dyads(f, DieCircuit::<RELAX, true>(dyads), membrane, None, states),
            (true, Motion::Step(None)) => step_dyads(f, DieCircuit::<RELAX, false>(dyads), membrane, None, states),
            (false, Motion::Step(Some(_))) => step_dyads(f, DieCircuit::<FOLLOW, true>(dyads), None, None, states),
            (false, _) if self.keeps_mean() => step_dyads(f, DieCircuit::<KEEP_MEAN, false>(dyads), None, None, states),
            (false, _) => step_dyads(f, DieCircuit::<FOLLOW, false>(dyads), None, None, states),
        }
    }
}
