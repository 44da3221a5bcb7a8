//! The hardware model: the physics of a chip, apart from what is done with it.
use super::strict::{CrossCheck, Violation};
use crate::parameter::{PositiveFraction, SchemaVersion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A hardware model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// Address of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Version of this format: 1.
    pub schema_version: SchemaVersion,
    /// Name of the chip.
    pub name: String,
    /// What it is, and what is measured, fitted or assumed.
    pub description: String,
    /// Where the figures come from: citation, DOI or address.
    #[serde(default)]
    pub source: Option<String>,
    /// The dyads.
    #[serde(default)]
    pub units: UnitsConfig,
}

/// The dyads of a chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnitsConfig {
    /// Share κ of the way to its drive that a membrane moves at a visit: v ← v + κ (u − v). 1 is the algorithm.
    /// Forward passes, and with them the accuracies, take every membrane all the way.
    pub relaxation: PositiveFraction,
}

impl Default for UnitsConfig {
    fn default() -> Self {
        Self { relaxation: PositiveFraction::constant(1.0) }
    }
}

impl CrossCheck for Hardware {
    fn cross_check(&self) -> Vec<Violation> {
        vec![]
    }
}
