//! Phase-change memory of the HERMES chip. With u = g_T/g_max, and v = g_P/g_max for the read noise:
//!
//! | | one device | two devices |
//! |---|---|---|
//! | g_max of the fit | 10.35 µS | 20.7 µS |
//! | t₀, t_R | 200 s, 512 ns | 300 s, 512 ns |
//! | σ_P in µS | 0.15782 + 2.32444u − 2.16311u² + 0.68842u³ | 0.16603 + 4.71806u − 8.48101u² + 4.68961u³ |
//! | μ of ν | below u = 0.0945: −0.0387 ln u − 0.0182 in [0.072, 0.13], else −0.0436u² − 0.0126u + 0.0736 | the same |
//! | σ of ν | below 0.3039: −0.0120 ln u − 0.0023 in [0.0124, 0.04], else −0.0165u² + 0.0116u + 0.0104 | below 0.3055: −0.0117 ln u − 0.0057 in [0.0091, 0.04], else −0.0118u² + 0.0093u + 0.0073 |
//! | Q of the read noise | below 0.1591: −0.0078 ln v + 0.0038 in [0.0179, 0.04], else 0.0664v³ − 0.1352v² + 0.0768v + 0.0088 | below 0.16: −0.0117 ln v − 0.0069 in [0.015, 0.04], else 0.0069v³ − 0.0280v² + 0.0211v + 0.0123 |
//!
//! The devices are known up to g_max only. Le Gallo et al., Nature Electronics 2023; coefficients as aihwkit fits them
//! (`inference/noise/hermes.py`).
use super::fit::{logarithm, polynomial};
use super::phase_change::PhaseChangeCell;
use super::power_law::{Exponent, PowerLaw};
use HermesDevices::{One, Two};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Unit cell of the HERMES chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hermes {
    /// Devices in parallel for each sign of a weight.
    pub devices: HermesDevices,
}

/// Devices in parallel that act as one conductance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HermesDevices {
    /// One: g_max = 10.35 µS, t₀ = 200 s.
    One,
    /// Two: g_max = 20.7 µS, t₀ = 300 s.
    #[default]
    Two,
}

impl PhaseChangeCell for Hermes {
    fn reference_us(&self) -> f64 {
        match self.devices {
            One => 10.35,
            Two => 20.7,
        }
    }

    fn is_bounded(&self) -> bool {
        true
    }

    fn times(&self) -> PowerLaw {
        match self.devices {
            One => PowerLaw { first_read_s: 200.0, read_duration_s: 512e-9 },
            Two => PowerLaw { first_read_s: 300.0, read_duration_s: 512e-9 },
        }
    }

    fn programming_std_us(&self, u: f64) -> f64 {
        match self.devices {
            One => polynomial(&[0.157_818_17, 2.324_439_16, -2.163_108_39, 0.688_418_18], u),
            Two => polynomial(&[0.166_032_22, 4.718_064_68, -8.481_012_52, 4.689_614_19], u),
        }
    }

    fn exponent(&self, u: f64) -> Exponent {
        let mean = if u < 0.0945 {
            logarithm(-0.0387, -0.0182, [0.072, 0.13], u)
        } else {
            polynomial(&[0.0736, -0.0126, -0.0436], u)
        };
        let std = match self.devices {
            One if u < 0.3039 => logarithm(-0.0120, -0.0023, [0.0124, 0.04], u),
            One => polynomial(&[0.0104, 0.0116, -0.0165], u),
            Two if u < 0.3055 => logarithm(-0.0117, -0.0057, [0.0091, 0.04], u),
            Two => polynomial(&[0.0073, 0.0093, -0.0118], u),
        };
        Exponent { mean, std }
    }

    fn read_amplitude(&self, v: f64) -> f64 {
        match self.devices {
            One if v < 0.1591 => logarithm(-0.0078, 0.0038, [0.0179, 0.04], v),
            One => polynomial(&[0.0088, 0.0768, -0.1352, 0.0664], v),
            Two if v < 0.16 => logarithm(-0.0117, -0.0069, [0.015, 0.04], v),
            // A device programmed to far more than g_max would leave the range in which the cubic is positive.
            Two => polynomial(&[0.0123, 0.0211, -0.0280, 0.0069], v).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Hermes = Hermes { devices: One };
    const TWO: Hermes = Hermes { devices: Two };

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-5 * expected, "{found} instead of {expected}");
    }

    #[test]
    fn fits_by_hand() {
        // u = 0.5: c₀ + c₁/2 + c₂/4 + c₃/8.
        assert_close(ONE.programming_std_us(0.5), 0.865_312_9);
        assert_close(TWO.programming_std_us(0.5), 0.991_013_2);
        // u = 0.5: 0.0736 − 0.0063 − 0.0109.
        assert_close(TWO.exponent(0.5).mean, 0.0564);
        // u = 0.08, ln u = −2.525729: 0.0977457 − 0.0182.
        assert_close(ONE.exponent(0.08).mean, 0.079_545_7);
        // u = 0.2, ln u = −1.609438: 0.0193133 − 0.0023 and 0.0188304 − 0.0057.
        assert_close(ONE.exponent(0.2).std, 0.017_013_3);
        assert_close(TWO.exponent(0.2).std, 0.013_130_4);
        // u = 0.5: −0.004125 + 0.0058 + 0.0104 and −0.00295 + 0.00465 + 0.0073.
        assert_close(ONE.exponent(0.5).std, 0.012_075);
        assert_close(TWO.exponent(0.5).std, 0.009);
        // v = 0.5: 0.0083 − 0.0338 + 0.0384 + 0.0088 and 0.0008625 − 0.007 + 0.01055 + 0.0123.
        assert_close(ONE.read_amplitude(0.5), 0.0217);
        assert_close(TWO.read_amplitude(0.5), 0.016_712_5);
        // v = 0.1: 0.0179602 + 0.0038 and 0.0269402 − 0.0069.
        assert_close(ONE.read_amplitude(0.1), 0.021_760_2);
        assert_close(TWO.read_amplitude(0.1), 0.020_040_2);
    }

    #[test]
    fn an_empty_device_has_the_ends_of_the_ranges() {
        for cell in [ONE, TWO] {
            assert_eq!(cell.exponent(0.0), Exponent { mean: 0.13, std: 0.04 });
            assert_eq!(cell.read_amplitude(0.0), 0.04);
        }
    }
}
