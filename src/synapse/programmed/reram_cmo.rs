//! Resistive memory with a conductive metal oxide on HfOx (Falcone et al., arXiv:2502.04524; coefficients of aihwkit's
//! `ReRamCMONoiseModel`), all in µS, t in s:
//!
//! ```text
//! σ_P = 0.00106879 g_T + 0.00081107           accepted within 0.2 %
//!     = 0.01129027 g_T + 0.01121854           accepted within 2 %
//! g_D = g_P − 0.08900206 ln t + (0.04201137 ln t + 0.41183342) ξ      from t = 1 s on; g_P at t = 0
//! σ_R = 0.0277316483 log₁₀ g_D √ln((t + 1 µs)/2 µs)
//! ```
use super::device::{Device, DeviceModel, Operation, rectified};
use super::power_law::noise_growth;
use crate::math;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How devices of conductive metal oxide on HfOx are programmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReramCmo {
    /// Deviation from its target at which a device is accepted.
    pub acceptance: Acceptance,
}

/// Acceptance range of program-and-verify, relative to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// 0.2 %.
    OneFifthPercent,
    /// 2 %.
    #[default]
    TwoPercent,
}

/// Range of the devices, in µS.
const RANGE_US: (f64, f64) = (8.0, 90.0);

/// Duration of a read of these devices.
const READ_S: f64 = 1e-6;

impl Acceptance {
    /// σ_P, in µS.
    fn programming_std_us(self, target_us: f64) -> f64 {
        match self {
            Self::OneFifthPercent => 0.001_068_79 * target_us + 0.000_811_07,
            Self::TwoPercent => 0.011_290_274_18 * target_us + 0.011_218_539_1,
        }
    }
}

/// g_D − g_P, in µS, of the device with relaxation `xi`.
fn relaxation_us(time_s: f64, xi: f64) -> f64 {
    if time_s == 0.0 {
        return 0.0;
    }
    let log = math::ln(time_s);
    -0.089_002_06 * log + (0.042_011_37 * log + 0.411_833_42) * xi
}

/// σ_R, in µS.
fn read_std_us(aged_us: f64, time_s: f64) -> f64 {
    // Below 1 µS, far outside the measured range, the logarithm would turn negative.
    0.027_731_648_3 * math::log10(aged_us.max(1.0)) * noise_growth(time_s, READ_S)
}

impl DeviceModel for ReramCmo {
    fn default_range_us(&self) -> (f64, f64) {
        RANGE_US
    }

    fn characterised_us(&self) -> (f64, f64) {
        RANGE_US
    }

    fn refuses_time(&self, time_s: f64) -> Option<&'static str> {
        // The logarithm of the relaxation would reverse its sign before.
        let known = time_s.is_finite() && (time_s == 0.0 || time_s >= 1.0);
        (!known).then_some("0 or at least 1: the relaxation of model.reram_cmo is known from 1 s on")
    }

    fn drift_is_frozen(&self) -> bool {
        false
    }

    fn programming_std_us(&self, target_us: f64, _operation: &Operation) -> f64 {
        self.acceptance.programming_std_us(target_us)
    }

    fn aged_us(&self, device: &Device, time_s: f64, operation: &Operation) -> f64 {
        let relaxation = relaxation_us(time_s, f64::from(device.drift));
        rectified(f64::from(device.programmed_us) + operation.drift_scale * relaxation)
    }

    fn read_std_us(&self, _device: &Device, aged_us: f64, time_s: f64, _operation: &Operation) -> f64 {
        read_std_us(aged_us, time_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{found} instead of {expected}");
    }

    #[test]
    fn laws_by_hand() {
        assert_close(Acceptance::OneFifthPercent.programming_std_us(50.0), 0.054_250_57);
        assert_close(Acceptance::TwoPercent.programming_std_us(50.0), 0.575_732_2);
        // ln 10⁴ = 9.210340: −0.8197392 and 0.3869390 + 0.4118334.
        assert_close(relaxation_us(1e4, 0.0), -0.819_739_2);
        assert_close(relaxation_us(1e4, 1.0), -0.819_739_2 + 0.798_772_4);
        // √ln(5·10⁹) = √22.33270 = 4.725749; log₁₀ 50 = 1.698970.
        assert_close(read_std_us(50.0, 1e4), 0.222_654_8);
    }

    #[test]
    fn nothing_has_relaxed_right_after_programming() {
        assert_eq!(relaxation_us(0.0, 1.0), 0.0);
        assert_eq!(read_std_us(50.0, 0.0), 0.0);
    }
}
