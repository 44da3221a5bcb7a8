//! Noise of the membrane over time. An update lasts dt.
//!
//! | kind | law | discretisation |
//! |---|---|---|
//! | `white` | membrane noise of stationary std σ (kT/C: the same for every time constant) | v += σ√(κ(2−κ)) ξ, exact for the leaky membrane: √dt scaling, σ√(2dt/τ) for dt ≪ τ; κ = 1: σξ at every update |
//! | `ornstein_uhlenbeck` | noise of the drive, std σ, autocovariance σ² e^(−\|t\|/τ_c) | n ← a n + σ√(1−a²) ξ, a = e^(−dt/τ_c), exact (Gillespie 1996) |
//! | `flicker` | noise of the drive with one-sided density 2σ²dt · f_c/f between `low_hz` and the Nyquist frequency: white noise of std σ at every update has the same density at the corner f_c; within 4 % of that from 3 `low_hz` up, a fifth less at `low_hz`, flat below | poles and zeros in turn, equally spaced in log f (Keshner 1982), with a fitted end at the Nyquist frequency |
//!
//! Coloured noise adds to g·u + o, as a drift of the offset; white noise to the membrane. Each has its own common-mode
//! fraction. Coloured noise starts from its stationary law. To add a kind with a memory, write its settings and its filter here
//! and name them in [`ProcessNoise`], and give it two numbers in [`super::noise_key`] and a line in `sweep/ablate/sources.rs`.
use super::noise_key::NoiseSource;
use super::pair::{PairMix, PairNoise};
use crate::math;
use crate::parameter::{Fraction, NonNegative, Positive};
use multiversion::multiversion;
use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Noise of the membranes; each kind is off at std 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProcessNoise {
    /// White noise; its std is that of the membrane at rest.
    pub white: PairNoise,
    /// Noise with a correlation time.
    pub ornstein_uhlenbeck: Option<OrnsteinUhlenbeck>,
    /// 1/f noise.
    pub flicker: Option<Flicker>,
}

impl ProcessNoise {
    /// The kinds with a memory that are on, for updates of this length.
    pub(crate) fn coloured(&self, dt_s: f64) -> Vec<ColouredNoise> {
        let ornstein_uhlenbeck = self.ornstein_uhlenbeck.and_then(|noise| noise.filter(dt_s));
        let flicker = self.flicker.and_then(|noise| noise.filter(dt_s));
        ornstein_uhlenbeck.into_iter().chain(flicker).collect()
    }

    /// Rules that these settings break for updates of this length, if one is given, with their keys.
    pub(crate) fn conflicts(&self, dt_s: Option<Positive>) -> Vec<(&'static str, String)> {
        let given = [("ornstein_uhlenbeck", self.ornstein_uhlenbeck.is_some()), ("flicker", self.flicker.is_some())];
        let Some(dt_s) = dt_s else {
            let needing = given.into_iter().filter(|(_, given)| *given);
            return needing.map(|(key, _)| (key, "needs units.dt_s, the duration of an update".to_owned())).collect();
        };
        let rule = self.flicker.and_then(|flicker| flicker.conflict(dt_s.get()));
        rule.into_iter().map(|rule| ("flicker.low_hz", rule)).collect()
    }
}

/// Noise of the drive with an exponential autocorrelation. Needs `units.dt_s`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrnsteinUhlenbeck {
    /// Stationary standard deviation in each compartment; 0 is off.
    pub std: NonNegative,
    /// Correlation time τ_c.
    pub correlation_time_s: Positive,
    /// Share of the variance that both compartments have in common.
    #[serde(default)]
    pub common_mode: Fraction,
}

/// 1/f noise of the drive. Needs `units.dt_s`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flicker {
    /// Standard deviation of the white noise that has the same density at the corner; 0 is off.
    pub std: NonNegative,
    /// Corner frequency f_c.
    pub corner_hz: Positive,
    /// Lowest frequency down to which the density rises: a fifth below the law there, flat below.
    pub low_hz: Positive,
    /// Share of the variance that both compartments have in common.
    #[serde(default)]
    pub common_mode: Fraction,
}

/// A sum of exponentially forgetting sections, all driven by the same white noise:
/// x_k ← p_k x_k + ξ, n = Σ c_k x_k + d ξ. One section is an Ornstein–Uhlenbeck process, several make 1/f.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColouredNoise {
    /// Of the random numbers that it starts with, and of those that it goes on with.
    sources: [NoiseSource; 2],
    /// 1 − p_k, which single precision holds where p_k itself would be rounded to 1.
    decays: Vec<f32>,
    /// c_k, for compartments of std 1 times [`Self::mix`].
    weights: Vec<f32>,
    /// d
    direct: f32,
    /// Shares of the compartments, with the amplitude.
    pub mix: PairMix,
    /// Lower triangle L with LLᵀ the stationary covariance of the sections.
    start: DMatrix<f64>,
}

/// Frequencies between one pole and the next, as a ratio: the density then ripples by less than 2 %. Below the
/// two highest poles it is less, so that the lowest one is at `low_hz`.
const POLE_RATIO: f64 = 6.0;

/// The highest pole, as a share of the Nyquist frequency. It and the pair below are fitted so that the density does not
/// leave 1/f by more than that ripple where the ladder ends, which alone would end 1.5 times too high: a density of
/// discrete time arrives at the Nyquist frequency with slope zero.
const HIGHEST_POLE: f64 = 1.418;
/// Zero of the highest pole (in the z plane, as the following).
const HIGHEST_ZERO: f64 = -0.0462;
/// A pole and a zero that turn the density down just below the Nyquist frequency.
const END: [f64; 2] = [-0.5864, -0.6249];

impl OrnsteinUhlenbeck {
    pub(crate) fn filter(&self, dt_s: f64) -> Option<ColouredNoise> {
        let decay = -math::exp_m1(-dt_s / self.correlation_time_s.get());
        let mix = PairMix::new(self.std.get(), self.common_mode.get());
        // √(1−a²), without cancellation for dt ≪ τ_c.
        let step = (-math::exp_m1(-2.0 * dt_s / self.correlation_time_s.get())).sqrt();
        let sources = [NoiseSource::OrnsteinUhlenbeckStart, NoiseSource::OrnsteinUhlenbeck];
        mix.is_on().then(|| ColouredNoise::new(sources, &[decay], &[step], 0.0, mix))
    }
}

impl Flicker {
    /// The rule that the frequencies break for updates of this length, if they do.
    pub(crate) fn conflict(&self, dt_s: f64) -> Option<String> {
        let nyquist = 0.5 / dt_s;
        (self.low_hz.get() >= nyquist / POLE_RATIO).then(|| {
            format!(
                "must be below a sixth of the Nyquist frequency 1/(2 units.dt_s), that is {:.0}",
                nyquist / POLE_RATIO
            )
        })
    }

    pub(crate) fn filter(&self, dt_s: f64) -> Option<ColouredNoise> {
        let mix = PairMix::new(self.std.get(), self.common_mode.get());
        if !mix.is_on() {
            return None;
        }
        let (pole_decays, zero_decays) = pole_and_zero_decays(self.low_hz.get(), dt_s);
        let (poles, zeros) = (complements(&pole_decays), complements(&zero_decays));
        // Π (1 − z q⁻¹)/(1 − p q⁻¹) = direct + Σ r_k/(1 − p_k q⁻¹), with 1 − z/p = (p − z)/p from the decays.
        let direct: f64 = zeros.iter().zip(&poles).map(|(z, p)| z / p).product();
        let residue = |k: usize| -> f64 {
            let ratio = |decay: &f64| (decay - pole_decays[k]) / poles[k];
            let above: f64 = zero_decays.iter().map(ratio).product();
            let below: f64 =
                pole_decays.iter().enumerate().filter(|&(j, _)| j != k).map(|(_, decay)| ratio(decay)).product();
            above / below
        };
        let weights: Vec<f64> = (0..poles.len()).map(residue).collect();
        // Scaled so that the mean of density × f over the two highest octaves, where the law holds for every `low_hz`, is that
        // of white noise of std 1 at the corner.
        let gain = |f: f64| -> f64 {
            let w = std::f64::consts::TAU * f * dt_s;
            let square = |x: f64| 1.0 - 2.0 * x * math::cos(w) + x * x;
            zeros.iter().map(|&z| square(z)).product::<f64>() / poles.iter().map(|&p| square(p)).product::<f64>()
        };
        let (samples, nyquist) = (64, 0.5 / dt_s);
        let level = (0..samples)
            .map(|i| nyquist * math::pow(0.25, (f64::from(i) + 0.5) / f64::from(samples)))
            .map(|f| gain(f) * f)
            .sum::<f64>()
            / f64::from(samples);
        let scale = (self.corner_hz.get() / level).sqrt();
        let weights: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let sources = [NoiseSource::FlickerStart, NoiseSource::Flicker];
        Some(ColouredNoise::new(sources, &pole_decays, &weights, direct * scale, mix))
    }
}

/// 1 − p of the poles, from `low_hz` up, and 1 − z of a zero at the geometric middle above each but the two highest.
fn pole_and_zero_decays(low_hz: f64, dt_s: f64) -> (Vec<f64>, Vec<f64>) {
    let nyquist = 0.5 / dt_s;
    let decay = |share: f64| -math::exp_m1(-std::f64::consts::PI * share);
    let second = HIGHEST_POLE / POLE_RATIO;
    // Pole and zero divide the ladder into cells of one ratio, whose middle is between them.
    let (border, low) = (second * math::pow(POLE_RATIO, -0.25), low_hz / nyquist);
    let width = math::ln(border / low);
    let cells = (width / math::ln(POLE_RATIO) + 0.25).ceil().max(1.0);
    let ratio = math::exp(width / (cells - 0.25));
    let at = |k: f64| low * math::pow(ratio, k);
    let ladder = (0..cells as i32).map(|k| [decay(at(f64::from(k))), decay(at(f64::from(k) + 0.5))]);
    let end = [
        [decay(second), decay(second * POLE_RATIO.sqrt())],
        [decay(HIGHEST_POLE), 1.0 - HIGHEST_ZERO],
        END.map(|at| 1.0 - at),
    ];
    ladder.chain(end).map(|[pole, zero]| (pole, zero)).unzip()
}

fn complements(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 1.0 - x).collect()
}

impl ColouredNoise {
    fn new(sources: [NoiseSource; 2], decays: &[f64], weights: &[f64], direct: f64, mix: PairMix) -> Self {
        let n = decays.len();
        // E[x_i x_j] = 1/(1 − p_i p_j), since the sections share their input.
        let covariance = DMatrix::from_fn(n, n, |i, j| 1.0 / (decays[i] + decays[j] - decays[i] * decays[j]));
        // Poles that nearly coincide leave a covariance that is singular to rounding.
        let jitter = covariance.diagonal().max() * 1e-12;
        let start = (covariance + DMatrix::identity(n, n) * jitter)
            .cholesky()
            .map_or_else(|| DMatrix::zeros(n, n), |cholesky| cholesky.l());
        let single = |x: &[f64]| x.iter().map(|&x| x as f32).collect();
        Self { sources, decays: single(decays), weights: single(weights), direct: direct as f32, mix, start }
    }

    /// Of its random numbers, before and after it has `started`.
    pub fn source(&self, started: bool) -> NoiseSource {
        self.sources[usize::from(started)]
    }

    pub fn sections(&self) -> usize {
        self.decays.len()
    }

    /// Sections at rest are x = L z of independent standard normals z: adds the part of z_j to the sums for x_k.
    pub fn start(&self, [k, j]: [usize; 2], z: &[f32], sums: &mut [f64]) {
        add_scaled(self.start[(k, j)], z, sums);
    }

    /// n without its sections, for the white input `xi` of every unit.
    pub fn begin(&self, xi: &[f32], n: &mut [f32]) {
        n.iter_mut().zip(xi).for_each(|(n, xi)| *n = self.direct * xi);
    }

    /// Section k of every unit goes on, and adds its part to n.
    pub fn advance(&self, k: usize, section: &mut [f32], xi: &[f32], n: &mut [f32]) {
        advance(section, xi, n, self.decays[k], self.weights[k]);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add_scaled(factor: f64, z: &[f32], sums: &mut [f64]) {
    sums.iter_mut().zip(z).for_each(|(sum, z)| *sum += factor * f64::from(*z));
}

/// x ← x + (ξ − (1−p) x), and its part of the sum.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn advance(section: &mut [f32], xi: &[f32], sum: &mut [f32], decay: f32, weight: f32) {
    for ((x, xi), sum) in section.iter_mut().zip(xi).zip(sum) {
        *x += xi - decay * *x;
        *sum += weight * *x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Density × f over that of the law, of the numbers that the sections compute with.
    fn share_of_the_law(noise: &ColouredNoise, f: f64) -> f64 {
        let [sin, half] = [1.0, 0.5].map(|part| (std::f64::consts::PI * f * part).sin());
        let [mut re, mut im] = [f64::from(noise.direct), 0.0];
        for (&decay, &weight) in noise.decays.iter().zip(&noise.weights) {
            // c/(1 − p e^(−iω)), so written that a decay far below 1 keeps its digits.
            let pole = 1.0 - f64::from(decay);
            let [below_re, below_im] = [f64::from(decay) + pole * 2.0 * half * half, pole * sin];
            let square = below_re * below_re + below_im * below_im;
            re += f64::from(weight) * below_re / square;
            im -= f64::from(weight) * below_im / square;
        }
        (re * re + im * im) * f
    }

    /// 2σ²dt f_c/f with σ = 1 and f_c at the Nyquist frequency, in whose units f is.
    #[test]
    fn one_over_f_reaches_from_three_times_the_lowest_frequency_to_that_of_nyquist() {
        for low in [0.08, 0.05, 0.039, 0.03, 0.012, 6e-3, 1e-3, 6e-4, 1e-5, 1e-7] {
            let (one, zero) = (NonNegative::constant(1.0), Fraction::constant(0.0));
            let [corner_hz, low_hz] = [1.0, low].map(|f| Positive::new(f).unwrap());
            let noise = Flicker { std: one, corner_hz, low_hz, common_mode: zero }.filter(0.5).unwrap();
            let share = |f: f64| share_of_the_law(&noise, f);
            for step in 0..=1000 {
                let f = (3.0 * low).powf(1.0 - f64::from(step) / 1000.0);
                assert!((share(f) - 1.0).abs() < 0.04, "{} at {f} above {low}", share(f));
            }
            assert!((share(low) - 0.82).abs() < 0.06, "{} at the lowest frequency {low}", share(low));
            // Flat below.
            let flat = share(low / 100.0) / share(low / 1000.0);
            assert!((flat / 10.0 - 1.0).abs() < 0.01, "{flat} below {low}");
        }
    }
}
