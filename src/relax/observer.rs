//! Watching the states.
use super::schedule::Update;
use super::state::NetworkState;
use crate::network::Network;

/// Sees the states around every update, without any influence on them.
pub trait UpdateObserver {
    /// Called before update number `index` of the stimulus.
    fn before(&mut self, index: usize, update: Update, state: &NetworkState);
    /// Called after it, before the synapses write.
    fn after(&mut self, index: usize, update: Update, state: &NetworkState, network: &Network);
    /// Called after the last update of a stimulus, before the synapses write.
    fn finished(&mut self, _state: &NetworkState, _network: &Network) {}
}
