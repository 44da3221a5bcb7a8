//! Tiles of populations with places: some samples with all their units, so that an image is whole.
use super::moves::SampleSet;
use super::state::{DyadState, Pooling};
use super::tile::{Cut, Tile};
use crate::map::MaxPool;
use std::ops::Range;

/// Some samples of a population with places: all its units, and what is known of their maxima.
pub(crate) struct SampleTile<'a> {
    pub dyads: Tile<'a>,
    pub pooling: Option<PoolingTile<'a>>,
}

/// The maxima of some samples.
pub(crate) struct PoolingTile<'a> {
    pub pool: MaxPool,
    /// (unit × sample), column after column.
    pub taps: &'a mut [u8],
    /// (read unit × sample), column after column.
    pub routed: &'a mut [f32],
}

impl<'a> SampleTile<'a> {
    /// A whole population.
    pub fn whole(dyads: &'a mut DyadState) -> Self {
        let DyadState { s_plus, s_minus, mean, difference, drive, feedback, pooling, returned: _, phases: _ } = dyads;
        let pooling = pooling.as_mut().map(|Pooling { pool, taps, routed, .. }| PoolingTile {
            pool: *pool,
            taps: taps.as_mut_slice(),
            routed: routed.as_mut_slice(),
        });
        let [s_plus, s_minus, mean, difference, drive, feedback] =
            [s_plus, s_minus, mean, difference, drive, feedback].map(|matrix| matrix.as_view_mut());
        let dyads =
            Tile { first_unit: 0, first_sample: 0, s_plus, s_minus, mean, difference, drive, feedback, circuits: [] };
        Self { dyads, pooling }
    }

    /// Its samples.
    pub fn samples(&self) -> Range<usize> {
        self.dyads.first_sample..self.dyads.first_sample + self.dyads.samples()
    }

    /// Calls `work` for tiles that share the `chosen` samples out evenly, at most so many to each; the samples between them go
    /// with them.
    pub fn for_each(mut self, chosen: &SampleSet, most: usize, work: &(impl Fn(&mut SampleTile<'_>) + Sync)) {
        let count = chosen.count();
        self.share_out(chosen, count, count.div_ceil(most), work);
    }

    fn share_out(
        &mut self,
        chosen: &SampleSet,
        count: usize,
        tiles: usize,
        work: &(impl Fn(&mut SampleTile<'_>) + Sync),
    ) {
        if tiles > 1 {
            let (first, before) = (tiles / 2, count * (tiles / 2) / tiles);
            // The next of the chosen samples is the first of the other half.
            let Some(at) = chosen.within(self.samples()).nth(before) else { return work(self) };
            let (mut a, mut b) = self.split(at - self.dyads.first_sample);
            let share = |tile: &mut SampleTile, count, tiles| tile.share_out(chosen, count, tiles, work);
            rayon::join(|| share(&mut a, before, first), || share(&mut b, count - before, tiles - first));
        } else if tiles == 1 {
            work(self);
        }
    }

    /// The first `samples` and the others.
    fn split(&mut self, samples: usize) -> (SampleTile<'_>, SampleTile<'_>) {
        let units = self.dyads.units();
        let (pooling, pooling_rest) = match &mut self.pooling {
            None => (None, None),
            Some(PoolingTile { pool, taps, routed }) => {
                let (taps, taps_rest) = taps.split_at_mut(samples * units);
                let (routed, routed_rest) = routed.split_at_mut(samples * pool.input().units());
                let pool = *pool;
                (
                    Some(PoolingTile { pool, taps, routed }),
                    Some(PoolingTile { pool, taps: taps_rest, routed: routed_rest }),
                )
            }
        };
        let (dyads, rest) = self.dyads.split(Cut::Samples(samples));
        (SampleTile { dyads, pooling }, SampleTile { dyads: rest, pooling: pooling_rest })
    }

    /// Routes s⁺ − s⁻ of these samples to the maxima, where reads are pooled, and calls `moved` for those in which another
    /// thing goes back than before.
    pub fn route(&mut self, samples: &SampleSet, mut moved: impl FnMut(usize)) {
        let (own, first) = (self.samples(), self.dyads.first_sample);
        let Some(PoolingTile { pool, taps, routed }) = &mut self.pooling else { return };
        let (units, reads) = (pool.output().units(), pool.input().units());
        for sample in samples.within(own) {
            let j = sample - first;
            let (difference, taps) = (self.dyads.difference.column(j), &taps[j * units..][..units]);
            if pool.reroute(difference.as_slice(), taps, &mut routed[j * reads..][..reads]) {
                moved(sample);
            }
        }
    }
}
