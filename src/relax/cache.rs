//! Which products of a population are those of what its neighbours hold at present.
//!
//! A product W s̄ or Wᵀ(s⁺−s⁻) is made only if a sender has changed since it was last made: the drive of the first
//! population once per stimulus, and nothing at all where a schedule updates a population that is at rest. That changes
//! no bit of the result.
use crate::network::Network;

/// What is known of one population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cached {
    /// A sender of its drive has changed.
    pub drive_dirty: bool,
    /// A sender of its feedback has changed.
    pub feedback_dirty: bool,
    /// It has been updated since its inputs last changed, so that another update would find nothing new.
    pub at_rest: bool,
}

impl Cached {
    pub const DIRTY: Self = Self { drive_dirty: true, feedback_dirty: true, at_rest: false };
}

/// What is known of all populations, 1 first.
#[derive(Debug, Clone)]
pub(crate) struct Cache(Vec<Cached>);

impl Cache {
    /// For this many populations, of which nothing is known yet.
    pub fn new(populations: usize) -> Self {
        Self(vec![Cached::DIRTY; populations])
    }

    /// Forgets everything.
    pub fn invalidate(&mut self) {
        self.0.fill(Cached::DIRTY);
    }

    pub fn of(&mut self, k: usize) -> &mut Cached {
        &mut self.0[k - 1]
    }

    /// New stimuli: whatever reads them has changed inputs.
    pub fn stimulus_changed(&mut self, network: &Network) {
        for reader in network.leaving(0).map(|projection| projection.to) {
            self.of(reader).drive_dirty = true;
            self.of(reader).at_rest = false;
        }
    }

    /// Population k has moved: the inputs of its neighbours have changed.
    pub fn moved(&mut self, network: &Network, k: usize, at_rest: bool) {
        self.of(k).at_rest = at_rest;
        for below in network.arriving(k).map(|projection| projection.from).filter(|&below| below > 0) {
            self.of(below).feedback_dirty = true;
            self.of(below).at_rest = false;
        }
        for above in network.leaving(k).map(|projection| projection.to) {
            self.of(above).drive_dirty = true;
            self.of(above).at_rest = false;
        }
    }
}
