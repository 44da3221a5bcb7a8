//! Products of a layer with what its neighbours send, and their arithmetic.
use super::analog_inference::chip_refresh;
use super::state::{Input, LayerState, LayerTile, NetworkState};
use super::weights::Weights;
use crate::linalg::{MatrixView, WeightMatrix};

/// Activity below layer k, the layer itself, and the difference above it (none above the outputs).
pub(super) fn neighbours<'a>(
    layers: &'a mut [LayerState],
    inputs: MatrixView<'a>,
    k: usize,
) -> (MatrixView<'a>, &'a mut LayerState, Option<MatrixView<'a>>) {
    let (before, rest) = layers.split_at_mut(k - 1);
    let (own, after) = rest.split_first_mut().expect("layers are counted from 1 to L");
    let below = before.last().map_or(inputs, |layer| layer.mean.as_view());
    (below, own, after.first().map(|layer| layer.difference.as_view()))
}

/// drive = W s̄ for the units and samples of the tile.
pub(super) fn drive(tile: &mut LayerTile, weight: &WeightMatrix, below: MatrixView) {
    let below = below.columns(tile.first_sample, tile.samples());
    weight.multiply_rows(tile.drive.as_view_mut(), tile.first_unit, below);
}

/// feedback = Wᵀ (s⁺ − s⁻) for the units and samples of the tile.
pub(super) fn feedback(tile: &mut LayerTile, weight: &WeightMatrix, above: MatrixView) {
    let above = above.columns(tile.first_sample, tile.samples());
    weight.multiply_columns_transposed(tile.feedback.as_view_mut(), tile.first_unit, above);
}

/// Makes the stale products of layer k without a unit step.
pub(super) fn refresh(k: usize, weights: &Weights, inputs: MatrixView, state: &mut NetworkState) {
    let layers = weights.layers().len();
    let stale_drive = state.freshness[k - 1].drive == Input::Stale;
    let stale_feedback = k < layers && state.freshness[k - 1].feedback == Input::Stale;
    count_flops(k, stale_drive, stale_feedback, weights, state);
    if state.sent_inputs.is_some() {
        chip_refresh(k, [stale_drive, stale_feedback], weights, state);
    } else {
        let (below, layer, above) = neighbours(state.layers_unchecked_mut(), inputs, k);
        LayerTile::whole(layer).for_each_reading(&weights.layers()[k - 1].weight, &|tile: &mut LayerTile| {
            if stale_drive {
                drive(tile, &weights.layers()[k - 1].weight, below);
            }
            if stale_feedback && let Some(above) = above {
                feedback(tile, &weights.layers()[k].weight, above);
            }
        });
    }
    state.freshness[k - 1].drive = Input::Current;
    state.freshness[k - 1].feedback = Input::Current;
}

pub(super) fn drive_flops(weights: &Weights, k: usize, samples: usize) -> u64 {
    let weight = &weights.layers()[k - 1].weight;
    2 * (weight.post() * weight.pre() * samples) as u64
}

pub(super) fn count_flops(k: usize, drive: bool, feedback: bool, weights: &Weights, state: &mut NetworkState) {
    let samples = state.samples();
    if drive {
        state.product_flops += drive_flops(weights, k, samples);
    }
    if feedback {
        state.product_flops += drive_flops(weights, k + 1, samples);
    }
}
