//! Tiles: rectangles of a population's states that are computed at once, by whichever thread is free.
use super::state::DyadState;
use crate::linalg::MatrixViewMut;

/// Units from `first_unit` on, samples from `first_sample` on.
pub(crate) struct Tile<'a, const N: usize = 0> {
    pub first_unit: usize,
    pub first_sample: usize,
    pub s_plus: MatrixViewMut<'a>,
    pub s_minus: MatrixViewMut<'a>,
    pub mean: MatrixViewMut<'a>,
    pub difference: MatrixViewMut<'a>,
    pub drive: MatrixViewMut<'a>,
    pub feedback: MatrixViewMut<'a>,
    /// What circuits keep next to the states, with as many rows as there are units, and the same number of columns for
    /// every sample.
    pub circuits: [Option<MatrixViewMut<'a>>; N],
}

/// Where a tile is cut: after this many units, or after this many samples.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    Units(usize),
    Samples(usize),
}

/// Largest tile of a population. Wide enough for the product kernel, narrow enough that two cores share a layer of 256
/// units or a batch of 50; the shape depends on population and batch alone, never on the number of threads.
pub(crate) const TILE_UNITS: usize = 128;
const TILE_SAMPLES: usize = 32;
/// Largest tile where weights are packed: their transposed product reads long runs of memory.
const PACKED_TILE_UNITS: usize = 4096;
/// Largest tile of a population with places, whose products are made before: the columns of an image lie so far apart that
/// short pieces of many of them would have a page of memory each.
const PLACED_TILE_UNITS: usize = 1024;

impl<'a, const N: usize> Tile<'a, N> {
    /// A whole population, with what its circuits keep.
    pub fn whole(dyads: &'a mut DyadState, circuits: [Option<MatrixViewMut<'a>>; N]) -> Self {
        Tile {
            first_unit: 0,
            first_sample: 0,
            s_plus: dyads.s_plus.as_view_mut(),
            s_minus: dyads.s_minus.as_view_mut(),
            mean: dyads.mean.as_view_mut(),
            difference: dyads.difference.as_view_mut(),
            drive: dyads.drive.as_view_mut(),
            feedback: dyads.feedback.as_view_mut(),
            circuits,
        }
    }

    pub fn units(&self) -> usize {
        self.mean.nrows()
    }

    pub fn samples(&self) -> usize {
        self.mean.ncols()
    }

    /// Calls `work` for all tiles: a population of many units is cut by units (each weight is then read once), a small one
    /// by samples. `packed` says whether the weights that `work` reads are packed.
    pub fn for_each(self, packed: bool, work: &(impl Fn(&mut Tile<'_, N>) + Sync)) {
        self.for_each_of(if packed { PACKED_TILE_UNITS } else { TILE_UNITS }, work);
    }

    /// The same on a die: cut by samples alone where `work` needs `whole_columns`, in longer pieces where the population receives
    /// from arrays that are read at places.
    pub fn for_each_on_die(self, whole_columns: bool, placed: bool, work: &(impl Fn(&mut Tile<'_, N>) + Sync)) {
        if whole_columns {
            self.for_each_by_samples(work);
        } else {
            self.for_each_of(if placed { PLACED_TILE_UNITS } else { TILE_UNITS }, work);
        }
    }

    fn for_each_of(mut self, most: usize, work: &(impl Fn(&mut Tile<'_, N>) + Sync)) {
        let (units, samples) = (self.units(), self.samples());
        let (unit_tiles, sample_tiles) =
            if units > most { (units.div_ceil(most), 1) } else { (1, samples.div_ceil(TILE_SAMPLES)) };
        self.halve(unit_tiles, sample_tiles, work);
    }

    /// As [`Self::for_each`], but a tile has all units: for outputs, whose softmax needs them.
    pub fn for_each_by_samples(mut self, work: &(impl Fn(&mut Tile<'_, N>) + Sync)) {
        let sample_tiles = self.samples().div_ceil(TILE_SAMPLES);
        self.halve(1, sample_tiles, work);
    }

    /// Halves the tile until it is one of `unit_tiles` × `sample_tiles`, the halves on two threads if they are free.
    fn halve(&mut self, unit_tiles: usize, sample_tiles: usize, work: &(impl Fn(&mut Tile<'_, N>) + Sync)) {
        if unit_tiles > 1 {
            let first = unit_tiles / 2;
            let (mut a, mut b) = self.split(Cut::Units(self.units() * first / unit_tiles));
            rayon::join(|| a.halve(first, sample_tiles, work), || b.halve(unit_tiles - first, sample_tiles, work));
        } else if sample_tiles > 1 && self.samples() > 6 * sample_tiles {
            let first = sample_tiles / 2;
            // Near the middle, at a multiple of the six columns that the product kernel takes at once.
            let at = (self.samples() * first / sample_tiles).div_euclid(6).max(1) * 6;
            let (mut a, mut b) = self.split(Cut::Samples(at));
            rayon::join(|| a.halve(1, first, work), || b.halve(1, sample_tiles - first, work));
        } else {
            work(self);
        }
    }

    pub(super) fn split(&mut self, cut: Cut) -> (Tile<'_, N>, Tile<'_, N>) {
        let samples = self.samples();
        let (units_before, samples_before) = match cut {
            Cut::Units(units) => (units, 0),
            Cut::Samples(samples) => (0, samples),
        };
        let [s_plus, s_minus, mean, difference, drive, feedback] = [
            &mut self.s_plus,
            &mut self.s_minus,
            &mut self.mean,
            &mut self.difference,
            &mut self.drive,
            &mut self.feedback,
        ]
        .map(|matrix| halves(matrix, cut, samples));
        let mut rest = [const { None }; N];
        let mut circuits = [const { None }; N];
        for ((matrix, first), rest) in self.circuits.iter_mut().zip(&mut circuits).zip(&mut rest) {
            (*first, *rest) = matrix.as_mut().map(|matrix| halves(matrix, cut, samples)).unzip();
        }
        (
            Tile {
                first_unit: self.first_unit,
                first_sample: self.first_sample,
                s_plus: s_plus.0,
                s_minus: s_minus.0,
                mean: mean.0,
                difference: difference.0,
                drive: drive.0,
                feedback: feedback.0,
                circuits,
            },
            Tile {
                first_unit: self.first_unit + units_before,
                first_sample: self.first_sample + samples_before,
                s_plus: s_plus.1,
                s_minus: s_minus.1,
                mean: mean.1,
                difference: difference.1,
                drive: drive.1,
                feedback: feedback.1,
                circuits: rest,
            },
        )
    }
}

/// Both sides of a cut through a matrix that has its columns for `samples`.
fn halves<'b>(matrix: &'b mut MatrixViewMut<'_>, cut: Cut, samples: usize) -> (MatrixViewMut<'b>, MatrixViewMut<'b>) {
    match cut {
        Cut::Units(at) => matrix.rows_range_pair_mut(..at, at..),
        Cut::Samples(at) => {
            let at = at * (matrix.ncols() / samples);
            matrix.columns_range_pair_mut(..at, at..)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Matrix;

    #[test]
    fn tiles_cover_every_state_once() {
        for (units, samples) in [(1, 1), (10, 100), (128, 50), (129, 3), (1024, 100), (300, 77)] {
            let mut dyads = DyadState::zeros(units, samples);
            let mut kept = Matrix::zeros(units, 2 * samples);
            let tile = Tile::whole(&mut dyads, [Some(kept.as_view_mut()), None]);
            tile.for_each(false, &|tile: &mut Tile<2>| {
                assert!(tile.units() <= TILE_UNITS);
                for j in 0..tile.samples() {
                    for i in 0..tile.units() {
                        let place = (tile.first_unit + i) * samples + tile.first_sample + j;
                        tile.mean[(i, j)] += place as f32;
                        tile.circuits[0].as_mut().unwrap()[(i, 2 * j + 1)] += 1.0;
                    }
                }
            });
            assert_eq!(dyads.mean, Matrix::from_fn(units, samples, |i, j| (i * samples + j) as f32));
            assert_eq!(kept, Matrix::from_fn(units, 2 * samples, |_, j| (j % 2) as f32));
        }
    }
}
