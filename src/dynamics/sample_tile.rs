//! Tiles of populations with places: some samples with all their units, so that an image is whole.
use super::state::{DyadState, Pooling};
use super::tile::Tile;
use crate::linalg::{Matrix, MatrixViewMut};
use crate::map::MaxPool;

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

impl SampleTile<'_> {
    /// Routes s⁺ − s⁻ to the maxima, where reads are pooled.
    pub fn route(&mut self) {
        let Some(PoolingTile { pool, taps, routed }) = &mut self.pooling else { return };
        let (units, reads) = (pool.output().units(), pool.input().units());
        let columns = self.dyads.difference.column_iter().zip(taps.chunks_exact(units));
        for ((difference, taps), routed) in columns.zip(routed.chunks_exact_mut(reads)) {
            pool.route(difference.as_slice(), taps, routed);
        }
    }
}

/// All samples of a population, so many to a tile.
pub(crate) fn tiles_of_samples(dyads: &mut DyadState, samples: usize) -> Vec<SampleTile<'_>> {
    let (units, all) = dyads.mean.shape();
    fn pieces(matrix: &mut Matrix, numbers: usize) -> std::slice::ChunksMut<'_, f32> {
        matrix.as_mut_slice().chunks_mut(numbers)
    }
    let numbers = units * samples;
    let DyadState { s_plus, s_minus, mean, difference, drive, feedback, pooling, returned: _, phases: _ } = dyads;
    let mut columns = [s_plus, s_minus, mean, difference, drive, feedback].map(|matrix| pieces(matrix, numbers));
    let mut maxima = pooling.as_mut().map(|Pooling { pool, taps, routed, .. }| {
        let routed_numbers = routed.nrows() * samples;
        (*pool, taps.as_mut_slice().chunks_mut(numbers), pieces(routed, routed_numbers))
    });
    let tile = |index: usize| {
        let mut next = |kind: usize| {
            let numbers = columns[kind].next().expect("as many pieces of each kind");
            let count = numbers.len() / units;
            MatrixViewMut::from_slice(numbers, units, count)
        };
        let dyads = Tile {
            first_unit: 0,
            first_sample: index * samples,
            s_plus: next(0),
            s_minus: next(1),
            mean: next(2),
            difference: next(3),
            drive: next(4),
            feedback: next(5),
            circuits: [],
        };
        let pooling = maxima.as_mut().and_then(|(pool, taps, routed)| {
            Some(PoolingTile { pool: *pool, taps: taps.next()?, routed: routed.next()? })
        });
        SampleTile { dyads, pooling }
    };
    (0..all.div_ceil(samples)).map(tile).collect()
}
