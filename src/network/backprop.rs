//! The exact gradient, as reference and baseline: e_L = ∂ℓ/∂a_L, e_k = f′(a_k) ⊙ W_{k+1}ᵀ e_{k+1},
//! ∂J/∂W_k = (1/B) e_k s_{k−1}ᵀ (Rumelhart, Hinton & Williams 1986). The errors are those of each sample's own loss and
//! stand in `difference` of the state.
use super::activation::{Transfer, with_transfer};
use super::inference::Inference;
use super::products::feedback;
use super::state::{LayerTile, NetworkState};
use super::weights::Weights;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut};
use rayon::prelude::*;

/// Samples of one tile of the gradient of the inputs: its shape may not depend on the number of threads.
const INPUT_TILE_SAMPLES: usize = 16;

/// Forward pass and backward pass for a batch; afterwards `mean` holds the activities and `difference` the errors.
///
/// # Panics
/// If shapes do not fit the weights or the state.
pub fn backprop(
    inference: &Inference,
    weights: &Weights,
    inputs: MatrixView,
    targets: MatrixView,
    state: &mut NetworkState,
) {
    inference.forward(weights, inputs, state);
    let last = weights.layers().len();
    let samples = state.samples();
    {
        let output = &mut state.layers_unchecked_mut()[last - 1];
        for j in 0..samples {
            inference.loss.gradient(
                output.mean.column(j).as_slice(),
                targets.column(j).as_slice(),
                output.difference.column_mut(j).as_mut_slice(),
            );
        }
    }
    for k in (1..last).rev() {
        let upper = &weights.layers()[k].weight;
        let bias = weights.layers()[k - 1].bias.as_slice();
        let (layers, above) = state.layers_unchecked_mut().split_at_mut(k);
        let above: MatrixView = above[0].difference.as_view();
        LayerTile::whole(&mut layers[k - 1]).for_each_reading(upper, &|tile: &mut LayerTile| {
            feedback(tile, upper, above);
            with_transfer!(inference.activation, |f| for j in 0..tile.samples() {
                for i in 0..tile.units() {
                    let slope = f.derivative(tile.drive[(i, j)] + bias[tile.first_unit + i]);
                    tile.difference[(i, j)] = slope * tile.feedback[(i, j)];
                }
            });
        });
        state.product_flops += 2 * (upper.post() * upper.pre() * samples) as u64;
    }
    // The states are no dyad states any more.
    state.forget_products();
}

/// Writes ∂ℓ/∂x = W_1ᵀ e_1 of every sample (input × sample) into `gradient`, from a state that [`backprop`] has left.
///
/// # Panics
/// If shapes do not fit.
pub fn input_gradient(weights: &Weights, state: &mut NetworkState, gradient: &mut Matrix) {
    let weight = &weights.layers()[0].weight;
    let (inputs, samples) = (weight.pre(), state.samples());
    assert_eq!(gradient.shape(), (inputs, samples), "one gradient for every input");
    let errors = &state.layers()[0].difference;
    let tiles = gradient.as_mut_slice().par_chunks_mut(inputs * INPUT_TILE_SAMPLES);
    tiles.enumerate().for_each(|(tile, numbers)| {
        let columns = numbers.len() / inputs;
        let errors = errors.columns(tile * INPUT_TILE_SAMPLES, columns);
        let numbers = MatrixViewMut::from_slice(numbers, inputs, columns);
        weight.multiply_columns_transposed(numbers, 0, errors);
    });
    state.product_flops += 2 * (weight.post() * inputs * samples) as u64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::credit_rule::{CreditRule, Nudging};
    use crate::network::gradient::LocalGradient;
    use crate::network::loss::Loss;
    use crate::network::{Activation, Initialization};

    /// Central differences of the mean loss, for every weight of a tanh network.
    #[test]
    fn the_gradient_is_the_slope_of_the_mean_loss() {
        let units = [4, 6, 5, 3];
        let mut weights = Weights::random(&units, Initialization::LecunNormal, 7).unwrap();
        let inputs = Matrix::from_fn(4, 2, |i, j| (i as f32 - j as f32) * 0.4 + 0.1);
        let targets = Matrix::from_fn(3, 2, |i, j| if i == j { 1.0 } else { 0.0 });
        for loss in [Loss::SoftmaxCrossEntropy, Loss::HalfSquaredError] {
            let inference = Inference::new(Activation::Tanh, loss, CreditRule::Backprop, Nudging::default());
            let mut state = NetworkState::zeros(&units, 2, None);
            backprop(&inference, &weights, inputs.as_view(), targets.as_view(), &mut state);
            let gradient = LocalGradient::of_backprop(inputs.as_view(), &state);
            let exact: Vec<Matrix> = (1..=3).map(|k| gradient.weight(k)).collect();
            let mean_loss = |weights: &Weights| -> f64 {
                let mut state = NetworkState::zeros(&units, 2, None);
                inference.forward(weights, inputs.as_view(), &mut state);
                let outputs = &state.layers()[2].mean;
                (0..2).map(|j| loss.value(outputs.column(j).as_slice(), targets.column(j).as_slice())).sum::<f64>()
                    / 2.0
            };
            for (k, exact) in exact.iter().enumerate() {
                for (i, j) in [(0, 0), (2, 3), (1, 2)] {
                    let h = 1e-2;
                    let original = weights.layers()[k].weight.view()[(i, j)];
                    let mut at = |w: f32| {
                        weights.layers_mut()[k].weight.view_mut()[(i, j)] = w;
                        mean_loss(&weights)
                    };
                    let slope = (at(original + h) - at(original - h)) / (2.0 * f64::from(h));
                    at(original);
                    let difference = (slope - f64::from(exact[(i, j)])).abs();
                    assert!(difference < 2e-4 * (1.0 + slope.abs()), "{loss:?} layer {} {i},{j}: {slope}", k + 1);
                }
            }
        }
    }
}
