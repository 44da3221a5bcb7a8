//! The law of one device: which model, on which range of conductances, with which factors. All conductances in µS.
use super::config::{ProgrammedModel, ProgrammedSynapses, StateIndependent};
use super::phase_change::PhaseChange;
use super::power_law::{Exponent, PowerLaw};
use super::resistive;
use crate::parameter::OutOfRange;

/// A programmed device.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Device {
    /// g_T
    pub target_us: f32,
    /// g_P
    pub programmed_us: f32,
    /// ξ it was programmed with.
    pub programming: f32,
    /// ξ of its drift.
    pub drift: f32,
}

/// The law that settings come down to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DeviceLaw {
    pub model: ProgrammedModel,
    pub g_min_us: f64,
    pub g_max_us: f64,
    programming_scale: f64,
    drift_scale: f64,
    /// 0 if reads are exact.
    read_scale: f64,
}

impl ProgrammedModel {
    /// g_min and g_max of settings that give none, in µS.
    fn default_range_us(&self) -> (f64, f64) {
        match self {
            Self::StateIndependent(_) => (0.0, 25.0),
            Self::ReramWan2022 => (0.0, resistive::WAN_REFERENCE_US),
            Self::ReramCmo(_) => resistive::CMO_RANGE_US,
            Self::PcmLike | Self::Hermes(_) => (0.0, self.phase_change().map_or(0.0, PhaseChange::reference_us)),
        }
    }

    /// Conductances in µS beyond which the law says nothing. A law in terms of g/g_max scales with g_max, except that
    /// of the HERMES chip, whose devices are known up to their g_max only.
    pub(crate) fn characterised_us(&self) -> (f64, f64) {
        match self {
            Self::ReramCmo(_) => resistive::CMO_RANGE_US,
            Self::Hermes(_) => self.default_range_us(),
            Self::PcmLike | Self::StateIndependent(_) | Self::ReramWan2022 => (0.0, f64::INFINITY),
        }
    }

    /// Earliest time that the law knows: that of the reference of the drift compensation.
    pub(crate) fn first_time_s(&self) -> f64 {
        if matches!(self, Self::ReramWan2022) { resistive::WAN_FIRST_S } else { 0.0 }
    }

    fn phase_change(&self) -> Option<PhaseChange> {
        match self {
            Self::PcmLike => Some(PhaseChange::PcmLike),
            Self::Hermes(hermes) => Some(PhaseChange::Hermes(hermes.devices)),
            Self::StateIndependent(_) | Self::ReramWan2022 | Self::ReramCmo(_) => None,
        }
    }
}

impl StateIndependent {
    fn times(&self) -> PowerLaw {
        PowerLaw { first_read_s: self.first_read_s.get(), read_duration_s: self.read_duration_s.get() }
    }

    fn exponent(&self) -> Exponent {
        Exponent { mean: self.drift_mean.get(), std: self.drift_std.get() }
    }
}

impl DeviceLaw {
    pub fn new(config: &ProgrammedSynapses) -> Self {
        let (least, most) = config.model.default_range_us();
        Self {
            model: config.model,
            g_min_us: config.g_min_s.map_or(least, |g| 1e6 * g.get()),
            g_max_us: config.g_max_s.map_or(most, |g| 1e6 * g.get()),
            programming_scale: config.programming_noise_scale.get(),
            drift_scale: config.drift_scale.get(),
            read_scale: if config.read_noise { config.read_noise_scale.get() } else { 0.0 },
        }
    }

    /// Refuses a time that the law does not know.
    pub fn check_time(&self, time_s: f64) -> Result<(), OutOfRange> {
        let (holds, rule) = match self.model {
            ProgrammedModel::ReramWan2022 => (
                resistive::wan_std_us(0.0, time_s).is_some(),
                "1, 86400 or 172800: model.reram_wan2022 was measured at no other time",
            ),
            // The logarithm of the relaxation would reverse its sign before.
            ProgrammedModel::ReramCmo(_) => (
                time_s.is_finite() && (time_s == 0.0 || time_s >= 1.0),
                "0 or at least 1: the relaxation of model.reram_cmo is known from 1 s on",
            ),
            _ => (time_s.is_finite() && time_s >= 0.0, "finite and >= 0"),
        };
        if holds { Ok(()) } else { Err(OutOfRange { rule, value: time_s.to_string() }) }
    }

    /// Whether the drift is a property of the device, not of the way it was programmed this time.
    pub fn drift_is_frozen(&self) -> bool {
        !matches!(self.model, ProgrammedModel::ReramCmo(_) | ProgrammedModel::ReramWan2022)
    }

    pub fn reads_are_noisy(&self) -> bool {
        self.read_scale > 0.0 && self.model != ProgrammedModel::ReramWan2022
    }

    /// σ_P with its factor.
    pub fn programming_std_us(&self, target_us: f64) -> f64 {
        self.programming_scale
            * match &self.model {
                ProgrammedModel::StateIndependent(law) => 1e6 * law.programming_std_s.get(),
                ProgrammedModel::ReramWan2022 => self.wan_std_us(target_us, resistive::WAN_FIRST_S),
                ProgrammedModel::ReramCmo(cmo) => resistive::cmo_programming_std_us(cmo.acceptance, target_us),
                ProgrammedModel::PcmLike | ProgrammedModel::Hermes(_) => {
                    self.model.phase_change().map_or(0.0, |cell| {
                        cell.programming_std_us(target_us / self.g_max_us) * self.g_max_us / cell.reference_us()
                    })
                }
            }
    }

    /// A device programmed to a target, from its two normals.
    pub fn program(&self, target_us: f32, programming: f32, drift: f32) -> Device {
        let target = f64::from(target_us);
        let programmed = rectified(target + self.programming_std_us(target) * f64::from(programming));
        Device { target_us, programmed_us: programmed as f32, programming, drift }
    }

    /// ν with its factor; 0 for a model without drift exponents.
    pub fn drift_exponent(&self, device: &Device) -> f64 {
        let exponent = match &self.model {
            ProgrammedModel::StateIndependent(law) => Some(law.exponent()),
            _ => self.model.phase_change().map(|cell| cell.exponent(f64::from(device.target_us) / self.g_max_us)),
        };
        self.drift_scale * exponent.map_or(0.0, |law| law.draw(f64::from(device.drift)))
    }

    /// g_D at a time that [`Self::check_time`] admits.
    pub fn aged_us(&self, device: &Device, time_s: f64) -> f64 {
        let programmed = f64::from(device.programmed_us);
        match &self.model {
            ProgrammedModel::ReramWan2022 => {
                let target = f64::from(device.target_us);
                let std = self.programming_scale * self.wan_std_us(target, time_s);
                rectified(target + std * f64::from(device.programming))
            }
            ProgrammedModel::ReramCmo(_) => {
                let relaxation = resistive::cmo_relaxation_us(time_s, f64::from(device.drift));
                rectified(programmed + self.drift_scale * relaxation)
            }
            _ => programmed * self.power_law().map_or(1.0, |law| law.remainder(self.drift_exponent(device), time_s)),
        }
    }

    /// σ_R with its factor, of a device that has aged to `aged_us`.
    pub fn read_std_us(&self, device: &Device, aged_us: f64, time_s: f64) -> f64 {
        let growth = || self.power_law().map_or(0.0, |law| law.noise_growth(time_s));
        self.read_scale
            * match &self.model {
                ProgrammedModel::StateIndependent(law) => {
                    1e6 * law.read_std_s.get() * aged_us / self.g_max_us * growth()
                }
                ProgrammedModel::ReramWan2022 => 0.0,
                ProgrammedModel::ReramCmo(_) => resistive::cmo_read_std_us(aged_us, time_s),
                // The amplitude follows the state that was programmed, not what drift has left of it.
                ProgrammedModel::PcmLike | ProgrammedModel::Hermes(_) => {
                    self.model.phase_change().map_or(0.0, |cell| {
                        aged_us * cell.read_amplitude(f64::from(device.programmed_us) / self.g_max_us) * growth()
                    })
                }
            }
    }

    fn power_law(&self) -> Option<PowerLaw> {
        match &self.model {
            ProgrammedModel::StateIndependent(law) => Some(law.times()),
            _ => self.model.phase_change().map(PhaseChange::times),
        }
    }

    fn wan_std_us(&self, target_us: f64, time_s: f64) -> f64 {
        let std = resistive::wan_std_us(target_us / self.g_max_us, time_s);
        std.expect("a time that was measured") * self.g_max_us / resistive::WAN_REFERENCE_US
    }
}

/// No conductance is negative; NaN stays NaN, so that broken weights are seen.
pub(crate) fn rectified(g: f64) -> f64 {
    if g < 0.0 { 0.0 } else { g }
}
