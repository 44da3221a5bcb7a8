//! The law of the devices of a layer: a model, and what its settings make of it. All conductances in µS.
use super::device::{Device, Operation, rectified};
use super::model::ProgrammedModel;
use crate::parameter::OutOfRange;

/// The law that settings come down to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DeviceLaw {
    pub model: ProgrammedModel,
    pub operation: Operation,
    /// Factor on the read noise; 0 if reads are exact.
    pub read_scale: f64,
}

impl DeviceLaw {
    /// Refuses a time that the law does not know.
    pub fn check_time(&self, time_s: f64) -> Result<(), OutOfRange> {
        let refusal = self.model.law().refuses_time(time_s);
        refusal.map_or(Ok(()), |rule| Err(OutOfRange { rule, value: time_s.to_string() }))
    }

    /// Earliest time that the law knows.
    pub fn first_time_s(&self) -> f64 {
        self.model.law().first_time_s()
    }

    /// Whether the drift is a property of the device, not of the way it was programmed this time.
    pub fn drift_is_frozen(&self) -> bool {
        self.model.law().drift_is_frozen()
    }

    pub fn reads_are_noisy(&self) -> bool {
        self.read_scale > 0.0 && self.model.law().has_read_noise()
    }

    /// A device programmed to a target, from its two normals.
    pub fn program(&self, target_us: f32, programming: f32, drift: f32) -> Device {
        let target = f64::from(target_us);
        let std = self.operation.programming_scale * self.model.law().programming_std_us(target, &self.operation);
        let programmed = rectified(target + std * f64::from(programming));
        Device { target_us, programmed_us: programmed as f32, programming, drift }
    }

    /// g_D at a time that [`Self::check_time`] admits.
    pub fn aged_us(&self, device: &Device, time_s: f64) -> f64 {
        self.model.law().aged_us(device, time_s, &self.operation)
    }

    /// σ_R with its factor, of a device that has aged to `aged_us`.
    pub fn read_std_us(&self, device: &Device, aged_us: f64, time_s: f64) -> f64 {
        self.read_scale * self.model.law().read_std_us(device, aged_us, time_s, &self.operation)
    }
}
