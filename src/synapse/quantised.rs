//! What synapses that hold levels come down to.
use super::codebook::Codebook;
use super::level_device::SynapticDevice;
use super::scale::WeightScale;

/// A few-level synapse, binary or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised<'a> {
    /// Its levels.
    pub codebook: Codebook,
    /// Weight of a level of 1.
    pub scale: WeightScale,
    /// What it is made of.
    pub device: &'a SynapticDevice,
}
