//! One die: all devices of a network, drawn from the chip seed.
use super::calibration::{Applies, Calibration, Corrections};
use super::chopping::Chopper;
use super::devices::{Devices, NominalNudge};
use super::phase_memory::PhaseMemory;
use super::returned::Returned;
use super::settings::{DieConfig, UnitsConfig};
use crate::crossbar::converter::Quantiser;
use crate::crossbar::periphery::{Periphery, Side};
use crate::device::frozen::{Chip, Frozen};
use crate::device::pair::PairMix;
use crate::device::process::ColouredNoise;
use crate::dynamics::Activation;
use crate::map::Shape;
use crate::parameter::{NonNegative, Positive};
use crate::persist::{Archive, Damaged, Persist};
use std::sync::Arc;

/// A die with all its devices.
///
/// ```
/// use dyadsim::prelude::*;
/// use dyadsim::substrate::{NominalNudge, Sides};
///
/// let mut config = DieConfig::default();
/// config.units.mismatch.offset.std = NonNegative::new(0.02)?;
/// let nudge = NominalNudge { alpha: 0.5, sides: Sides::Transposed, strength: 1.0 };
/// let die = |chip| Die::new(&config, &[4, 8, 3], &[nudge; 2], Seeds { chip, ..Seeds::default() });
/// assert_eq!(die(1), die(1));
/// // Another die of the same design.
/// assert_ne!(die(1), die(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Die {
    /// Population 1 first.
    pub(crate) populations: Arc<Vec<Devices>>,
    /// What calibration has found; population 1 first.
    pub(crate) corrections: Vec<Corrections>,
    pub(crate) forward: Periphery,
    pub(crate) feedback: Periphery,
    pub(crate) white: PairMix,
    /// Noise of the drive with a memory, as far as it is on.
    pub(crate) coloured: Vec<ColouredNoise>,
    pub(crate) readout: PairMix,
    pub(crate) teacher: PairMix,
    pub(crate) input_noise_std: f32,
    pub(crate) rails: (f32, f32),
    /// Whether any membrane relaxes only in part.
    pub(crate) relaxes: bool,
    /// Whether its devices make no difference to the algorithm of the papers, which it then follows bit for bit.
    pub(crate) is_ideal: bool,
    /// (1−κ)/κ of a device of nominal time constant.
    pub(crate) lead: f32,
    /// The clock lines by which compartments exchange their roles.
    pub(crate) chopper: Option<Chopper>,
    /// By how much a value has to change to be sent, of units that send events.
    pub(crate) send_threshold: Option<f32>,
    pub(crate) multiplier: Quantiser,
    pub(crate) multiplier_noise_std: f32,
    pub(crate) learns_ideally: bool,
    pub(crate) calibration: Option<Calibration>,
    pub(crate) phase_memory: PhaseMemory,
    pub(crate) noise_seed: u64,
    /// What its units send back. Where that is errors, their membranes are kept, to find their slope.
    pub(crate) returned: Returned,
}

impl Die {
    /// Draws the devices for populations of these shapes or units (the stimulus first) which are to be nudged so (one entry
    /// for every population of dyads). Where their f is flat, which a calibration takes into account, is not known here:
    /// `Inference::on_die` says it.
    ///
    /// # Panics
    /// If there is not one nudge for every population of dyads.
    pub fn new<'m, S: Copy + Into<Shape>>(
        config: &DieConfig,
        populations: &[S],
        nudges: &[NominalNudge],
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        let chip = chip.into();
        let seeds = chip.seeds;
        assert_eq!(populations.len(), nudges.len() + 1, "one nudge for every population of dyads");
        let kappa = config.relaxation();
        let populations: Vec<Devices> = populations[1..]
            .iter()
            .zip(nudges)
            .enumerate()
            .map(|(k, (&shape, nudge))| {
                let shape: Shape = shape.into();
                let places = if config.units.shared_over_positions { shape.places() } else { 1 };
                Devices::draw(config, kappa, nudge, chip, k + 1, shape.units() / places).repeated(places)
            })
            .collect();
        let process = &config.units.process_noise;
        // Where there is coloured noise the file has dt_s.
        let dt_s = config.units.dt_s.map_or(1.0, Positive::get);
        let rails = config
            .units
            .rails
            .map_or((f32::NEG_INFINITY, f32::INFINITY), |rails| (rails.low.get() as f32, rails.high.get() as f32));
        Self {
            corrections: populations
                .iter()
                .map(|devices| Corrections::zeros(devices.alpha.len(), Applies::default()))
                .collect(),
            populations: Arc::new(populations),
            forward: Periphery::new(&config.forward, Side::Forward),
            feedback: Periphery::new(&config.feedback, Side::Feedback),
            white: process.white.mix(),
            coloured: process.coloured(dt_s),
            readout: config.units.readout_noise.mix(),
            teacher: config.teacher_noise.mix(),
            input_noise_std: config.input_noise_std.get() as f32,
            rails,
            relaxes: kappa < 1.0,
            // That values are sent as events does not move a dyad by itself.
            is_ideal: DieConfig {
                units: UnitsConfig { send_threshold: None, ..config.units.clone() },
                ..config.clone()
            }
            .is_ideal(),
            lead: ((1.0 - kappa) / kappa) as f32,
            send_threshold: config.units.send_threshold.map(|threshold| threshold.get() as f32),
            chopper: config.units.chopping.map(|chopping| Chopper { chopping, seed: seeds.noise }),
            multiplier: config.learning.resolution.quantiser(),
            multiplier_noise_std: config.learning.noise_std.get() as f32,
            learns_ideally: config.learning.is_ideal() && config.units.calibration.is_none(),
            calibration: config.units.calibration,
            phase_memory: config.phase_memory,
            noise_seed: seeds.noise,
            returned: Returned::Differences,
        }
    }

    /// Draws the devices for units that send this back: dyads, or units of one compartment, which are dyads whose compartments
    /// are the same ([`DieConfig::of_one_compartment`]).
    ///
    /// # Panics
    /// As [`Die::new`].
    pub fn returning<'m, S: Copy + Into<Shape>>(
        returned: Returned,
        config: &DieConfig,
        populations: &[S],
        nudges: &[NominalNudge],
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        if returned.needs_dyads() {
            return Self::new(config, populations, nudges, chip);
        }
        Self { returned, ..Self::new(&config.of_one_compartment(), populations, nudges, chip) }
    }

    /// The same die without anything random in time: its mismatch, converters and calibration stay, converters round to
    /// the nearest level, and compartments have the roles that they were made for.
    pub fn without_noise(&self) -> Self {
        Self {
            forward: self.forward.without_noise(),
            feedback: self.feedback.without_noise(),
            white: PairMix::default(),
            coloured: vec![],
            readout: PairMix::default(),
            teacher: PairMix::default(),
            chopper: None,
            input_noise_std: 0.0,
            multiplier: Quantiser { stochastic: false, ..self.multiplier },
            multiplier_noise_std: 0.0,
            phase_memory: PhaseMemory { noise_std: NonNegative::default(), ..self.phase_memory },
            ..self.clone()
        }
    }

    /// What was drawn of the units of population k, from 1, circuit by circuit.
    pub fn frozen(&self, k: usize) -> &[Frozen] {
        &self.populations[k - 1].frozen
    }

    /// Bytes of the devices of population k, from 1.
    pub(crate) fn memory_bytes(&self, k: usize) -> usize {
        self.populations[k - 1].memory_bytes()
    }

    /// Whether the read noise of the forward and of the feedback arrays depends on single weights.
    pub fn reads_weights(&self) -> [bool; 2] {
        [&self.forward, &self.feedback].map(|periphery| periphery.per_weight != 0.0)
    }

    /// Whether what synapses learn from differs from what is fed back.
    pub(crate) fn has_learning_circuit(&self) -> bool {
        !self.learns_ideally || (self.returned != Returned::States && !self.feedback.sends_ideally())
    }

    /// Calibrates dyads where their f asks for it: `f` is that of the hidden populations, the outputs are linear.
    pub(crate) fn calibrate_as(&mut self, f: Activation) {
        let Some(calibration) = self.calibration else { return };
        let outputs = self.corrections.len() - 1;
        for (k, own) in self.corrections.iter_mut().enumerate() {
            own.apply(calibration.parameters.applies(if k == outputs { Activation::Identity } else { f }));
        }
    }

    /// Forgets what calibration has found.
    pub(crate) fn clear_corrections(&mut self) {
        for own in &mut self.corrections {
            *own = Corrections::zeros(own.difference.estimated.offset.len(), own.difference.estimated.applies);
        }
    }

    /// Sections of coloured noise in each compartment.
    pub(crate) fn coloured_sections(&self) -> usize {
        self.coloured.iter().map(ColouredNoise::sections).sum()
    }
}

impl Persist for Die {
    /// What calibration has found.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.parts(1, &mut self.corrections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::PositiveFraction;
    use crate::random::Seeds;
    use crate::substrate::{Sides, UnitMismatch, UnitsConfig};

    fn die(config: &DieConfig, units: &[usize], alpha: f64) -> Die {
        let nudge = NominalNudge { alpha, sides: Sides::Transposed, strength: 1.0 };
        Die::new(config, units, &vec![nudge; units.len() - 1], Seeds::default())
    }

    #[test]
    fn a_time_constant_and_an_update_make_a_relaxation() {
        let units = UnitsConfig {
            tau_s: Some(Positive::constant(2e-5)),
            dt_s: Some(Positive::constant(1e-5)),
            ..UnitsConfig::default()
        };
        let config = DieConfig { units, ..DieConfig::default() };
        assert!((config.relaxation() - (1.0 - (-0.5f64).exp())).abs() < 1e-12);
        let die = die(&config, &[3, 4], 0.5);
        assert!(die.populations[0].decay_plus.iter().all(|&decay| (decay - (-0.5f32).exp()).abs() < 1e-6));
        // What is kept and what is renewed make up the stationary variance.
        let Devices { decay_plus, noise_gain_plus, .. } = &die.populations[0];
        assert!(decay_plus.iter().zip(noise_gain_plus).all(|(k, r)| (k * k + r * r - 1.0).abs() < 1e-6));
    }

    #[test]
    fn the_asymmetry_of_a_dyad_stays_a_fraction() {
        let mismatch = UnitMismatch { alpha_std: NonNegative::constant(0.5), ..UnitMismatch::default() };
        let units = UnitsConfig { mismatch, ..UnitsConfig::default() };
        let die = die(&DieConfig { units, ..DieConfig::default() }, &[3, 500], 0.9);
        assert!(die.populations[0].alpha.iter().all(|a| (0.0..=1.0).contains(a)));
        assert!(die.populations[0].alpha.iter().any(|&a| a < 0.5));
        // Shares of DP⊤: h⁺ = 1 − α of the same dyad.
        let Devices { alpha, nudge_plus, .. } = &die.populations[0];
        assert!(alpha.iter().zip(nudge_plus).all(|(a, h)| (a + h - 1.0).abs() < 1e-6));
    }

    #[test]
    fn the_default_chip_is_ideal_and_every_setting_ends_that() {
        assert!(DieConfig::default().is_ideal());
        let relaxed = UnitsConfig { relaxation: Some(PositiveFraction::constant(0.5)), ..UnitsConfig::default() };
        assert!(!DieConfig { units: relaxed, ..DieConfig::default() }.is_ideal());
        assert!(!DieConfig { input_noise_std: NonNegative::constant(0.1), ..DieConfig::default() }.is_ideal());
    }
}
