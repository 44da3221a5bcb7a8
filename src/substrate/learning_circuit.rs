//! The circuit at the foot of every dyad that forms the factor e of the local product e · s̄ its synapses learn from.
//!
//! ```text
//! e = q(s⁺ − s⁻ + o + σ ξ) − (z + k s̄)
//! ```
//!
//! with a frozen offset o and a resolution q of the subtracting amplifier, noise that is new for every write, and what
//! calibration expects of it without a nudge ([`super::calibration`]). Where compartments exchange their roles
//! ([`super::chopping`]), o, z and k have the sign c of the dyad.
//!
//! One amplifier serves all synapses of a dyad, so its errors are the same for all of them.
use super::calibration::Expected;
use super::roles::Roles;
use crate::crossbar::converter::{Converter, Quantiser};
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::linalg::{give_back, take_numbers};
use crate::parameter::NonNegative;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The circuit that forms the learning signal.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LearningCircuit {
    /// Standard deviation of the frozen offset of the difference, over dyads.
    pub offset_std: NonNegative,
    /// Standard deviation of the noise of the difference, at every write.
    pub noise_std: NonNegative,
    /// Resolution and range of the difference.
    pub resolution: Converter,
}

impl LearningCircuit {
    /// Whether e differs from s⁺ − s⁻.
    pub(crate) fn is_ideal(&self) -> bool {
        self.offset_std.get() == 0.0 && self.noise_std.get() == 0.0 && self.resolution.quantiser().is_off()
    }

    pub(crate) fn conflict(&self) -> Option<(String, String)> {
        self.resolution.conflict().map(|(key, rule)| (format!("resolution.{key}"), rule.to_owned()))
    }
}

/// The circuits of one population.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amplifier<'a> {
    pub quantiser: Quantiser,
    pub noise_std: f32,
    /// o of every dyad.
    pub offset: &'a [f32],
    /// α of every dyad.
    pub alpha: &'a [f32],
    /// z and k of every dyad.
    pub expected: &'a Expected,
    /// Which compartment is s⁺, where they exchange their roles: the amplifier is exchanged with them.
    pub roles: Option<&'a Roles>,
}

impl Amplifier<'_> {
    /// Writes e of all dyads (unit × sample, column after column) from their compartments.
    pub fn read(&self, key: &NoiseKey, s_plus: &[f32], s_minus: &[f32], e: &mut [f32]) {
        let units = self.offset.len();
        let columns = (BLOCK / units).max(1);
        let mut noise = key.stream_if(self.noise_std != 0.0, NoiseSource::Multiplier);
        let mut rounding = key.stream_if(self.quantiser.stochastic, NoiseSource::MultiplierRounding);
        let numbers = columns * units;
        // Of what is off nothing is drawn.
        let [mut normals, mut dither] = [(); 2].map(|()| take_numbers(numbers));
        normals.fill(0.0);
        dither.fill(0.0);
        let mut exchanged = self.roles.map(|_| [(); 3].map(|()| take_numbers(numbers)));
        let blocks = e.chunks_mut(numbers).zip(s_plus.chunks(numbers)).zip(s_minus.chunks(numbers));
        for (block, ((e, plus), minus)) in blocks.enumerate() {
            if let Some(noise) = &mut noise {
                noise.fill(&mut normals);
            }
            if let Some(rounding) = &mut rounding {
                rounding.fill_uniform(&mut dither);
            }
            let devices = match &mut exchanged {
                None => [self.offset, &self.expected.offset, &self.expected.slope],
                Some(exchanged) => {
                    self.exchange(block * columns..block * columns + e.len() / units, exchanged);
                    exchanged.each_ref().map(Vec::as_slice)
                }
            };
            let stride = if self.roles.is_some() { units } else { 0 };
            let inputs = [plus, minus, &*normals, &*dither];
            if self.quantiser.step > 0.0 {
                read_columns::<true>(self, stride, devices, inputs, e);
            } else {
                read_columns::<false>(self, stride, devices, inputs, e);
            }
        }
        exchanged.into_iter().flatten().chain([normals, dither]).for_each(give_back);
    }

    /// c o, c z and c k of these samples.
    fn exchange(&self, samples: Range<usize>, exchanged: &mut [Vec<f32>; 3]) {
        let Some(roles) = self.roles else { return };
        let units = self.offset.len();
        let own = [self.offset, &self.expected.offset, &self.expected.slope];
        for (into, own) in exchanged.iter_mut().zip(own) {
            for (sample, into) in samples.clone().zip(into.chunks_exact_mut(units)) {
                roles.write(sample, 0..units, into);
                into.iter_mut().zip(own).for_each(|(sign, own)| *sign *= own);
            }
        }
    }
}

/// Dyads times samples that are read at once.
const BLOCK: usize = 1024;

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn read_columns<const ROUNDS: bool>(
    amplifier: &Amplifier,
    stride: usize,
    [offset, zero, slope]: [&[f32]; 3],
    [plus, minus, normals, dither]: [&[f32]; 4],
    e: &mut [f32],
) {
    let &Amplifier { noise_std, alpha, expected: &Expected { applies, .. }, .. } = amplifier;
    let (n, quantiser) = (alpha.len(), amplifier.quantiser.scaled(1.0));
    for (j, e) in e.chunks_exact_mut(n).enumerate() {
        let own = j * n..(j + 1) * n;
        let (plus, minus) = (&plus[own.clone()], &minus[own.clone()]);
        let (normals, dither) = (&normals[own.clone()], &dither[own]);
        let [offset, zero, slope] = [offset, zero, slope].map(|of_unit| &of_unit[j * stride..][..n]);
        for i in 0..n {
            let difference = plus[i] - minus[i] + offset[i] + noise_std * normals[i];
            let mean = minus[i] + alpha[i] * (plus[i] - minus[i]);
            let expected = if applies.at(mean) { zero[i] + slope[i] * mean } else { 0.0 };
            e[i] = quantiser.convert::<ROUNDS>(difference, dither[i]) - expected;
        }
    }
}
