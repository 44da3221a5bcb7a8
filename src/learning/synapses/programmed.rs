//! Synapses that are trained as numbers, and programmed into devices before every evaluation.
use super::kind::SynapseKind;
use crate::device::frozen::{Chip, Frozen, Part};
use crate::linalg::WeightMatrix;
use crate::network::Network;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Seeds;
use crate::synapse::programmed::{FrozenDevices, ProgrammedArray, ProgrammedSynapses, ProgrammingEvent};

/// The synapses of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Programmed {
    config: ProgrammedSynapses,
    /// Of devices and noise.
    seeds: Seeds,
    layers: Vec<Layer>,
}

/// Devices of a layer.
#[derive(Debug, Clone, PartialEq)]
struct Layer {
    /// Of the projection, from 1.
    number: usize,
    shape: (usize, usize),
    measured: FrozenDevices,
}

impl Programmed {
    /// The devices of a chip for a network of this shape.
    pub(super) fn new(config: &ProgrammedSynapses, weights: &Network, chip: Chip) -> Self {
        let layers = weights.with_synapses().map(|(number, own)| Layer {
            number,
            shape: (own.weight.post(), own.weight.pre()),
            measured: FrozenDevices::measured(chip.part(Part::Synapses(number))),
        });
        Self { config: *config, seeds: chip.seeds, layers: layers.collect() }
    }

    fn event(&self, number: usize, epoch: u64) -> ProgrammingEvent {
        ProgrammingEvent { seeds: self.seeds, layer: number, event: epoch }
    }
}

impl SynapseKind for Programmed {
    fn are_written(&self) -> bool {
        false
    }

    fn frozen(&self, index: usize) -> Vec<Frozen> {
        let Layer { number, shape, measured } = &self.layers[index];
        measured.frozen(&self.config, self.event(*number, 0), *shape)
    }

    /// The weights as they are read the set time after they were programmed, after epoch `epoch`.
    fn deployed(&self, weights: &Network, epoch: u64) -> Option<Network> {
        let mut deployed = weights.clone();
        for ((k, layer), own) in deployed.with_synapses_mut().zip(&self.layers) {
            let event = self.event(k, epoch);
            let array = ProgrammedArray::program_devices(&layer.weight.to_matrix(), &self.config, event, &own.measured);
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
