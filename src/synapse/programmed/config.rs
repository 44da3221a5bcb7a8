//! Settings of programmed synapses.
use super::law::DeviceLaw;
use crate::parameter::{Count, NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synapses that are programmed once from trained weights and then read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProgrammedSynapses {
    /// Laws of the devices.
    pub model: ProgrammedModel,
    /// Time t since the programming was completed.
    pub time_s: NonNegative,
    /// Devices of a synapse.
    pub mapping: Mapping,
    /// Conductance of weight 0, in siemens; without it that of the model.
    pub g_min_s: Option<NonNegative>,
    /// Conductance of the largest weight of a layer, in siemens; without it that of the model.
    pub g_max_s: Option<Positive>,
    /// Whether a common factor undoes the mean drift.
    pub drift_compensation: DriftCompensation,
    /// Whether reads are noisy. Off for a model that has no read noise.
    pub read_noise: bool,
    /// Factor on the standard deviation of the programming error; of the whole deviation in `reram_wan2022`.
    pub programming_noise_scale: NonNegative,
    /// Factor on the drift exponent ν; on shift and spread of the relaxation in `reram_cmo`.
    pub drift_scale: NonNegative,
    /// Factor on the standard deviation of the read noise.
    pub read_noise_scale: NonNegative,
}

impl Default for ProgrammedSynapses {
    fn default() -> Self {
        const ONE: NonNegative = NonNegative::constant(1.0);
        Self {
            model: ProgrammedModel::default(),
            time_s: NonNegative::default(),
            mapping: Mapping::default(),
            g_min_s: None,
            g_max_s: None,
            drift_compensation: DriftCompensation::default(),
            read_noise: true,
            programming_noise_scale: ONE,
            drift_scale: ONE,
            read_noise_scale: ONE,
        }
    }
}

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

/// Unit cell of the HERMES chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hermes {
    /// Devices in parallel for each sign of a weight.
    pub devices: HermesDevices,
}

/// Devices in parallel that act as one conductance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HermesDevices {
    /// One: g_max = 10.35 µS, t₀ = 200 s.
    One,
    /// Two: g_max = 20.7 µS, t₀ = 300 s.
    #[default]
    Two,
}

/// Figures that do not depend on the conductance. The defaults are aihwkit's; no device was measured for them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StateIndependent {
    /// Standard deviation of the programming error, in siemens.
    pub programming_std_s: NonNegative,
    /// μ of the drift exponent ν = |μ + σξ|.
    pub drift_mean: NonNegative,
    /// σ of the drift exponent.
    pub drift_std: NonNegative,
    /// ρ of the read noise ρ (g_D/g_max) √ln((t + t₀ + t_R)/(2t_R)), in siemens.
    pub read_std_s: NonNegative,
    /// Time t₀ of the first read, to which the drift refers.
    pub first_read_s: Positive,
    /// Duration t_R of a read.
    pub read_duration_s: Positive,
}

impl Default for StateIndependent {
    fn default() -> Self {
        Self {
            programming_std_s: NonNegative::constant(0.2e-6),
            drift_mean: NonNegative::constant(0.1),
            drift_std: NonNegative::constant(0.05),
            read_std_s: NonNegative::constant(1e-6),
            first_read_s: Positive::constant(20.0),
            read_duration_s: Positive::constant(250e-9),
        }
    }
}

/// How devices of conductive metal oxide on HfOx are programmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReramCmo {
    /// Deviation from its target at which a device is accepted.
    pub acceptance: Acceptance,
}

/// Acceptance range of program-and-verify, relative to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// 0.2 %.
    OneFifthPercent,
    /// 2 %.
    #[default]
    TwoPercent,
}

/// Devices of a synapse.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// One for each sign.
    #[default]
    SinglePair,
    /// Several pairs with the same target, whose mean is the weight.
    MeanOfPairs(MeanOfPairs),
}

/// Several pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanOfPairs {
    /// Number of pairs of a synapse.
    pub pairs: Count,
}

/// Correction of the mean drift of a layer by one factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftCompensation {
    /// None.
    #[default]
    None,
    /// Mean |W| read right after programming over mean |W| read at the time t (Joshi et al. 2020).
    Global,
}

/// Most pairs of a synapse: a slip in a file must not exhaust the memory.
const MOST_PAIRS: usize = 256;

impl ProgrammedSynapses {
    /// Rules that settings break together: key and rule, to be read after "must".
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut demand = |holds: bool, key: &str, rule: String| {
            if !holds {
                found.push((key.to_owned(), format!("must {rule}")));
            }
        };
        let law = DeviceLaw::new(self);
        if let Err(refusal) = law.check_time(self.time_s.get()) {
            demand(false, "time_s", format!("be {}", refusal.rule));
        }
        demand(law.g_min_us < law.g_max_us, "g_min_s", format!("be below g_max_s = {:e}", law.g_max_us * 1e-6));
        let (least, most) = self.model.characterised_us();
        let fits = law.g_min_us >= least * (1.0 - 1e-9) && law.g_max_us <= most * (1.0 + 1e-9);
        demand(
            fits,
            "g_max_s",
            format!("lie with g_min_s in the measured range {:e} to {:e}", least * 1e-6, most * 1e-6),
        );
        demand(self.pairs() <= MOST_PAIRS, "mapping.mean_of_pairs.pairs", format!("be at most {MOST_PAIRS}"));
        if self.model == ProgrammedModel::ReramWan2022 {
            demand(!self.read_noise, "read_noise", "be false: model.reram_wan2022 has no read noise".to_owned());
            demand(self.drift_scale.get() == 1.0, "drift_scale", "be 1: model.reram_wan2022 has no drift".to_owned());
        }
        found
    }

    /// Pairs of devices of a synapse.
    pub fn pairs(&self) -> usize {
        match self.mapping {
            Mapping::SinglePair => 1,
            Mapping::MeanOfPairs(mean) => mean.pairs.get(),
        }
    }
}
