//! What arrives at a population: through which crossbars it reads what others have sent.
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::{Periphery, Side};
use crate::crossbar::read::CrossbarRead;
use crate::dynamics::state::Others;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix};
use crate::map::{Adjoint, MaxPool, Maxima};
use crate::network::Network;
use smallvec::SmallVec;
use std::borrow::Cow;

/// A crossbar, and what was sent to it.
pub(super) struct Arrival<'a> {
    pub crossbar: CrossbarRead<'a>,
    /// Place of its projection among all (from 0).
    pub projection: usize,
    /// Population that has sent.
    pub sender: usize,
    /// What was sent: s̄, or s⁺ − s⁻ on its way back.
    pub values: &'a Matrix,
    /// s⁺ of the senders of activity.
    pub s_plus: &'a Matrix,
    /// What finds the largest of what is read forward, if something does.
    pub pool: Option<MaxPool>,
    /// W, which is read forward.
    weight: &'a WeightMatrix,
    /// Aᵀ as a map of its own, where errors come back through it on ideal hardware.
    pub adjoint: Option<Adjoint>,
    /// The lines on which that was sent.
    pub lines: &'a Lines,
}

/// Everything that a population reads. Few have more than two projections on a side.
pub(super) struct Arrivals<'a> {
    pub drive: SmallVec<[Arrival<'a>; 2]>,
    pub feedback: SmallVec<[Arrival<'a>; 2]>,
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
        let arriving = network.arriving_with_places(k).filter(|_| drive).map(|(p, projection)| Arrival {
            projection: p,
            crossbar: CrossbarRead {
                periphery: forward,
                map: &projection.map,
                matrix: &projection.weight,
                magnitude: projection.forward_magnitude().map(Cow::Borrowed),
            },
            sender: projection.from,
            values: others.activity(projection.from),
            s_plus: others.s_plus(projection.from),
            pool: projection.pool,
            weight: &projection.weight,
            adjoint: None,
            lines: lines(forward, projection.from),
        });
        let is_ideal = back.sends_ideally() && back.receives_ideally();
        let leaving = network.leaving_with_places(k).filter(|_| feedback).map(|(p, projection)| Arrival {
            projection: p,
            crossbar: CrossbarRead {
                periphery: back,
                map: &projection.map,
                matrix: projection.feedback_weight(),
                magnitude: projection.feedback_magnitude().map(Cow::Borrowed),
            },
            sender: projection.to,
            values: others.dyads(projection.to).returned(p, held(projection.pool)),
            s_plus: &others.dyads(projection.to).s_plus,
            pool: projection.pool,
            weight: &projection.weight,
            adjoint: if is_ideal { projection.map.adjoint(projection.feedback_weight()) } else { None },
            lines: lines(back, projection.to),
        });
        Self { drive: arriving.collect(), feedback: leaving.collect() }
    }

    /// The same where errors of backprop come back: to the maxima of the forward pass, whatever counts for dyads.
    #[must_use]
    pub fn of_errors(mut self, others: Others<'a>) -> Self {
        for arrival in &mut self.feedback {
            arrival.values = others.dyads(arrival.sender).returned(arrival.projection, arrival.pool.is_some());
        }
        self
    }
}

impl Arrival<'_> {
    /// Makes the product for these units and samples.
    pub fn make_product(&self, into: MatrixViewMut, [first_unit, first_sample]: [usize; 2]) {
        let x = self.values.columns(first_sample, into.ncols());
        self.product(into, first_unit, x);
    }

    /// Makes the product with `x` for the units from `first` on.
    pub fn product(&self, into: MatrixViewMut, first: usize, x: MatrixView) {
        match &self.adjoint {
            Some(adjoint) => adjoint.apply(into, first, x),
            None => self.crossbar.product(into, first, x),
        }
    }

    /// Fewest whole samples of which the product can be made so that each has the bits that it has among `samples`, from
    /// whichever side this arrival reads the array.
    pub fn fewest_samples(&self, samples: usize) -> usize {
        let fewest = match &self.adjoint {
            _ if self.crossbar.matrix.is_packed() => samples,
            Some(adjoint) => adjoint.fewest_samples(samples),
            None => {
                self.crossbar.map.fewest_samples(samples)[usize::from(self.crossbar.periphery.side == Side::Feedback)]
            }
        };
        fewest.min(samples)
    }

    /// Makes the product of the array read forward, from whichever side this arrival reads it, for whole samples.
    pub fn forward_product(&self, into: MatrixViewMut, x: MatrixView) {
        self.crossbar.map.apply(self.weight, into, 0, x);
    }

    /// Makes the variances of the read noise for these units and samples, where it needs them.
    pub fn make_variance(&self, into: MatrixViewMut, [first_unit, first_sample]: [usize; 2]) {
        if let Some(squares) = &self.lines.squares {
            let squares = squares.columns(first_sample, into.ncols());
            self.crossbar.variance(into, first_unit, squares);
        }
    }
}

/// Whether errors go back to the maxima that are held.
fn held(pool: Option<MaxPool>) -> bool {
    pool.is_some_and(|pool| pool.maxima.feedback == Maxima::LastRead)
}
