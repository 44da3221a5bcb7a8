//! The samples of a tile in which a product is made again.
//!
//! After a first pass over a trained network hardly anything moves. The columns of the samples in which something has are put side
//! by side, multiplied, and put back; a column has the same bits wherever it stands, if there are enough of them
//! ([`crate::linalg::fewest_columns`]).
use crate::dynamics::moves::SampleSet;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, with_scratch};
use smallvec::SmallVec;
use std::ops::Range;

/// Samples of a tile in which a product is made.
pub(super) struct Picked {
    /// First sample of the tile, and how many it has.
    first: usize,
    samples: usize,
    /// Their places in the tile; none where they are all.
    columns: Option<SmallVec<[usize; 64]>>,
}

impl Picked {
    /// Those that are `stale` of these samples of a tile, none if there are none: at least so many, and all if these are not many
    /// more, and no more than `most`.
    pub fn new(stale: &SampleSet, tile: Range<usize>, fewest: usize, most: usize) -> Option<Self> {
        let (first, samples) = (tile.start, tile.len());
        let stale_columns = stale.within(tile).map(|sample| sample - first);
        let count = match stale_columns.clone().count() {
            0 => return None,
            count => count.max(fewest).min(samples),
        };
        // Copies cost as well.
        if samples <= most && 4 * count > 3 * samples {
            return Some(Self { first, samples, columns: None });
        }
        let mut others = count.saturating_sub(stale_columns.count());
        let is_picked = |&j: &usize| {
            let is_stale = stale.contains(first + j);
            let fills = !is_stale && others > 0;
            others -= usize::from(fills);
            is_stale || fills
        };
        Some(Self { first, samples, columns: Some((0..samples).filter(is_picked).collect()) })
    }

    /// How many there are.
    fn len(&self) -> usize {
        self.columns.as_ref().map_or(self.samples, |columns| columns.len())
    }

    /// Place in the tile of the n-th of them.
    pub fn column(&self, n: usize) -> usize {
        self.columns.as_ref().map_or(n, |columns| columns[n])
    }

    /// The n-th of them.
    pub fn sample(&self, n: usize) -> usize {
        self.first + self.column(n)
    }

    /// Lends the columns of all samples of a batch that these have, side by side.
    pub fn with<R>(&self, values: &Matrix, work: impl FnOnce(MatrixView) -> R) -> R {
        self.with_own(values.columns(self.first, self.samples), work)
    }

    /// The same of a matrix that has the samples of the tile alone.
    pub fn with_own<R>(&self, values: MatrixView, work: impl FnOnce(MatrixView) -> R) -> R {
        let Some(columns) = &self.columns else { return work(values) };
        let units = values.nrows();
        with_scratch(units * columns.len(), |picked| {
            for (picked, &j) in picked.chunks_exact_mut(units.max(1)).zip(columns) {
                picked.copy_from_slice(values.column(j).as_slice());
            }
            work(MatrixView::from_slice(picked, units, columns.len()))
        })
    }

    /// Lets `make` write these columns of `y` (unit × sample of the tile), side by side.
    pub fn write(&self, mut y: MatrixViewMut, make: impl FnOnce(MatrixViewMut)) {
        let Some(columns) = &self.columns else { return make(y) };
        let units = y.nrows();
        with_scratch(units * self.len(), |made| {
            make(MatrixViewMut::from_slice(made, units, columns.len()));
            for (made, &j) in made.chunks_exact(units.max(1)).zip(columns) {
                y.column_mut(j).as_mut_slice().copy_from_slice(made);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(stale: &[usize], tile: Range<usize>, fewest: usize, most: usize) -> Option<Vec<usize>> {
        let mut set = SampleSet::none(100);
        stale.iter().for_each(|&sample| set.insert(sample));
        let picked = Picked::new(&set, tile, fewest, most)?;
        Some((0..picked.len()).map(|n| picked.sample(n)).collect())
    }

    #[test]
    fn stale_samples_are_picked_with_as_many_others_as_are_needed() {
        assert_eq!(picked(&[3, 8], 4..8, 1, 8), None);
        assert_eq!(picked(&[11, 14, 40], 10..15, 2, 8), Some(vec![11, 14]));
        assert_eq!(picked(&[11, 14], 10..16, 4, 8), Some(vec![10, 11, 12, 14]));
        // All of them where these are not many more, or there are not enough.
        assert_eq!(picked(&[11, 14], 10..15, 4, 8), Some(vec![10, 11, 12, 13, 14]));
        assert_eq!(picked(&[11], 10..13, 7, 8), Some(vec![10, 11, 12]));
        // But no tile that is larger than it may be.
        assert_eq!(picked(&[10, 11, 12, 14], 10..15, 1, 4), Some(vec![10, 11, 12, 14]));
    }

    #[test]
    fn what_is_made_of_picked_columns_stands_where_they_do() {
        let values = Matrix::from_fn(3, 20, |i, j| (10 * j + i) as f32);
        let mut set = SampleSet::none(20);
        [6, 9].into_iter().for_each(|sample| set.insert(sample));
        let picked = Picked::new(&set, 5..12, 1, 7).unwrap();
        let mut y = Matrix::zeros(3, 7);
        picked.write(y.as_view_mut(), |mut y| picked.with(&values, |x| y.copy_from(&x)));
        assert_eq!(y, Matrix::from_fn(3, 7, |i, j| if [1, 4].contains(&j) { values[(i, j + 5)] } else { 0.0 }));
    }
}
