//! What arrives at a population: through which crossbars it reads what others have sent.
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::Periphery;
use crate::crossbar::read::CrossbarRead;
use crate::dynamics::state::Others;
use crate::dynamics::tile::Tile;
use crate::linalg::{Matrix, MatrixViewMut, sum_products};
use crate::network::Network;
use smallvec::SmallVec;
use std::borrow::Cow;

/// A crossbar, and what was sent to it.
pub(super) struct Arrival<'a> {
    pub crossbar: CrossbarRead<'a>,
    values: &'a Matrix,
    /// The lines on which that was sent.
    pub lines: &'a Lines,
}

/// Everything that a population reads. Most have one projection on each side.
pub(super) struct Arrivals<'a> {
    pub drive: SmallVec<[Arrival<'a>; 1]>,
    pub feedback: SmallVec<[Arrival<'a>; 1]>,
}

impl<'a> Arrivals<'a> {
    /// At population k: its drive and its feedback, as far as they are wanted. `lines` gives the lines of a population
    /// towards a side.
    pub fn new(
        network: &'a Network,
        k: usize,
        [drive, feedback]: [bool; 2],
        [forward, back]: [&'a Periphery; 2],
        others: Others<'a>,
        lines: impl Fn(&Periphery, usize) -> &'a Lines,
    ) -> Self {
        let arriving = network.arriving(k).filter(|_| drive).map(|projection| Arrival {
            crossbar: CrossbarRead {
                periphery: forward,
                map: &projection.map,
                matrix: &projection.weight,
                magnitude: projection.forward_magnitude().map(Cow::Borrowed),
            },
            values: others.activity(projection.from),
            lines: lines(forward, projection.from),
        });
        let leaving = network.leaving(k).filter(|_| feedback).map(|projection| Arrival {
            crossbar: CrossbarRead {
                periphery: back,
                map: &projection.map,
                matrix: projection.feedback_weight(),
                magnitude: projection.feedback_magnitude().map(Cow::Borrowed),
            },
            values: others.difference(projection.to),
            lines: lines(back, projection.to),
        });
        Self { drive: arriving.collect(), feedback: leaving.collect() }
    }

    /// Makes the products for the units and samples of the tile.
    pub fn make<const N: usize>(&self, tile: &mut Tile<N>) {
        let at = [tile.first_unit, tile.first_sample];
        for (arrivals, into) in [(&self.drive, &mut tile.drive), (&self.feedback, &mut tile.feedback)] {
            let products = arrivals.iter().map(|arrival| |y: MatrixViewMut| arrival.make_product(y, at));
            sum_products(into.as_view_mut(), products);
        }
    }
}

impl Arrival<'_> {
    /// Makes the product for these units and samples.
    pub fn make_product(&self, into: MatrixViewMut, [first_unit, first_sample]: [usize; 2]) {
        let x = self.values.columns(first_sample, into.ncols());
        self.crossbar.product(into, first_unit, x);
    }

    /// Makes the variances of the read noise for these units and samples, where it needs them.
    pub fn make_variance(&self, into: MatrixViewMut, [first_unit, first_sample]: [usize; 2]) {
        if let Some(squares) = &self.lines.squares {
            let squares = squares.columns(first_sample, into.ncols());
            self.crossbar.variance(into, first_unit, squares);
        }
    }
}
