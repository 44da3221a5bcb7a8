//! The law of the devices of a layer: a model, and what its settings make of it. All conductances in µS.
use super::device::{Device, Operation, rectified};
use super::model::ProgrammedModel;
use crate::parameter::OutOfRange;
use crate::vocabulary::device::stuck;

/// The law that settings come down to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DeviceLaw {
    pub model: ProgrammedModel,
    pub operation: Operation,
    /// Factor on the read noise; 0 if reads are exact.
    pub read_scale: f64,
    /// Shares of the devices that are stuck at g_max and at g_min.
    pub stuck: [f64; 2],
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
        Device { target_us, programmed_us: programmed as f32, programming, drift, is_stuck: false }
    }

    /// Where a device is stuck, from a number that is uniform from 0 to 1.
    pub fn stuck_code(&self, chance: f64) -> u8 {
        let [on, off] = self.stuck;
        match chance {
            x if x < on => stuck::ON,
            x if x < on + off => stuck::OFF,
            _ => stuck::FREE,
        }
    }

    /// Whether devices can be stuck.
    pub fn can_be_stuck(&self) -> bool {
        self.stuck != [0.0; 2]
    }

    /// The same, if the device is not stuck.
    pub fn program_unless_stuck(&self, target_us: f32, normals: [f32; 2], code: u8) -> Device {
        let Operation { g_min_us, g_max_us, .. } = self.operation;
        let at = match code {
            stuck::ON => g_max_us,
            stuck::OFF => g_min_us,
            _ => return self.program(target_us, normals[0], normals[1]),
        };
        Device { target_us, programmed_us: at as f32, is_stuck: true, ..Device::default() }
    }

    /// g_D at a time that [`Self::check_time`] admits.
    pub fn aged_us(&self, device: &Device, time_s: f64) -> f64 {
        if device.is_stuck {
            return f64::from(device.programmed_us);
        }
        self.model.law().aged_us(device, time_s, &self.operation)
    }

    /// σ_R with its factor, of a device that has aged to `aged_us`.
    pub fn read_std_us(&self, device: &Device, aged_us: f64, time_s: f64) -> f64 {
        self.read_scale * self.model.law().read_std_us(device, aged_us, time_s, &self.operation)
    }
}
