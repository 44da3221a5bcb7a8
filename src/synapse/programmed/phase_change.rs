//! Phase-change memory. With u = g_T/g_max, and v = g_P/g_max for the read noise:
//!
//! | | PCM-like | HERMES, one device | HERMES, two devices |
//! |---|---|---|---|
//! | g_max of the fit | 25 µS | 10.35 µS | 20.7 µS |
//! | t₀, t_R | 20 s, 250 ns | 200 s, 512 ns | 300 s, 512 ns |
//! | σ_P in µS | 0.26348 + 1.9650u − 1.1731u² | 0.15782 + 2.32444u − 2.16311u² + 0.68842u³ | 0.16603 + 4.71806u − 8.48101u² + 4.68961u³ |
//! | μ of ν | −0.0155 ln u + 0.0244 in [0.049, 0.1] | below u = 0.0945: −0.0387 ln u − 0.0182 in [0.072, 0.13], else −0.0436u² − 0.0126u + 0.0736 | the same |
//! | σ of ν | −0.0125 ln u − 0.0059 in [0.008, 0.045] | below 0.3039: −0.0120 ln u − 0.0023 in [0.0124, 0.04], else −0.0165u² + 0.0116u + 0.0104 | below 0.3055: −0.0117 ln u − 0.0057 in [0.0091, 0.04], else −0.0118u² + 0.0093u + 0.0073 |
//! | Q of the read noise | 0.0088/v^0.65 up to 0.2 | below 0.1591: −0.0078 ln v + 0.0038 in [0.0179, 0.04], else 0.0664v³ − 0.1352v² + 0.0768v + 0.0088 | below 0.16: −0.0117 ln v − 0.0069 in [0.015, 0.04], else 0.0069v³ − 0.0280v² + 0.0211v + 0.0123 |
//!
//! σ_P is multiplied by g_max over that of the fit. Nandakumar et al., ICECS 2019; Le Gallo et al., Nature Electronics
//! 2023; coefficients as aihwkit fits them (`inference/noise/pcm.py`, `hermes.py`).
use super::config::HermesDevices;
use super::power_law::{Exponent, PowerLaw};

/// One of the characterised cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhaseChange {
    PcmLike,
    Hermes(HermesDevices),
}

use HermesDevices::{One, Two};
use PhaseChange::{Hermes, PcmLike};

impl PhaseChange {
    /// Largest conductance of the fit, in µS.
    pub const fn reference_us(self) -> f64 {
        match self {
            PcmLike => 25.0,
            Hermes(One) => 10.35,
            Hermes(Two) => 20.7,
        }
    }

    /// t₀ and t_R.
    pub const fn times(self) -> PowerLaw {
        match self {
            PcmLike => PowerLaw { first_read_s: 20.0, read_duration_s: 250e-9 },
            Hermes(One) => PowerLaw { first_read_s: 200.0, read_duration_s: 512e-9 },
            Hermes(Two) => PowerLaw { first_read_s: 300.0, read_duration_s: 512e-9 },
        }
    }

    /// σ_P at g_max of the fit, in µS.
    pub fn programming_std_us(self, u: f64) -> f64 {
        match self {
            PcmLike => polynomial(&[0.26348, 1.9650, -1.1731], u),
            Hermes(One) => polynomial(&[0.157_818_17, 2.324_439_16, -2.163_108_39, 0.688_418_18], u),
            Hermes(Two) => polynomial(&[0.166_032_22, 4.718_064_68, -8.481_012_52, 4.689_614_19], u),
        }
    }

    /// Law of the drift exponent.
    pub fn exponent(self, u: f64) -> Exponent {
        let mean = match self {
            PcmLike => logarithm(-0.0155, 0.0244, [0.049, 0.1], u),
            Hermes(_) if u < 0.0945 => logarithm(-0.0387, -0.0182, [0.072, 0.13], u),
            Hermes(_) => polynomial(&[0.0736, -0.0126, -0.0436], u),
        };
        let std = match self {
            PcmLike => logarithm(-0.0125, -0.0059, [0.008, 0.045], u),
            Hermes(One) if u < 0.3039 => logarithm(-0.0120, -0.0023, [0.0124, 0.04], u),
            Hermes(One) => polynomial(&[0.0104, 0.0116, -0.0165], u),
            Hermes(Two) if u < 0.3055 => logarithm(-0.0117, -0.0057, [0.0091, 0.04], u),
            Hermes(Two) => polynomial(&[0.0073, 0.0093, -0.0118], u),
        };
        Exponent { mean, std }
    }

    /// Q of the read noise.
    pub fn read_amplitude(self, v: f64) -> f64 {
        match self {
            PcmLike => (0.0088 / v.powf(0.65).max(1e-3)).min(0.2),
            Hermes(One) if v < 0.1591 => logarithm(-0.0078, 0.0038, [0.0179, 0.04], v),
            Hermes(One) => polynomial(&[0.0088, 0.0768, -0.1352, 0.0664], v),
            Hermes(Two) if v < 0.16 => logarithm(-0.0117, -0.0069, [0.015, 0.04], v),
            // A device programmed to far more than g_max would leave the range in which the cubic is positive.
            Hermes(Two) => polynomial(&[0.0123, 0.0211, -0.0280, 0.0069], v).max(0.0),
        }
    }
}

/// Σ c_k x^k, coefficients in ascending order.
pub(crate) fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// a ln x + b, kept in a range; x = 0 gives its upper end for a < 0.
fn logarithm(a: f64, b: f64, [least, most]: [f64; 2], x: f64) -> f64 {
    (a * x.ln() + b).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-5 * expected, "{found} instead of {expected}");
    }

    #[test]
    fn pcm_like_by_hand() {
        // u = 0.5: 0.26348 + 0.9825 − 0.293275.
        assert_close(PcmLike.programming_std_us(0.5), 0.952_705);
        // u = 0.1, ln u = −2.302585: 0.0356901 + 0.0244 and 0.0287823 − 0.0059.
        let exponent = PcmLike.exponent(0.1);
        assert_close(exponent.mean, 0.060_090_1);
        assert_close(exponent.std, 0.022_882_3);
        // 0.5^0.65 = 0.637280: 0.0088/0.637280.
        assert_close(PcmLike.read_amplitude(0.5), 0.013_808_7);
    }

    #[test]
    fn hermes_by_hand() {
        // u = 0.5: c₀ + c₁/2 + c₂/4 + c₃/8.
        assert_close(Hermes(One).programming_std_us(0.5), 0.865_312_9);
        assert_close(Hermes(Two).programming_std_us(0.5), 0.991_013_2);
        // u = 0.5: 0.0736 − 0.0063 − 0.0109.
        assert_close(Hermes(Two).exponent(0.5).mean, 0.0564);
        // u = 0.08, ln u = −2.525729: 0.0977457 − 0.0182.
        assert_close(Hermes(One).exponent(0.08).mean, 0.079_545_7);
        // u = 0.2, ln u = −1.609438: 0.0193133 − 0.0023 and 0.0188304 − 0.0057.
        assert_close(Hermes(One).exponent(0.2).std, 0.017_013_3);
        assert_close(Hermes(Two).exponent(0.2).std, 0.013_130_4);
        // u = 0.5: −0.004125 + 0.0058 + 0.0104 and −0.00295 + 0.00465 + 0.0073.
        assert_close(Hermes(One).exponent(0.5).std, 0.012_075);
        assert_close(Hermes(Two).exponent(0.5).std, 0.009);
        // v = 0.5: 0.0083 − 0.0338 + 0.0384 + 0.0088 and 0.0008625 − 0.007 + 0.01055 + 0.0123.
        assert_close(Hermes(One).read_amplitude(0.5), 0.0217);
        assert_close(Hermes(Two).read_amplitude(0.5), 0.016_712_5);
        // v = 0.1: 0.0179602 + 0.0038 and 0.0269402 − 0.0069.
        assert_close(Hermes(One).read_amplitude(0.1), 0.021_760_2);
        assert_close(Hermes(Two).read_amplitude(0.1), 0.020_040_2);
    }

    #[test]
    fn an_empty_device_has_the_ends_of_the_ranges() {
        assert_eq!(PcmLike.exponent(0.0), Exponent { mean: 0.1, std: 0.045 });
        assert_eq!(PcmLike.read_amplitude(0.0), 0.2);
        for devices in [One, Two] {
            assert_eq!(Hermes(devices).exponent(0.0), Exponent { mean: 0.13, std: 0.04 });
            assert_eq!(Hermes(devices).read_amplitude(0.0), 0.04);
        }
    }
}
