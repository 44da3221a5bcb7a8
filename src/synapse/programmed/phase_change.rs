//! What models of phase-change memory share. With u = g_T/g_max and v = g_P/g_max, a cell is given by σ_P(u) and its law
//! of the drift exponent, μ(u) and σ(u), and by the amplitude Q(v) of its read noise; σ_P is multiplied by g_max over that
//! of the fit.
use super::device::{Device, DeviceModel, Operation};
use super::power_law::{Exponent, PowerLaw};
use std::fmt::Debug;

/// A characterised cell.
pub(super) trait PhaseChangeCell: Debug {
    /// Largest conductance of the fit, in µS.
    fn reference_us(&self) -> f64;

    /// Whether the cell is known up to that conductance only.
    fn is_bounded(&self) -> bool;

    /// t₀ and t_R.
    fn times(&self) -> PowerLaw;

    /// σ_P at g_max of the fit, in µS.
    fn programming_std_us(&self, u: f64) -> f64;

    /// Law of the drift exponent.
    fn exponent(&self, u: f64) -> Exponent;

    /// Q of the read noise.
    fn read_amplitude(&self, v: f64) -> f64;
}

impl<C: PhaseChangeCell> DeviceModel for C {
    fn default_range_us(&self) -> (f64, f64) {
        (0.0, self.reference_us())
    }

    fn characterised_us(&self) -> (f64, f64) {
        (0.0, if self.is_bounded() { self.reference_us() } else { f64::INFINITY })
    }

    fn programming_std_us(&self, target_us: f64, operation: &Operation) -> f64 {
        let g_max_us = operation.g_max_us;
        PhaseChangeCell::programming_std_us(self, target_us / g_max_us) * g_max_us / self.reference_us()
    }

    fn aged_us(&self, device: &Device, time_s: f64, operation: &Operation) -> f64 {
        let exponent = self.exponent(f64::from(device.target_us) / operation.g_max_us);
        let nu = operation.drift_scale * exponent.draw(f64::from(device.drift));
        f64::from(device.programmed_us) * self.times().remainder(nu, time_s)
    }

    fn read_std_us(&self, device: &Device, aged_us: f64, time_s: f64, operation: &Operation) -> f64 {
        // The amplitude follows the state that was programmed, not what drift has left of it.
        let amplitude = self.read_amplitude(f64::from(device.programmed_us) / operation.g_max_us);
        aged_us * amplitude * self.times().noise_growth(time_s)
    }
}
