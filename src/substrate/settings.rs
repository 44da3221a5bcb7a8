//! Settings of a die: everything that its devices are drawn from.
use super::calibration::Calibration;
use super::chopping::Chopping;
use super::learning_circuit::LearningCircuit;
use super::phase_memory::PhaseMemory;
use crate::crossbar::converter::Converter;
use crate::crossbar::settings::ArrayConfig;
use crate::device::pair::PairNoise;
use crate::device::process::ProcessNoise;
use crate::device::spread::{AbsoluteSpread, RelativeSpread};
use crate::math;
use crate::parameter::{Finite, Fraction, NonNegative, Positive, PositiveFraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The dyads of a chip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnitsConfig {
    /// Share κ of the way to its drive that a membrane moves in an update: v ← v + κ (u − v). 1, the algorithm, unless
    /// this or tau_s is given. Forward passes, and with them the accuracies, take every membrane all the way.
    pub relaxation: Option<PositiveFraction>,
    /// Time constant of the membrane: κ = 1 − exp(−dt_s/tau_s).
    pub tau_s: Option<Positive>,
    /// Duration of an update. Needed by tau_s and by coloured noise.
    pub dt_s: Option<Positive>,
    /// Supply rails: s± stays between them; null is no limit. Holds for the outputs too.
    pub rails: Option<Rails>,
    /// Frozen differences between devices.
    pub mismatch: UnitMismatch,
    /// Whether one circuit serves all places of a feature, one after the other: the units of a feature then have the same
    /// mismatch. Otherwise every unit is a circuit of its own.
    pub shared_over_positions: bool,
    /// Exchange of the roles of the two compartments of a dyad; null is none.
    pub chopping: Option<Chopping>,
    /// Estimation of what the compartments of a dyad differ by, to subtract it; null is none.
    pub calibration: Option<Calibration>,
    /// Noise of the membranes.
    pub process_noise: ProcessNoise,
    /// Noise of the communicated s±, new at every update.
    pub readout_noise: PairNoise,
    /// Sigma-delta events: a dyad sends s̄ forward, or s⁺ − s⁻ back, only when it has changed by more than this since it sent
    /// last; what reads it goes on with what was sent last. Forward passes, and with them the accuracies, send everything. 0
    /// sends at every change, which makes no difference but that events are counted; null is none.
    pub send_threshold: Option<NonNegative>,
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
///
/// ```
/// use dyadsim::prelude::*;
///
/// let mut config = DieConfig::default();
/// assert!(config.is_ideal());
/// config.units.readout_noise.std = NonNegative::new(0.01)?;
/// config.forward.read_noise.std = NonNegative::new(0.02)?;
/// assert!(!config.is_ideal() && config.conflicts().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DieConfig {
    /// The dyads.
    pub units: UnitsConfig,
    /// Array that carries s̄ forward.
    pub forward: ArrayConfig,
    /// Array that carries s⁺ − s⁻ back, or the errors of backprop.
    pub feedback: ArrayConfig,
    /// Standard deviation of the noise of the inputs, new for every stimulus.
    pub input_noise_std: NonNegative,
    /// Noise of the teacher's signal, new at every update of the outputs.
    pub teacher_noise: PairNoise,
    /// The circuit that forms the learning signal.
    pub learning: LearningCircuit,
    /// The memory for the state of a first phase.
    pub phase_memory: PhaseMemory,
}

impl DieConfig {
    /// Whether the devices make no difference to the algorithm of the papers.
    pub fn is_ideal(&self) -> bool {
        let full = |kappa: PositiveFraction| kappa.get() == 1.0;
        let relaxation = self.units.relaxation.filter(|&kappa| full(kappa));
        let units = UnitsConfig { dt_s: self.units.dt_s, relaxation, ..UnitsConfig::default() };
        // How exact reads are shared makes no difference.
        let array = |own: &ArrayConfig| ArrayConfig {
            shared_by_compartments: own.shared_by_compartments,
            ..ArrayConfig::default()
        };
        *self == Self { units, forward: array(&self.forward), feedback: array(&self.feedback), ..Self::default() }
    }

    /// The same for units of one compartment: whatever two compartments have of their own, they have in common, and no
    /// circuit subtracts them. The law of each compartment alone stays as it is.
    #[must_use]
    pub fn of_one_compartment(&self) -> Self {
        let all = Fraction::constant(1.0);
        let mut one = Self { learning: LearningCircuit::default(), ..self.clone() };
        let mismatch = &mut one.units.mismatch;
        (mismatch.gain.correlation, mismatch.offset.correlation, mismatch.time_constant.correlation) = (all, all, all);
        mismatch.alpha_std = NonNegative::default();
        let process = &mut one.units.process_noise;
        process.ornstein_uhlenbeck.iter_mut().for_each(|noise| noise.common_mode = all);
        process.flicker.iter_mut().for_each(|noise| noise.common_mode = all);
        for noise in [&mut process.white, &mut one.units.readout_noise, &mut one.teacher_noise] {
            noise.common_mode = all;
        }
        for array in [&mut one.forward, &mut one.feedback] {
            array.shared_by_compartments = true;
        }
        one
    }

    /// Keys of the settings that units of one compartment have nothing for.
    pub fn of_dyads_alone(&self) -> Vec<&'static str> {
        let LearningCircuit { offset_std, noise_std, resolution } = self.learning;
        [
            ("units.mismatch.alpha_std", self.units.mismatch.alpha_std != NonNegative::default()),
            ("learning.offset_std", offset_std != NonNegative::default()),
            ("learning.noise_std", noise_std != NonNegative::default()),
            ("learning.resolution", resolution != Converter::default()),
            ("units.chopping", self.units.chopping.is_some()),
            ("units.calibration", self.units.calibration.is_some()),
            ("units.send_threshold", self.units.send_threshold.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_on)| is_on.then_some(key))
        .collect()
    }

    /// κ of a device of nominal time constant.
    pub fn relaxation(&self) -> f64 {
        match (self.units.relaxation, self.units.tau_s, self.units.dt_s) {
            (Some(kappa), ..) => kappa.get(),
            (None, Some(tau), Some(dt)) => -math::exp_m1(-dt.get() / tau.get()),
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
            conflict("units.tau_s", "needs units.dt_s, the duration of an update");
        }
        if units.mismatch.time_constant.std.get() > 0.0 && self.relaxation() == 1.0 {
            conflict("units.mismatch.time_constant", "needs units.tau_s (or a relaxation below 1)");
        }
        for (key, rule) in units.process_noise.conflicts(units.dt_s) {
            conflict(&format!("units.process_noise.{key}"), &rule);
        }
        if let Some(rails) = units.rails
            && rails.low >= rails.high
        {
            conflict("units.rails.low", "must be below units.rails.high");
        }
        if let Some((key, rule)) = units.chopping.and_then(|chopping| chopping.conflict()) {
            conflict(&format!("units.chopping.{key}"), rule);
        }
        if let Some((key, rule)) = units.calibration.and_then(|calibration| calibration.conflict()) {
            conflict(&format!("units.calibration.{key}"), &rule);
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
