//! What stands between the gradient and the weights: nothing, or devices.
//!
//! A kind of synapse is a file with its state and how it learns. It is registered in [`Synapses`]; its settings are in
//! [`crate::synapse`].
mod columns;
mod event_columns;
mod float;
mod kind;
mod latent_columns;
mod layer_step;
mod loss_gradient;
mod packed;
mod programmed;
mod pulsed;
mod quantised;

pub(super) use columns::{Columns, LayerColumns};
pub use float::Float;
pub use kind::Histograms;
pub use packed::Packed;
pub use programmed::Programmed;
pub use pulsed::Pulsed;
pub use quantised::{Quantised, TrainOn, Training};

use crate::credit::gradient::LocalGradient;
use crate::device::frozen::{Chip, Frozen};
use crate::network::{Network, Projection};
use crate::persist::{Archive, Array, Damaged, Persist, saved};
use crate::synapse::config::SynapseConfig;
use crate::synapse::counts::WriteTotals;
use kind::SynapseKind;

/// The synapses of a learner.
///
/// ```
/// use dyadsim::prelude::*;
/// use dyadsim::synapse::config::SynapseConfig;
///
/// let config: SynapseConfig = serde_json::from_str(
///     r#"{"pulsed": {"device": {"model": "constant_step", "dw_min": 0.01, "w_min": -1, "w_max": 1}}}"#,
/// )?;
/// let mut network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let synapses = Synapses::new(&config, None, false, &mut network, Seeds::default());
/// assert!(synapses.are_devices() && synapses.are_written());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Synapses {
    /// Numbers, which the optimizer changes.
    Float(Float),
    /// Devices of a few levels.
    Quantised(Quantised),
    /// Ideal devices of two levels as packed bits.
    Packed(Packed),
    /// Devices that pulses move.
    Pulsed(Pulsed),
    /// Numbers, programmed into devices for every evaluation.
    Programmed(Programmed),
}

impl Default for Synapses {
    fn default() -> Self {
        Self::Float(Float)
    }
}

impl Synapses {
    /// Synapses that hold `weights`, which become what they hold. Those of a few levels are numbers without a
    /// `training`; where each stimulus is learnt `online` on ideal hardware, bits may be enough for them.
    pub fn new<'m>(
        config: &SynapseConfig,
        training: Option<Training>,
        online: bool,
        weights: &mut Network,
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        let chip = chip.into();
        let seeds = chip.seeds;
        match config {
            SynapseConfig::Pulsed(config) => return Self::Pulsed(Pulsed::new(config, weights, chip)),
            SynapseConfig::Programmed(config) => return Self::Programmed(Programmed::new(config, weights, chip)),
            SynapseConfig::Float | SynapseConfig::Binary(_) | SynapseConfig::Levels(_) => {}
        }
        let (Some(config), Some(training)) = (config.quantised(), training) else { return Self::default() };
        let packed = if online { Packed::of_rule(&config, training.rule, weights, seeds.noise) } else { None };
        packed.map_or_else(|| Self::Quantised(Quantised::new(&config, training, weights, chip)), Self::Packed)
    }

    fn kind(&self) -> &dyn SynapseKind {
        match self {
            Self::Float(float) => float,
            Self::Quantised(quantised) => quantised,
            Self::Packed(packed) => packed,
            Self::Pulsed(pulsed) => pulsed,
            Self::Programmed(programmed) => programmed,
        }
    }

    fn kind_mut(&mut self) -> &mut dyn SynapseKind {
        match self {
            Self::Float(float) => float,
            Self::Quantised(quantised) => quantised,
            Self::Packed(packed) => packed,
            Self::Pulsed(pulsed) => pulsed,
            Self::Programmed(programmed) => programmed,
        }
    }

    /// Numbers for each synapse that the optimizer descends.
    pub(super) fn descended_numbers(&self) -> usize {
        self.kind().descended_numbers()
    }

    /// Factor of the learning rate of the weights in training step `step`.
    pub(super) fn rate_factor(&self, step: u64) -> f64 {
        self.kind().rate_factor(step)
    }

    /// Moves synapses that learn straight from the local signals of training step `step`. Returns whether what they
    /// have learnt from is finite.
    pub(super) fn learn(&mut self, weights: &mut Network, gradient: &LocalGradient, rate: f64, step: u64) -> bool {
        self.kind_mut().learn(weights, gradient, rate, step)
    }

    /// What every layer keeps next to its weight, for the update of training step `step` with this learning rate.
    pub(super) fn columns(&mut self, layers: &[Projection], rate: f64, step: u64) -> LayerColumns<'_> {
        self.kind_mut().columns(layers, rate, step)
    }

    /// Brings the devices to what the update of training step `step` has decided, and the weights to what they hold.
    pub(super) fn program(&mut self, weights: &mut Network, step: u64) {
        self.kind_mut().program(weights, step);
    }

    /// Whether devices stand behind the weights.
    pub fn are_devices(&self) -> bool {
        self.kind().are_devices()
    }

    /// Whether training writes them.
    pub fn are_written(&self) -> bool {
        self.kind().are_written()
    }

    /// Writes and flips of every layer since this was asked last; none if training does not write.
    pub fn take_totals(&mut self) -> Vec<WriteTotals> {
        self.kind_mut().take_totals()
    }

    /// Share of the synapses of every projection with synapses for which plain STE does not stand in for the rule, in a
    /// mini-batch with this gradient; none if the rule always acts.
    pub fn gradients_above_threshold(&self, weights: &Network, gradient: &LocalGradient) -> Option<Vec<f64>> {
        match self {
            Self::Quantised(quantised) => quantised.gradients_above_threshold(weights, gradient),
            _ => None,
        }
    }

    /// What was drawn of the devices of a layer; `index` counts those with synapses from 0.
    pub fn frozen(&self, index: usize) -> Vec<Frozen> {
        self.kind().frozen(index)
    }

    /// How often the synapses of every layer were written and changed; none if training does not write.
    pub fn histograms(&self, weights: &Network) -> Vec<Histograms> {
        self.kind().histograms(weights)
    }

    /// The weights as devices hold them, where the network is trained with others (`epoch` tells one deployment from
    /// another).
    pub fn deployed(&self, weights: &Network, epoch: u64) -> Option<Network> {
        self.kind().deployed(weights, epoch)
    }

    /// The weights if every device held its level exactly; none where that is what the synapses hold anyway.
    pub fn ideal(&self, weights: &Network) -> Option<Network> {
        self.kind().ideal(weights)
    }

    /// Bytes of what was drawn of all devices.
    pub fn frozen_bytes(&self) -> usize {
        self.kind().frozen_bytes()
    }

    /// Bytes of what they keep next to the weights: what changes, and what is frozen in devices.
    pub fn memory_bytes(&self) -> usize {
        // All of these are numbers of four bytes, or kept as such in a checkpoint.
        4 * saved(&mut self.clone()).values().map(Array::len).sum::<usize>() + self.frozen_bytes()
    }
}

impl Persist for Synapses {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.kind_mut().persist(archive)
    }
}
