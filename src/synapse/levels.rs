//! Synapses of a few levels.
use super::codebook::{Codebook, Levels};
use super::conflict::under;
use super::level_device::SynapticDevice;
use super::quantised::Quantised;
use super::scale::WeightScale;
use super::settings::SynapseSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synapses of a few levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelSynapses {
    /// The levels.
    pub levels: Levels,
    /// Weight of a level of 1.
    #[serde(default)]
    pub scale: WeightScale,
    /// What a synapse is made of.
    #[serde(default)]
    pub device: SynapticDevice,
}

impl SynapseSettings for LevelSynapses {
    fn quantised(&self) -> Option<Quantised<'_>> {
        Some(Quantised { codebook: Codebook::new(&self.levels), scale: self.scale, device: &self.device })
    }

    fn conflicts(&self) -> Vec<(String, String)> {
        let levels = self.levels.conflict().into_iter();
        let mut found: Vec<_> = levels.map(|(key, rule)| (format!("levels.{key}"), rule)).collect();
        if matches!(self.device, SynapticDevice::Pulsed(_)) {
            found.push(("device.pulsed".to_owned(), "is for two levels: use binary synapses".to_owned()));
        }
        found.extend(under("device", self.device.conflicts()));
        found
    }
}
