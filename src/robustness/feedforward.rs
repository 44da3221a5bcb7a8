//! Networks that are evaluated by one forward pass: dyads, synapses of a few levels, backprop.
//!
//! f is [`Inference::forward`] with the weights as the devices hold them, on the chip if there is one. With the drives
//! a_k = W_k s_{k−1} + b_k of that pass, J = W_L D_{L−1} W_{L−1} ⋯ D_1 W_1, D_k = diag f′(a_k). On a chip the drives are
//! those of its noisy pass before gains, offsets and rails of the units, which J leaves out, and J goes straight
//! through noise and converters, whose own slope is zero almost everywhere (the straight-through estimator of Bengio,
//! Léonard & Courville, 2013).
use super::response::{Linearised, Response};
use crate::credit::Inference;
use crate::device::noise_key::Context;
use crate::linalg::{Matrix, MatrixView, WeightMatrix, operator_norm};
use crate::network::{Network, Projection};
use crate::random::{Purpose, stream};
use crate::relax::NetworkState;
use rayon::prelude::*;
use std::sync::Arc;

/// Samples that are evaluated together.
const CHUNK: usize = 64;

/// What the norm of every weight matrix is enlarged by, as a share: the iteration that finds it approaches it from
/// below, to about five digits.
pub const NORM_MARGIN: f64 = 1e-4;

/// A network that is evaluated by a forward pass.
#[derive(Debug, Clone)]
pub struct FeedForward {
    inference: Inference,
    weights: Arc<Network>,
    units: Vec<usize>,
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
        let units = weights.units();
        let is_random = inference.substrate.is_random();
        Self { inference: inference.clone(), weights: Arc::new(weights), units, is_random }
    }

    fn respond_chunk(&self, inputs: MatrixView, query: u64, chunk: u64) -> Chunk {
        let layers = self.weights.projections();
        let mut state = NetworkState::zeros(&self.weights, inputs.ncols(), &self.inference.substrate);
        state.begin(Context::Robustness, query);
        state.skip_ticks(chunk << 32);
        self.inference.forward(&self.weights, inputs, &mut state);
        let hidden = state.dyads().iter().zip(layers).take(layers.len() - 1);
        let slopes = hidden.map(|(layer, own)| {
            let mut slopes = layer.drive.clone();
            let bias = own.bias.as_slice();
            for mut column in slopes.column_iter_mut() {
                let drives = column.as_mut_slice().iter_mut().zip(bias);
                drives.for_each(|(a, bias)| *a = self.inference.rule.activation().derivative(*a + bias));
            }
            slopes
        });
        Chunk { slopes: slopes.collect(), outputs: state.dyads()[layers.len() - 1].mean.clone() }
    }
}

impl Response for FeedForward {
    type Point = ForwardPoint;

    fn inputs(&self) -> usize {
        self.units[0]
    }

    fn outputs(&self) -> usize {
        self.units[self.units.len() - 1]
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
        let outputs = side_by_side(self.outputs(), chunks.iter().map(|chunk| &chunk.outputs));
        ForwardPoint {
            weights: Arc::clone(&self.weights),
            slopes: chunks.into_iter().map(|chunk| chunk.slopes).collect(),
            outputs,
        }
    }

    /// Λ = Π ‖W_k‖₂, as no activation is steeper than 1 (Szegedy et al., ICLR 2014); every norm is enlarged by
    /// [`NORM_MARGIN`]. None on a chip.
    fn certificate(&self) -> Option<f64> {
        let norm = |(k, layer): (usize, &Projection)| {
            let mut start = stream(0, Purpose::PowerIteration, &[0, k as u64]);
            operator_norm(&layer.weight, &mut start) * (1.0 + NORM_MARGIN)
        };
        self.inference.substrate.is_ideal().then(|| self.weights.projections().iter().enumerate().map(norm).product())
    }

    fn is_random(&self) -> bool {
        self.is_random
    }
}

/// A chunk of samples after its forward pass.
struct Chunk {
    slopes: Vec<Matrix>,
    outputs: Matrix,
}

/// Responses of a [`FeedForward`] network.
#[derive(Debug, Clone)]
pub struct ForwardPoint {
    weights: Arc<Network>,
    /// f′(a) of every chunk and hidden layer (unit × sample).
    slopes: Vec<Vec<Matrix>>,
    outputs: Matrix,
}

impl ForwardPoint {
    /// Columns of `from`, chunk by chunk with its slopes, through `map` to columns of `rows` numbers.
    fn by_chunks(&self, from: MatrixView, rows: usize, map: impl Fn(&[Matrix], Matrix) -> Matrix + Sync) -> Matrix {
        assert_eq!(from.ncols(), self.outputs.ncols(), "as many columns as the point has samples");
        let chunks = self.slopes.par_iter().enumerate().map(|(chunk, slopes)| {
            let first = chunk * CHUNK;
            let samples = CHUNK.min(from.ncols() - first);
            map(slopes, from.columns(first, samples).into_owned())
        });
        let chunks: Vec<Matrix> = chunks.collect();
        side_by_side(rows, chunks.iter())
    }
}

impl Linearised for ForwardPoint {
    fn outputs(&self) -> &Matrix {
        &self.outputs
    }

    fn jvp(&self, tangents: MatrixView) -> Matrix {
        let layers = self.weights.projections();
        self.by_chunks(tangents, self.outputs.nrows(), |slopes, mut v| {
            for (k, Projection { weight, .. }) in layers.iter().enumerate() {
                let mut product = Matrix::zeros(weight.post(), v.ncols());
                weight.multiply_rows(product.as_view_mut(), 0, v.as_view());
                v = product;
                if let Some(slopes) = slopes.get(k) {
                    v.component_mul_assign(slopes);
                }
            }
            v
        })
    }

    fn vjp(&self, cotangents: MatrixView) -> Matrix {
        let layers = self.weights.projections();
        self.by_chunks(cotangents, layers[0].weight.pre(), |slopes, mut u| {
            for (k, Projection { weight, .. }) in layers.iter().enumerate().rev() {
                if let Some(slopes) = slopes.get(k) {
                    u.component_mul_assign(slopes);
                }
                let mut product = Matrix::zeros(weight.pre(), u.ncols());
                weight.multiply_columns_transposed(product.as_view_mut(), 0, u.as_view());
                u = product;
            }
            u
        })
    }
}

fn side_by_side<'a>(rows: usize, blocks: impl Iterator<Item = &'a Matrix>) -> Matrix {
    let numbers: Vec<f32> = blocks.flat_map(|block| block.as_slice()).copied().collect();
    Matrix::from_vec(rows, numbers.len() / rows, numbers)
}
