//! How often every synapse was written, and how often it changed.
use crate::persist::{Archive, Damaged, Persist};
use std::ops::AddAssign;

/// Counts of one layer, in the storage order of its weight (padded columns).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteCounts {
    /// Attempts to write, of every synapse.
    pub writes: Vec<u32>,
    /// Changes of the level held, of every synapse.
    pub flips: Vec<u32>,
}

/// Sums over a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteTotals {
    /// Attempts to write.
    pub writes: u64,
    /// Changes of the level held.
    pub flips: u64,
    /// Pulses that follow each other in time: those that reach several synapses at once count once.
    pub moments: u64,
}

impl Persist for WriteTotals {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let halves = |x: u64| [x as u32, (x >> 32) as u32];
        let mut totals = [halves(self.writes), halves(self.flips), halves(self.moments)].concat();
        archive.array("totals", &mut totals)?;
        let whole = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let [writes, flips, moments] = [0, 2, 4].map(|i| whole(totals[i], totals[i + 1]));
        *self = Self { writes, flips, moments };
        Ok(())
    }
}

impl AddAssign for WriteTotals {
    fn add_assign(&mut self, other: Self) {
        self.writes += other.writes;
        self.flips += other.flips;
        self.moments += other.moments;
    }
}

/// Bins of a histogram of counts: 0, 1, 2–3, 4–7, 8–15 …, the last without an upper limit.
pub const BINS: usize = 20;

/// Lowest count of a bin.
pub fn bin_start(bin: usize) -> u64 {
    if bin == 0 { 0 } else { 1 << (bin - 1) }
}

/// Number of synapses in every bin.
pub fn histogram(counts: impl Iterator<Item = u32>) -> [u64; BINS] {
    let mut bins = [0; BINS];
    for count in counts {
        let bin = (u32::BITS - count.leading_zeros()) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    bins
}

impl WriteCounts {
    /// None yet, of an array of this many places.
    pub fn zeros(places: usize) -> Self {
        Self { writes: vec![0; places], flips: vec![0; places] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_in_the_bin_that_begins_at_or_below_it() {
        for count in [0u32, 1, 2, 3, 4, 7, 8, 1023, 1024, u32::MAX] {
            let bins = histogram(std::iter::once(count));
            let bin = bins.iter().position(|&n| n == 1).unwrap();
            assert!(bin_start(bin) <= u64::from(count));
            assert!(bin == BINS - 1 || u64::from(count) < bin_start(bin + 1), "{count} in bin {bin}");
        }
    }
}
