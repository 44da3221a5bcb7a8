//! Resistive memory, which relaxes but follows no law of drift.
//!
//! `wan2022` (Wan et al., Nature 2022; a fit of aihwkit to the published figures), u = g_T/g_max:
//!
//! ```text
//! g(t) = [g_T + σ(t) ξ]₊,  σ(t) = Σ c_k(t) u^k in µS at g_max = 40 µS, times g_max/40 µS else;  t = 1 s, 1 day, 2 days
//! ```
//!
//! The data give the law at each time but no correlation between times: here a device keeps its ξ, so that its
//! deviation follows σ(t).
//!
//! `cmo` (Falcone et al., arXiv:2502.04524; coefficients of aihwkit's `ReRamCMONoiseModel`), all in µS, t in s:
//!
//! ```text
//! σ_P = 0.00106879 g_T + 0.00081107           accepted within 0.2 %
//!     = 0.01129027 g_T + 0.01121854           accepted within 2 %
//! g_D = g_P − 0.08900206 ln t + (0.04201137 ln t + 0.41183342) ξ      from t = 1 s on; g_P at t = 0
//! σ_R = 0.0277316483 log₁₀ g_D √ln((t + 1 µs)/2 µs)
//! ```
use super::config::Acceptance;
use super::phase_change::polynomial;
use super::power_law::noise_growth;

/// g_max of the fit to Wan et al., in µS.
pub(crate) const WAN_REFERENCE_US: f64 = 40.0;
/// First time of that fit, which stands for the state right after programming.
pub(crate) const WAN_FIRST_S: f64 = 1.0;

/// Times and ascending coefficients of σ in µS.
const WAN: [(f64, [f64; 5]); 3] = [
    (WAN_FIRST_S, [0.348, 16.030, -43.853, 45.393, -16.815]),
    (86_400.0, [0.701, 22.086, -50.773, 47.095, -16.458]),
    (172_800.0, [0.782, 20.274, -43.507, 37.062, -11.934]),
];

/// Range of the devices with conductive metal oxide, in µS.
pub(crate) const CMO_RANGE_US: (f64, f64) = (8.0, 90.0);

/// Duration of a read of these devices.
const CMO_READ_S: f64 = 1e-6;

/// σ(t) of Wan et al. at g_max = 40 µS, in µS; none at a time that was not measured.
pub(crate) fn wan_std_us(u: f64, time_s: f64) -> Option<f64> {
    WAN.iter().find(|(at_s, _)| *at_s == time_s).map(|(_, coefficients)| polynomial(coefficients, u))
}

/// σ_P, in µS.
pub(crate) fn cmo_programming_std_us(acceptance: Acceptance, target_us: f64) -> f64 {
    match acceptance {
        Acceptance::OneFifthPercent => 0.001_068_79 * target_us + 0.000_811_07,
        Acceptance::TwoPercent => 0.011_290_274_18 * target_us + 0.011_218_539_1,
    }
}

/// g_D − g_P, in µS, of the device with relaxation `xi`.
pub(crate) fn cmo_relaxation_us(time_s: f64, xi: f64) -> f64 {
    if time_s == 0.0 {
        return 0.0;
    }
    let log = time_s.ln();
    -0.089_002_06 * log + (0.042_011_37 * log + 0.411_833_42) * xi
}

/// σ_R, in µS.
pub(crate) fn cmo_read_std_us(aged_us: f64, time_s: f64) -> f64 {
    // Below 1 µS, far outside the measured range, the logarithm would turn negative.
    0.027_731_648_3 * aged_us.max(1.0).log10() * noise_growth(time_s, CMO_READ_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{found} instead of {expected}");
    }

    #[test]
    fn wan_by_hand() {
        // u = 0.5: c₀ + c₁/2 + c₂/4 + c₃/8 + c₄/16.
        assert_close(wan_std_us(0.5, 1.0).unwrap(), 2.022_937_5);
        assert_close(wan_std_us(0.5, 86_400.0).unwrap(), 3.909);
        assert_close(wan_std_us(0.5, 172_800.0).unwrap(), 3.929_125);
        assert_eq!(wan_std_us(0.5, 3600.0), None);
    }

    #[test]
    fn cmo_by_hand() {
        assert_close(cmo_programming_std_us(Acceptance::OneFifthPercent, 50.0), 0.054_250_57);
        assert_close(cmo_programming_std_us(Acceptance::TwoPercent, 50.0), 0.575_732_2);
        // ln 10⁴ = 9.210340: −0.8197392 and 0.3869390 + 0.4118334.
        assert_close(cmo_relaxation_us(1e4, 0.0), -0.819_739_2);
        assert_close(cmo_relaxation_us(1e4, 1.0), -0.819_739_2 + 0.798_772_4);
        // √ln(5·10⁹) = √22.33270 = 4.725749; log₁₀ 50 = 1.698970.
        assert_close(cmo_read_std_us(50.0, 1e4), 0.222_654_8);
    }

    #[test]
    fn nothing_has_relaxed_right_after_programming() {
        assert_eq!(cmo_relaxation_us(0.0, 1.0), 0.0);
        assert_eq!(cmo_read_std_us(50.0, 0.0), 0.0);
    }
}
