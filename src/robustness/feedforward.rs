//! Networks that are evaluated by one forward pass: dyads, synapses of a few levels, backprop.
//!
//! f is [`Inference::forward`] with the weights as the devices hold them, on the chip if there is one. With the drives a_k of
//! that pass and D_k = diag f′(a_k), the derivative J_k of population k by the stimulus follows from those of the populations
//! that reach it: J_0 = 1, J_k = D_k Σ_p A_p J_{from p}, the sum over the projections p that arrive, A_p = W_p of a dense one;
//! J = J_L without D_L, as outputs are linear. In a chain that is J = W_L D_{L−1} W_{L−1} ⋯ D_1 W_1. A max pooling takes the rows
//! of its maxima in that pass out of A_p.
//!
//! On a chip the drives are those of its noisy pass before gains, offsets and rails of the units, which J leaves out, and J
//! goes straight through noise and converters, whose own slope is zero almost everywhere (the straight-through estimator of
//! Bengio, Léonard & Courville, 2013).
use super::response::{Linearised, Response};
use crate::credit::Inference;
use crate::credit::local::Local;
use crate::device::noise_key::Context;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, WeightMatrix, side_by_side, sum_products};
use crate::map::NormEstimate;
use crate::network::{Network, Projection};
use crate::random::{Purpose, stream};
use crate::relax::NetworkState;
use rayon::prelude::*;
use std::sync::Arc;

/// Samples that are evaluated together.
const CHUNK: usize = 64;

/// Steps of the iteration for a map that is read at places, whose largest singular values lie close together: enough for images
/// of 128 x 128.
const PLACED_STEPS: usize = 200;

/// What the norm of every projection is enlarged by, as a share: the iteration that finds it approaches it from
/// below, to about five digits.
pub const NORM_MARGIN: f64 = 1e-4;

/// A network that is evaluated by a forward pass.
#[derive(Debug, Clone)]
pub struct FeedForward {
    inference: Inference,
    weights: Arc<Network>,
    is_random: bool,
}

impl FeedForward {
    /// A network with these weights, on the chip of `inference` if it has one.
    pub fn new(inference: &Inference, weights: &Network) -> Self {
        let mut weights = weights.clone();
        for layer in weights.projections_mut() {
            if layer.weight.is_packed() {
                // Products of packed signs add up in another order than those of the same numbers read from a file.
                layer.weight = WeightMatrix::from_matrix(&layer.weight.to_matrix());
            }
        }
        let is_random = inference.substrate.is_random();
        Self { inference: inference.clone(), weights: Arc::new(weights), is_random }
    }

    fn respond_chunk(&self, inputs: MatrixView, query: u64, chunk: u64) -> Chunk {
        let network = &*self.weights;
        let mut state = NetworkState::zeros(network, inputs.ncols(), &self.inference.substrate);
        state.begin(Context::Robustness, query);
        state.skip_ticks(chunk << 32);
        self.inference.forward(network, inputs, &mut state);
        let local = Local::new(network, self.inference.rule.activation(), &state);
        Chunk { local, outputs: state.outputs().mean.clone() }
    }
}

impl Response for FeedForward {
    type Point = ForwardPoint;

    fn inputs(&self) -> usize {
        self.weights.populations()[0].units()
    }

    fn outputs(&self) -> usize {
        self.weights.populations()[self.weights.last()].units()
    }

    fn respond(&self, inputs: MatrixView, query: u64, _: Option<&ForwardPoint>) -> ForwardPoint {
        let chunks: Vec<Chunk> = (0..inputs.ncols().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let first = chunk * CHUNK;
                let samples = CHUNK.min(inputs.ncols() - first);
                self.respond_chunk(inputs.columns(first, samples), query, chunk as u64)
            })
            .collect();
        let outputs = side_by_side(self.outputs(), chunks.iter().map(|chunk| chunk.outputs.as_view()));
        ForwardPoint {
            weights: Arc::clone(&self.weights),
            chunks: chunks.into_iter().map(|chunk| chunk.local).collect(),
            outputs,
        }
    }

    /// Λ = Λ_L, with Λ_0 = 1 and Λ_k = Σ_p ‖A_p‖₂ Λ_{from p}: the sum over all paths of the products of their norms, as no
    /// activation is steeper than 1; in a chain Π ‖W_k‖₂ (Szegedy et al., ICLR 2014). Every norm is enlarged by
    /// [`NORM_MARGIN`], and by the factor of its pooling where maxima are taken. None on a chip.
    fn certificate(&self) -> Option<f64> {
        let norm = |(p, projection): (usize, &Projection)| {
            let mut start = stream(0, Purpose::PowerIteration, &[0, p as u64]);
            let estimate = match projection.map.is_read_at_places() {
                true => NormEstimate::LanczosWithin(PLACED_STEPS),
                false => NormEstimate::Lanczos,
            };
            let pooled = projection.pool.map_or(1.0, |pool| pool.lipschitz());
            (projection.to, projection.from, projection.norm(estimate, &mut start) * pooled * (1.0 + NORM_MARGIN))
        };
        self.inference.substrate.is_ideal().then(|| {
            let norms: Vec<_> = self.weights.projections().iter().enumerate().map(norm).collect();
            let mut bounds = vec![1.0];
            for k in 1..=self.weights.last() {
                let arriving = norms.iter().filter(|(to, ..)| *to == k);
                bounds.push(arriving.map(|(_, from, norm)| norm * bounds[*from]).sum());
            }
            bounds[self.weights.last()]
        })
    }

    fn is_random(&self) -> bool {
        self.is_random
    }
}

/// A chunk of samples after its forward pass.
struct Chunk {
    local: Local,
    outputs: Matrix,
}

/// Responses of a [`FeedForward`] network.
#[derive(Debug, Clone)]
pub struct ForwardPoint {
    weights: Arc<Network>,
    chunks: Vec<Local>,
    outputs: Matrix,
}

impl ForwardPoint {
    /// Columns of `from`, chunk by chunk, through `map` to columns of `rows` numbers.
    fn by_chunks(&self, from: MatrixView, rows: usize, map: impl Fn(&Local, MatrixView) -> Matrix + Sync) -> Matrix {
        assert_eq!(from.ncols(), self.outputs.ncols(), "as many columns as the point has samples");
        let chunks = self.chunks.par_iter().enumerate().map(|(chunk, local)| {
            let first = chunk * CHUNK;
            let samples = CHUNK.min(from.ncols() - first);
            map(local, from.columns(first, samples))
        });
        let chunks: Vec<Matrix> = chunks.collect();
        side_by_side(rows, chunks.iter().map(Matrix::as_view))
    }
}

impl Linearised for ForwardPoint {
    fn outputs(&self) -> &Matrix {
        &self.outputs
    }

    fn jvp(&self, tangents: MatrixView) -> Matrix {
        let network = &*self.weights;
        self.by_chunks(tangents, self.outputs.nrows(), |local, tangents| {
            // Stimuli are given in the order of files.
            let mut stimulus = tangents.into_owned();
            network.populations()[0].shape.to_memory_order(stimulus.as_mut_slice());
            let mut changes = vec![stimulus];
            for k in 1..=network.last() {
                let products = network.arriving(k).map(|projection| {
                    let change = changes[projection.from].as_view();
                    move |y: MatrixViewMut| local.apply(projection, y, change)
                });
                let mut change = Matrix::zeros(network.populations()[k].units(), tangents.ncols());
                sum_products(change.as_view_mut(), products);
                if let Some(slopes) = local.slopes(k) {
                    change.component_mul_assign(slopes);
                }
                changes.push(change);
            }
            changes.swap_remove(network.last())
        })
    }

    fn vjp(&self, cotangents: MatrixView) -> Matrix {
        let network = &*self.weights;
        self.by_chunks(cotangents, network.populations()[0].units(), |local, cotangents| {
            // Of the drives, the outputs first.
            let mut errors = vec![cotangents.into_owned()];
            for k in (0..network.last()).rev() {
                let products = network.leaving(k).map(|projection| {
                    let error = errors[network.last() - projection.to].as_view();
                    move |y: MatrixViewMut| local.transposed(projection, y, error, |y, d| projection.transposed(y, d))
                });
                let mut error = Matrix::zeros(network.populations()[k].units(), cotangents.ncols());
                sum_products(error.as_view_mut(), products);
                if let Some(slopes) = local.slopes(k) {
                    error.component_mul_assign(slopes);
                }
                errors.push(error);
            }
            let mut stimulus = errors.swap_remove(network.last());
            network.populations()[0].shape.to_file_order(stimulus.as_mut_slice());
            stimulus
        })
    }
}
