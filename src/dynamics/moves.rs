//! Which samples an update steps, and in which it has changed what a population sends, to the last bit.
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// One bit for every sample; batches of up to 1024 need no memory of their own.
type Bits<T> = SmallVec<[T; 16]>;

/// Samples in a word.
const WORD: usize = u64::BITS as usize;

/// Some of the samples of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampleSet {
    /// Bits behind the last sample are zero.
    bits: Bits<u64>,
    samples: usize,
}

impl SampleSet {
    /// All of these samples.
    pub fn all(samples: usize) -> Self {
        let mut all = Self::none(samples);
        all.fill();
        all
    }

    /// None of these samples.
    pub fn none(samples: usize) -> Self {
        Self { bits: Bits::from_elem(0, samples.div_ceil(WORD)), samples }
    }

    /// How many samples the batch has.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many are in it.
    pub fn count(&self) -> usize {
        self.bits.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Takes all samples in.
    pub fn fill(&mut self) {
        self.bits.fill(u64::MAX);
        let behind = self.bits.len() * WORD - self.samples;
        if let Some(last) = self.bits.last_mut() {
            *last >>= behind;
        }
    }

    /// Leaves none.
    pub fn clear(&mut self) {
        self.bits.fill(0);
    }

    /// Takes a sample in.
    #[cfg(test)]
    pub fn insert(&mut self, sample: usize) {
        self.bits[sample / WORD] |= 1 << (sample % WORD);
    }

    /// Takes those of another set in.
    pub fn add(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(own, other)| *own |= other);
    }

    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&word| word == 0)
    }

    #[inline]
    pub fn contains(&self, sample: usize) -> bool {
        self.bits[sample / WORD] >> (sample % WORD) & 1 == 1
    }

    /// Those of these samples that are in it.
    pub fn within(&self, samples: Range<usize>) -> impl Iterator<Item = usize> + Clone {
        samples.filter(|&sample| self.contains(sample))
    }

    /// Whether any of these samples is in it.
    pub fn has_any(&self, samples: Range<usize>) -> bool {
        self.within(samples).next().is_some()
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
    mean: Bits<AtomicU64>,
    difference: Bits<AtomicU64>,
}

impl<'a> MoveWatch<'a> {
    /// Nothing has moved yet; these samples are going to be stepped.
    pub fn new(steps: &'a SampleSet) -> Self {
        let still = || steps.bits.iter().map(|_| AtomicU64::new(0)).collect();
        Self { steps, mean: still(), difference: still() }
    }

    /// Whether a sample is stepped.
    #[inline]
    pub fn steps(&self, sample: usize) -> bool {
        self.steps.contains(sample)
    }

    /// Notes whether s̄ and s⁺ − s⁻ have changed in a sample.
    #[inline]
    pub fn note(&self, sample: usize, moved: [bool; 2]) {
        for (bits, moved) in [&self.mean, &self.difference].into_iter().zip(moved) {
            if moved {
                bits[sample / WORD].fetch_or(1 << (sample % WORD), Ordering::Relaxed);
            }
        }
    }

    /// What was noted.
    pub fn moves(self) -> Moves {
        let samples = self.steps.samples;
        let set = |noted: Bits<AtomicU64>| SampleSet {
            bits: noted.into_iter().map(AtomicU64::into_inner).collect(),
            samples,
        };
        Moves { mean: set(self.mean), difference: set(self.difference) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_given() {
        for samples in [0, 1, 63, 64, 65, 2000] {
            let (mut all, mut none) = (SampleSet::all(samples), SampleSet::none(samples));
            assert_eq!((all.count(), none.count(), none.is_empty()), (samples, 0, true));
            assert_eq!(all.within(0..samples).count(), samples);
            none.add(&all);
            assert_eq!(none, all);
            all.clear();
            assert!(all.is_empty() && !all.has_any(0..samples));
        }
    }

    #[test]
    fn moves_are_of_the_samples_that_were_noted() {
        let steps = SampleSet::all(130);
        let watch = MoveWatch::new(&steps);
        watch.note(3, [true, false]);
        watch.note(64, [true, true]);
        watch.note(129, [false, true]);
        let Moves { mean, difference } = watch.moves();
        assert_eq!(mean.within(0..130).collect::<Vec<_>>(), [3, 64]);
        assert_eq!(difference.within(0..130).collect::<Vec<_>>(), [64, 129]);
        assert!(mean.has_any(60..65) && !mean.has_any(65..130));
    }
}
