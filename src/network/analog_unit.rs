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
use super::analog_state::with_buffer;
use super::output::OutputStep;
use super::state::LayerTile;
use crate::analog::Chip;
use crate::analog::array::{ArrayPort, Draws, Line};
use crate::analog::chip::Devices;
use crate::analog::moment::{Place, Source};
use crate::analog::pair::PairMix;
use crate::linalg::MatrixView;
use crate::random::NormalStream;
use multiversion::multiversion;

/// A visit to one layer of a chip.
pub(crate) struct AnalogStep<'a> {
    pub chip: &'a Chip,
    pub devices: &'a Devices,
    pub place: Place,
    pub activation: Activation,
    pub bias: &'a [f32],
    pub damping: f32,
    /// Lines of the samples that s̄ arrives on.
    pub below: &'a [Line],
    /// Lines of the samples that s⁺−s⁻ arrives on; none at the outputs, and where nothing is fed back.
    pub above: Option<&'a [Line]>,
    /// What nudges the outputs, with the targets (class × sample) of the whole batch.
    pub teacher: Option<(OutputStep, MatrixView<'a>)>,
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

/// Columns of numbers of one tile, in one piece of memory.
struct Columns {
    memory: Vec<f32>,
    units: usize,
}

/// Names of the columns.
const A_PLUS: usize = 0;
const A_MINUS: usize = 1;
const D_PLUS: usize = 2;
const NOISE_PLUS: usize = 4;
const NOISE_MINUS: usize = 5;
const Z: [usize; 4] = [6, 7, 8, 9];
const CLOCK: usize = 10;
const ZEROS: usize = 11;
const ONES: usize = 12;
const COLUMNS: usize = 13;

impl Columns {
    fn new(mut memory: Vec<f32>, units: usize) -> Self {
        memory.clear();
        memory.resize(COLUMNS * units, 0.0);
        memory[ONES * units..].fill(1.0);
        Self { memory, units }
    }

    fn get(&self, column: usize) -> &[f32] {
        &self.memory[column * self.units..][..self.units]
    }

    fn get_mut(&mut self, column: usize) -> &mut [f32] {
        &mut self.memory[column * self.units..][..self.units]
    }

    /// Two neighbouring columns.
    fn pair_mut(&mut self, first: usize) -> (&mut [f32], &mut [f32]) {
        self.memory[first * self.units..][..2 * self.units].split_at_mut(self.units)
    }
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
        with_buffer(|memory| {
            let mut columns = Columns::new(memory, tile.units());
            self.apply_with(tile, &mut columns);
            columns.memory
        });
    }

    fn apply_with(&self, tile: &mut LayerTile, columns: &mut Columns) {
        let units = tile.units();
        let place = Place { first_unit: tile.first_unit, first_sample: tile.first_sample, ..self.place };
        let chip = self.chip;
        let mut draws = TileDraws {
            forward: chip.forward.read_draws(&place, units, vec![]),
            feedback: chip.feedback.read_draws(&place, units, vec![]),
            white: place.stream_if(chip.white.is_on(), Source::White),
            readout: place.stream_if(chip.readout.is_on(), Source::Readout),
            teacher: place.stream_if(chip.teacher.is_on() && self.teacher.is_some(), Source::Teacher),
            clock: place.stream_if(self.update_probability.is_some(), Source::UpdateClock),
            coloured: self.coloured_streams(&place),
        };
        for j in 0..tile.samples() {
            self.receive_forward(tile, j, &mut draws.forward, columns);
            if self.above.is_some() {
                self.receive_feedback(tile, j, &mut draws.feedback, columns);
            }
            match &self.teacher {
                None => self.nudge_hidden(tile, j, columns),
                Some((step, targets)) => {
                    let targets = targets.column(tile.first_sample + j);
                    self.nudge_outputs(*step, targets.as_slice(), tile, j, &mut draws.teacher, columns);
                }
            }
            self.colour(tile, j, &mut draws.coloured, columns);
            for (stream, own, [z1, z2]) in
                [(&mut draws.white, chip.white.own, [Z[0], Z[1]]), (&mut draws.readout, chip.readout.own, [Z[2], Z[3]])]
            {
                if let Some(stream) = stream {
                    stream.fill(columns.get_mut(z1));
                    if own != 0.0 {
                        stream.fill(columns.get_mut(z2));
                    }
                }
            }
            if let Some(clock) = &mut draws.clock {
                clock.fill_uniform(columns.get_mut(CLOCK));
            }
            with_transfer!(self.activation, |f| self.integrate(f, tile, j, columns));
        }
    }

    fn coloured_streams(&self, place: &Place) -> [Option<NormalStream>; 2] {
        let sources = if self.coloured_started {
            [Source::OrnsteinUhlenbeck, Source::Flicker]
        } else {
            [Source::OrnsteinUhlenbeckStart, Source::FlickerStart]
        };
        let [ornstein_uhlenbeck, flicker] = &self.chip.coloured;
        [
            place.stream_if(ornstein_uhlenbeck.is_some(), sources[0]),
            place.stream_if(flicker.is_some(), sources[1]),
        ]
    }

    /// a±, without the bias.
    fn receive_forward(&self, tile: &LayerTile, j: usize, draws: &mut Draws, columns: &mut Columns) {
        let port = &self.chip.forward;
        let variance = tile.analog.as_ref().and_then(|analog| analog.drive_variance.as_ref());
        let variance = variance.map(|variance| variance.column(j));
        let (plus, minus) = columns.pair_mut(A_PLUS);
        let sample = tile.first_sample + j;
        let drive = tile.drive.column(j);
        receive(port, drive.as_slice(), self.below[sample], variance.as_ref().map(|v| v.as_slice()), draws, plus, minus);
        if let Some(again) = self.forward_again
            && port.must_repeat(self.below[sample], 1.0, plus, minus)
        {
            again(sample, plus, minus);
        }
    }

    /// d±
    fn receive_feedback(&self, tile: &LayerTile, j: usize, draws: &mut Draws, columns: &mut Columns) {
        let port = &self.chip.feedback;
        let variance = tile.analog.as_ref().and_then(|analog| analog.feedback_variance.as_ref());
        let variance = variance.map(|variance| variance.column(j));
        let (plus, minus) = columns.pair_mut(D_PLUS);
        let sample = tile.first_sample + j;
        let line = self.above.expect("only called with a layer above")[sample];
        let feedback = tile.feedback.column(j);
        receive(port, feedback.as_slice(), line, variance.as_ref().map(|v| v.as_slice()), draws, plus, minus);
        if let Some(again) = self.feedback_again
            && port.must_repeat(line, 1.0, plus, minus)
        {
            again(sample, plus, minus);
        }
    }

    /// Makes u± out of a± and d±.
    fn nudge_hidden(&self, tile: &LayerTile, j: usize, columns: &mut Columns) {
        let units = tile.units();
        let own = tile.first_unit..tile.first_unit + units;
        let (a, d) = columns.memory.split_at_mut(D_PLUS * units);
        let (a_plus, a_minus) = a.split_at_mut(units);
        let (d_plus, d_minus) = d[..2 * units].split_at(units);
        let bias = &self.bias[own.clone()];
        nudge(a_plus, bias, &self.devices.nudge_plus[own.clone()], d_plus, 1.0);
        nudge(a_minus, bias, &self.devices.nudge_minus[own], d_minus, -1.0);
        if self.damping != 0.0 {
            let shrink = 1.0 / (1.0 + self.damping);
            let damp = |u: &mut [f32], s: &[f32]| {
                u.iter_mut().zip(s).for_each(|(u, s)| *u = (*u + self.damping * s) * shrink);
            };
            damp(a_plus, tile.s_plus.column(j).as_slice());
            damp(a_minus, tile.s_minus.column(j).as_slice());
        }
    }

    /// Makes u± of the outputs out of a± and the teacher.
    fn nudge_outputs(
        &self,
        step: OutputStep,
        targets: &[f32],
        tile: &mut LayerTile,
        j: usize,
        teacher: &mut Option<NormalStream>,
        columns: &mut Columns,
    ) {
        let units = tile.units();
        let (a_plus, a_minus) = columns.pair_mut(A_PLUS);
        for a in [&mut *a_plus, &mut *a_minus] {
            a.iter_mut().zip(self.bias).for_each(|(a, bias)| *a += bias);
        }
        let noise = teacher.as_mut().map(|stream| {
            let mut z = vec![0.0; 2 * units];
            stream.fill(&mut z);
            z
        });
        let mix = self.chip.teacher;
        let noise = |i: usize, sign: f32| {
            noise.as_ref().map_or(0.0, |z| mix.common * z[i] + sign * mix.own * z[units + i])
        };
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

    /// n± of every dyad; the columns stay zero where nothing is coloured.
    fn colour(&self, tile: &mut LayerTile, j: usize, streams: &mut [Option<NormalStream>; 2], columns: &mut Columns) {
        if self.chip.coloured.iter().all(Option::is_none) {
            return;
        }
        let units = tile.units();
        let analog = tile.analog.as_mut().expect("a chip's states have an analog part");
        columns.pair_mut(NOISE_PLUS).0.fill(0.0);
        columns.pair_mut(NOISE_PLUS).1.fill(0.0);
        let mut column = j * 2 * self.chip.coloured_sections();
        for (noise, stream) in self.chip.coloured.iter().zip(streams) {
            let (Some(noise), Some(stream)) = (noise, stream) else { continue };
            let sections = noise.sections();
            for (channel, share) in [(0, noise.mix.common), (1, noise.mix.own)] {
                let first = column + channel * sections;
                if !self.coloured_started {
                    for k in 0..sections {
                        stream.fill(analog.coloured.column_mut(first + k).as_mut_slice());
                    }
                    let mut one = vec![0.0; sections];
                    for i in 0..units {
                        (0..sections).for_each(|k| one[k] = analog.coloured[(i, first + k)]);
                        noise.start(&mut one);
                        (0..sections).for_each(|k| analog.coloured[(i, first + k)] = one[k]);
                    }
                }
                // The sum of this channel goes into column Z[1], its white input into Z[0].
                stream.fill(columns.get_mut(Z[0]));
                let (xi, sum) = columns.pair_mut(Z[0]);
                sum.iter_mut().zip(&*xi).for_each(|(sum, xi)| *sum = noise.direct * xi);
                for k in 0..sections {
                    let mut section = analog.coloured.column_mut(first + k);
                    advance(section.as_mut_slice(), xi, sum, noise.decays[k], noise.weights[k]);
                }
                let (noises, sum) = columns.memory.split_at_mut(Z[1] * units);
                let sign = if channel == 0 { 1.0 } else { -1.0 };
                for (target, factor) in [(NOISE_PLUS, share), (NOISE_MINUS, sign * share)] {
                    let target = &mut noises[target * units..][..units];
                    target.iter_mut().zip(&*sum).for_each(|(n, sum)| *n += factor * sum);
                }
            }
            column += 2 * sections;
        }
    }

    /// From u± to v±, s±, s̄ and s⁺−s⁻.
    fn integrate<F: Transfer>(&self, f: F, tile: &mut LayerTile, j: usize, columns: &Columns) {
        let units = tile.units();
        let own = tile.first_unit..tile.first_unit + units;
        let devices = self.devices;
        let (keep_plus, keep_minus, renewal_plus, renewal_minus) = if self.settle {
            (columns.get(ZEROS), columns.get(ZEROS), columns.get(ONES), columns.get(ONES))
        } else {
            (
                &devices.keep_plus[own.clone()],
                &devices.keep_minus[own.clone()],
                &devices.renewal_plus[own.clone()],
                &devices.renewal_minus[own.clone()],
            )
        };
        let side = |u, noise, gain, offset, keep, renewal| Side { u, noise, gain, offset, keep, renewal };
        let plus = side(
            columns.get(A_PLUS),
            columns.get(NOISE_PLUS),
            &devices.gain_plus[own.clone()],
            &devices.offset_plus[own.clone()],
            keep_plus,
            renewal_plus,
        );
        let minus = side(
            columns.get(A_MINUS),
            columns.get(NOISE_MINUS),
            &devices.gain_minus[own.clone()],
            &devices.offset_minus[own.clone()],
            keep_minus,
            renewal_minus,
        );
        let shared = Shared {
            rails: self.chip.rails,
            clock: columns.get(CLOCK),
            // The clock is uniform in [−½, ½).
            threshold: self.update_probability.unwrap_or(1.0) - 0.5,
        };
        let noises = |sign: f32| {
            let noise = |mix: PairMix, z1: usize, z2: usize| Noise {
                common: mix.common,
                own: sign * mix.own,
                z1: columns.get(z1),
                z2: columns.get(z2),
            };
            (noise(self.chip.white, Z[0], Z[1]), noise(self.chip.readout, Z[2], Z[3]))
        };
        let (mut mean, mut difference) = (tile.mean.column_mut(j), tile.difference.column_mut(j));
        let (mut s_plus, mut s_minus) = (tile.s_plus.column_mut(j), tile.s_minus.column_mut(j));
        let (s_plus, s_minus) = (s_plus.as_mut_slice(), s_minus.as_mut_slice());
        let masked = self.update_probability.is_some();
        match &mut tile.membrane {
            Some((v_plus, v_minus)) => {
                let (mut v_plus, mut v_minus) = (v_plus.column_mut(j), v_minus.column_mut(j));
                let (v_plus, v_minus) = (v_plus.as_mut_slice(), v_minus.as_mut_slice());
                if masked {
                    relax::<F, true>(f, plus, noises(1.0), shared, v_plus, s_plus);
                    relax::<F, true>(f, minus, noises(-1.0), shared, v_minus, s_minus);
                } else {
                    relax::<F, false>(f, plus, noises(1.0), shared, v_plus, s_plus);
                    relax::<F, false>(f, minus, noises(-1.0), shared, v_minus, s_minus);
                }
            }
            None if masked => {
                follow::<F, true>(f, plus, noises(1.0), shared, s_plus);
                follow::<F, true>(f, minus, noises(-1.0), shared, s_minus);
            }
            None => {
                follow::<F, false>(f, plus, noises(1.0), shared, s_plus);
                follow::<F, false>(f, minus, noises(-1.0), shared, s_minus);
            }
        }
        let (alpha, zero) = (&devices.alpha[own.clone()], &devices.difference_zero[own]);
        combine(s_plus, s_minus, alpha, zero, mean.as_mut_slice(), difference.as_mut_slice());
    }
}

/// A plain array hands on the product itself.
fn receive(
    port: &ArrayPort,
    y: &[f32],
    line: Line,
    variance: Option<&[f32]>,
    draws: &mut Draws,
    plus: &mut [f32],
    minus: &mut [f32],
) {
    if port.reads_plainly() {
        plus.copy_from_slice(y);
        minus.copy_from_slice(y);
    } else {
        port.receive(y, line, variance, draws, plus, minus);
    }
}

/// One compartment of every dyad of a column.
#[derive(Clone, Copy)]
struct Side<'a> {
    u: &'a [f32],
    noise: &'a [f32],
    gain: &'a [f32],
    offset: &'a [f32],
    keep: &'a [f32],
    renewal: &'a [f32],
}

/// Noise of one compartment from the two normals of its dyad.
#[derive(Clone, Copy)]
struct Noise<'a> {
    common: f32,
    own: f32,
    z1: &'a [f32],
    z2: &'a [f32],
}

/// What both compartments have in common.
#[derive(Clone, Copy)]
struct Shared<'a> {
    rails: (f32, f32),
    clock: &'a [f32],
    threshold: f32,
}

impl Shared<'_> {
    #[inline(always)]
    fn clip(&self, s: f32) -> f32 {
        // Not `min` and `max`: they would hide NaN.
        let s = if s < self.rails.0 { self.rails.0 } else { s };
        if s > self.rails.1 { self.rails.1 } else { s }
    }
}

/// v ← t + (1−κ)(v − t) + w, t = g u + o + n; s = f(v) + r. Units whose clock is not due stay as they are.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn relax<F: Transfer, const MASKED: bool>(
    f: F,
    side: Side,
    (white, readout): (Noise, Noise),
    shared: Shared,
    v: &mut [f32],
    s: &mut [f32],
) {
    let n = s.len();
    let (v, u, noise, clock) = (&mut v[..n], &side.u[..n], &side.noise[..n], &shared.clock[..n]);
    let (gain, offset) = (&side.gain[..n], &side.offset[..n]);
    let (keep, renewal) = (&side.keep[..n], &side.renewal[..n]);
    let (w1, w2, r1, r2) = (&white.z1[..n], &white.z2[..n], &readout.z1[..n], &readout.z2[..n]);
    for i in 0..n {
        let target = gain[i] * u[i] + (offset[i] + noise[i]);
        let w = renewal[i] * (white.common * w1[i] + white.own * w2[i]);
        let moved = target + keep[i] * (v[i] - target) + w;
        let state = shared.clip(f.value(moved)) + (readout.common * r1[i] + readout.own * r2[i]);
        let due = !MASKED || clock[i] < shared.threshold;
        v[i] = if due { moved } else { v[i] };
        s[i] = if due { state } else { s[i] };
    }
}

/// [`relax`] with κ = 1: no membrane is kept.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn follow<F: Transfer, const MASKED: bool>(
    f: F,
    side: Side,
    (white, readout): (Noise, Noise),
    shared: Shared,
    s: &mut [f32],
) {
    let n = s.len();
    let (u, noise, clock) = (&side.u[..n], &side.noise[..n], &shared.clock[..n]);
    let (gain, offset) = (&side.gain[..n], &side.offset[..n]);
    let (w1, w2, r1, r2) = (&white.z1[..n], &white.z2[..n], &readout.z1[..n], &readout.z2[..n]);
    for i in 0..n {
        let v = gain[i] * u[i] + (offset[i] + noise[i]) + (white.common * w1[i] + white.own * w2[i]);
        let state = shared.clip(f.value(v)) + (readout.common * r1[i] + readout.own * r2[i]);
        s[i] = if !MASKED || clock[i] < shared.threshold { state } else { s[i] };
    }
}

/// s̄ and s⁺ − s⁻ − z.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn combine(s_plus: &[f32], s_minus: &[f32], alpha: &[f32], zero: &[f32], mean: &mut [f32], difference: &mut [f32]) {
    let n = mean.len();
    let (s_plus, s_minus, alpha, zero) = (&s_plus[..n], &s_minus[..n], &alpha[..n], &zero[..n]);
    let difference = &mut difference[..n];
    for i in 0..n {
        let apart = s_plus[i] - s_minus[i];
        difference[i] = apart - zero[i];
        mean[i] = s_minus[i] + alpha[i] * apart;
    }
}

/// u = a + bias ± h d, in place of a.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn nudge(a: &mut [f32], bias: &[f32], share: &[f32], d: &[f32], sign: f32) {
    for (((a, bias), share), d) in a.iter_mut().zip(bias).zip(share).zip(d) {
        *a = (*a + bias) + sign * (share * d);
    }
}

/// A section of coloured noise: x ← x + (ξ − (1−p) x), and its part of the sum.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn advance(section: &mut [f32], xi: &[f32], sum: &mut [f32], decay: f32, weight: f32) {
    for ((x, xi), sum) in section.iter_mut().zip(xi).zip(sum) {
        *x += xi - decay * *x;
        *sum += weight * *x;
    }
}
