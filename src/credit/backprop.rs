//! The exact gradient, as reference and baseline: e_L = ∂ℓ/∂a_L, e_k = f′(a_k) ⊙ W_{k+1}ᵀ e_{k+1},
//! ∂J/∂W_k = (1/B) e_k s_{k−1}ᵀ (Rumelhart, Hinton & Williams 1986). The errors are those of each sample's own loss and
//! stand in `difference` of the state.
use super::assignment::{CreditAssignment, Task};
use super::evidence::Evidence;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::dynamics::state::{DyadState, Others};
use crate::dynamics::tile::Tile;
use crate::dynamics::{Activation, Loss};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, sum_products};
use crate::network::Network;
use crate::relax::engine::Engine;
use crate::relax::rule::FeedForwardUnits;
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::Substrate;
use rayon::prelude::*;

/// Samples of one tile of the gradient of the inputs: its shape may not depend on the number of threads.
const INPUT_TILE_SAMPLES: usize = 16;

/// A forward pass and a backward pass: `mean` holds the activities, `difference` the errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Backprop {
    activation: Activation,
    loss: Loss,
}

impl Backprop {
    /// Of linear outputs under this loss.
    pub fn new(activation: Activation, loss: Loss) -> Self {
        Self { activation, loss }
    }

    fn backward_pass(&self, network: &Network, targets: MatrixView, state: &mut NetworkState) {
        let (last, samples) = (network.last(), state.samples());
        let outputs = &mut state.parts().0.dyads[last - 1];
        for j in 0..samples {
            self.loss.gradient(
                outputs.mean.column(j).as_slice(),
                targets.column(j).as_slice(),
                outputs.difference.column_mut(j).as_mut_slice(),
            );
        }
        for k in (1..last).rev() {
            let bias = network.bias(k);
            let (own, others) = state.parts().0.around(k);
            let by_samples = network.leaving(k).filter_map(|own| own.map.tiling().samples()).min();
            if let Some(samples) = by_samples {
                return_by_samples(network, k, own, others, samples);
            }
            let packed = network.leaving(k).any(|projection| projection.weight.is_packed());
            Tile::whole(own, []).for_each(packed, &|tile: &mut Tile| {
                let (first_unit, first_sample, samples) = (tile.first_unit, tile.first_sample, tile.samples());
                if by_samples.is_none() {
                    let products = network.leaving(k).map(|projection| {
                        let errors = others.dyads(projection.to).difference.columns(first_sample, samples);
                        move |y: MatrixViewMut| projection.transposed_at(y, first_unit, errors)
                    });
                    sum_products(tile.feedback.as_view_mut(), products);
                }
                with_transfer!(self.activation, |f| for j in 0..tile.samples() {
                    for i in 0..tile.units() {
                        let slope = f.derivative(tile.drive[(i, j)] + bias[tile.first_unit + i]);
                        tile.difference[(i, j)] = slope * tile.feedback[(i, j)];
                    }
                });
            });
            own.route();
            state.product_flops += network.leaving(k).map(|projection| projection.map.flops(samples)).sum::<u64>();
        }
        // The states are no dyad states any more.
        state.invalidate();
    }
}

impl CreditAssignment for Backprop {
    fn activation(&self) -> Activation {
        self.activation
    }

    fn loss(&self) -> Loss {
        self.loss
    }

    fn infer(&self, task: Task, state: &mut NetworkState, _: Option<&mut dyn UpdateObserver>) -> Evidence {
        self.forward(task.substrate, task.network, task.inputs, state);
        self.backward_pass(task.network, task.targets, state);
        Evidence::of_errors(state.samples())
    }

    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        let rule = FeedForwardUnits { hidden: self.activation, outputs: Activation::Identity };
        Engine::new(&rule, substrate, network, state).forward(inputs);
    }

    fn is_exact(&self) -> bool {
        true
    }
}

/// Makes what comes back to population k, so many samples at a time.
fn return_by_samples(network: &Network, k: usize, own: &mut DyadState, others: Others, samples: usize) {
    let units = own.feedback.nrows();
    own.feedback.as_mut_slice().par_chunks_mut(samples * units).enumerate().for_each(|(tile, y)| {
        let (first, count) = (tile * samples, y.len() / units);
        let products = network.leaving(k).map(|projection| {
            let errors = others.dyads(projection.to).returned(projection.pool.is_some()).columns(first, count);
            move |y: MatrixViewMut| projection.transposed(y, errors)
        });
        sum_products(MatrixViewMut::from_slice(y, units, count), products);
    });
}

/// Writes ∂ℓ/∂x = W_1ᵀ e_1 of every sample (input × sample) into `gradient`, from a state that [`Backprop`] has left.
///
/// # Panics
/// If shapes do not fit.
pub fn input_gradient(network: &Network, state: &mut NetworkState, gradient: &mut Matrix) {
    let (inputs, samples) = (network.populations()[0].units(), state.samples());
    assert_eq!(gradient.shape(), (inputs, samples), "one gradient for every input");
    let dyads = state.dyads();
    let tiles = gradient.as_mut_slice().par_chunks_mut(inputs * INPUT_TILE_SAMPLES);
    tiles.enumerate().for_each(|(tile, numbers)| {
        let columns = numbers.len() / inputs;
        let products = network.leaving(0).map(|projection| {
            let returned = dyads[projection.to - 1].returned(projection.pool.is_some());
            let errors = returned.columns(tile * INPUT_TILE_SAMPLES, columns);
            move |y: MatrixViewMut| projection.transposed(y, errors)
        });
        sum_products(MatrixViewMut::from_slice(numbers, inputs, columns), products);
        network.populations()[0].shape.to_file_order(numbers);
    });
    state.product_flops += network.leaving(0).map(|projection| projection.map.flops(samples)).sum::<u64>();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{CreditRule, Inference, Nudging};
    use crate::network::Initialization;
    use crate::relax::Plan;

    /// Central differences of the mean loss, for every weight of a tanh network.
    #[test]
    fn the_gradient_is_the_slope_of_the_mean_loss() {
        let units = [4, 6, 5, 3];
        let mut network = Network::random(&units, Initialization::LecunNormal, 7).unwrap();
        let inputs = Matrix::from_fn(4, 2, |i, j| (i as f32 - j as f32) * 0.4 + 0.1);
        let targets = Matrix::from_fn(3, 2, |i, j| if i == j { 1.0 } else { 0.0 });
        for loss in [Loss::SoftmaxCrossEntropy, Loss::HalfSquaredError] {
            let inference = Inference::new(Activation::Tanh, loss, CreditRule::Backprop, Nudging::default());
            let mut state = NetworkState::zeros(&network, 2, &Substrate::Ideal);
            let evidence =
                inference.infer(&network, inputs.as_view(), targets.as_view(), &Plan::default(), &mut state, None);
            let gradient = evidence.gradient(&state);
            let exact: Vec<Matrix> = (1..=3).map(|k| gradient.weight(k)).collect();
            let mean_loss = |network: &Network| -> f64 {
                let mut state = NetworkState::zeros(network, 2, &Substrate::Ideal);
                inference.forward(network, inputs.as_view(), &mut state);
                let outputs = &state.dyads()[2].mean;
                (0..2).map(|j| loss.value(outputs.column(j).as_slice(), targets.column(j).as_slice())).sum::<f64>()
                    / 2.0
            };
            for (k, exact) in exact.iter().enumerate() {
                for (i, j) in [(0, 0), (2, 3), (1, 2)] {
                    let h = 1e-2;
                    let original = network.projections()[k].weight.view()[(i, j)];
                    let mut at = |w: f32| {
                        network.projections_mut()[k].weight.view_mut()[(i, j)] = w;
                        mean_loss(&network)
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
