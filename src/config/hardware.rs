//! The hardware model: the physics of a chip, apart from what is done with it.
use super::strict::{CrossCheck, Violation};
use crate::costs::{ArraySide, Costs, Tariff};
use crate::crossbar::settings::ArrayConfig;
use crate::device::pair::PairNoise;
use crate::network::FeedbackWeights;
use crate::parameter::{NonNegative, Positive, SchemaVersion};
use crate::substrate::learning_circuit::LearningCircuit;
use crate::substrate::{DieConfig, PhaseMemory, UnitsConfig};
use crate::synapse::config::SynapseConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A hardware model. States, drives and noise are in units of the trained network: 1 is the full scale of a
/// normalised input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// Address of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Version of this format: 2.
    pub schema_version: SchemaVersion,
    /// Name of the chip.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where the figures come from: citation.
    #[serde(default)]
    pub source: Option<String>,
    /// DOI of the source.
    #[serde(default)]
    pub doi: Option<String>,
    /// Address of the source.
    #[serde(default)]
    pub url: Option<String>,
    /// Within which limits the model holds, and what of the chip it leaves out.
    #[serde(default)]
    pub valid_range: Option<String>,
    /// What each figure rests on.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// The dyads.
    #[serde(default)]
    pub units: UnitsConfig,
    /// The synapses.
    #[serde(default)]
    pub synapses: SynapseConfig,
    /// The periphery of their arrays.
    #[serde(default)]
    pub arrays: ArraysConfig,
    /// Standard deviation of the noise of the inputs, new for every stimulus.
    #[serde(default)]
    pub input_noise_std: NonNegative,
    /// Noise of the teacher's signal, new at every update of the outputs.
    #[serde(default)]
    pub teacher_noise: PairNoise,
    /// The circuit that forms the learning signal of a dyad.
    #[serde(default)]
    pub learning: LearningCircuit,
    /// What its operations cost; null where nothing is known of that.
    #[serde(default)]
    pub costs: Option<Costs>,
    /// The memory of a unit for the state of a first phase; only for rules with two phases.
    #[serde(default)]
    pub phase_memory: PhaseMemory,
}

/// The arrays of synapses.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArraysConfig {
    /// Carries s̄ forward.
    pub forward: ArrayConfig,
    /// Carries s⁺ − s⁻ back, or the errors of backprop.
    pub feedback: ArrayConfig,
    /// Where the weights of the feedback come from.
    pub feedback_weights: FeedbackWeights,
}

/// What a figure of a model rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Key of the figure, as a dotted path.
    pub key: String,
    /// Its unit; "1" if dimensionless.
    pub unit: String,
    /// How it is known.
    pub basis: Basis,
    /// Where it is found, or why it is assumed.
    pub remark: String,
}

/// How a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Measured on a chip.
    Measured,
    /// Fitted to measurements.
    Fitted,
    /// Chosen by the designers of the chip or of another simulator.
    Designed,
    /// Assumed here.
    Assumed,
}

impl Hardware {
    /// What the devices of a die are drawn from.
    pub fn chip(&self) -> DieConfig {
        DieConfig {
            units: self.units.clone(),
            forward: self.arrays.forward,
            feedback: self.arrays.feedback,
            input_noise_std: self.input_noise_std,
            teacher_noise: self.teacher_noise,
            learning: self.learning,
            phase_memory: self.phase_memory,
        }
    }

    /// The same chip without anything that differs from the algorithm of the papers; its clock stays.
    pub fn idealised(&self) -> Self {
        let units = UnitsConfig { dt_s: self.units.dt_s, ..UnitsConfig::default() };
        Self {
            units,
            synapses: SynapseConfig::Float,
            arrays: ArraysConfig::default(),
            input_noise_std: NonNegative::default(),
            teacher_noise: PairNoise::default(),
            learning: LearningCircuit::default(),
            phase_memory: PhaseMemory::default(),
            ..self.clone()
        }
    }

    /// What operations cost, if anything of that is stated; of units of one compartment (backprop) a read serves the unit.
    pub fn tariff(&self, has_dyads: bool) -> Option<Tariff> {
        let side = |array: &ArrayConfig| ArraySide {
            dac: array.dac.bits,
            adc: array.adc.bits,
            reads: if array.shared_by_compartments || !has_dyads { 1 } else { 2 },
        };
        Some(Tariff {
            costs: self.costs.clone()?,
            sides: [side(&self.arrays.forward), side(&self.arrays.feedback)],
            is_transposed: self.arrays.feedback_weights == FeedbackWeights::Transposed,
            update_s: self.units.dt_s.map(Positive::get),
            are_events: self.units.send_threshold.is_some(),
        })
    }

    /// Whether all but the synapses makes no difference to the algorithm of the papers.
    pub fn is_ideal(&self) -> bool {
        self.chip().is_ideal() && self.arrays.feedback_weights == FeedbackWeights::Transposed
    }
}

impl CrossCheck for Hardware {
    fn cross_check(&self) -> Vec<Violation> {
        let mut conflicts = self.chip().conflicts();
        conflicts.extend(self.synapses.conflicts().into_iter().map(|(key, rule)| (format!("synapses.{key}"), rule)));
        let of_costs = self.costs.iter().flat_map(|costs| costs.conflicts(self.units.dt_s.map(Positive::get)));
        conflicts.extend(of_costs.map(|(key, rule)| (format!("costs.{key}"), rule)));
        conflicts.into_iter().map(|(key, rule)| Violation { key, rule }).collect()
    }
}
