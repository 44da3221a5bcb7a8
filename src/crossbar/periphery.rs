//! The periphery of an array: what it sends and receives. One read of a sample's column x:
//!
//! ```text
//! noise management   α = max|x| (`abs_max`) or 1 (`none`)
//! send               x̂ = α (DAC(x/α) + σ_line ξ)
//! product            y = W x̂
//! read noise         y± = y + n±,  Var n± = (α σ)² + (σ_x ‖x̂‖₂)² + σ_w² Σ_j |w_ij| x̂_j²
//! receive            a± = α ADC(y±/α)
//! bound management   `iterative`: while any |a±| = α r_ADC, α ← 2α and the read is repeated
//! ```
//!
//! Each compartment of a dyad has a receiver of its own; n⁺ and n⁻ have the common-mode fraction of [`crate::device::pair`].
//! Where one read serves both (`shared_by_compartments`), n⁺ = n⁻ and what is converted once arrives at both.
//! What a sender puts on its lines stays there until its units move again; read noise is new at every read.
//! The three forms of read noise are those of aihwkit (`out_noise`, `w_noise` of type ADDITIVE_CONSTANT and
//! PCM_READ), whose order of operations this is (Rasch et al., AICAS 2021; `rpu_forward_backward_pass.cpp`).
use super::converter::{Quantiser, ScaledQuantiser};
use super::reduce::{largest_magnitude, norm};
use super::settings::{ArrayConfig, BoundManagement, NoiseManagement, ReadNoise};
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::device::pair::PairMix;
use crate::linalg::MatrixView;
use crate::random::NormalStream;
use multiversion::multiversion;
use smallvec::SmallVec;

/// Highest factor of bound management, and the share of the DAC's steps it may use up (as in aihwkit).
const LARGEST_BOUND_FACTOR: f32 = 1000.0;
const LEAST_STEPS_LEFT: f32 = 0.25;

/// From which side an array is read: each has noise of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Forward,
    Feedback,
}

impl Side {
    fn line(self) -> [NoiseSource; 2] {
        match self {
            Self::Forward => [NoiseSource::ForwardLine, NoiseSource::ForwardDac],
            Self::Feedback => [NoiseSource::FeedbackLine, NoiseSource::FeedbackDac],
        }
    }

    fn read(self) -> [NoiseSource; 2] {
        match self {
            Self::Forward => [NoiseSource::ForwardRead, NoiseSource::ForwardAdc],
            Self::Feedback => [NoiseSource::FeedbackRead, NoiseSource::FeedbackAdc],
        }
    }
}

/// The periphery of an array as it is read from one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Periphery {
    pub side: Side,
    pub dac: Quantiser,
    pub adc: Quantiser,
    pub dac_noise: f32,
    pub std: f32,
    pub per_input_norm: f32,
    pub per_weight: f32,
    unit_mix: PairMix,
    pub follows_signal: bool,
    pub bound_managed: bool,
    /// Whether one read serves both compartments.
    shared: bool,
}

/// What is known of a column that was sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// α
    pub scale: f32,
    /// ‖x̂‖₂, if the read noise needs it.
    pub norm: f32,
}

/// Normals and dither for one stream of columns, each drawn only if it is used.
#[derive(Debug)]
pub(crate) struct Draws {
    noise: Option<NormalStream>,
    dither: Option<NormalStream>,
    /// z₁, z₂, then two of dither; zero where they are off.
    buffer: Vec<f32>,
    /// Most numbers of each kind that are drawn at once.
    numbers: usize,
}

impl Draws {
    fn new(noise: Option<NormalStream>, dither: Option<NormalStream>, numbers: usize, mut buffer: Vec<f32>) -> Self {
        // An odd number of cache lines, so that no two kinds lie a multiple of 4 KiB apart.
        let numbers = (numbers.div_ceil(16) | 1) * 16;
        if noise.is_none() && dither.is_none() {
            // Only read, if at all: what is left of other draws must go.
            buffer.clear();
        } else {
            let on = [noise.is_some(), dither.is_some()];
            buffer.resize(4 * numbers, 0.0);
            for (half, on) in buffer.chunks_exact_mut(2 * numbers).zip(on) {
                if !on {
                    half.fill(0.0);
                }
            }
        }
        buffer.resize(4 * numbers, 0.0);
        Self { noise, dither, buffer, numbers }
    }

    /// Gives the memory back.
    pub fn into_buffer(self) -> Vec<f32> {
        self.buffer
    }
}

impl Periphery {
    /// Of an array with these settings.
    pub fn new(config: &ArrayConfig, side: Side) -> Self {
        let ReadNoise { std, per_input_norm, per_weight, common_mode } = config.read_noise;
        let shared = config.shared_by_compartments;
        Self {
            side,
            dac: config.dac.quantiser(),
            adc: config.adc.quantiser(),
            dac_noise: config.dac_noise_std.get() as f32,
            std: std.get() as f32,
            per_input_norm: per_input_norm.get() as f32,
            per_weight: per_weight.get() as f32,
            unit_mix: PairMix::new(1.0, if shared { 1.0 } else { common_mode.get() }),
            follows_signal: config.noise_management == NoiseManagement::AbsMax,
            bound_managed: config.bound_management == BoundManagement::Iterative,
            shared,
        }
    }

    /// Of ideal hardware: what is sent arrives as it is.
    pub fn ideal(side: Side) -> Self {
        Self::new(&ArrayConfig::default(), side)
    }

    /// Whether what is sent differs from what is to be sent, or has to be measured.
    pub fn sends_ideally(&self) -> bool {
        self.dac.is_off() && self.dac_noise == 0.0 && !self.follows_signal && self.per_input_norm == 0.0
    }

    /// Whether the same values are sent as the same at any time, once and for all.
    pub fn sends_steadily(&self) -> bool {
        !self.dac.stochastic && self.dac_noise == 0.0 && self.per_weight == 0.0 && !self.bound_managed
    }

    /// The same periphery without noise, rounding to the nearest level.
    pub fn without_noise(self) -> Self {
        let steady = |converter: Quantiser| Quantiser { stochastic: false, ..converter };
        let (dac, adc) = (steady(self.dac), steady(self.adc));
        Self { dac, adc, dac_noise: 0.0, std: 0.0, per_input_norm: 0.0, per_weight: 0.0, ..self }
    }

    /// Whether what is received is the product itself.
    pub fn receives_ideally(&self) -> bool {
        self.adc.is_off() && !self.is_noisy()
    }

    fn is_noisy(&self) -> bool {
        self.std != 0.0 || self.per_input_norm != 0.0 || self.per_weight != 0.0
    }

    /// The streams of what is sent from a place.
    pub fn line_draws(&self, key: &NoiseKey, numbers: usize, buffer: Vec<f32>) -> Draws {
        let [noise, dither] = self.side.line();
        let dither = key.stream_if(self.dac.stochastic, dither);
        Draws::new(key.stream_if(self.dac_noise != 0.0, noise), dither, numbers, buffer)
    }

    /// The streams of what is received at a place.
    pub fn read_draws(&self, key: &NoiseKey, numbers: usize, buffer: Vec<f32>) -> Draws {
        if self.receives_ideally() {
            return Draws { noise: None, dither: None, buffer, numbers: 0 };
        }
        let [noise, dither] = self.side.read();
        Draws::new(key.stream_if(self.is_noisy(), noise), key.stream_if(self.adc.stochastic, dither), numbers, buffer)
    }

    /// Sends a column: x becomes x̂. `amplify` is the factor of bound management.
    pub fn send(&self, x: &mut [f32], amplify: f32, draws: &mut Draws) -> Line {
        if self.sends_ideally() {
            return Line { scale: amplify, norm: 0.0 };
        }
        let scale = amplify * if self.follows_signal { largest_magnitude(x) } else { 1.0 };
        let (normals, dither) = draws.buffer.split_at_mut(2 * draws.numbers);
        let normals = &mut normals[..x.len()];
        if let Some(stream) = &mut draws.noise {
            stream.fill(normals);
        }
        let dither = &mut dither[..x.len()];
        if let Some(stream) = &mut draws.dither {
            stream.fill_uniform(dither);
        }
        let quantiser = self.dac.scaled(scale);
        if self.dac.step > 0.0 && quantiser.rounds() {
            convert_line::<true>(x, quantiser, dither, normals, self.dac_noise * scale);
        } else {
            convert_line::<false>(x, quantiser, dither, normals, self.dac_noise * scale);
        }
        let norm = if self.per_input_norm == 0.0 { 0.0 } else { norm(x) };
        Line { scale, norm }
    }

    /// Receives the products `y` (unit × sample) in both compartments, column after column; `lines` are those of the
    /// samples, of which ideal receivers need none. `weight_variance` is Σ|w|x̂² of every product, if the read noise needs it.
    pub fn receive(
        &self,
        y: MatrixView,
        lines: &[Line],
        weight_variance: Option<MatrixView>,
        draws: &mut Draws,
        plus: &mut [f32],
        minus: &mut [f32],
    ) {
        if self.receives_ideally() {
            let columns = plus.chunks_exact_mut(y.nrows()).zip(minus.chunks_exact_mut(y.nrows()));
            for ((plus, minus), y) in columns.zip(y.column_iter()) {
                plus.copy_from_slice(y.as_slice());
                minus.copy_from_slice(y.as_slice());
            }
            return;
        }
        let n = y.len();
        let (z1, rest) = draws.buffer.split_at_mut(draws.numbers);
        let (z2, rest) = rest.split_at_mut(draws.numbers);
        let (dither_plus, dither_minus) = rest.split_at_mut(draws.numbers);
        let (z1, z2) = (&mut z1[..n], &mut z2[..n]);
        let (dither_plus, dither_minus) = (&mut dither_plus[..n], &mut dither_minus[..n]);
        if let Some(stream) = &mut draws.noise {
            stream.fill(z1);
            if self.unit_mix.own != 0.0 {
                stream.fill(z2);
            }
        }
        if let Some(stream) = &mut draws.dither {
            stream.fill_uniform(dither_plus);
            if self.shared {
                dither_minus.copy_from_slice(dither_plus);
            } else {
                stream.fill_uniform(dither_minus);
            }
        }
        let fixed_variance = |line: &Line| (self.std * line.scale).powi(2) + (self.per_input_norm * line.norm).powi(2);
        if let Some(variance) = weight_variance {
            let columns = z1.chunks_exact_mut(y.nrows()).zip(z2.chunks_exact_mut(y.nrows()));
            for (((z1, z2), variance), line) in columns.zip(variance.column_iter()).zip(lines) {
                let per_weight = self.per_weight * self.per_weight;
                scale_by_std(z1, z2, variance.as_slice(), fixed_variance(line), per_weight);
            }
        }
        let reads = lines.iter().map(|line| {
            let std = if weight_variance.is_some() { 1.0 } else { fixed_variance(line).sqrt() };
            let mix = PairMix { common: self.unit_mix.common * std, own: self.unit_mix.own * std };
            (mix, self.adc.scaled(line.scale))
        });
        let reads: SmallVec<[(PairMix, ScaledQuantiser); 32]> = reads.collect();
        let inputs = ReadInputs { y, z1, z2, dither_plus, dither_minus };
        if self.adc.step > 0.0 {
            convert_pairs::<true>(inputs, &reads, plus, minus);
        } else {
            convert_pairs::<false>(inputs, &reads, plus, minus);
        }
    }

    /// Whether bound management asks for another read of a column at twice the scale.
    pub fn must_repeat(&self, line: Line, amplify: f32, plus: &[f32], minus: &[f32]) -> bool {
        let steps = if self.dac.step > 0.0 { 2.0 * self.dac.range / self.dac.step } else { f32::INFINITY };
        let largest = LARGEST_BOUND_FACTOR.min(LEAST_STEPS_LEFT * steps);
        let bound = self.adc.range * line.scale;
        let clips = |x: &[f32]| x.iter().any(|x| x.abs() >= bound);
        self.bound_managed && 2.0 * amplify <= largest && line.scale > 0.0 && (clips(plus) || clips(minus))
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn convert_line<const ROUNDS: bool>(x: &mut [f32], quantiser: ScaledQuantiser, dither: &[f32], z: &[f32], noise: f32) {
    for ((x, dither), z) in x.iter_mut().zip(dither).zip(z) {
        *x = quantiser.convert::<ROUNDS>(*x, *dither) + noise * z;
    }
}

/// Products and what is drawn for them.
#[derive(Clone, Copy)]
struct ReadInputs<'a> {
    y: MatrixView<'a>,
    z1: &'a [f32],
    z2: &'a [f32],
    dither_plus: &'a [f32],
    dither_minus: &'a [f32],
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn convert_pairs<const ROUNDS: bool>(
    inputs: ReadInputs,
    reads: &[(PairMix, ScaledQuantiser)],
    plus: &mut [f32],
    minus: &mut [f32],
) {
    let n = inputs.y.nrows();
    for (j, &(mix, quantiser)) in reads.iter().enumerate() {
        let y = inputs.y.column(j);
        let y = y.as_slice();
        let own = j * n..(j + 1) * n;
        let (z1, z2) = (&inputs.z1[own.clone()], &inputs.z2[own.clone()]);
        let (dither_plus, dither_minus) = (&inputs.dither_plus[own.clone()], &inputs.dither_minus[own.clone()]);
        let (plus, minus) = (&mut plus[own.clone()], &mut minus[own]);
        if ROUNDS && !quantiser.rounds() {
            // A sample that is zero everywhere has no scale to round to.
            plus.fill(0.0);
            minus.fill(0.0);
            continue;
        }
        for i in 0..n {
            let (common, own) = (mix.common * z1[i], mix.own * z2[i]);
            plus[i] = quantiser.convert::<ROUNDS>(y[i] + (common + own), dither_plus[i]);
            minus[i] = quantiser.convert::<ROUNDS>(y[i] + (common - own), dither_minus[i]);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn scale_by_std(z1: &mut [f32], z2: &mut [f32], variance: &[f32], fixed: f32, per_weight: f32) {
    for ((z1, z2), variance) in z1.iter_mut().zip(z2).zip(variance) {
        let std = (fixed + per_weight * variance).sqrt();
        *z1 *= std;
        *z2 *= std;
    }
}
