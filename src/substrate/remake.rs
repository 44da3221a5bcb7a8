//! Products of ideal hardware, made again only in the samples in which another thing is sent than before.
//!
//! After a first pass over a trained network hardly anything moves: compartments that lie on one linear piece of f leave s̄
//! where it was ([`crate::dynamics::kernel`]). The columns of the samples that have moved are put side by side,
//! multiplied, and put back; a column has the same bits wherever it stands ([`fewest_columns`]).
use super::arrivals::{Arrival, Arrivals};
use crate::dynamics::moves::SampleSet;
use crate::dynamics::tile::Tile;
use crate::linalg::{MatrixView, MatrixViewMut, fewest_columns, sum_products, with_scratch};
use smallvec::SmallVec;

/// Makes the products for the units and samples of the tile, drive and feedback, where they are stale.
pub(super) fn remake(arrivals: &Arrivals, [drive, feedback]: &[SampleSet; 2], tile: &mut Tile) {
    let at = [tile.first_unit, tile.first_sample];
    remake_side(&arrivals.drive, drive, tile.drive.as_view_mut(), at);
    remake_side(&arrivals.feedback, feedback, tile.feedback.as_view_mut(), at);
}

/// Makes the sum of products `y` (unit × sample), which begins at this unit and sample, where it is stale.
pub(super) fn remake_side(arrivals: &[Arrival], stale: &SampleSet, mut y: MatrixViewMut, at: [usize; 2]) {
    let (units, samples) = y.shape();
    let [first_unit, first_sample] = at;
    let stale = stale.of(first_sample..first_sample + samples);
    let count = stale.iter().filter(|&&stale| stale).count();
    if arrivals.is_empty() || count == 0 {
        return;
    }
    let fewest = arrivals.iter().map(|arrival| fewest_apart(arrival, units, samples)).max().unwrap_or(samples);
    let count = count.max(fewest);
    // Copies cost as well.
    if 4 * count > 3 * samples {
        return sum_products(y, arrivals.iter().map(|arrival| |y: MatrixViewMut| arrival.make_product(y, at)));
    }
    let columns = chosen(stale, count);
    with_scratch(units * count, |made| {
        let product = |arrival: &Arrival, y: MatrixViewMut| {
            let senders = arrival.values.nrows();
            with_scratch(senders * count, |sent| {
                for (sent, &j) in sent.chunks_exact_mut(senders).zip(&columns) {
                    sent.copy_from_slice(arrival.values.column(first_sample + j).as_slice());
                }
                arrival.product(y, first_unit, MatrixView::from_slice(sent, senders, count));
            });
        };
        let whole = MatrixViewMut::from_slice(made, units, count);
        sum_products(whole, arrivals.iter().map(|arrival| move |y: MatrixViewMut| product(arrival, y)));
        for (made, &j) in made.chunks_exact(units).zip(&columns) {
            y.column_mut(j).as_mut_slice().copy_from_slice(made);
        }
    });
}

/// Fewest columns that can be made apart from the others with the same bits.
fn fewest_apart(arrival: &Arrival, units: usize, samples: usize) -> usize {
    let is_plain = arrival.crossbar.map.is_dense() && !arrival.crossbar.matrix.is_packed();
    if is_plain { fewest_columns(units, arrival.values.nrows(), samples) } else { samples }
}

/// The columns that are stale, and the first of the others until they are `count`.
fn chosen(stale: &[bool], count: usize) -> SmallVec<[usize; 64]> {
    let mut others = count - stale.iter().filter(|&&stale| stale).count();
    let mut is_chosen = |(j, &stale): (usize, &bool)| {
        let fills = !stale && others > 0;
        others -= usize::from(fills);
        (stale || fills).then_some(j)
    };
    stale.iter().enumerate().filter_map(&mut is_chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_columns_are_chosen_with_as_many_others_as_are_needed() {
        let stale = [false, true, false, false, true];
        assert_eq!(chosen(&stale, 2).as_slice(), [1, 4]);
        assert_eq!(chosen(&stale, 4).as_slice(), [0, 1, 2, 4]);
    }
}
