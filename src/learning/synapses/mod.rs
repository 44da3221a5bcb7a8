//! What stands between the gradient and the weights: nothing, or devices that hold a few levels.
mod event_columns;
mod latent_columns;
mod quantised;

pub use quantised::{Quantised, TrainOn, Training};

use crate::network::{Layer, Weights};
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
}

impl<'a> Columns<'a> {
    /// Cut before column number `at`, for a column stride of `stride`.
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        match self {
            Self::Float => (Self::Float, Self::Float),
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
            Self::Float => 1,
            Self::Quantised(quantised) => quantised.planes(),
        }
    }

    /// Factor of the learning rate of the weights in training step `step`.
    pub(super) fn rate_factor(&self, step: u64) -> f64 {
        match self {
            Self::Float => 1.0,
            Self::Quantised(quantised) => quantised.rate_factor(step),
        }
    }

    /// What every layer keeps beside its weight, for the update of training step `step` with this learning rate.
    pub(super) fn columns(&mut self, layers: &[Layer], rate: f64, step: u64) -> Vec<Columns<'_>> {
        match self {
            Self::Float => layers.iter().map(|_| Columns::Float).collect(),
            Self::Quantised(quantised) => quantised.columns(rate, step),
        }
    }

    /// Brings the devices to what the update of training step `step` has decided, and the weights to what they hold.
    pub(super) fn program(&mut self, weights: &mut Weights, step: u64) {
        match self {
            Self::Float => {}
            Self::Quantised(quantised) => quantised.program(weights, step),
        }
    }

    /// The weights as devices hold them, where the network is trained with others (`epoch` tells one deployment from
    /// another).
    pub fn deployed(&self, weights: &Weights, epoch: u64) -> Option<Weights> {
        match self {
            Self::Float => None,
            Self::Quantised(quantised) => quantised.deployed(weights, epoch),
        }
    }

    /// The weights if every device held its level exactly; none where that is what the synapses hold anyway.
    pub fn ideal(&self, weights: &Weights) -> Option<Weights> {
        match self {
            Self::Float => None,
            Self::Quantised(quantised) => Some(quantised.ideal(weights)),
        }
    }

    /// Name and contents of everything that the seeds do not give.
    pub fn registers(&self) -> Vec<(String, Register)> {
        match self {
            Self::Float => vec![],
            Self::Quantised(quantised) => quantised.registers(),
        }
    }

    /// Sets what [`Self::registers`] has given, in the same order.
    ///
    /// # Panics
    /// If the lengths are others.
    pub fn restore(&mut self, registers: Vec<Register>) {
        match self {
            Self::Float => {}
            Self::Quantised(quantised) => quantised.restore(registers),
        }
    }
}
