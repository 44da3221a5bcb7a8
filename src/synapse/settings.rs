//! What the settings of a kind of synapse tell.
use super::quantised::Quantised;

/// Settings of a kind of synapse.
pub(super) trait SynapseSettings {
    /// What synapses that hold levels come down to; none for others.
    fn quantised(&self) -> Option<Quantised<'_>> {
        None
    }

    /// The broken rules between settings, with their keys.
    fn conflicts(&self) -> Vec<(String, String)>;
}
