//! Errors of backprop on ideal hardware: e = f′(a) ⊙ Aᵀe of those above.
use crate::dynamics::Activation;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::dynamics::moves::SampleSet;
use crate::dynamics::sample_tile::SampleTile;
use crate::dynamics::state::{Others, States};
use crate::dynamics::tile::Tile;
use crate::linalg::{Matrix, MatrixViewMut, give_back, sum_products};
use crate::map::Adjoint;
use crate::network::{Network, Projection};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Samples of a tile where no map says how many: the shape may not depend on the number of threads.
const TILE_SAMPLES: usize = 16;

/// Makes the errors of hidden population k.
pub(super) fn make(network: &Network, k: usize, activation: Activation, states: &mut States) {
    let bias = network.bias(k);
    make_of(network, k, activation, &bias, states);
    if let Cow::Owned(bias) = bias {
        give_back(bias);
    }
}

fn make_of(network: &Network, k: usize, activation: Activation, bias: &[f32], states: &mut States) {
    let (own, others) = states.around(k);
    let packed = network.leaving(k).any(|projection| projection.weight.is_packed());
    let returns = Returns::new(network, k, others);
    let descend = |tile: &mut Tile| {
        with_transfer!(activation, |f| for j in 0..tile.samples() {
            for i in 0..tile.units() {
                let slope = f.derivative(tile.drive[(i, j)] + bias[tile.first_unit + i]);
                tile.difference[(i, j)] = slope * tile.feedback[(i, j)];
            }
        });
    };
    if !network.has_places(k) {
        Tile::whole(own, []).for_each(packed, &|tile: &mut Tile| {
            returns.make(tile);
            descend(tile);
        });
        return;
    }
    if returns.samples.is_none() {
        Tile::whole(own, []).for_each(packed, &|tile: &mut Tile| returns.make(tile));
    }
    let samples = returns.samples.unwrap_or(TILE_SAMPLES);
    let all = SampleSet::all(own.mean.ncols());
    SampleTile::whole(own).for_each(&all, samples, &|tile: &mut SampleTile| {
        if returns.samples.is_some() {
            returns.make(&mut tile.dyads);
        }
        descend(&mut tile.dyads);
        tile.route(&all, |_| {});
    });
}

/// What comes back to a population.
struct Returns<'a> {
    /// Every projection, the errors that it carries, and Aᵀ where that is a map of its own.
    all: SmallVec<[Return<'a>; 2]>,
    /// Samples of a tile, if they are cut by samples.
    samples: Option<usize>,
}

type Return<'a> = (&'a Projection, &'a Matrix, Option<Adjoint>);

impl<'a> Returns<'a> {
    fn new(network: &'a Network, k: usize, others: Others<'a>) -> Self {
        let of_projection = |(p, own): (usize, &'a Projection)| {
            (own, others.dyads(own.to).returned(p, own.pool.is_some()), own.map.adjoint(&own.weight))
        };
        Self {
            all: network.leaving_with_places(k).map(of_projection).collect(),
            samples: network.leaving(k).filter_map(|own| own.map.tiling().samples()).min(),
        }
    }

    /// Makes the products for the units and samples of the tile.
    fn make(&self, tile: &mut Tile) {
        let (first_unit, first_sample, samples) = (tile.first_unit, tile.first_sample, tile.samples());
        let products = self.all.iter().map(|(projection, errors, adjoint)| {
            let errors = errors.columns(first_sample, samples);
            move |y: MatrixViewMut| match adjoint {
                Some(adjoint) => adjoint.apply(y, first_unit, errors),
                None => projection.transposed_at(y, first_unit, errors),
            }
        });
        sum_products(tile.feedback.as_view_mut(), products);
    }
}
