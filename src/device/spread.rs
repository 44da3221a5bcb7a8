//! Frozen differences between devices of the same design, drawn once from the chip seed.
//!
//! With independent standard normals ξ₁, ξ₂ the two compartments of a dyad get
//!
//! ```text
//! ξ± = c ξ₁ ± d ξ₂,  c = √((1+r)/2),  d = √((1−r)/2)      correlation r between s⁺ and s⁻
//! normal       x± = nominal (1 + σ ξ±)                     mean nominal
//! log-normal   x± = nominal exp(σ ξ±)                      median nominal, coefficient of variation √(exp σ² − 1)
//! absolute     x± = nominal + σ ξ±
//! ```
//!
//! r = 1 is mismatch between dyads that leaves each dyad symmetric; with r = 0 the two compartments of a dyad differ
//! as much as any two devices: that difference is taken for a learning signal.
use super::pair::PairMix;
use crate::math;
use crate::parameter::{Fraction, NonNegative};
use crate::random::{Purpose, StandardNormal, stream};
use rand::distr::Distribution;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Spread of a positive quantity around its nominal value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RelativeSpread {
    /// Standard deviation σ: of the ratio to the nominal value (`normal`) or of its logarithm (`log_normal`).
    pub std: NonNegative,
    /// Correlation between the compartments of one dyad.
    pub correlation: Fraction,
    /// Shape of the distribution.
    pub distribution: SpreadDistribution,
}

impl Default for RelativeSpread {
    fn default() -> Self {
        Self {
            std: NonNegative::constant(0.0),
            correlation: Fraction::constant(0.0),
            distribution: SpreadDistribution::LogNormal,
        }
    }
}

/// Distribution of a positive quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpreadDistribution {
    /// 1 + σξ, never below 1/20 of the nominal value.
    Normal,
    /// exp(σξ).
    LogNormal,
}

/// Spread of a quantity whose nominal value may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AbsoluteSpread {
    /// Standard deviation, in units of the drive.
    pub std: NonNegative,
    /// Correlation between the compartments of one dyad.
    pub correlation: Fraction,
}

/// What is drawn. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(crate) enum Quantity {
    Gain = 0,
    Offset = 1,
    TimeConstant = 2,
    Alpha = 3,
    DifferenceOffset = 4,
    FeedbackWeight = 5,
    MemoryOffset = 6,
    DriveLineGain = 7,
    ActivityLineGain = 8,
}

/// Smallest ratio to the nominal value that a normal spread gives.
const SMALLEST_RATIO: f64 = 0.05;

impl SpreadDistribution {
    /// Ratio to the nominal value that the standard normal `xi` stands for.
    pub(crate) fn ratio(self, std: f64, xi: f64) -> f64 {
        match self {
            Self::Normal => (1.0 + std * xi).max(SMALLEST_RATIO),
            Self::LogNormal => math::exp(std * xi),
        }
    }
}

impl RelativeSpread {
    /// Ratios to the nominal value of the plus and minus compartments of `units` dyads.
    pub(crate) fn draw(&self, chip_seed: u64, quantity: Quantity, layer: usize, units: usize) -> [Vec<f64>; 2] {
        let std = self.std.get();
        pairs(self.correlation, chip_seed, quantity, layer, units)
            .map(|side| side.into_iter().map(|xi| self.distribution.ratio(std, xi)).collect())
    }
}

impl AbsoluteSpread {
    /// Values for the plus and minus compartments of `units` dyads.
    pub(crate) fn draw(&self, chip_seed: u64, quantity: Quantity, layer: usize, units: usize) -> [Vec<f64>; 2] {
        let std = self.std.get();
        pairs(self.correlation, chip_seed, quantity, layer, units)
            .map(|side| side.into_iter().map(|xi| std * xi).collect())
    }
}

/// Standard normals of one device per unit.
pub(crate) fn singles(chip_seed: u64, quantity: Quantity, layer: usize, units: usize) -> Vec<f64> {
    let mut draw = stream(chip_seed, Purpose::Mismatch, &[quantity as u64, layer as u64]);
    (0..units).map(|_| StandardNormal.sample(&mut draw)).collect()
}

fn pairs(correlation: Fraction, chip_seed: u64, quantity: Quantity, layer: usize, units: usize) -> [Vec<f64>; 2] {
    let PairMix { common, own } = PairMix::new(1.0, correlation.get());
    let (common, own) = (f64::from(common), f64::from(own));
    let normals = singles(chip_seed, quantity, layer, 2 * units);
    let side = |sign: f64| normals.chunks_exact(2).map(|z| common * z[0] + sign * own * z[1]).collect();
    [side(1.0), side(-1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{assert_correlation, assert_mean, assert_variance, kurtosis};

    const UNITS: usize = 40_000;

    #[test]
    fn moments_and_correlation_of_an_absolute_spread() {
        for r in [0.0, 0.7, 1.0] {
            let spread = AbsoluteSpread { std: NonNegative::constant(0.3), correlation: Fraction::new(r).unwrap() };
            let [plus, minus] = spread.draw(5, Quantity::Offset, 2, UNITS);
            for side in [&plus, &minus] {
                assert_mean(side, 0.0, 0.09, "offsets");
                assert_variance(side, 0.09, kurtosis::NORMAL, "offsets");
            }
            assert_correlation(&plus, &minus, r, "offsets");
        }
    }

    #[test]
    fn a_log_normal_spread_has_its_median_and_the_variance_of_its_logarithm() {
        let spread = RelativeSpread {
            std: NonNegative::constant(0.2),
            correlation: Fraction::constant(0.5),
            ..RelativeSpread::default()
        };
        let [plus, minus] = spread.draw(5, Quantity::TimeConstant, 1, UNITS);
        let logs = |x: &[f64]| x.iter().map(|x| x.ln()).collect::<Vec<_>>();
        assert_mean(&logs(&plus), 0.0, 0.04, "logarithms");
        assert_variance(&logs(&plus), 0.04, kurtosis::NORMAL, "logarithms");
        assert_correlation(&logs(&plus), &logs(&minus), 0.5, "logarithms");
    }

    #[test]
    fn a_normal_spread_has_its_mean_and_stays_positive() {
        let spread = RelativeSpread {
            std: NonNegative::constant(0.1),
            distribution: SpreadDistribution::Normal,
            ..RelativeSpread::default()
        };
        let [plus, _] = spread.draw(5, Quantity::Gain, 1, UNITS);
        assert_mean(&plus, 1.0, 0.01, "gains");
        assert_variance(&plus, 0.01, kurtosis::NORMAL, "gains");
        let wide = RelativeSpread { std: NonNegative::constant(2.0), ..spread };
        assert!(wide.draw(5, Quantity::Gain, 1, 1000)[0].iter().all(|&x| x >= SMALLEST_RATIO));
    }

    #[test]
    fn another_chip_layer_or_quantity_is_drawn_independently() {
        let reference = singles(1, Quantity::Gain, 1, UNITS);
        for other in [
            singles(2, Quantity::Gain, 1, UNITS),
            singles(1, Quantity::Gain, 2, UNITS),
            singles(1, Quantity::Offset, 1, UNITS),
        ] {
            assert_correlation(&reference, &other, 0.0, "two draws");
        }
        assert_eq!(reference, singles(1, Quantity::Gain, 1, UNITS));
    }
}
