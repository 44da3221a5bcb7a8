//! Calibration of dyads whose compartments differ.
//!
//! Without a nudge a dyad whose compartments differ in offset and gain has very nearly
//!
//! ```text
//! s⁺ − s⁻ = c (o + k s̄)
//! ```
//!
//! (c = 1 where compartments do not exchange their roles, [`super::chopping`]). A calibration estimates o, or o and k, and takes
//! what is expected from what is fed back; it does the same for what the learning circuit reads. It estimates
//!
//! ```text
//! by reads       least squares of n forward passes over the mini-batch that is present, once or every N training steps:
//!                min Σ (c (s⁺ − s⁻) − o − k s̄)² + n₀ k²
//! by running     o ← o + η r/(1 + s̄²), k ← k + η r s̄/(1 + s̄²), r = c (s⁺ − s⁻) − o − k s̄: normalised least mean squares,
//!                by the dyad itself whenever its synapses learn, nudged or not: it is told no phase
//! ```
//!
//! A rectifier that is silent has no difference, whatever its devices are: the line holds where f has a slope. Where dyads are calibrated
//! only where they are active, the sums and what is subtracted are limited to such s̄; n₀ (else 0) keeps the slope small of a
//! dyad that was hardly active while it was measured.
//!
//! With o alone, reads are the auto-zero by which chips calibrate comparators. The running estimate takes a mean learning
//! signal for an offset; where roles are exchanged the learning signal has a random sign in it and averages out, as
//! in converters that are calibrated in the background. Samples of a mini-batch and positions that share a circuit count together.
//!
//! Source: normalised least mean squares, Nagumo & Noda, IEEE Trans. Automatic Control 12 (1967).
use crate::crossbar::converter::{Converter, Quantiser};
use crate::dynamics::Activation;
use crate::parameter::{Count, NonNegative, PositiveFraction, Repeats};
use crate::persist::{Archive, Damaged, Persist};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Calibration of the difference between the compartments of a dyad.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What is estimated of every dyad.
    #[serde(default)]
    pub parameters: Calibrated,
    /// How it is estimated.
    pub method: CalibrationMethod,
    /// Standard deviation of the noise of every read of a difference for the calibration, on top of that of the circuits.
    #[serde(default)]
    pub noise_std: NonNegative,
    /// Resolution and range of what is stored and subtracted. A running estimate goes on behind it at full resolution.
    #[serde(default)]
    pub resolution: Converter,
    /// Standard deviation of what a stored value drifts away in a training step: a random walk.
    #[serde(default)]
    pub drift_std: NonNegative,
}

/// What is estimated of every dyad.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calibrated {
    /// The mean of s⁺ − s⁻: auto-zero.
    Offset,
    /// The line o + k s̄ that s⁺ − s⁻ lies on.
    OffsetAndGain,
    /// The same where f has a slope, and nothing where it is flat: a rectifier that is silent has no difference.
    OffsetAndGainWhereActive(ActiveDyads),
}

/// When a dyad counts as active, and how far its slope is believed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActiveDyads {
    /// Distance of s̄ from where f becomes flat; within it nothing is measured and nothing is subtracted.
    pub margin: NonNegative,
    /// Reads n₀ of a dyad without slope that count in, at a distance of 1 from the mean of s̄: they keep the slope of a dyad small that is hardly
    /// ever active. Not used by running estimates.
    pub prior_reads: NonNegative,
}

impl Default for ActiveDyads {
    fn default() -> Self {
        Self { margin: NonNegative::constant(0.01), prior_reads: NonNegative::constant(1.0) }
    }
}

impl Default for Calibrated {
    fn default() -> Self {
        Self::OffsetAndGainWhereActive(ActiveDyads::default())
    }
}

impl Calibrated {
    /// n₀
    fn prior_reads(self) -> f64 {
        match self {
            Self::Offset | Self::OffsetAndGain => 0.0,
            Self::OffsetAndGainWhereActive(active) => active.prior_reads.get(),
        }
    }

    /// Between which s̄ a dyad with this f is calibrated.
    pub(crate) fn applies(self, f: Activation) -> Applies {
        match self {
            Self::Offset | Self::OffsetAndGain => Applies::default(),
            Self::OffsetAndGainWhereActive(active) => {
                let (low, high) = f.sloped_values();
                let margin = active.margin.get() as f32;
                Applies { above: low + margin, below: high - margin }
            }
        }
    }
}

/// Between which s̄ a difference is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Applies {
    pub above: f32,
    pub below: f32,
}

impl Default for Applies {
    fn default() -> Self {
        Self { above: f32::NEG_INFINITY, below: f32::INFINITY }
    }
}

impl Applies {
    #[inline(always)]
    pub fn at(self, mean: f32) -> bool {
        (mean > self.above) & (mean < self.below)
    }
}

/// How a calibration estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// By reads of forward passes, which nothing nudges.
    Reads(CalibrationReads),
    /// By the dyads themselves while they work.
    Running(CalibrationRate),
}

/// Reads without a nudge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationReads {
    /// Number of reads (each of all stimuli of the mini-batch that is present).
    pub count: Repeats,
    /// Repeated every N training steps; null calibrates once, before the first step.
    #[serde(default)]
    pub every_steps: Option<Count>,
}

/// A running estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRate {
    /// Share η of the residual that an estimate takes up at once.
    pub rate: PositiveFraction,
}

impl Calibration {
    /// The rule that these settings break, with its key, if they do.
    pub(crate) fn conflict(&self) -> Option<(String, String)> {
        let rounds_at_random = self
            .resolution
            .stochastic_rounding
            .then_some(("stochastic_rounding", "must be false: what is stored stays at the nearest level"));
        let found = self.resolution.conflict().or(rounds_at_random);
        found.map(|(key, rule)| (format!("resolution.{key}"), rule.to_owned()))
    }
}

/// Sums over the reads of one circuit: Σx, Σy, Σx², Σxy with x = s̄, y = c (s⁺ − s⁻).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    pub fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }

    /// o and k. A dyad that never changes has no slope, one that was never active has neither.
    pub fn fit(&self, parameters: Calibrated) -> [f64; 2] {
        let count = self.count;
        if count == 0.0 {
            return [0.0; 2];
        }
        let (mean_x, mean_y) = (self.x / count, self.y / count);
        let variance = self.xx / count - mean_x * mean_x;
        // What rounding leaves of the variance of a constant.
        let is_constant = variance <= 1e-9 * self.xx / count;
        if parameters == Calibrated::Offset || is_constant {
            return [mean_y, 0.0];
        }
        let slope = (self.xy / count - mean_x * mean_y) / (variance + parameters.prior_reads() / count);
        [mean_y - slope * mean_x, slope]
    }
}

/// What is expected of a difference without a nudge: o and k of every dyad.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expected {
    pub offset: Vec<f32>,
    pub slope: Vec<f32>,
    /// Elsewhere nothing is expected.
    pub applies: Applies,
}

impl Expected {
    fn zeros(units: usize, applies: Applies) -> Self {
        Self { offset: vec![0.0; units], slope: vec![0.0; units], applies }
    }

    /// What is expected of dyad i at this s̄.
    pub fn at(&self, i: usize, mean: f32) -> f32 {
        if self.applies.at(mean) { self.offset[i] + self.slope[i] * mean } else { 0.0 }
    }

    /// As it is stored.
    fn stored(&self, quantiser: Quantiser) -> Self {
        let (rounds, quantiser) = (quantiser.step > 0.0, quantiser.scaled(1.0));
        let store =
            |&x: &f32| if rounds { quantiser.convert::<true>(x, 0.0) } else { quantiser.convert::<false>(x, 0.0) };
        let store = |values: &[f32]| values.iter().map(store).collect();
        Self { offset: store(&self.offset), slope: store(&self.slope), applies: self.applies }
    }
}

/// A calibrated difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correction {
    /// What was estimated.
    pub estimated: Expected,
    /// What is subtracted.
    pub subtracted: Expected,
}

impl Correction {
    pub fn zeros(units: usize, applies: Applies) -> Self {
        Self { estimated: Expected::zeros(units, applies), subtracted: Expected::zeros(units, applies) }
    }

    /// To be called when the estimate has changed.
    pub fn store(&mut self, quantiser: Quantiser) {
        if !quantiser.is_off() {
            self.subtracted = self.estimated.stored(quantiser);
        } else {
            self.subtracted.clone_from(&self.estimated);
        }
    }
}

/// What the dyads of a population are corrected by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Corrections {
    /// Of s⁺ − s⁻, which is fed back.
    pub difference: Correction,
    /// Of what the learning circuit reads.
    pub signal: Correction,
}

impl Corrections {
    pub fn zeros(units: usize, applies: Applies) -> Self {
        Self { difference: Correction::zeros(units, applies), signal: Correction::zeros(units, applies) }
    }

    /// Where they are to apply.
    pub fn apply(&mut self, applies: Applies) {
        for correction in [&mut self.difference, &mut self.signal] {
            correction.estimated.applies = applies;
            correction.subtracted.applies = applies;
        }
    }

    pub fn both_mut(&mut self) -> [&mut Correction; 2] {
        [&mut self.difference, &mut self.signal]
    }
}

impl Persist for Corrections {
    /// What was estimated, and what is subtracted.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        for (name, own) in [("difference", &mut self.difference), ("signal", &mut self.signal)] {
            let Correction { estimated, subtracted } = own;
            for (kind, expected) in [("estimated", estimated), ("subtracted", subtracted)] {
                archive.array(format!("{name}_offset_{kind}"), &mut expected.offset)?;
                archive.array(format!("{name}_slope_{kind}"), &mut expected.slope)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found() {
        let mut sums = Sums::default();
        (0..10).map(f64::from).for_each(|x| sums.add(x, 0.5 - 2.0 * x));
        let [offset, slope] = sums.fit(Calibrated::OffsetAndGain);
        assert!((offset - 0.5).abs() < 1e-12 && (slope + 2.0).abs() < 1e-12);
        assert_eq!(sums.fit(Calibrated::Offset), [-8.5, 0.0]);
        let mut constant = Sums::default();
        (0..7).for_each(|_| constant.add(0.1, 0.3));
        let [offset, slope] = constant.fit(Calibrated::OffsetAndGain);
        assert!((offset - 0.3).abs() < 1e-12 && slope == 0.0);
    }

    #[test]
    fn prior_reads_are_those_of_a_dyad_without_slope() {
        let own = [(0.1, 0.4), (0.3, 0.5), (0.8, 0.1)];
        let mean_x = 0.4;
        let all = Calibrated::OffsetAndGainWhereActive(ActiveDyads {
            prior_reads: NonNegative::constant(2.0),
            ..ActiveDyads::default()
        });
        let mut sums = Sums::default();
        own.iter().for_each(|&(x, y)| sums.add(x, y));
        let [offset, slope] = sums.fit(all);
        // Σ(x − x̄)² = 0.26 and Σ(x − x̄)(y − ȳ) = −0.13, to which two reads at a distance of 1 add 2 and 0.
        assert!(
            (slope - -0.13 / 2.26).abs() < 1e-12 && (offset - (1.0 / 3.0 - slope * mean_x)).abs() < 1e-12,
            "{slope}"
        );
        assert_eq!(Sums::default().fit(all), [0.0; 2]);
    }

    #[test]
    fn dyads_are_calibrated_where_f_has_a_slope() {
        let active = ActiveDyads { margin: NonNegative::constant(0.1), ..ActiveDyads::default() };
        let at = |f, mean| Calibrated::OffsetAndGainWhereActive(active).applies(f).at(mean);
        assert_eq!(
            [-0.5, 0.0, 0.05, 0.2, 0.95, 3.0].map(|x| at(Activation::Relu, x)),
            [false, false, false, true, true, true]
        );
        assert_eq!([0.05, 0.2, 0.8, 0.95].map(|x| at(Activation::HardSigmoid, x)), [false, true, true, false]);
        assert_eq!([-3.0, 0.0, 3.0].map(|x| at(Activation::Identity, x)), [true; 3]);
        assert!(Calibrated::OffsetAndGain.applies(Activation::Relu).at(-1.0));
    }

    #[test]
    fn what_is_stored_has_its_resolution_and_the_estimate_keeps_its_own() {
        let converter: Converter = serde_json::from_str(r#"{"bits": 4, "range": 0.7}"#).unwrap();
        let mut correction = Correction::zeros(2, Applies::default());
        correction.estimated.offset = vec![0.26, -3.0];
        correction.estimated.slope = vec![0.02, 0.06];
        correction.store(converter.quantiser());
        // Steps of 0.1.
        let expected = [[0.3, -0.7], [0.0, 0.1]];
        for (stored, expected) in
            [&correction.subtracted.offset, &correction.subtracted.slope].into_iter().zip(expected)
        {
            assert!(stored.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{stored:?}");
        }
        assert_eq!(correction.estimated.offset, [0.26, -3.0]);
    }
}
