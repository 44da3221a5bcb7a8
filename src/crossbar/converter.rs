//! Converters between the analog and the digital world.
//!
//! A converter of b bits and range r has 2^b − 1 levels, symmetric around zero, a step Δ = 2r/(2^b − 2) apart:
//!
//! ```text
//! round to nearest      q(x) = Δ round(x/Δ)
//! stochastic rounding   q(x) = Δ round(x/Δ + U),  U uniform in [−½, ½): E q(x) = x
//! clipping              q(x) ∈ [−r, r]
//! ```
//!
//! A converter of one bit is a comparator: two levels, −r and r, and nothing between them. To the nearest, q(x) = r for x ≥ 0
//! and −r below; stochastic rounding gives r with the probability (1 + x/r)/2, so that again E q(x) = x within the range.
//!
//! The step is that of aihwkit (`inp_res`, `out_res` = 1/(2^b − 2); Rasch et al., AICAS 2021) and of a sign-magnitude
//! converter. Where the signal is busy compared with Δ, the error is uniform with variance Δ²/12; stochastic rounding
//! has variance Δ²(f − f²) at the fraction f between two levels, Δ²/6 on average (Widrow & Kollár 2008).
use crate::parameter::Positive;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;

/// Resolution: a number of bits, or `"ideal"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bits {
    /// No quantisation.
    #[default]
    Ideal,
    /// 2^b − 1 levels; two for one bit.
    Count(u8),
}

/// Fewest and most bits of a converter; beyond 22 the step is finer than single precision.
const BITS: std::ops::RangeInclusive<u8> = 1..=22;

impl Bits {
    /// Steps across the whole range: 2^b − 2, or the one between two levels.
    pub(crate) fn steps(self) -> Option<f64> {
        match self {
            Self::Ideal => None,
            Self::Count(1) => Some(1.0),
            Self::Count(bits) => Some(f64::from((1u32 << bits) - 2)),
        }
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ideal => serializer.serialize_str("ideal"),
            Self::Count(bits) => serializer.serialize_u8(*bits),
        }
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Word(String),
            Count(u8),
        }
        let rule = format!("must be \"ideal\" or a whole number in [{}, {}]", BITS.start(), BITS.end());
        match Given::deserialize(deserializer).map_err(|_| D::Error::custom(&rule))? {
            Given::Word(word) if word == "ideal" => Ok(Self::Ideal),
            Given::Count(bits) if BITS.contains(&bits) => Ok(Self::Count(bits)),
            _ => Err(D::Error::custom(rule)),
        }
    }
}

impl JsonSchema for Bits {
    fn schema_name() -> Cow<'static, str> {
        "Bits".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "const": "ideal" },
                { "type": "integer", "minimum": BITS.start(), "maximum": BITS.end() }
            ]
        })
    }
}

/// A converter.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Converter {
    /// Resolution in bits, or "ideal". One bit is a comparator, which gives r or −r.
    pub bits: Bits,
    /// Largest magnitude r that passes, in units of the signal (after noise management, if there is any); null does
    /// not clip.
    pub range: Option<Positive>,
    /// Round up with the probability of the fraction, instead of to the nearest level.
    pub stochastic_rounding: bool,
}

impl Converter {
    /// The rule that these settings break, with its key, if they do.
    pub(crate) fn conflict(&self) -> Option<(&'static str, &'static str)> {
        match (self.bits, self.range) {
            (Bits::Count(_), None) => Some(("range", "must be given: bits are levels across a range")),
            (Bits::Ideal, _) if self.stochastic_rounding => {
                Some(("stochastic_rounding", "is not used with bits \"ideal\": it must be false"))
            }
            _ => None,
        }
    }

    pub(crate) fn quantiser(&self) -> Quantiser {
        let range = self.range.map_or(f64::INFINITY, Positive::get);
        let step = self.bits.steps().map(|steps| 2.0 * range / steps);
        let two_levels = self.bits == Bits::Count(1);
        Quantiser { two_levels, ..Quantiser::new(step, range, self.stochastic_rounding) }
    }
}

/// A converter ready for use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantiser {
    /// Δ; 0 where nothing is rounded.
    pub step: f32,
    /// r
    pub range: f32,
    pub stochastic: bool,
    /// Whether −r and r are all there is.
    pub two_levels: bool,
}

impl Quantiser {
    /// With levels a step apart, one of which is zero.
    pub fn new(step: Option<f64>, range: f64, stochastic: bool) -> Self {
        let stochastic = stochastic && step.is_some();
        Self { step: step.unwrap_or(0.0) as f32, range: range as f32, stochastic, two_levels: false }
    }

    pub fn is_off(&self) -> bool {
        self.step == 0.0 && self.range == f32::INFINITY
    }

    /// The same converter behind an amplifier: in units of a signal `scale` times larger.
    pub fn scaled(self, scale: f32) -> ScaledQuantiser {
        let step = self.step * scale;
        let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
        ScaledQuantiser { step, inverse, range: self.range * scale, two_levels: self.two_levels }
    }
}

/// Constants of the conversion of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScaledQuantiser {
    step: f32,
    inverse: f32,
    pub range: f32,
    two_levels: bool,
}

impl ScaledQuantiser {
    /// q(x) with the dither U (0 to round to nearest). NaN stays NaN.
    #[inline(always)]
    pub fn convert<const ROUNDS: bool>(self, x: f32, dither: f32) -> f32 {
        let x = if ROUNDS { self.level(x * self.inverse + dither) } else { x };
        let x = if x > self.range { self.range } else { x };
        if x < -self.range { -self.range } else { x }
    }

    /// The level nearest to so many steps.
    #[inline(always)]
    fn level(self, steps: f32) -> f32 {
        match self.two_levels {
            true if steps >= 0.0 => self.range,
            true if steps < 0.0 => -self.range,
            true => steps,
            false => steps.round_ties_even() * self.step,
        }
    }

    /// Whether anything is rounded: a signal that is zero everywhere has no scale to round to.
    pub fn rounds(self) -> bool {
        self.inverse > 0.0 && self.inverse.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::NormalStream;
    use law_assertions::{assert_mean, assert_variance};
    use proptest::prelude::*;

    fn quantiser(bits: u8, stochastic: bool) -> Quantiser {
        let range = Some(Positive::constant(1.5));
        Converter { bits: Bits::Count(bits), range, stochastic_rounding: stochastic }.quantiser()
    }

    #[test]
    fn levels_computed_by_hand() {
        // 3 bits: 7 levels, −1.5 … 1.5, half a unit apart.
        let q = quantiser(3, false).scaled(1.0);
        let levels: Vec<f32> =
            [-9.0, -0.8, -0.3, -0.2, 0.0, 0.26, 0.7, 1.3, 2.0].map(|x| q.convert::<true>(x, 0.0)).into();
        assert_eq!(levels, [-1.5, -1.0, -0.5, 0.0, 0.0, 0.5, 0.5, 1.5, 1.5]);
        let twice = quantiser(3, false).scaled(2.0);
        assert_eq!(twice.convert::<true>(1.3, 0.0), 1.0);
        assert!(q.convert::<true>(f32::NAN, 0.0).is_nan());
        // One bit: a comparator.
        let comparator = quantiser(1, false).scaled(2.0);
        let levels = [-9.0, -1e-30, -0.0, 0.0, 1e-30, 2.9].map(|x| comparator.convert::<true>(x, 0.0));
        assert_eq!(levels, [-3.0, -3.0, 3.0, 3.0, 3.0, 3.0]);
        assert!(comparator.convert::<true>(f32::NAN, 0.0).is_nan());
    }

    proptest! {
        #[test]
        fn converting_twice_is_converting_once(bits in 1u8..=16, x in -2.0f32..2.0) {
            let q = quantiser(bits, false).scaled(1.0);
            let once = q.convert::<true>(x, 0.0);
            prop_assert!((q.convert::<true>(once, 0.0) - once).abs() <= 1e-6 && once.abs() <= 1.5);
            prop_assert!((once - x.clamp(-1.5, 1.5)).abs() <= 0.5001 * q.step + 1e-6);
        }
    }

    /// Error of a busy signal: mean 0, variance Δ²/12; of stochastic rounding: mean 0, variance Δ²/6.
    #[test]
    fn error_variances_are_those_of_theory() {
        let n = 200_000;
        let mut x = vec![0.0; n];
        NormalStream::new(3).fill(&mut x);
        let mut dither = vec![0.0; n];
        NormalStream::new(4).fill_uniform(&mut dither);
        for (stochastic, variance) in [(false, 1.0 / 12.0), (true, 1.0 / 6.0)] {
            let q = quantiser(8, stochastic).scaled(5.0);
            let errors = x.iter().zip(&dither).map(|(&x, &u)| {
                let x = 0.9 * x;
                f64::from((q.convert::<true>(x, if stochastic { u } else { 0.0 }) - x) / q.step)
            });
            let errors: Vec<f64> = errors.collect();
            assert_mean(&errors, 0.0, variance, "errors");
            // Fourth moments: Δ⁴/80, and Δ⁴/15 for the triangular error of stochastic rounding.
            let fourth: f64 = if stochastic { 1.0 / 15.0 } else { 1.0 / 80.0 };
            assert_variance(&errors, variance, fourth / (variance * variance), "errors");
        }
    }

    /// E q(x) = x for every fraction between two levels, with variance f(1−f)Δ².
    #[test]
    fn stochastic_rounding_is_unbiased() {
        let n = 100_000;
        let mut dither = vec![0.0; n];
        NormalStream::new(5).fill_uniform(&mut dither);
        let q = quantiser(8, true).scaled(1.0);
        let comparator = quantiser(1, true).scaled(1.0);
        for x in [-1.5f32, -0.9, 0.0, 0.3, 1.5] {
            let mean = dither.iter().map(|&u| f64::from(comparator.convert::<true>(x, u))).sum::<f64>() / n as f64;
            let error = 4.0 * ((2.25 - f64::from(x * x)) / n as f64).sqrt() + 1e-5;
            assert!((mean - f64::from(x)).abs() < error, "{x}: {mean}");
        }
        for fraction in [0.0, 0.1, 0.37, 0.5, 0.9] {
            let x = (3.0 + fraction) * q.step;
            let mean = dither.iter().map(|&u| f64::from(q.convert::<true>(x, u) / q.step)).sum::<f64>() / n as f64;
            let f = f64::from(fraction);
            let error = 4.0 * (f * (1.0 - f) / n as f64).sqrt() + 1e-5;
            assert!((mean - 3.0 - f).abs() < error, "fraction {fraction}: {mean}");
        }
    }

    #[test]
    fn bits_are_a_number_or_the_word_ideal() {
        assert_eq!(serde_json::from_str::<Bits>("8").unwrap(), Bits::Count(8));
        assert_eq!(serde_json::from_str::<Bits>("\"ideal\"").unwrap(), Bits::Ideal);
        for wrong in ["0", "23", "8.5", "\"eight\"", "null"] {
            let error = serde_json::from_str::<Bits>(wrong).unwrap_err().to_string();
            assert!(error.contains("\"ideal\" or a whole number in [1, 22]"), "{wrong}: {error}");
        }
    }
}
