//! The models of devices that settings can name.
use super::device::DeviceModel;
use super::hermes::Hermes;
use super::pcm_like::PcmLike;
use super::reram_cmo::ReramCmo;
use super::reram_wan2022::ReramWan2022;
use super::state_independent::StateIndependent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose devices.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammedModel {
    /// Phase-change memory, a fit to 10 000 devices (Nandakumar et al., ICECS 2019; Joshi et al., Nature
    /// Communications 2020). t₀ = 20 s, g_max = 25 µS.
    #[default]
    PcmLike,
    /// Phase-change memory of the HERMES chip (Le Gallo et al., Nature Electronics 2023).
    Hermes(Hermes),
    /// Figures that do not depend on the conductance.
    StateIndependent(StateIndependent),
    /// Resistive memory at 1 s, 1 day and 2 days, no read noise (Wan et al., Nature 2022). g_max = 40 µS.
    #[serde(rename = "reram_wan2022")]
    ReramWan2022,
    /// Resistive memory with a conductive metal oxide on HfOx (Falcone et al., arXiv:2502.04524). 8 to 90 µS.
    ReramCmo(ReramCmo),
}

impl ProgrammedModel {
    /// Its law.
    pub(super) fn law(&self) -> &dyn DeviceModel {
        match self {
            Self::PcmLike => &PcmLike,
            Self::Hermes(hermes) => hermes,
            Self::StateIndependent(figures) => figures,
            Self::ReramWan2022 => &ReramWan2022,
            Self::ReramCmo(cmo) => cmo,
        }
    }
}
