//! Settings of the periphery of an array; see [`super::periphery`] for the equations.
use super::converter::{Bits, Converter};
use crate::parameter::{Fraction, NonNegative};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Periphery of an array of synapses.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArrayConfig {
    /// Converter of what is sent.
    pub dac: Converter,
    /// Standard deviation of the noise of the DAC's output, in its units.
    pub dac_noise_std: NonNegative,
    /// Noise of every read.
    pub read_noise: ReadNoise,
    /// Converter of what is received.
    pub adc: Converter,
    /// How the signal is scaled to the range of the converters.
    pub noise_management: NoiseManagement,
    /// What happens where the ADC clips.
    pub bound_management: BoundManagement,
    /// Whether one read of a column serves both compartments of a dyad: one draw of the read noise and one conversion. By
    /// default each compartment has a column, or a read, of its own, whose noise shares `read_noise.common_mode` with the
    /// other. Makes no difference where reads are exact.
    pub shared_by_compartments: bool,
}

/// Noise of a read; the variances of its forms add.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadNoise {
    /// Standard deviation σ of every output, in units of the ADC's range.
    pub std: NonNegative,
    /// σ_x: standard deviation per Euclidean norm of what is sent.
    pub per_input_norm: NonNegative,
    /// σ_w: standard deviation per √(Σ|w|x²), the noise of the single devices. Costs a second product.
    pub per_weight: NonNegative,
    /// Share of the variance that both compartments of a dyad have in common, where each has a read of its own.
    pub common_mode: Fraction,
}

/// Scaling of a signal to the range of the converters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoiseManagement {
    /// Fixed ranges.
    #[default]
    None,
    /// Every sample is divided by its largest magnitude before the DAC and multiplied after the ADC.
    AbsMax,
}

/// What is done about clipping at the ADC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundManagement {
    /// Nothing.
    #[default]
    None,
    /// A sample of which any output clips is sent again at half the amplitude, until none does (at most 10 times,
    /// and never below a quarter of the DAC's resolution).
    Iterative,
}

/// Of a DAC, a quarter of which is left at half the amplitude.
const FEWEST_STEPS: f64 = 8.0;

impl ArrayConfig {
    /// The rules that these settings break, with their keys.
    pub(crate) fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        for (name, converter) in [("dac", &self.dac), ("adc", &self.adc)] {
            if let Some((key, rule)) = converter.conflict() {
                found.push((format!("{name}.{key}"), rule.to_owned()));
            }
        }
        if self.shared_by_compartments && self.read_noise.common_mode.get() > 0.0 {
            let rule =
                "is of compartments that each have a read of their own: with shared_by_compartments there is one";
            found.push(("read_noise.common_mode".into(), rule.into()));
        }
        if self.bound_management == BoundManagement::Iterative && self.adc.range.is_none() {
            found.push(("bound_management".into(), "needs adc.range: nothing clips without it".into()));
        }
        if self.bound_management == BoundManagement::Iterative && self.adc.bits == Bits::Count(1) {
            let rule = "is not used with an adc of one bit, whose every output stands at its range";
            found.push(("bound_management".into(), rule.into()));
        }
        if self.bound_management == BoundManagement::Iterative
            && self.dac.bits.steps().is_some_and(|n| n < FEWEST_STEPS)
        {
            let rule = "is not used with a dac of fewer than 4 bits: half the amplitude would be below a quarter of its resolution";
            found.push(("bound_management".into(), rule.into()));
        }
        found
    }
}
