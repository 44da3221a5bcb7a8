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
//! by reads       least squares of n forward passes over the mini-batch that is present, once or every N training steps
//! by running     o ← o + η r/(1 + s̄²), k ← k + η r s̄/(1 + s̄²), r = c (s⁺ − s⁻) − o − k s̄: normalised least mean squares,
//!                by the dyad itself whenever its synapses learn, nudged or not: it is told no phase
//! ```
//!
//! With o alone, reads are the auto-zero by which chips calibrate comparators. The running estimate takes a mean learning
//! signal for an offset; where roles are exchanged the learning signal has a random sign in it and averages out, as
//! in converters that are calibrated in the background. Samples of a mini-batch and positions that share a circuit count together.
//!
//! Source: normalised least mean squares, Nagumo & Noda, IEEE Trans. Automatic Control 12 (1967).
use crate::crossbar::converter::{Converter, Quantiser};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calibrated {
    /// The mean of s⁺ − s⁻: auto-zero.
    Offset,
    /// The line o + k s̄ that s⁺ − s⁻ lies on.
    #[default]
    OffsetAndGain,
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
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    pub fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
    }

    /// o and k of so many reads. A dyad that never changes has no slope.
    pub fn fit(&self, parameters: Calibrated, count: f64) -> [f64; 2] {
        let (mean_x, mean_y) = (self.x / count, self.y / count);
        let variance = self.xx / count - mean_x * mean_x;
        // What rounding leaves of the variance of a constant.
        let is_constant = variance <= 1e-9 * self.xx / count;
        if parameters == Calibrated::Offset || is_constant {
            return [mean_y, 0.0];
        }
        let slope = (self.xy / count - mean_x * mean_y) / variance;
        [mean_y - slope * mean_x, slope]
    }
}

/// What is expected of a difference without a nudge: o and k of every dyad.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expected {
    pub offset: Vec<f32>,
    pub slope: Vec<f32>,
}

impl Expected {
    fn zeros(units: usize) -> Self {
        Self { offset: vec![0.0; units], slope: vec![0.0; units] }
    }

    /// As it is stored.
    fn stored(&self, quantiser: Quantiser) -> Self {
        let (rounds, quantiser) = (quantiser.step > 0.0, quantiser.scaled(1.0));
        let store =
            |&x: &f32| if rounds { quantiser.convert::<true>(x, 0.0) } else { quantiser.convert::<false>(x, 0.0) };
        let store = |values: &[f32]| values.iter().map(store).collect();
        Self { offset: store(&self.offset), slope: store(&self.slope) }
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
    pub fn zeros(units: usize) -> Self {
        Self { estimated: Expected::zeros(units), subtracted: Expected::zeros(units) }
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
    pub fn zeros(units: usize) -> Self {
        Self { difference: Correction::zeros(units), signal: Correction::zeros(units) }
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
        let [offset, slope] = sums.fit(Calibrated::OffsetAndGain, 10.0);
        assert!((offset - 0.5).abs() < 1e-12 && (slope + 2.0).abs() < 1e-12);
        assert_eq!(sums.fit(Calibrated::Offset, 10.0), [-8.5, 0.0]);
        let mut constant = Sums::default();
        (0..7).for_each(|_| constant.add(0.1, 0.3));
        let [offset, slope] = constant.fit(Calibrated::OffsetAndGain, 7.0);
        assert!((offset - 0.3).abs() < 1e-12 && slope == 0.0);
    }

    #[test]
    fn what_is_stored_has_its_resolution_and_the_estimate_keeps_its_own() {
        let converter: Converter = serde_json::from_str(r#"{"bits": 4, "range": 0.7}"#).unwrap();
        let mut correction = Correction::zeros(2);
        correction.estimated = Expected { offset: vec![0.26, -3.0], slope: vec![0.02, 0.06] };
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
