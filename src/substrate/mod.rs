//! Substrates: the hardware on which a network runs, and what its circuits keep next to the states of the dyads.
//!
//! | file | holds |
//! |---|---|
//! | [`settings`] | settings of a die |
//! | [`die`] | one die: all devices of a network, drawn from the chip seed |
//! | `devices` | the devices of one population |
//! | `substrate` | ideal hardware or a die |
//! | `circuits` | what every substrate can do |
//! | `arrivals` | the crossbars that a population reads |
//! | `ideal`, `products` | ideal hardware: the algorithm of the papers; populations with places |
//! | `remake`, `picked` | products of ideal hardware, made again only where something has moved |
//! | `die_circuits`, `population_circuits` | the circuits of a die, and of one of its populations |
//! | `places`, `placed` | arrays that a die reads at places, and what a population receives from them |
//! | [`calibration`] | what is expected of a difference without a nudge |
//! | [`chopping`], `roles` | compartments that exchange their roles |
//! | [`mod@step`] | v±, s±: the step of a dyad of a die |
//! | `die_tile`, `source` | a tile of a population of a die, and what it receives |
//! | `kernel`, `block`, `coloured` | its inner loops, their memory, its coloured noise |
//! | `ideal_errors`, `die_errors` | errors of backprop, on ideal hardware and on a die |
//! | `stimulus` | what is taken in of a stimulus |
//! | `events` | sigma-delta events: units send what has changed by more than a threshold |
//! | `teacher_noise` | noise of targets and errors |
//! | [`phase_memory`] | the memory of a unit for the state of a first phase |
//! | [`returned`] | what units send back: differences, errors, states |
//! | [`learning_circuit`] | e, what the synapses learn from |
//! | [`clipping`] | what the circuits clip |
mod arrivals;
mod block;
pub mod calibration;
pub mod chopping;
pub(crate) mod circuits;
pub mod clipping;
mod coloured;
pub(crate) mod devices;
pub mod die;
mod die_circuits;
mod die_errors;
mod die_tile;
mod events;
mod ideal;
mod ideal_errors;
mod kernel;
pub mod learning_circuit;
pub mod phase_memory;
mod picked;
mod placed;
mod places;
mod population_circuits;
pub(crate) mod products;
mod remake;
pub mod returned;
pub(crate) mod roles;
pub mod settings;
mod source;
pub mod step;
mod stimulus;
#[allow(clippy::module_inception, reason = "the module's main type has the file of its name")]
mod substrate;
mod teacher_noise;

pub use calibration::Calibration;
pub use chopping::Chopping;
pub use clipping::Clipping;
pub use devices::{NominalNudge, Sides};
pub use die::Die;
pub use learning_circuit::LearningCircuit;
pub use phase_memory::PhaseMemory;
pub use returned::Returned;
pub use settings::{DieConfig, Rails, UnitMismatch, UnitsConfig};
pub use substrate::Substrate;
