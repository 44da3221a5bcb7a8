//! Synapses of two levels.
use super::codebook::Codebook;
use super::conflict::under;
use super::level_device::SynapticDevice;
use super::quantised::Quantised;
use super::scale::WeightScale;
use super::settings::SynapseSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synapses of two levels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BinarySynapses {
    /// Weight of a level of 1.
    pub scale: WeightScale,
    /// What a synapse is made of.
    pub device: SynapticDevice,
}

impl SynapseSettings for BinarySynapses {
    fn quantised(&self) -> Option<Quantised<'_>> {
        Some(Quantised { codebook: Codebook::binary(), scale: self.scale, device: &self.device })
    }

    fn conflicts(&self) -> Vec<(String, String)> {
        under("device", self.device.conflicts())
    }
}
