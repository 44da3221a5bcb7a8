//! One die: all devices of a network, drawn from the chip seed.
use super::array::{ArrayConfig, ArrayPort, Direction};
use super::converter::Quantiser;
use super::learning_circuit::{AutoZero, LearningCircuit};
use super::pair::{PairMix, PairNoise};
use super::process::{ColouredNoise, ProcessNoise};
use super::spread::{AbsoluteSpread, Quantity, RelativeSpread, singles};
use crate::parameter::{Finite, NonNegative, Positive, PositiveFraction};
use crate::random::Seeds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The dyads of a chip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnitsConfig {
    /// Share κ of the way to its drive that a membrane moves at a visit: v ← v + κ (u − v). 1, the algorithm, unless
    /// this or tau_s is given. Forward passes, and with them the accuracies, take every membrane all the way.
    pub relaxation: Option<PositiveFraction>,
    /// Time constant of the membrane: κ = 1 − exp(−dt_s/tau_s).
    pub tau_s: Option<Positive>,
    /// Duration of a visit. Needed by tau_s and by coloured noise.
    pub dt_s: Option<Positive>,
    /// Supply rails: s± stays between them; null is no limit. Holds for the outputs too.
    pub rails: Option<Rails>,
    /// Frozen differences between devices.
    pub mismatch: UnitMismatch,
    /// Noise of the membranes.
    pub process_noise: ProcessNoise,
    /// Noise of the communicated s±, new at every visit.
    pub readout_noise: PairNoise,
}

/// Limits of the states.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rails {
    /// Lowest state.
    pub low: Finite,
    /// Highest state.
    pub high: Finite,
}

/// Frozen differences between the compartments of a chip.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnitMismatch {
    /// Gain g±, around 1.
    pub gain: RelativeSpread,
    /// Offset o± of the drive, around 0.
    pub offset: AbsoluteSpread,
    /// Time constant, around tau_s (or the one that relaxation stands for).
    pub time_constant: RelativeSpread,
    /// Standard deviation of the asymmetry α of a dyad around the nominal one; clipped to [0, 1].
    pub alpha_std: NonNegative,
}

/// Everything about a chip that its devices are drawn from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChipConfig {
    /// The dyads.
    pub units: UnitsConfig,
    /// Array that carries s̄ forward.
    pub forward: ArrayConfig,
    /// Array that carries s⁺ − s⁻ back.
    pub feedback: ArrayConfig,
    /// Standard deviation of the noise of the inputs, new for every stimulus.
    pub input_noise_std: NonNegative,
    /// Noise of the teacher's signal, new at every visit of the outputs.
    pub teacher_noise: PairNoise,
    /// The circuit that forms the learning signal.
    pub learning: LearningCircuit,
}

impl ChipConfig {
    /// Whether the devices make no difference to the algorithm of the papers.
    pub fn is_ideal(&self) -> bool {
        let full = |kappa: PositiveFraction| kappa.get() == 1.0;
        let relaxation = self.units.relaxation.filter(|&kappa| full(kappa));
        let units = UnitsConfig { dt_s: self.units.dt_s, relaxation, ..UnitsConfig::default() };
        *self == Self { units, ..Self::default() }
    }

    /// κ of a device of nominal time constant.
    pub fn relaxation(&self) -> f64 {
        match (self.units.relaxation, self.units.tau_s, self.units.dt_s) {
            (Some(kappa), ..) => kappa.get(),
            (None, Some(tau), Some(dt)) => -(-dt.get() / tau.get()).exp_m1(),
            _ => 1.0,
        }
    }

    /// Rules between the settings that are broken, with their keys.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        let mut conflict = |key: &str, rule: &str| found.push((key.to_owned(), rule.to_owned()));
        let units = &self.units;
        if units.relaxation.is_some() && units.tau_s.is_some() {
            conflict("units.relaxation", "and tau_s say the same thing: give only one of them");
        }
        if units.tau_s.is_some() && units.dt_s.is_none() {
            conflict("units.tau_s", "needs units.dt_s, the duration of a visit");
        }
        if units.mismatch.time_constant.std.get() > 0.0 && self.relaxation() == 1.0 {
            conflict("units.mismatch.time_constant", "needs units.tau_s (or a relaxation below 1)");
        }
        let process = &units.process_noise;
        if process.ornstein_uhlenbeck.is_some() && units.dt_s.is_none() {
            conflict("units.process_noise.ornstein_uhlenbeck", "needs units.dt_s, the duration of a visit");
        }
        if let Some(flicker) = &process.flicker {
            match units.dt_s {
                None => conflict("units.process_noise.flicker", "needs units.dt_s, the duration of a visit"),
                Some(dt) => {
                    if let Some(rule) = flicker.conflict(dt.get()) {
                        conflict("units.process_noise.flicker.low_hz", &rule);
                    }
                }
            }
        }
        if let Some(rails) = units.rails
            && rails.low >= rails.high
        {
            conflict("units.rails.low", "must be below units.rails.high");
        }
        for (name, array) in [("forward", &self.forward), ("feedback", &self.feedback)] {
            found.extend(array.conflicts().into_iter().map(|(key, rule)| (format!("arrays.{name}.{key}"), rule)));
        }
        if let Some((key, rule)) = self.learning.conflict() {
            found.push((format!("learning.{key}"), rule));
        }
        found
    }
}

/// The devices of one layer; every vector has one entry per dyad.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Devices {
    pub gain_plus: Vec<f32>,
    pub gain_minus: Vec<f32>,
    pub offset_plus: Vec<f32>,
    pub offset_minus: Vec<f32>,
    /// 1 − κ±
    pub keep_plus: Vec<f32>,
    pub keep_minus: Vec<f32>,
    /// √(κ(2−κ)): how much of the stationary white noise is new at a visit.
    pub renewal_plus: Vec<f32>,
    pub renewal_minus: Vec<f32>,
    /// α of s̄ = α s⁺ + (1−α) s⁻.
    pub alpha: Vec<f32>,
    /// h⁺γ of a hidden dyad, c⁺β of an output.
    pub nudge_plus: Vec<f32>,
    /// h⁻γ, c⁻β
    pub nudge_minus: Vec<f32>,
    /// Offset of the subtracting amplifier.
    pub difference_offset: Vec<f32>,
    /// What auto-zero takes from s⁺ − s⁻ before it is fed back.
    pub difference_zero: Vec<f32>,
    /// What auto-zero takes from the learning signal.
    pub signal_zero: Vec<f32>,
}

/// How the design nudges the dyads of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NominalNudge {
    /// Asymmetry α.
    pub alpha: f64,
    /// Which compartment gets which share.
    pub sides: Sides,
    /// γ in a hidden layer, β at the outputs.
    pub strength: f64,
}

/// How a nudge is shared between the two compartments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Opposite: s⁺ gets α, s⁻ is pushed the other way by 1−α.
    Direct,
    /// Opposite: s⁺ gets 1−α, s⁻ is pushed the other way by α.
    Transposed,
    /// Both get all of it: a unit of a lifted network, whose state is the mean.
    Same,
}

impl Sides {
    /// Opposite nudges.
    pub fn opposite(transposed: bool) -> Self {
        if transposed { Self::Transposed } else { Self::Direct }
    }
}

impl NominalNudge {
    fn shares(&self, alpha: f64) -> (f64, f64) {
        let (plus, minus) = match self.sides {
            Sides::Direct => (alpha, 1.0 - alpha),
            Sides::Transposed => (1.0 - alpha, alpha),
            Sides::Same => (1.0, -1.0),
        };
        (plus * self.strength, minus * self.strength)
    }
}

/// A die with all its devices.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    /// First hidden layer first.
    pub(crate) layers: Vec<Devices>,
    pub(crate) forward: ArrayPort,
    pub(crate) feedback: ArrayPort,
    pub(crate) white: PairMix,
    /// Ornstein–Uhlenbeck and 1/f noise, where they are on.
    pub(crate) coloured: [Option<ColouredNoise>; 2],
    pub(crate) readout: PairMix,
    pub(crate) teacher: PairMix,
    pub(crate) input_noise_std: f32,
    pub(crate) rails: (f32, f32),
    /// Whether any membrane relaxes only in part.
    pub(crate) relaxes: bool,
    pub(crate) multiplier: Quantiser,
    pub(crate) multiplier_noise_std: f32,
    pub(crate) learns_ideally: bool,
    pub(crate) auto_zero: Option<AutoZero>,
    pub(crate) noise_seed: u64,
}

impl Chip {
    /// Draws the devices for layers of `units` (inputs first) which are to be nudged so (one entry per layer, without
    /// the inputs).
    ///
    /// # Panics
    /// If there is not one nudge per layer.
    pub fn new(config: &ChipConfig, units: &[usize], nudges: &[NominalNudge], seeds: Seeds) -> Self {
        assert_eq!(units.len(), nudges.len() + 1, "one nudge per layer");
        let kappa = config.relaxation();
        let layers = units[1..]
            .iter()
            .zip(nudges)
            .enumerate()
            .map(|(k, (&n, nudge))| Devices::draw(config, kappa, nudge, seeds.chip, k + 1, n))
            .collect();
        let process = &config.units.process_noise;
        // Where there is coloured noise the file has dt_s.
        let dt_s = config.units.dt_s.map_or(1.0, Positive::get);
        let rails = config
            .units
            .rails
            .map_or((f32::NEG_INFINITY, f32::INFINITY), |rails| (rails.low.get() as f32, rails.high.get() as f32));
        Self {
            layers,
            forward: config.forward.port(Direction::Forward),
            feedback: config.feedback.port(Direction::Feedback),
            white: process.white.mix(),
            coloured: [
                process.ornstein_uhlenbeck.and_then(|noise| noise.filter(dt_s)),
                process.flicker.and_then(|noise| noise.filter(dt_s)),
            ],
            readout: config.units.readout_noise.mix(),
            teacher: config.teacher_noise.mix(),
            input_noise_std: config.input_noise_std.get() as f32,
            rails,
            relaxes: kappa < 1.0,
            multiplier: config.learning.resolution.quantiser(),
            multiplier_noise_std: config.learning.noise_std.get() as f32,
            learns_ideally: config.learning.is_ideal(),
            auto_zero: config.learning.auto_zero,
            noise_seed: seeds.noise,
        }
    }

    /// The same die without anything random in time: its mismatch, converters and calibration stay, and converters
    /// round to the nearest level.
    pub fn without_noise(&self) -> Self {
        Self {
            forward: self.forward.without_noise(),
            feedback: self.feedback.without_noise(),
            white: PairMix::default(),
            coloured: [None, None],
            readout: PairMix::default(),
            teacher: PairMix::default(),
            input_noise_std: 0.0,
            multiplier: Quantiser { stochastic: false, ..self.multiplier },
            multiplier_noise_std: 0.0,
            ..self.clone()
        }
    }

    /// Whether what synapses learn from differs from what is fed back.
    pub(crate) fn has_learning_circuit(&self) -> bool {
        !self.learns_ideally || !self.feedback.sends_plainly()
    }

    /// Forgets the last auto-zero.
    pub(crate) fn clear_zero(&mut self) {
        for devices in &mut self.layers {
            devices.difference_zero.fill(0.0);
            devices.signal_zero.fill(0.0);
        }
    }

    /// Sets what auto-zero takes from the difference of layer k and from its learning signal.
    pub(crate) fn set_zero(&mut self, k: usize, difference: Vec<f32>, signal: Vec<f32>) {
        self.layers[k - 1].difference_zero = difference;
        self.layers[k - 1].signal_zero = signal;
    }

    /// Sections of coloured noise in each compartment.
    pub(crate) fn coloured_sections(&self) -> usize {
        self.coloured.iter().flatten().map(ColouredNoise::sections).sum()
    }
}

impl Devices {
    fn draw(config: &ChipConfig, kappa: f64, nudge: &NominalNudge, seed: u64, layer: usize, units: usize) -> Self {
        let mismatch = &config.units.mismatch;
        let single = |side: Vec<f64>| side.into_iter().map(|x| x as f32).collect::<Vec<f32>>();
        let [gain_plus, gain_minus] = mismatch.gain.draw(seed, Quantity::Gain, layer, units).map(single);
        let [offset_plus, offset_minus] = mismatch.offset.draw(seed, Quantity::Offset, layer, units).map(single);
        // 1 − κ = e^(−dt/τ), so a device whose time constant is r times the nominal one keeps (1−κ)^(1/r).
        let keep = mismatch
            .time_constant
            .draw(seed, Quantity::TimeConstant, layer, units)
            .map(|ratios| ratios.into_iter().map(|r| (1.0 - kappa).powf(1.0 / r)).collect::<Vec<f64>>());
        let renewal = |keep: &[f64]| keep.iter().map(|keep| (1.0 - keep * keep).sqrt() as f32).collect();
        let [renewal_plus, renewal_minus] = [renewal(&keep[0]), renewal(&keep[1])];
        let [keep_plus, keep_minus] = keep.map(single);
        let alpha_std = mismatch.alpha_std.get();
        let alphas: Vec<f64> = singles(seed, Quantity::Alpha, layer, units)
            .into_iter()
            .map(|xi| (nudge.alpha + alpha_std * xi).clamp(0.0, 1.0))
            .collect();
        let (nudge_plus, nudge_minus): (Vec<f64>, Vec<f64>) = alphas.iter().map(|&alpha| nudge.shares(alpha)).unzip();
        let offsets = singles(seed, Quantity::DifferenceOffset, layer, units);
        Self {
            gain_plus,
            gain_minus,
            offset_plus,
            offset_minus,
            keep_plus,
            keep_minus,
            renewal_plus,
            renewal_minus,
            alpha: single(alphas),
            nudge_plus: single(nudge_plus),
            nudge_minus: single(nudge_minus),
            difference_offset: offsets.iter().map(|xi| (config.learning.offset_std.get() * xi) as f32).collect(),
            difference_zero: vec![0.0; units],
            signal_zero: vec![0.0; units],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(config: &ChipConfig, units: &[usize], alpha: f64) -> Chip {
        let nudge = NominalNudge { alpha, sides: Sides::Transposed, strength: 1.0 };
        Chip::new(config, units, &vec![nudge; units.len() - 1], Seeds::default())
    }

    #[test]
    fn a_time_constant_and_a_visit_make_a_relaxation() {
        let units = UnitsConfig {
            tau_s: Some(Positive::constant(2e-5)),
            dt_s: Some(Positive::constant(1e-5)),
            ..UnitsConfig::default()
        };
        let config = ChipConfig { units, ..ChipConfig::default() };
        assert!((config.relaxation() - (1.0 - (-0.5f64).exp())).abs() < 1e-12);
        let chip = chip(&config, &[3, 4], 0.5);
        assert!(chip.layers[0].keep_plus.iter().all(|&keep| (keep - (-0.5f32).exp()).abs() < 1e-6));
        // What is kept and what is renewed make up the stationary variance.
        let Devices { keep_plus, renewal_plus, .. } = &chip.layers[0];
        assert!(keep_plus.iter().zip(renewal_plus).all(|(k, r)| (k * k + r * r - 1.0).abs() < 1e-6));
    }

    #[test]
    fn the_asymmetry_of_a_dyad_stays_a_fraction() {
        let mismatch = UnitMismatch { alpha_std: NonNegative::constant(0.5), ..UnitMismatch::default() };
        let units = UnitsConfig { mismatch, ..UnitsConfig::default() };
        let chip = chip(&ChipConfig { units, ..ChipConfig::default() }, &[3, 500], 0.9);
        assert!(chip.layers[0].alpha.iter().all(|a| (0.0..=1.0).contains(a)));
        assert!(chip.layers[0].alpha.iter().any(|&a| a < 0.5));
        // Shares of DP⊤: h⁺ = 1 − α of the same dyad.
        let Devices { alpha, nudge_plus, .. } = &chip.layers[0];
        assert!(alpha.iter().zip(nudge_plus).all(|(a, h)| (a + h - 1.0).abs() < 1e-6));
    }

    #[test]
    fn the_default_chip_is_ideal_and_every_setting_ends_that() {
        assert!(ChipConfig::default().is_ideal());
        let relaxed = UnitsConfig { relaxation: Some(PositiveFraction::constant(0.5)), ..UnitsConfig::default() };
        assert!(!ChipConfig { units: relaxed, ..ChipConfig::default() }.is_ideal());
        assert!(!ChipConfig { input_noise_std: NonNegative::constant(0.1), ..ChipConfig::default() }.is_ideal());
    }
}
