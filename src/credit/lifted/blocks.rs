//! The problem of one layer with its neighbours held: minimise ½ zᵀ M z − zᵀ(right side) over its convex set,
//!
//! ```text
//! M_k = (1 + μ + γλ_{k+1}) I + λ_k W_k W_kᵀ + γ W_{k+1}ᵀ W_{k+1}
//! right side = (1+λ_k) W_k z_{k−1} + γ(1+λ_{k+1}) W_{k+1}ᵀ z_{k+1} + q_k
//! q_k = b_k − λ_k W_k c_k + γ(λ_{k+1} c_{k+1} − W_{k+1}ᵀ b_{k+1})
//! ```
//!
//! (what is above is missing at the top; outputs with soft targets y have β′I and β′y more). M_k and q_k do not change between
//! stimuli: they are made once for every update of the weights. The step of a projected gradient is 2/(ℓ + m) with
//! m = 1 + μ + γλ_{k+1} ≤ M_k and ℓ an estimate of ‖M_k‖ enlarged by 5 %: the best one for a problem between these bounds
//! (Nesterov 2004, theorem 2.1.15), and below 2/‖M_k‖, so that the energy never rises.
use super::settings::Lifted;
use crate::dynamics::activation::Activation;
use crate::linalg::{
    Matrix, WeightMatrix, multiply_left_transposed, multiply_right_transposed, operator_norm_within, symmetric_norm,
};
use crate::network::Network;
use crate::random::{Purpose, stream};
use nalgebra::{Cholesky, Dyn};
use rayon::prelude::*;

/// The problem of one layer.
#[derive(Debug, Clone)]
pub struct Block {
    /// M (unit × unit), symmetric.
    pub m: Matrix,
    /// q.
    pub constant: Vec<f32>,
    /// Step of a projected gradient.
    pub step: f32,
    /// Factor of M, where the layer is free and small enough to be solved at once.
    pub factor: Option<Cholesky<f32, Dyn>>,
}

/// The problems of all layers, for given weights.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// First hidden layer first.
    pub layers: Vec<Block>,
    /// The outputs once more, pulled by soft targets.
    pub pulled_outputs: Option<Block>,
}

/// Steps of the Lanczos iterations for ‖M_k‖ and ‖W_k‖², and the share by which the results, lower estimates, are enlarged.
const NORM_STEPS: usize = 16;
const NORM_MARGIN: f64 = 1.05;
/// Largest free layer that is solved by a factor of M.
const LARGEST_FACTOR: usize = 128;
/// Columns of a tile of a Gram matrix.
const TILE: usize = 64;

impl Blocks {
    /// For these weights.
    pub fn new(lifted: &Lifted, network: &Network) -> Self {
        let layers = lifted.layers();
        let block = |k: usize, pull: f64| {
            let own = &network.projections()[k - 1];
            let units = own.weight.post();
            let mut m = Matrix::zeros(units, units);
            let lambda = lifted.lambda[k - 1];
            if lambda > 0.0 {
                gram(&mut m, lambda as f32, &own.weight, Sums::Post);
            }
            if k < layers {
                let upper = &network.projections()[k].weight;
                if lambda > 0.0 {
                    let mut above = Matrix::zeros(units, units);
                    gram(&mut above, lifted.gamma as f32, upper, Sums::Pre);
                    m += above;
                } else {
                    gram(&mut m, lifted.gamma as f32, upper, Sums::Pre);
                }
            }
            let least = lifted.leak(k) + pull;
            (0..units).for_each(|i| m[(i, i)] += least as f32);
            let mut start = stream(NORM_SEED, Purpose::PowerIteration, &[LIFTED, k as u64]);
            let norm = NORM_MARGIN * symmetric_norm(&m, NORM_STEPS, &mut start);
            let is_free = lifted.projection(k) == Activation::Identity;
            let factor = (is_free && units <= LARGEST_FACTOR).then(|| m.clone().cholesky()).flatten();
            Block { constant: constant(lifted, network, k), step: (2.0 / (norm + least)) as f32, factor, m }
        };
        let pulled_outputs = lifted.pull().map(|pull| block(layers, pull));
        let layers = (1..=layers).into_par_iter().map(|k| block(k, 0.0)).collect();
        Self { layers, pulled_outputs }
    }
}

/// Where the estimates of the norms start: they only choose steps. The first index is away from those of training steps.
const NORM_SEED: u64 = 1;
const LIFTED: u64 = u64::MAX - 1;

/// ‖W‖², estimated from below and enlarged; `indices` are those of the stream it starts from.
pub(super) fn squared_norm(weight: &WeightMatrix, indices: [u64; 2]) -> f64 {
    let mut start = stream(NORM_SEED, Purpose::PowerIteration, &indices);
    NORM_MARGIN * operator_norm_within(weight, NORM_STEPS, &mut start).powi(2)
}

/// q_k.
fn constant(lifted: &Lifted, network: &Network, k: usize) -> Vec<f32> {
    let own = &network.projections()[k - 1];
    let mut q = Matrix::from_column_slice(own.bias.len(), 1, own.bias.as_slice());
    let mut product = Matrix::zeros(own.bias.len(), 1);
    let below = network.reconstruction_bias(k);
    if !below.is_empty() {
        let c = Matrix::from_column_slice(below.len(), 1, below);
        own.weight.multiply_rows(product.as_view_mut(), 0, c.as_view());
        q -= &product * lifted.lambda[k - 1] as f32;
    }
    if k < lifted.layers() {
        let upper = &network.projections()[k];
        let b = Matrix::from_column_slice(upper.bias.len(), 1, upper.bias.as_slice());
        upper.weight.multiply_columns_transposed(product.as_view_mut(), 0, b.as_view());
        q -= &product * lifted.gamma as f32;
        let above = network.reconstruction_bias(k + 1);
        let share = (lifted.gamma * lifted.lambda_above(k)) as f32;
        q.iter_mut().zip(above).for_each(|(q, c)| *q += share * c);
    }
    q.as_slice().to_vec()
}

/// Which units of a weight matrix its Gram matrix is about.
#[derive(Clone, Copy)]
enum Sums {
    /// W Wᵀ
    Post,
    /// Wᵀ W
    Pre,
}

/// factor · W Wᵀ or factor · Wᵀ W: the lower part tile by tile, on all threads, then its mirror.
fn gram(m: &mut Matrix, factor: f32, weight: &WeightMatrix, side: Sums) {
    let units = m.nrows();
    let dense;
    let w = if weight.is_packed() {
        dense = weight.to_matrix();
        dense.as_view()
    } else {
        weight.view()
    };
    m.as_mut_slice().par_chunks_mut(TILE * units).enumerate().for_each(|(tile, columns)| {
        let first = tile * TILE;
        let count = columns.len() / units;
        let mut columns = crate::linalg::MatrixViewMut::from_slice(columns, units, count);
        let mut lower = columns.rows_mut(first, units - first);
        match side {
            Sums::Post => {
                let (rows, own) = (w.rows(first, units - first), w.rows(first, count));
                multiply_right_transposed(lower.as_view_mut(), factor, rows, own);
            }
            Sums::Pre => {
                let (rows, own) = (w.columns(first, units - first), w.columns(first, count));
                multiply_left_transposed(lower.as_view_mut(), rows, own);
                lower *= factor;
            }
        }
    });
    for j in 0..units {
        for i in 0..j / TILE * TILE {
            m[(i, j)] = m[(j, i)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::lifted::LiftedConfig;
    use crate::network::Initialization;

    /// M against its formula, for layers of more than one tile.
    #[test]
    fn the_problem_of_a_layer_is_that_of_the_formula() {
        let network = Network::random(&[30, 150, 70, 5], Initialization::LecunNormal, 1).unwrap();
        let lifted = LiftedConfig::default().resolve(3, Activation::Relu, 1);
        let blocks = Blocks::new(&lifted, &network);
        let (gamma, lambda) = (lifted.gamma as f32, lifted.lambda[0] as f32);
        for k in 1..=3 {
            let w = network.projections()[k - 1].weight.to_matrix();
            let mut m = &w * w.transpose() * lambda;
            m.fill_diagonal(0.0);
            m += Matrix::from_diagonal(&(&w * w.transpose() * lambda).diagonal());
            if k < 3 {
                let upper = network.projections()[k].weight.to_matrix();
                m += upper.transpose() * &upper * gamma;
            }
            let leak = 1.0 + if k < 3 { gamma * lambda } else { 0.0 };
            m += Matrix::identity(w.nrows(), w.nrows()) * leak;
            let block = &blocks.layers[k - 1];
            assert!((&block.m - &m).amax() < 1e-5, "layer {k}");
            let norm = f64::from(m.symmetric_eigenvalues().max());
            let step = f64::from(block.step);
            // Between the step of the norm alone and the boundary 2/‖M‖.
            assert!(step < 2.0 / norm && step > 1.0 / norm, "layer {k}: {step} for {norm}");
        }
    }
}
