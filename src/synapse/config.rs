//! The kinds of synapse that settings can name.
use super::binary::BinarySynapses;
use super::conflict::under;
use super::levels::LevelSynapses;
use super::programmed::ProgrammedSynapses;
use super::pulsed::synapses::PulsedSynapses;
use super::quantised::Quantised;
use super::settings::SynapseSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the synapses are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynapseConfig {
    /// Numbers.
    #[default]
    Float,
    /// Devices of two levels, −1 and 1 in units of the scale.
    Binary(BinarySynapses),
    /// Devices of a few levels between −1 and 1 in units of the scale.
    Levels(LevelSynapses),
    /// Devices that pulses move.
    Pulsed(PulsedSynapses),
    /// Pairs of conductances that hold weights trained elsewhere: every evaluation programs and reads them.
    Programmed(ProgrammedSynapses),
}

impl SynapseConfig {
    /// Key and settings; none of numbers.
    fn kind(&self) -> Option<(&'static str, &dyn SynapseSettings)> {
        match self {
            Self::Float => None,
            Self::Binary(binary) => Some(("binary", binary)),
            Self::Levels(levels) => Some(("levels", levels)),
            Self::Pulsed(pulsed) => Some(("pulsed", pulsed)),
            Self::Programmed(programmed) => Some(("programmed", programmed)),
        }
    }

    /// What synapses that hold levels come down to; none for others.
    pub fn quantised(&self) -> Option<Quantised<'_>> {
        self.kind()?.1.quantised()
    }

    /// The broken rules between settings, with their keys.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        self.kind().map_or(vec![], |(key, settings)| under(key, settings.conflicts()))
    }
}
