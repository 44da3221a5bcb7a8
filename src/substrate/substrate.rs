//! The hardware that a network runs on.
use super::calibration::Calibration;
use super::circuits::Circuits;
use super::die::Die;
use super::die_circuits::DieCircuits;
use super::ideal::IdealCircuits;
use crate::network::{Graph, Network, NetworkError, Route};
use std::sync::Arc;

/// The hardware that a network runs on.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let mut config = DieConfig::default();
/// config.units.mismatch.gain.std = NonNegative::new(0.1)?;
/// let mut network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let ideal = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::HeNormal);
/// let on_die = ideal.clone().on_die(&config, &mut network, feedback, initialization, Seeds::default());
/// assert!(ideal.substrate.is_ideal() && !on_die.substrate.is_ideal());
/// // Devices differ, but nothing fluctuates.
/// assert!(!on_die.substrate.is_random());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Substrate {
    /// The algorithm of the papers.
    #[default]
    Ideal,
    /// Devices that differ, are noisy and of finite resolution.
    Die(Arc<Die>),
}

impl Substrate {
    /// A die.
    pub fn die(die: Die) -> Self {
        Self::Die(Arc::new(die))
    }

    /// Whether a network can run on it.
    ///
    /// # Errors
    /// [`NetworkError::Branches`] for a die and a population with several projections on one side that are not all read
    /// at places.
    pub fn check(&self, network: &Network) -> Result<(), NetworkError> {
        if self.is_ideal() {
            return Ok(());
        }
        let graph = network.graph();
        let mixes = |k: usize| {
            (graph.arriving(k).len() > 1 && !graph.arriving(k).all(Route::is_placed))
                || (graph.leaving(k).len() > 1 && !graph.leaving(k).all(Route::is_placed))
        };
        match (0..=network.last()).find(|&k| mixes(k)) {
            Some(population) => Err(NetworkError::Branches { population }),
            None => Ok(()),
        }
    }

    /// Whether this is the algorithm of the papers.
    pub fn is_ideal(&self) -> bool {
        matches!(self, Self::Ideal)
    }

    /// Whether the same stimuli may get another answer at another time.
    pub fn is_random(&self) -> bool {
        match self {
            Self::Ideal => false,
            Self::Die(die) => **die != die.without_noise(),
        }
    }

    /// The same without anything random in time.
    pub fn without_noise(&self) -> Self {
        match self {
            Self::Ideal => Self::Ideal,
            Self::Die(die) => Self::die(die.without_noise()),
        }
    }

    /// Bytes of the devices of population k, from 1.
    pub fn memory_bytes(&self, k: usize) -> usize {
        match self {
            Self::Ideal => 0,
            Self::Die(die) => die.memory_bytes(k),
        }
    }

    /// How differences are calibrated, if they are.
    pub fn calibration(&self) -> Option<Calibration> {
        match self {
            Self::Ideal => None,
            Self::Die(die) => die.calibration,
        }
    }

    /// The die, whose calibration is about to change.
    pub(crate) fn die_mut(&mut self) -> Option<&mut Die> {
        match self {
            Self::Ideal => None,
            Self::Die(die) => Some(Arc::make_mut(die)),
        }
    }

    /// Circuits for a batch of stimuli to a network.
    pub(crate) fn circuits(&self, graph: &Graph, samples: usize) -> Box<dyn Circuits> {
        match self {
            Self::Ideal => Box::new(IdealCircuits::new(samples)),
            Self::Die(die) => Box::new(DieCircuits::new(Arc::clone(die), graph, samples)),
        }
    }

    /// Brings circuits up to date with what calibration has changed in the devices. Those of another kind of hardware are
    /// replaced; returns whether they were.
    pub(crate) fn renew(&self, circuits: &mut Box<dyn Circuits>, network: &Network, samples: usize) -> bool {
        match (self, circuits.die_mut()) {
            (Self::Ideal, None) => false,
            (Self::Die(die), Some(own)) => {
                if !Arc::ptr_eq(own, die) {
                    *own = Arc::clone(die);
                }
                false
            }
            _ => {
                *circuits = self.circuits(network.graph(), samples);
                true
            }
        }
    }
}
