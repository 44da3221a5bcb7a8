//! Synapses that are trained as numbers, and programmed into devices before every evaluation.
use super::kind::SynapseKind;
use crate::linalg::WeightMatrix;
use crate::network::Network;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Seeds;
use crate::synapse::programmed::{ProgrammedArray, ProgrammedSynapses, ProgrammingEvent};

/// The synapses of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Programmed {
    /// What they are programmed into.
    pub config: ProgrammedSynapses,
    /// Seeds of devices and noise.
    pub seeds: Seeds,
}

impl SynapseKind for Programmed {
    fn are_written(&self) -> bool {
        false
    }

    /// The weights as they are read the set time after they were programmed, after epoch `epoch`.
    fn deployed(&self, weights: &Network, epoch: u64) -> Option<Network> {
        let mut deployed = weights.clone();
        for (k, layer) in deployed.with_synapses_mut() {
            let event = ProgrammingEvent { seeds: self.seeds, layer: k, event: epoch };
            let array = ProgrammedArray::program(&layer.weight.to_matrix(), &self.config, event);
            // A time outside the model's range is refused with the settings.
            if let Ok(read) = array.read(self.config.time_s.get(), &[epoch]) {
                layer.weight = WeightMatrix::from_matrix(&read);
            }
        }
        deployed.refresh_arrays();
        Some(deployed)
    }

    fn ideal(&self, weights: &Network) -> Option<Network> {
        Some(weights.clone())
    }
}

impl Persist for Programmed {
    fn persist(&mut self, _archive: &mut Archive) -> Result<(), Damaged> {
        Ok(())
    }
}
