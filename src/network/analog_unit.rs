//! The analog unit step: what a dyad on hardware that is not ideal does with its inputs when it is visited.
//!
//! | symbol | where | shape | unit |
//! |---|---|---|---|
//! | a±, d± | W s̄ and Wᵀ(s⁺−s⁻) as received ([`crate::analog::array`]) | unit × sample | 1 |
//! | b, L | bias, damping | unit, – | 1 |
//! | h±γ | shares of the nudge, from the dyad's own α ([`super::credit_rule`]) | unit | 1 |
//! | g±, o± | gain and offset of each compartment, frozen | unit | 1 |
//! | n±, w± | coloured and white process noise ([`crate::analog::process`]) | unit × sample | 1 |
//! | κ± | 1 − exp(−dt/τ±), with the time constant of each compartment | unit | 1 |
//! | r± | read-out noise | unit × sample | 1 |
//!
//! ```text
//! u⁺ = (a⁺ + b + h⁺γ d⁺ + L s⁺)/(1+L)          u⁻ = (a⁻ + b − h⁻γ d⁻ + L s⁻)/(1+L)
//! v± ← v± + κ± (g± u± + o± + n± − v±) + w±      exact for a drive that is constant over the step dt of
//!                                                τ dv/dt = g u + o + n − v; Var w± = κ±(2−κ±) σ²
//! s± = min(max(f(v±), rail_low), rail_high) + r±
//! ```
//!
//! Outputs are linear and get u± from the teacher instead (see [`super::output`]), whose signal y carries the
//! noise t±: u± = a± + b ∓ c±β (∂ℓ/∂a − t±). With κ = 1, no mismatch and no noise this is the algorithm of
//! [`mod@super::unit`] bit for bit. The step of a dyad reads its own state, what its neighbours send, its weights and,
//! at the outputs, the teacher; nothing tells it a phase.
//!
//! Sources: discretisation of the leaky membrane and of its noise, Gillespie, Phys. Rev. E 54 (1996); units of drive
//! and state are those of the trained network (1 = full scale of a normalised input).
use super::activation::{Activation, Transfer, with_transfer};
use super::analog_block::{
    A_MINUS, A_PLUS, BLOCK, BLOCK_OF_PARTS, Block, CLOCK, D_PLUS, NOISE_MINUS, NOISE_PLUS, Z, ZERO,
};
use super::analog_kernels::{Dyads, Noise, RELAX, SETTLE, Shared, Side, States, follow, nudge, relax};
use super::coloured::colour;
use super::output::OutputStep;
use super::state::LayerTile;
use crate::analog::Chip;
use crate::analog::array::{Draws, Line};
use crate::analog::chip::Devices;
use crate::analog::moment::{Place, Source};
use crate::analog::pair::PairMix;
use crate::linalg::MatrixView;
use crate::random::NormalStream;
use std::ops::Range;

/// A visit to one layer of a chip.
pub(crate) struct AnalogStep<'a> {
    pub chip: &'a Chip,
    pub devices: &'a Devices,
    pub place: Place,
    pub activation: Activation,
    pub bias: &'a [f32],
    pub damping: f32,
    /// How strongly a unit of a lifted network is drawn to zero.
    pub leak: f32,
    /// Lines of the samples that s̄ arrives on.
    pub below: &'a [Line],
    /// Lines of the samples that s⁺−s⁻ arrives on; none at the outputs, and where nothing is fed back.
    pub above: Option<&'a [Line]>,
    /// What nudges the outputs, with the targets (class × sample) of the whole batch.
    pub teacher: Option<(OutputStep, MatrixView<'a>)>,
    /// Targets (class × sample) of the whole batch that pull the outputs of a lifted network, in place of feedback.
    pub pull: Option<MatrixView<'a>>,
    /// Take every membrane all the way: the forward pass.
    pub settle: bool,
    /// Each unit moves with this probability.
    pub update_probability: Option<f32>,
    /// Whether coloured noise has begun.
    pub coloured_started: bool,
    /// Reads a sample again whose ADC clips.
    pub forward_again: Option<&'a ReadAgain<'a>>,
    pub feedback_again: Option<&'a ReadAgain<'a>>,
}

/// Reads one sample's column again into both compartments, starting from what was received.
pub(crate) type ReadAgain<'a> = dyn Fn(usize, &mut [f32], &mut [f32]) + Sync + 'a;

/// Which neighbour is read.
#[derive(Clone, Copy)]
enum Array {
    Forward,
    Feedback,
}

/// Streams of everything that is drawn for a tile.
struct TileDraws {
    forward: Draws,
    feedback: Draws,
    white: Option<NormalStream>,
    readout: Option<NormalStream>,
    teacher: Option<NormalStream>,
    clock: Option<NormalStream>,
    coloured: [Option<NormalStream>; 2],
}

impl AnalogStep<'_> {
    /// Updates both compartments of every dyad of the tile.
    pub fn apply(&self, tile: &mut LayerTile) {
        let is_part = tile.units() < self.bias.len();
        let numbers = if is_part { BLOCK_OF_PARTS } else { BLOCK };
        let columns = (numbers / tile.units()).clamp(1, tile.samples().max(1));
        Block::with(columns * tile.units(), |block| self.apply_blocks(tile, columns, block));
    }

    fn apply_blocks(&self, tile: &mut LayerTile, columns: usize, block: &mut Block) {
        let place = Place { first_unit: tile.first_unit, first_sample: tile.first_sample, ..self.place };
        let chip = self.chip;
        let numbers = columns * tile.units();
        let [forward, feedback] = std::mem::take(&mut block.draws);
        let mut draws = TileDraws {
            forward: chip.forward.read_draws(&place, numbers, forward),
            feedback: chip.feedback.read_draws(&place, numbers, feedback),
            white: place.stream_if(chip.white.is_on(), Source::White),
            readout: place.stream_if(chip.readout.is_on(), Source::Readout),
            teacher: place
                .stream_if(chip.teacher.is_on() && (self.teacher.is_some() || self.pull.is_some()), Source::Teacher),
            clock: place.stream_if(self.update_probability.is_some(), Source::UpdateClock),
            coloured: self.coloured_streams(&place),
        };
        for first in (0..tile.samples()).step_by(columns) {
            let samples = first..(first + columns).min(tile.samples());
            self.receive(Array::Forward, tile, samples.clone(), &mut draws.forward, block);
            if self.above.is_some() {
                self.receive(Array::Feedback, tile, samples.clone(), &mut draws.feedback, block);
            } else if self.settle {
                // What was fed back before belongs to other stimuli.
                for j in samples.clone() {
                    tile.feedback.column_mut(j).as_mut_slice().fill(0.0);
                }
            }
            if let Some(targets) = &self.pull {
                self.receive_targets(targets, tile, samples.clone(), &mut draws.teacher, block);
            }
            match &self.teacher {
                None => self.nudge_hidden(tile, samples.clone(), block),
                Some((step, targets)) => {
                    for j in samples.clone() {
                        let target = targets.column(tile.first_sample + j);
                        let at = (j - first) * tile.units();
                        self.nudge_outputs(*step, target.as_slice(), tile, j, at, &mut draws.teacher, block);
                    }
                }
            }
            for j in samples.clone() {
                let at = (j - first) * tile.units();
                colour(chip, self.coloured_started, tile, j, at, &mut draws.coloured, block);
            }
            let numbers = samples.len() * tile.units();
            for (stream, mix, z) in [(&mut draws.white, chip.white, Z[0]), (&mut draws.readout, chip.readout, Z[2])] {
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
            with_transfer!(self.activation, |f| self.integrate(f, tile, samples, block));
        }
        block.draws = [draws.forward.into_buffer(), draws.feedback.into_buffer()];
    }

    fn coloured_streams(&self, place: &Place) -> [Option<NormalStream>; 2] {
        let sources = if self.coloured_started {
            [Source::OrnsteinUhlenbeck, Source::Flicker]
        } else {
            [Source::OrnsteinUhlenbeckStart, Source::FlickerStart]
        };
        let [ornstein_uhlenbeck, flicker] = &self.chip.coloured;
        [place.stream_if(ornstein_uhlenbeck.is_some(), sources[0]), place.stream_if(flicker.is_some(), sources[1])]
    }

    /// a± or d±, without the bias.
    fn receive(&self, array: Array, tile: &LayerTile, samples: Range<usize>, draws: &mut Draws, block: &mut Block) {
        let units = tile.units();
        let analog = tile.analog.as_ref().expect("a chip's states have an analog part");
        let (port, products, variance, lines, again, kind) = match array {
            Array::Forward => {
                let chip = &self.chip.forward;
                (chip, &tile.drive, &analog.drive_variance, self.below, self.forward_again, A_PLUS)
            }
            Array::Feedback => {
                let lines = self.above.expect("only called with a layer above");
                let chip = &self.chip.feedback;
                (chip, &tile.feedback, &analog.feedback_variance, lines, self.feedback_again, D_PLUS)
            }
        };
        let (plus, minus) = block.pair_mut(kind);
        let y = products.columns(samples.start, samples.len());
        if port.reads_plainly() {
            for (j, y) in y.column_iter().enumerate() {
                plus[j * units..][..units].copy_from_slice(y.as_slice());
                minus[j * units..][..units].copy_from_slice(y.as_slice());
            }
            return;
        }
        let lines = &lines[tile.first_sample..][samples.clone()];
        let variance = variance.as_ref().map(|variance| variance.columns(samples.start, samples.len()));
        let y: MatrixView = products.columns(samples.start, samples.len());
        port.receive(y, lines, variance, draws, plus, minus);
        let Some(again) = again else { return };
        for (j, line) in lines.iter().enumerate() {
            let (plus, minus) = (&mut plus[j * units..][..units], &mut minus[j * units..][..units]);
            if port.must_repeat(*line, 1.0, plus, minus) {
                again(tile.first_sample + samples.start + j, plus, minus);
            }
        }
    }

    /// Makes u± out of a± and d±.
    fn nudge_hidden(&self, tile: &LayerTile, samples: Range<usize>, block: &mut Block) {
        let units = tile.units();
        let own = tile.first_unit..tile.first_unit + units;
        let numbers = units * samples.len();
        let (a, rest) = block.memory.split_at_mut(D_PLUS * block.size);
        let (a_plus, a_minus) = a.split_at_mut(block.size);
        let kind = |kind: usize| &rest[(kind - D_PLUS) * block.size..][..block.size];
        let (d_plus, d_minus) = match self.above.is_some() || self.pull.is_some() {
            true => (kind(D_PLUS), kind(D_PLUS + 1)),
            false => (kind(ZERO), kind(ZERO)),
        };
        let bias = &self.bias[own.clone()];
        nudge(&mut a_plus[..numbers], bias, &self.devices.nudge_plus[own.clone()], d_plus, 1.0);
        nudge(&mut a_minus[..numbers], bias, &self.devices.nudge_minus[own], d_minus, -1.0);
        if self.damping != 0.0 || self.leak != 0.0 {
            let shrink = 1.0 / (1.0 + self.damping + self.leak);
            for (u, s) in [(a_plus, &tile.s_plus), (a_minus, &tile.s_minus)] {
                for (u, s) in u.chunks_exact_mut(units).zip(s.columns(samples.start, samples.len()).column_iter()) {
                    u.iter_mut().zip(s.iter()).for_each(|(u, s)| *u = (*u + self.damping * s) * shrink);
                }
            }
        }
    }

    /// Targets in the place of d±, with what the teacher's noise adds to each compartment.
    fn receive_targets(
        &self,
        targets: &MatrixView,
        tile: &LayerTile,
        samples: Range<usize>,
        teacher: &mut Option<NormalStream>,
        block: &mut Block,
    ) {
        let units = tile.units();
        let mut z = vec![0.0; 2 * units];
        let mix = self.chip.teacher;
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
    }

    /// Makes u± of the outputs of sample j, at number `at` of the block, out of a± and the teacher.
    #[allow(clippy::too_many_arguments, reason = "the parts of one stimulus, passed down unchanged")]
    fn nudge_outputs(
        &self,
        step: OutputStep,
        targets: &[f32],
        tile: &mut LayerTile,
        j: usize,
        at: usize,
        teacher: &mut Option<NormalStream>,
        block: &mut Block,
    ) {
        let units = tile.units();
        let (a_plus, a_minus) = block.pair_mut(A_PLUS);
        let (a_plus, a_minus) = (&mut a_plus[at..][..units], &mut a_minus[at..][..units]);
        for a in [&mut *a_plus, &mut *a_minus] {
            a.iter_mut().zip(self.bias).for_each(|(a, bias)| *a += bias);
        }
        let noise = teacher.as_mut().map(|stream| {
            let mut z = vec![0.0; 2 * units];
            stream.fill(&mut z);
            z
        });
        let mix = self.chip.teacher;
        let noise =
            |i: usize, sign: f32| noise.as_ref().map_or(0.0, |z| mix.common * z[i] + sign * mix.own * z[units + i]);
        let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
        let mut gradient = tile.feedback.column_mut(j);
        let (share_plus, share_minus) = (&self.devices.nudge_plus, &self.devices.nudge_minus);
        step.nudge_pair(
            [a_plus, a_minus],
            [s_plus.as_mut_slice(), s_minus.as_mut_slice()],
            targets,
            gradient.as_mut_slice(),
            [share_plus, share_minus],
            noise,
        );
    }

    /// From u± to v±, s±, s̄ and s⁺−s⁻.
    fn integrate<F: Transfer>(&self, f: F, tile: &mut LayerTile, samples: Range<usize>, block: &Block) {
        let own = tile.first_unit..tile.first_unit + tile.units();
        let devices = self.devices;
        let is_coloured = self.chip.coloured.iter().any(Option::is_some);
        let side = |plus: bool| {
            let (gain, offset, keep, renewal) = if plus {
                (&devices.gain_plus, &devices.offset_plus, &devices.keep_plus, &devices.renewal_plus)
            } else {
                (&devices.gain_minus, &devices.offset_minus, &devices.keep_minus, &devices.renewal_minus)
            };
            Side {
                u: block.get(if plus { A_PLUS } else { A_MINUS }),
                noise: block.get(if is_coloured { if plus { NOISE_PLUS } else { NOISE_MINUS } } else { ZERO }),
                gain: &gain[own.clone()],
                offset: &offset[own.clone()],
                keep: &keep[own.clone()],
                renewal: &renewal[own.clone()],
            }
        };
        let shared = Shared {
            rails: self.chip.rails,
            clock: block.get(CLOCK),
            // The clock is uniform in [−½, ½).
            threshold: self.update_probability.unwrap_or(1.0) - 0.5,
        };
        let noise = |mix: PairMix, z1: usize, z2: usize| Noise {
            common: mix.common,
            own: mix.own,
            z1: block.get(if mix.is_on() { z1 } else { ZERO }),
            z2: block.get(if mix.own != 0.0 { z2 } else { ZERO }),
        };
        let dyads = Dyads {
            plus: side(true),
            minus: side(false),
            white: noise(self.chip.white, Z[0], Z[1]),
            readout: noise(self.chip.readout, Z[2], Z[3]),
            shared,
            alpha: &devices.alpha[own.clone()],
            zero: &devices.difference_zero[own.clone()],
        };
        let (first, count) = (samples.start, samples.len());
        let masked = self.update_probability.is_some();
        let LayerTile { s_plus, s_minus, mean, difference, membrane, .. } = tile;
        let states: States = [
            s_plus.columns_mut(first, count),
            s_minus.columns_mut(first, count),
            mean.columns_mut(first, count),
            difference.columns_mut(first, count),
        ];
        match membrane {
            Some((v_plus, v_minus)) => {
                let v = [v_plus.columns_mut(first, count), v_minus.columns_mut(first, count)];
                if self.settle {
                    relax::<F, SETTLE, false>(f, dyads, v, states);
                } else if masked {
                    relax::<F, RELAX, true>(f, dyads, v, states);
                } else {
                    relax::<F, RELAX, false>(f, dyads, v, states);
                }
            }
            None if masked => follow::<F, true>(f, dyads, states),
            None => follow::<F, false>(f, dyads, states),
        }
    }
}
