//! Which samples an update steps, and in which it has changed what a population sends, to the last bit.
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Some of the samples of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampleSet(Vec<bool>);

impl SampleSet {
    /// Of all these samples.
    pub fn all(samples: usize) -> Self {
        Self(vec![true; samples])
    }

    /// None of these samples.
    pub fn none(samples: usize) -> Self {
        Self(vec![false; samples])
    }

    /// How many samples the batch has.
    pub fn samples(&self) -> usize {
        self.0.len()
    }

    /// Takes all samples in.
    pub fn fill(&mut self) {
        self.0.fill(true);
    }

    /// Leaves none.
    pub fn clear(&mut self) {
        self.0.fill(false);
    }

    /// Takes those of another set in.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    pub fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }

    /// Whether each of these samples is in it.
    pub fn of(&self, samples: Range<usize>) -> &[bool] {
        &self.0[samples]
    }
}

/// Samples in which a population sends something else than before its update.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    /// Forward.
    pub mean: SampleSet,
    /// Back.
    pub difference: SampleSet,
}

impl Moves {
    /// In all samples, as far as is known.
    pub fn all(samples: usize) -> Self {
        Self { mean: SampleSet::all(samples), difference: SampleSet::all(samples) }
    }
}

/// Says which samples of a population are stepped, and notes its moves while threads update its tiles.
pub(crate) struct MoveWatch<'a> {
    steps: &'a SampleSet,
    mean: Vec<AtomicBool>,
    difference: Vec<AtomicBool>,
}

impl<'a> MoveWatch<'a> {
    /// Nothing has moved yet; these samples are going to be stepped.
    pub fn new(steps: &'a SampleSet) -> Self {
        let still = || steps.0.iter().map(|_| AtomicBool::new(false)).collect();
        Self { steps, mean: still(), difference: still() }
    }

    /// Whether a sample is stepped.
    #[inline]
    pub fn steps(&self, sample: usize) -> bool {
        self.steps.0[sample]
    }

    /// Notes whether s̄ and s⁺ − s⁻ have changed in a sample.
    #[inline]
    pub fn note(&self, sample: usize, [mean, difference]: [bool; 2]) {
        if mean {
            self.mean[sample].store(true, Ordering::Relaxed);
        }
        if difference {
            self.difference[sample].store(true, Ordering::Relaxed);
        }
    }

    /// What was noted.
    pub fn moves(self) -> Moves {
        let set = |noted: Vec<AtomicBool>| SampleSet(noted.into_iter().map(AtomicBool::into_inner).collect());
        Moves { mean: set(self.mean), difference: set(self.difference) }
    }
}
