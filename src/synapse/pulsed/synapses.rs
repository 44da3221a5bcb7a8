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
///
/// A rate η is that of the devices. A weight W is `scale` times its device, so that it moves by −η `scale`² ∂ℓ/∂W: with
/// the scale 1/√pre by η/pre times its gradient, with a fixed scale of 1 (as in aihwkit without mapping) by η times it.
/// `dyad explain` has the numbers of every projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulsedSynapses {
    /// The devices.
    pub device: PulsedDevice,
    /// The pulses.
    #[serde(default)]
    pub train: PulseTrain,
    /// Weight of a device at 1. It changes what a learning rate means: weights move by −rate · scale² times their
    /// gradient.
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
