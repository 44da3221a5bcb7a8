//! What a kind of synapse does in training. Whatever a kind leaves out is that of plain numbers, which the optimizer
//! changes.
use super::columns::{Columns, LayerColumns};
use crate::credit::gradient::LocalGradient;
use crate::device::frozen::Frozen;
use crate::network::{Network, Projection};
use crate::persist::Persist;
use crate::synapse::counts::{BINS, WriteTotals};

/// Synapses of one layer by how often they were written, and by how often they changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histograms {
    /// Attempts to write.
    pub writes: [u64; BINS],
    /// Changes of the level held.
    pub flips: [u64; BINS],
}

/// The synapses of all layers.
pub(super) trait SynapseKind: Persist {
    /// Numbers for each synapse that the optimizer descends.
    fn descended_numbers(&self) -> usize {
        1
    }

    /// Factor of the learning rate of the weights in training step `step`.
    fn rate_factor(&self, _step: u64) -> f64 {
        1.0
    }

    /// Moves synapses that learn straight from the local signals of training step `step`. Returns whether what they
    /// have learnt from is finite.
    fn learn(&mut self, _weights: &mut Network, _gradient: &LocalGradient, _rate: f64, _step: u64) -> bool {
        true
    }

    /// What every layer keeps next to its weight, for the update of training step `step` with this learning rate.
    fn columns(&mut self, layers: &[Projection], _rate: f64, _step: u64) -> LayerColumns<'_> {
        layers.iter().map(|_| Columns::Float).collect()
    }

    /// Brings the devices to what the update of training step `step` has decided, and the weights to what they hold.
    fn program(&mut self, _weights: &mut Network, _step: u64) {}

    /// Whether devices stand behind the weights.
    fn are_devices(&self) -> bool {
        true
    }

    /// Whether training writes them.
    fn are_written(&self) -> bool {
        true
    }

    /// Writes and flips of every layer since this was asked last; none if training does not write.
    fn take_totals(&mut self) -> Vec<WriteTotals> {
        vec![]
    }

    /// How often the synapses of every layer were written and changed; none if training does not write.
    fn histograms(&self, _weights: &Network) -> Vec<Histograms> {
        vec![]
    }

    /// What was drawn of the devices of a layer; `index` counts those with synapses from 0.
    fn frozen(&self, _index: usize) -> Vec<Frozen> {
        vec![]
    }

    /// Bytes of what was drawn of all devices.
    fn frozen_bytes(&self) -> usize {
        0
    }

    /// The weights as devices hold them, where the network is trained with others (`epoch` tells one deployment from
    /// another).
    fn deployed(&self, _weights: &Network, _epoch: u64) -> Option<Network> {
        None
    }

    /// The weights if every device held its level exactly; none where that is what the synapses hold anyway.
    fn ideal(&self, _weights: &Network) -> Option<Network> {
        None
    }
}
