//! Settings of what a synapse of a few levels is made of.
use super::conductance_device::ConductanceDevice;
use super::conflict::under;
use super::pulsed::config::PulsedDevice;
use crate::parameter::Repeats;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a synapse of a few levels is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynapticDevice {
    /// Conductances that a write brings to their level.
    Conductance(ConductanceDevice),
    /// A pulsed device, driven to one of its bounds by every write. For two levels.
    Pulsed(PulsedWrites),
}

/// A pulsed device that holds one of two levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedWrites {
    /// The device.
    pub device: PulsedDevice,
    /// Pulses of a write.
    pub pulses_per_write: Repeats,
}

impl Default for SynapticDevice {
    fn default() -> Self {
        Self::Conductance(ConductanceDevice::default())
    }
}

impl SynapticDevice {
    /// Whether a synapse holds exactly the level that was written last.
    pub fn is_ideal(&self) -> bool {
        match self {
            Self::Conductance(device) => device.is_ideal(),
            Self::Pulsed(_) => false,
        }
    }

    /// The broken rules between settings, with their keys.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        match self {
            Self::Conductance(device) => {
                let conflict = device.conflict().into_iter();
                conflict.map(|(key, rule)| (format!("conductance.{key}"), rule)).collect()
            }
            Self::Pulsed(writes) => under("pulsed.device", writes.device.conflicts()),
        }
    }
}
