//! A tile of a population of a die.
use super::arrivals::Arrivals;
use crate::dynamics::tile::Tile;

/// A tile of a population's states, with what its circuits keep.
pub(super) type DieTile<'a> = Tile<'a, 5>;

/// What the circuits keep of a tile, by its number in [`Tile::circuits`].
pub(super) const V_PLUS: usize = 0;
pub(super) const V_MINUS: usize = 1;
pub(super) const COLOURED: usize = 2;
pub(super) const DRIVE_VARIANCE: usize = 3;
pub(super) const FEEDBACK_VARIANCE: usize = 4;

/// Makes the products that are dirty, and the variances of their noise.
pub(super) fn make(arrivals: &Arrivals, [drive, feedback]: [bool; 2], tile: &mut DieTile) {
    let at = [tile.first_unit, tile.first_sample];
    for arrival in arrivals.drive.iter().filter(|_| drive) {
        arrival.make_product(tile.drive.as_view_mut(), at);
        if let Some(variance) = &mut tile.circuits[DRIVE_VARIANCE] {
            arrival.make_variance(variance.as_view_mut(), at);
        }
    }
    for arrival in arrivals.feedback.iter().filter(|_| feedback) {
        arrival.make_product(tile.feedback.as_view_mut(), at);
        if let Some(variance) = &mut tile.circuits[FEEDBACK_VARIANCE] {
            arrival.make_variance(variance.as_view_mut(), at);
        }
    }
}
