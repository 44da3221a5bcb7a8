//! What stands between the gradient and the weights: nothing, or devices that hold a few levels.
mod event_columns;
mod latent_columns;
mod packed;
mod programmed;
mod pulsed;
mod quantised;

pub use packed::Packed;
pub use programmed::Programmed;
pub use pulsed::Pulsed;
pub use quantised::{Quantised, TrainOn, Training};

use crate::network::gradient::LocalGradient;
use crate::network::{Layer, Weights};
use crate::synapse::codebook::Codebook;
use crate::synapse::counts::WriteTotals;
use event_columns::EventColumns;
use latent_columns::LatentColumns;

/// The synapses of a learner.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Synapses {
    /// Numbers, which the optimizer changes.
    #[default]
    Float,
    /// Devices of a few levels.
    Quantised(Quantised),
    /// Ideal devices of two levels as packed bits.
    Packed(Packed),
    /// Devices that pulses move.
    Pulsed(Pulsed),
    /// Numbers, programmed into devices for every evaluation.
    Programmed(Programmed),
}

/// What a block of columns of one layer keeps beside its weight.
#[derive(Debug, Default)]
pub(super) enum Columns<'a> {
    /// Nothing.
    #[default]
    Float,
    /// Latent values.
    Latent(LatentColumns<'a>),
    /// Counters of events.
    Events(EventColumns<'a>),
    /// What [`Synapses::learn`] moves, so that nothing is left to do.
    Elsewhere,
}

/// What all columns of a layer of few levels share in one training step.
#[derive(Debug, Clone, Copy)]
struct LayerStep<'a> {
    codebook: &'a Codebook,
    /// Weight of a level of 1, of every receiving unit.
    scale: &'a [f32],
    layer: usize,
    noise_seed: u64,
    step: u64,
}

/// A synapse that is to be written: its place in the storage of the weight, and the number of its new level.
type Change = (u32, u8);

/// The synapses of some blocks of columns that are to be written, block after block.
#[derive(Debug)]
struct Changes<'a> {
    blocks: &'a mut [Vec<Change>],
    /// Columns in a block.
    block_columns: usize,
}

impl<'a> Changes<'a> {
    fn split(self, at: usize) -> (Self, Self) {
        let Self { blocks, block_columns } = self;
        let (a, b) = blocks.split_at_mut(at / block_columns);
        (Self { blocks: a, block_columns }, Self { blocks: b, block_columns })
    }

    /// Those of the only block, which begin anew.
    fn begin(&mut self) -> &mut Vec<Change> {
        let changes = &mut self.blocks[0];
        changes.clear();
        changes
    }
}

impl<'a> Columns<'a> {
    /// Cut before column number `at`, for a column stride of `stride`.
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        match self {
            Self::Float => (Self::Float, Self::Float),
            Self::Elsewhere => (Self::Elsewhere, Self::Elsewhere),
            Self::Latent(latent) => {
                let (a, b) = latent.split(at, stride);
                (Self::Latent(a), Self::Latent(b))
            }
            Self::Events(events) => {
                let (a, b) = events.split(at, stride);
                (Self::Events(a), Self::Events(b))
            }
        }
    }
}

/// Numbers of a synapse that must outlive the process.
#[derive(Debug, Clone, PartialEq)]
pub enum Register {
    /// Real ones.
    Numbers(Vec<f32>),
    /// Whole ones.
    Counts(Vec<u32>),
}

impl Synapses {
    /// Numbers for each synapse that the optimizer descends.
    pub(super) fn descended_numbers(&self) -> usize {
        match self {
            Self::Float | Self::Programmed(_) => 1,
            Self::Quantised(quantised) => quantised.planes(),
            Self::Packed(_) | Self::Pulsed(_) => 0,
        }
    }

    /// Factor of the learning rate of the weights in training step `step`.
    pub(super) fn rate_factor(&self, step: u64) -> f64 {
        match self {
            Self::Quantised(quantised) => quantised.rate_factor(step),
            _ => 1.0,
        }
    }

    /// What every layer keeps beside its weight, for the update of training step `step` with this learning rate.
    pub(super) fn columns(&mut self, layers: &[Layer], rate: f64, step: u64) -> Vec<Columns<'_>> {
        match self {
            Self::Float | Self::Programmed(_) => layers.iter().map(|_| Columns::Float).collect(),
            Self::Quantised(quantised) => quantised.columns(rate, step),
            Self::Packed(_) | Self::Pulsed(_) => layers.iter().map(|_| Columns::Elsewhere).collect(),
        }
    }

    /// Moves synapses that learn straight from the local signals of training step `step`. Returns whether what they
    /// have learnt from is finite.
    pub(super) fn learn(&mut self, weights: &mut Weights, gradient: &LocalGradient, rate: f64, step: u64) -> bool {
        match self {
            Self::Float | Self::Programmed(_) | Self::Quantised(_) => true,
            Self::Pulsed(pulsed) => pulsed.learn(weights, gradient, rate, step),
            Self::Packed(packed) => packed.learn(weights, gradient, rate, step),
        }
    }

    /// Whether devices stand behind the weights.
    pub fn are_devices(&self) -> bool {
        !matches!(self, Self::Float)
    }

    /// Whether training writes them.
    pub fn are_written(&self) -> bool {
        !matches!(self, Self::Float | Self::Programmed(_))
    }

    /// Writes and flips of every layer since this was asked last; none with float synapses.
    pub fn take_totals(&mut self) -> Vec<WriteTotals> {
        match self {
            Self::Float | Self::Programmed(_) => vec![],
            Self::Pulsed(pulsed) => pulsed.take_totals(),
            Self::Quantised(quantised) => quantised.take_totals(),
            Self::Packed(packed) => packed.take_totals(),
        }
    }

    /// Brings the devices to what the update of training step `step` has decided, and the weights to what they hold.
    pub(super) fn program(&mut self, weights: &mut Weights, step: u64) {
        if let Self::Quantised(quantised) = self {
            quantised.program(weights, step);
        }
    }

    /// The weights as devices hold them, where the network is trained with others (`epoch` tells one deployment from
    /// another).
    pub fn deployed(&self, weights: &Weights, epoch: u64) -> Option<Weights> {
        match self {
            Self::Float | Self::Packed(_) | Self::Pulsed(_) => None,
            Self::Programmed(programmed) => Some(programmed.deployed(weights, epoch)),
            Self::Quantised(quantised) => quantised.deployed(weights, epoch),
        }
    }

    /// The weights if every device held its level exactly; none where that is what the synapses hold anyway.
    pub fn ideal(&self, weights: &Weights) -> Option<Weights> {
        match self {
            Self::Float | Self::Packed(_) | Self::Pulsed(_) => None,
            Self::Programmed(_) => Some(weights.clone()),
            Self::Quantised(quantised) => Some(quantised.ideal(weights)),
        }
    }

    /// Bytes of what changes beside the weights; what is frozen in devices comes on top.
    pub fn memory_bytes(&self) -> usize {
        let bytes = |register: &Register| match register {
            Register::Numbers(numbers) => size_of_val(numbers.as_slice()),
            Register::Counts(counts) => size_of_val(counts.as_slice()),
        };
        self.registers().iter().map(|(_, register)| bytes(register)).sum()
    }

    /// Name and contents of everything that the seeds do not give.
    pub fn registers(&self) -> Vec<(String, Register)> {
        match self {
            Self::Float | Self::Programmed(_) => vec![],
            Self::Pulsed(pulsed) => pulsed.registers(),
            Self::Quantised(quantised) => quantised.registers(),
            Self::Packed(packed) => packed.registers(),
        }
    }

    /// Sets what [`Self::registers`] has given, in the same order.
    ///
    /// # Panics
    /// If the lengths are others.
    pub fn restore(&mut self, registers: Vec<Register>) {
        match self {
            Self::Float | Self::Programmed(_) => {}
            Self::Pulsed(pulsed) => pulsed.restore(registers),
            Self::Quantised(quantised) => quantised.restore(registers),
            Self::Packed(packed) => packed.restore(registers),
        }
    }
}
