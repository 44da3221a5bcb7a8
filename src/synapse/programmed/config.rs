//! Settings of programmed synapses.
use super::device::Operation;
use super::law::DeviceLaw;
use super::model::ProgrammedModel;
use crate::parameter::{Fraction, NonNegative, Positive, Repeats};
use crate::synapse::settings::SynapseSettings;
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
    /// Share of the devices that are stuck at the conductance of the largest weight, whatever they are programmed to. Such a
    /// device neither errs nor drifts; its reads are noisy.
    pub stuck_on: Fraction,
    /// Share of the devices that are stuck at the conductance of weight 0.
    pub stuck_off: Fraction,
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
            stuck_on: Fraction::constant(0.0),
            stuck_off: Fraction::constant(0.0),
            read_noise: true,
            programming_noise_scale: ONE,
            drift_scale: ONE,
            read_noise_scale: ONE,
        }
    }
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
    pub pairs: Repeats,
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
    /// The law that these settings come down to.
    pub(super) fn law(&self) -> DeviceLaw {
        let (least, most) = self.model.law().default_range_us();
        DeviceLaw {
            model: self.model,
            operation: Operation {
                g_min_us: self.g_min_s.map_or(least, |g| 1e6 * g.get()),
                g_max_us: self.g_max_s.map_or(most, |g| 1e6 * g.get()),
                programming_scale: self.programming_noise_scale.get(),
                drift_scale: self.drift_scale.get(),
            },
            read_scale: if self.read_noise { self.read_noise_scale.get() } else { 0.0 },
            stuck: [self.stuck_on.get(), self.stuck_off.get()],
        }
    }

    /// Pairs of devices of a synapse.
    pub fn pairs(&self) -> usize {
        match self.mapping {
            Mapping::SinglePair => 1,
            Mapping::MeanOfPairs(mean) => mean.pairs.get(),
        }
    }
}

impl SynapseSettings for ProgrammedSynapses {
    fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut demand = |holds: bool, key: &str, rule: String| {
            if !holds {
                found.push((key.to_owned(), format!("must {rule}")));
            }
        };
        let law = self.law();
        let Operation { g_min_us, g_max_us, .. } = law.operation;
        if let Err(refusal) = law.check_time(self.time_s.get()) {
            demand(false, "time_s", format!("be {}", refusal.rule));
        }
        demand(g_min_us < g_max_us, "g_min_s", format!("be below g_max_s = {:e}", g_max_us * 1e-6));
        let (least, most) = self.model.law().characterised_us();
        let fits = g_min_us >= least * (1.0 - 1e-9) && g_max_us <= most * (1.0 + 1e-9);
        demand(
            fits,
            "g_max_s",
            format!("lie with g_min_s in the measured range {:e} to {:e}", least * 1e-6, most * 1e-6),
        );
        demand(self.pairs() <= MOST_PAIRS, "mapping.mean_of_pairs.pairs", format!("be at most {MOST_PAIRS}"));
        let stuck = self.stuck_on.get() + self.stuck_off.get();
        demand(stuck <= 1.0, "stuck_off", "not make more than all devices with stuck_on".to_owned());
        for (holds, key, rule) in self.model.law().limits(self.read_noise, self.drift_scale.get()) {
            demand(holds, key, rule.to_owned());
        }
        found
    }
}
