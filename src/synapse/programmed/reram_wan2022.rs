//! Resistive memory at three times (Wan et al., Nature 2022; a fit of aihwkit to the published figures), u = g_T/g_max:
//!
//! ```text
//! g(t) = [g_T + σ(t) ξ]₊,  σ(t) = Σ c_k(t) u^k in µS at g_max = 40 µS, times g_max/40 µS else;  t = 1 s, 1 day, 2 days
//! ```
//!
//! The data give the law at each time but no correlation between times: here a device keeps its ξ, so that its
//! deviation follows σ(t). There is no read noise.
use super::device::{Device, DeviceModel, Operation, rectified};
use super::fit::polynomial;

/// The model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReramWan2022;

/// g_max of the fit, in µS.
const REFERENCE_US: f64 = 40.0;
/// First time of the fit, which stands for the state right after programming.
const FIRST_S: f64 = 1.0;

/// Times and ascending coefficients of σ in µS.
const FITS: [(f64, [f64; 5]); 3] = [
    (FIRST_S, [0.348, 16.030, -43.853, 45.393, -16.815]),
    (86_400.0, [0.701, 22.086, -50.773, 47.095, -16.458]),
    (172_800.0, [0.782, 20.274, -43.507, 37.062, -11.934]),
];

/// σ(t) at g_max = 40 µS, in µS; none at a time that was not measured.
fn fitted_std_us(u: f64, time_s: f64) -> Option<f64> {
    FITS.iter().find(|(at_s, _)| *at_s == time_s).map(|(_, coefficients)| polynomial(coefficients, u))
}

fn std_us(target_us: f64, time_s: f64, g_max_us: f64) -> f64 {
    let std = fitted_std_us(target_us / g_max_us, time_s);
    std.expect("a time that was measured") * g_max_us / REFERENCE_US
}

impl DeviceModel for ReramWan2022 {
    fn default_range_us(&self) -> (f64, f64) {
        (0.0, REFERENCE_US)
    }

    fn first_time_s(&self) -> f64 {
        FIRST_S
    }

    fn refuses_time(&self, time_s: f64) -> Option<&'static str> {
        let known = fitted_std_us(0.0, time_s).is_some();
        (!known).then_some("1, 86400 or 172800: model.reram_wan2022 was measured at no other time")
    }

    fn drift_is_frozen(&self) -> bool {
        false
    }

    fn has_read_noise(&self) -> bool {
        false
    }

    fn limits(&self, read_noise: bool, drift_scale: f64) -> Vec<(bool, &'static str, &'static str)> {
        vec![
            (!read_noise, "read_noise", "be false: model.reram_wan2022 has no read noise"),
            (drift_scale == 1.0, "drift_scale", "be 1: model.reram_wan2022 has no drift"),
        ]
    }

    fn programming_std_us(&self, target_us: f64, operation: &Operation) -> f64 {
        std_us(target_us, FIRST_S, operation.g_max_us)
    }

    fn aged_us(&self, device: &Device, time_s: f64, operation: &Operation) -> f64 {
        let target = f64::from(device.target_us);
        let std = operation.programming_scale * std_us(target, time_s, operation.g_max_us);
        rectified(target + std * f64::from(device.programming))
    }

    fn read_std_us(&self, _device: &Device, _aged_us: f64, _time_s: f64, _operation: &Operation) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_by_hand() {
        // u = 0.5: c₀ + c₁/2 + c₂/4 + c₃/8 + c₄/16.
        for (time_s, expected) in [(1.0, 2.022_937_5), (86_400.0, 3.909), (172_800.0, 3.929_125)] {
            let found = fitted_std_us(0.5, time_s).unwrap();
            assert!((found - expected).abs() <= 1e-5 * expected, "{found} instead of {expected}");
        }
        assert_eq!(fitted_std_us(0.5, 3600.0), None);
    }
}
