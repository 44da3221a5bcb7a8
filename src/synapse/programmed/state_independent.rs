//! Figures that do not depend on the conductance.
use super::device::{Device, DeviceModel, Operation};
use super::power_law::{Exponent, PowerLaw};
use crate::parameter::{NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Figures that do not depend on the conductance. The defaults are aihwkit's; no device was measured for them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StateIndependent {
    /// Standard deviation of the programming error, in siemens.
    pub programming_std_s: NonNegative,
    /// μ of the drift exponent ν = |μ + σξ|.
    pub drift_mean: NonNegative,
    /// σ of the drift exponent.
    pub drift_std: NonNegative,
    /// ρ of the read noise ρ (g_D/g_max) √ln((t + t₀ + t_R)/(2t_R)), in siemens.
    pub read_std_s: NonNegative,
    /// Time t₀ of the first read, to which the drift refers.
    pub first_read_s: Positive,
    /// Duration t_R of a read.
    pub read_duration_s: Positive,
}

impl Default for StateIndependent {
    fn default() -> Self {
        Self {
            programming_std_s: NonNegative::constant(0.2e-6),
            drift_mean: NonNegative::constant(0.1),
            drift_std: NonNegative::constant(0.05),
            read_std_s: NonNegative::constant(1e-6),
            first_read_s: Positive::constant(20.0),
            read_duration_s: Positive::constant(250e-9),
        }
    }
}

impl StateIndependent {
    fn times(&self) -> PowerLaw {
        PowerLaw { first_read_s: self.first_read_s.get(), read_duration_s: self.read_duration_s.get() }
    }
}

impl DeviceModel for StateIndependent {
    fn default_range_us(&self) -> (f64, f64) {
        (0.0, 25.0)
    }

    fn programming_std_us(&self, _target_us: f64, _operation: &Operation) -> f64 {
        1e6 * self.programming_std_s.get()
    }

    fn aged_us(&self, device: &Device, time_s: f64, operation: &Operation) -> f64 {
        let exponent = Exponent { mean: self.drift_mean.get(), std: self.drift_std.get() };
        let nu = operation.drift_scale * exponent.draw(f64::from(device.drift));
        f64::from(device.programmed_us) * self.times().remainder(nu, time_s)
    }

    fn read_std_us(&self, _device: &Device, aged_us: f64, time_s: f64, operation: &Operation) -> f64 {
        1e6 * self.read_std_s.get() * aged_us / operation.g_max_us * self.times().noise_growth(time_s)
    }
}
