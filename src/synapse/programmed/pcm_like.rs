//! Phase-change memory, a fit to 10 000 devices. With u = g_T/g_max, and v = g_P/g_max for the read noise:
//!
//! | | |
//! |---|---|
//! | g_max of the fit | 25 µS |
//! | t₀, t_R | 20 s, 250 ns |
//! | σ_P in µS | 0.26348 + 1.9650u − 1.1731u² |
//! | μ of ν | −0.0155 ln u + 0.0244 in [0.049, 0.1] |
//! | σ of ν | −0.0125 ln u − 0.0059 in [0.008, 0.045] |
//! | Q of the read noise | 0.0088/v^0.65 up to 0.2 |
//!
//! Nandakumar et al., ICECS 2019; Joshi et al., Nature Communications 2020; coefficients as aihwkit fits them
//! (`inference/noise/pcm.py`).
use super::fit::{logarithm, polynomial};
use super::phase_change::PhaseChangeCell;
use super::power_law::{Exponent, PowerLaw};
use crate::math;

/// The cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PcmLike;

impl PhaseChangeCell for PcmLike {
    fn reference_us(&self) -> f64 {
        25.0
    }

    fn is_bounded(&self) -> bool {
        false
    }

    fn times(&self) -> PowerLaw {
        PowerLaw { first_read_s: 20.0, read_duration_s: 250e-9 }
    }

    fn programming_std_us(&self, u: f64) -> f64 {
        polynomial(&[0.26348, 1.9650, -1.1731], u)
    }

    fn exponent(&self, u: f64) -> Exponent {
        Exponent {
            mean: logarithm(-0.0155, 0.0244, [0.049, 0.1], u),
            std: logarithm(-0.0125, -0.0059, [0.008, 0.045], u),
        }
    }

    fn read_amplitude(&self, v: f64) -> f64 {
        (0.0088 / math::pow(v, 0.65).max(1e-3)).min(0.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-5 * expected, "{found} instead of {expected}");
    }

    #[test]
    fn fits_by_hand() {
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
    fn an_empty_device_has_the_ends_of_the_ranges() {
        assert_eq!(PcmLike.exponent(0.0), Exponent { mean: 0.1, std: 0.045 });
        assert_eq!(PcmLike.read_amplitude(0.0), 0.2);
    }
}
