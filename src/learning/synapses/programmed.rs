//! Synapses that are trained as numbers, and programmed into devices before every evaluation.
use crate::linalg::WeightMatrix;
use crate::network::Weights;
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

impl Programmed {
    /// The weights as they are read the set time after they were programmed, after epoch `epoch`.
    pub(super) fn deployed(&self, weights: &Weights, epoch: u64) -> Weights {
        let mut deployed = weights.clone();
        for (k, layer) in deployed.layers_mut().iter_mut().enumerate() {
            let event = ProgrammingEvent { seeds: self.seeds, layer: k + 1, event: epoch };
            let array = ProgrammedArray::program(&layer.weight.to_matrix(), &self.config, event);
            // A time outside the model's range is refused with the settings.
            if let Ok(read) = array.read(self.config.time_s.get(), &[epoch]) {
                layer.weight = WeightMatrix::from_matrix(&read);
            }
        }
        deployed.refresh_arrays();
        deployed
    }
}
