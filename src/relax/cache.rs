//! Which products of a population are those of what its neighbours hold at present.
//!
//! A chip makes a product W s̄ or Wᵀ(s⁺−s⁻) only if a sender has moved since it was last made: the drive of the first
//! population once per stimulus, and nothing at all where a schedule updates a population that is at rest. That is what
//! [`crate::costs`] counts. The simulation makes less: of a product that is due, only the samples in which a sender sends
//! other bits than before. Neither changes a bit of the result.
use crate::dynamics::moves::{Moves, SampleSet};
use crate::network::{Graph, Network};

/// What is known of one population.
#[derive(Debug, Clone)]
pub(crate) struct Cached {
    /// A sender of its drive has moved.
    pub drive_dirty: bool,
    /// A sender of its feedback has moved.
    pub feedback_dirty: bool,
    /// It has been updated since its inputs last changed, so that another update would find nothing new.
    pub at_rest: bool,
    /// Samples in which its drive and its feedback are not those of what is sent at present.
    pub stale: [SampleSet; 2],
    /// It stands where its last step has put it, and that step has seen every product made so far.
    pub has_stepped: bool,
}

impl Cached {
    fn dirty(samples: usize) -> Self {
        let stale = [SampleSet::all(samples), SampleSet::all(samples)];
        Self { drive_dirty: true, feedback_dirty: true, at_rest: false, stale, has_stepped: false }
    }

    /// Nothing is known.
    pub fn invalidate(&mut self) {
        (self.drive_dirty, self.feedback_dirty, self.at_rest, self.has_stepped) = (true, true, false, false);
        self.stale.iter_mut().for_each(SampleSet::fill);
    }

    /// These products of the drive and of the feedback have been made.
    pub fn made(&mut self, made: [bool; 2]) {
        self.drive_dirty &= !made[0];
        self.feedback_dirty &= !made[1];
        self.stale.iter_mut().zip(made).filter(|(_, made)| *made).for_each(|(stale, _)| stale.clear());
    }

    /// Whether a product that is dirty is not just what it was.
    pub fn has_news(&self, dirty: [bool; 2]) -> bool {
        self.stale.iter().zip(dirty).any(|(stale, dirty)| dirty && !stale.is_empty())
    }
}

/// What is known of all populations, 1 first.
#[derive(Debug, Clone)]
pub(crate) struct Cache(Vec<Cached>);

impl Cache {
    /// For this many populations and samples, of which nothing is known yet.
    pub fn new(populations: usize, samples: usize) -> Self {
        Self(vec![Cached::dirty(samples); populations])
    }

    /// Forgets everything.
    pub fn invalidate(&mut self) {
        self.0.iter_mut().for_each(Cached::invalidate);
    }

    pub fn of(&mut self, k: usize) -> &mut Cached {
        &mut self.0[k - 1]
    }

    /// New stimuli: whatever reads them has changed inputs.
    pub fn stimulus_changed(&mut self, network: &Network) {
        for reader in network.leaving(0).map(|projection| projection.to) {
            let reader = self.of(reader);
            (reader.drive_dirty, reader.at_rest) = (true, false);
            reader.stale[0].fill();
        }
    }

    /// Population k sends another difference back than its update has left, which is as dirty as that.
    pub fn difference_replaced(&mut self, graph: &Graph, k: usize) {
        for below in graph.arriving(k).map(|route| route.from).filter(|&below| below > 0) {
            self.of(below).stale[1].fill();
        }
    }

    /// Population k has moved: the inputs of its neighbours have changed.
    pub fn moved(&mut self, network: &Network, k: usize, at_rest: bool, moves: &Moves) {
        self.of(k).at_rest = at_rest;
        for below in network.arriving(k).map(|projection| projection.from).filter(|&below| below > 0) {
            let below = self.of(below);
            (below.feedback_dirty, below.at_rest) = (true, false);
            below.stale[1].add(&moves.difference);
        }
        for above in network.leaving(k).map(|projection| projection.to) {
            let above = self.of(above);
            (above.drive_dirty, above.at_rest) = (true, false);
            above.stale[0].add(&moves.mean);
        }
    }
}
