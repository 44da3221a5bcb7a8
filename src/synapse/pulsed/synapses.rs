//! Settings of synapses that are pulsed devices.
use super::config::PulsedDevice;
use super::train::PulseTrain;
use crate::synapse::conflict::under;
use crate::synapse::scale::WeightScale;
use crate::synapse::settings::SynapseSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synapses that are pulsed devices, trained by pulses of the units that they connect. They learn by plain gradient
/// descent with the learning rate of the weights; an optimizer is used for the biases alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedSynapses {
    /// The devices.
    pub device: PulsedDevice,
    /// The pulses.
    #[serde(default)]
    pub train: PulseTrain,
    /// Weight of a device at 1.
    #[serde(default)]
    pub scale: WeightScale,
}

impl SynapseSettings for PulsedSynapses {
    fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        if self.scale.fixed(1).is_none() {
            found.push(("scale".to_owned(), "pulsed devices have no latent values".to_owned()));
        }
        found.extend(under("device", self.device.conflicts()));
        found
    }
}
