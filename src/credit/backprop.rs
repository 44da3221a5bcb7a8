//! Backprop, as reference and baseline: e_L = ∂ℓ/∂a_L, e_k = f′(a_k) ⊙ W_{k+1}ᵀ e_{k+1},
//! ∂J/∂W_k = (1/B) e_k s_{k−1}ᵀ (Rumelhart, Hinton & Williams 1986). The errors are those of each sample's own loss and
//! stand in `difference` of the state. On ideal hardware this is the exact gradient.
//!
//! On a die it is what aihwkit trains by: a forward pass through the forward arrays, then errors that are sent back through
//! the feedback arrays (the same ones read from the other side, or arrays of their own), each read with its noise, its
//! converters and its noise and bound management; a convolution is read at every place. Synapses see what is local: the
//! activity as it was sent, the error as it has arrived ([`crate::substrate`]). A unit has one compartment, and a
//! training step is one forward pass and one backward pass, so of the settings of a die
//!
//! | settings | are |
//! |---|---|
//! | `arrays`, `synapses`, `input_noise_std` | as with dyads |
//! | `units.mismatch.gain`, `offset`, `rails`, `process_noise`, `readout_noise` | those of the one compartment, in the forward pass; the slope f′ is that of the membrane which they leave |
//! | `teacher_noise` | noise of e_L |
//! | `correlation`, `common_mode`, `shared_by_compartments` | without meaning, since they are about a second compartment |
//! | `units.relaxation`, `tau_s`, `mismatch.time_constant` | without effect: a forward pass takes every membrane all the way |
//! | `units.mismatch.alpha_std`, `learning` | refused: there are no compartments to weight or to subtract |
use super::assignment::{CreditAssignment, Task};
use super::batch_norm::through_statistics;
use super::evidence::Evidence;
use crate::dynamics::unit::Seen;
use crate::dynamics::{Activation, Loss};
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, sum_products};
use crate::network::Network;
use crate::relax::engine::Engine;
use crate::relax::rule::FeedForwardUnits;
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::circuits::Present;
use crate::substrate::{Returned, Substrate};
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

    fn pass(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState, seen: Seen) {
        let rule = FeedForwardUnits { hidden: self.activation, outputs: Activation::Identity };
        Engine::new(&rule, substrate, network, state).forward(inputs, seen);
    }

    fn backward_pass(&self, network: &Network, targets: MatrixView, state: &mut NetworkState) {
        let (last, batch) = (network.last(), state.samples());
        let outputs = &mut state.parts().0.dyads[last - 1];
        for j in 0..batch {
            self.loss.gradient(
                outputs.s_plus.column(j).as_slice(),
                targets.column(j).as_slice(),
                outputs.difference.column_mut(j).as_mut_slice(),
            );
        }
        through_statistics(network, last, state);
        state.skip_ticks(1);
        let present = Present { network, tick: state.tick };
        let (states, circuits) = state.parts();
        circuits.send_output_errors(present, states);
        state.end_stage([last], None);
        for k in (1..last).rev() {
            let (states, circuits) = state.parts();
            circuits.return_errors(present, k, self.activation, states);
            count_returns(network, k, state);
            state.end_stage([k], None);
            through_statistics(network, k, state);
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

    fn infer(&self, task: Task, state: &mut NetworkState, observer: Option<&mut dyn UpdateObserver>) -> Evidence {
        // The backward pass makes what comes back.
        self.pass(task.substrate, task.network, task.inputs, state, Seen::States);
        self.backward_pass(task.network, task.targets, state);
        if let Some(observer) = observer {
            observer.finished(state, task.network);
        }
        Evidence::of_errors(state.samples())
    }

    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        self.pass(substrate, network, inputs, state, Seen::All);
    }

    fn returned(&self) -> Returned {
        Returned::Errors
    }

    fn is_exact(&self) -> bool {
        true
    }
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
        let products = network.leaving_with_places(0).map(|(p, projection)| {
            let returned = dyads[projection.to - 1].returned(p, projection.pool.is_some());
            let errors = returned.columns(tile * INPUT_TILE_SAMPLES, columns);
            move |y: MatrixViewMut| projection.transposed(y, errors)
        });
        sum_products(MatrixViewMut::from_slice(numbers, inputs, columns), products);
        network.populations()[0].shape.to_file_order(numbers);
    });
    count_returns(network, 0, state);
    state.end_stage([], None);
}

/// Counts the products that have come back to population k.
fn count_returns(network: &Network, k: usize, state: &mut NetworkState) {
    let leaving = network.projections().iter().enumerate().filter(|(_, own)| own.from == k);
    leaving.for_each(|(p, _)| {
        state.count_products(p, [0, 1]);
        state.operations.read(p, [false, true]);
    });
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
