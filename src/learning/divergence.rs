//! Where states and weights leave the finite range.
use crate::linalg::Matrix;
use crate::network::Network;
use crate::relax::NetworkState;
use crate::relax::UpdateObserver;
use crate::relax::schedule::Update;
use rayon::prelude::*;

/// What left the finite range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A dyad state.
    State,
    /// A weight or bias.
    Weight,
}

/// Where a run left the finite range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} of layer {layer}, unit {unit} left the finite range at training step {step}", what = match .quantity {
    Quantity::State => "a state",
    Quantity::Weight => "a weight",
})]
pub struct Divergence {
    /// State or weight.
    pub quantity: Quantity,
    /// Layer, from 1.
    pub layer: usize,
    /// Unit of the layer, from 0; of a weight the receiving unit.
    pub unit: usize,
    /// Training step, from 0.
    pub step: u64,
}

/// Remembers the first state that is seen to be not finite.
pub(super) struct FirstNonFinite(pub Option<(usize, usize)>);

impl UpdateObserver for FirstNonFinite {
    fn before(&mut self, _: usize, _: Update, state: &NetworkState) {
        self.0 = self.0.or_else(|| first_non_finite_state(state));
    }
    fn after(&mut self, _: usize, _: Update, state: &NetworkState, _: &Network) {
        self.0 = self.0.or_else(|| first_non_finite_state(state));
    }
}

/// Layer (from 1) and unit of the first state that is not finite. Mean and difference of a layer are finite whenever
/// both compartments are, but for an overflow of their difference.
pub(super) fn first_non_finite_state(state: &NetworkState) -> Option<(usize, usize)> {
    state.dyads().iter().enumerate().find_map(|(k, layer)| {
        [&layer.mean, &layer.difference].into_iter().find_map(first_non_finite).map(|unit| (k + 1, unit))
    })
}

/// Row of the first entry that is not finite.
fn first_non_finite(matrix: &Matrix) -> Option<usize> {
    let rows = matrix.nrows();
    // Whole chunks are tested without a branch; only if one is bad they are looked into.
    let all_finite =
        |numbers: &[f32]| numbers.chunks(1024).all(|own| own.iter().fold(true, |all, x| all & x.is_finite()));
    if matrix.as_slice().par_chunks(1 << 16).all(all_finite) {
        return None;
    }
    matrix.as_slice().iter().position(|x| !x.is_finite()).map(|at| at % rows)
}

pub(super) fn first_non_finite_weight(weights: &Network) -> Option<(usize, usize)> {
    weights.projections().iter().enumerate().find_map(|(k, layer)| {
        // Packed weights are always finite, and would fill the memory as numbers.
        let numbers = (!layer.weight.is_packed()).then(|| layer.weight.to_matrix());
        numbers
            .and_then(|numbers| first_non_finite(&numbers))
            .or_else(|| layer.bias.iter().position(|b| !b.is_finite()))
            .map(|unit| (k + 1, unit))
    })
}
