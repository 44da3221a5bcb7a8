//! Products of ideal hardware, made again only in the samples in which another thing is sent than before
//! ([`super::picked`]).
use super::arrivals::{Arrival, Arrivals};
use super::picked::Picked;
use crate::dynamics::moves::SampleSet;
use crate::dynamics::tile::Tile;
use crate::linalg::{MatrixViewMut, fewest_columns, sum_products};

/// Makes the products for the units and samples of the tile, drive and feedback, where they are stale.
pub(super) fn remake(arrivals: &Arrivals, [drive, feedback]: &[SampleSet; 2], tile: &mut Tile) {
    let at = [tile.first_unit, tile.first_sample];
    remake_side(&arrivals.drive, drive, tile.drive.as_view_mut(), at);
    remake_side(&arrivals.feedback, feedback, tile.feedback.as_view_mut(), at);
}

/// Makes the sum of products `y` (unit × sample), which begins at this unit and sample, where it is stale.
pub(super) fn remake_side(arrivals: &[Arrival], stale: &SampleSet, y: MatrixViewMut, at: [usize; 2]) {
    let (units, samples) = y.shape();
    let [first_unit, first_sample] = at;
    let fewest = arrivals.iter().map(|arrival| fewest_apart(arrival, units, samples)).max().unwrap_or(samples);
    let tile = first_sample..first_sample + samples;
    let Some(picked) = Picked::new(stale, tile, fewest, samples).filter(|_| !arrivals.is_empty()) else { return };
    let product =
        |arrival: &Arrival, y: MatrixViewMut| picked.with(arrival.values, |x| arrival.product(y, first_unit, x));
    let products = arrivals.iter().map(|arrival| move |y: MatrixViewMut| product(arrival, y));
    picked.write(y, |y| sum_products(y, products));
}

/// Fewest columns that can be made apart from the others with the same bits.
fn fewest_apart(arrival: &Arrival, units: usize, samples: usize) -> usize {
    let is_plain = arrival.crossbar.map.is_dense() && !arrival.crossbar.matrix.is_packed();
    if is_plain { fewest_columns(units, arrival.values.nrows(), samples) } else { samples }
}
