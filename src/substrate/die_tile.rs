//! A tile of a population of a die.
use crate::dynamics::tile::Tile;

/// A tile of a population's states, with what its circuits keep.
pub(super) type DieTile<'a> = Tile<'a, 5>;

/// What the circuits keep of a tile, by its number in [`Tile::circuits`].
pub(super) const V_PLUS: usize = 0;
pub(super) const V_MINUS: usize = 1;
pub(super) const COLOURED: usize = 2;
pub(super) const DRIVE_VARIANCE: usize = 3;
pub(super) const FEEDBACK_VARIANCE: usize = 4;
