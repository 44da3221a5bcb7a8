//! The lifted proximal operator machine (Li, Fang & Lin, AAAI 2019), as Høier's code has it (`LPOM.jl` of localCHL), a
//! baseline. With a_k = W_k z_{k−1} + b_k and f the projection of the layer,
//!
//! ```text
//! J = Σ_k ½‖a_k − z_k‖² − ½‖a_k − f(a_k)‖²,   z_L = y,       ∂J/∂W_k = (f(a_k) − z_k) z_{k−1}ᵀ
//! ```
//!
//! J is convex in each hidden layer with the gradient z_k − a_k + W_{k+1}ᵀ(f(a_{k+1}) − z_{k+1}), whose slope lies between 1 and
//! 1 + ‖W_{k+1}‖²: the step is 2/(2 + ‖W_{k+1}‖²). J vanishes at a forward pass, which is what the network does when it is used.
use super::blocks::squared_norm;
use super::settings::Lifted;
use super::solution::Solution;
use super::solve::by_tiles;
use crate::credit::gradient::ThinGradient;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;

/// First index of the streams of these norms.
const LPOM: u64 = u64::MAX - 2;

/// Steps of the hidden layers.
pub fn steps(network: &Network) -> Vec<f32> {
    let of_layer = |(k, layer): (usize, &crate::network::Projection)| {
        (2.0 / (2.0 + squared_norm(&layer.weight, [LPOM, k as u64]))) as f32
    };
    network.projections()[1..].iter().enumerate().map(of_layer).collect()
}

/// a = W z + b.
fn drive(network: &Network, k: usize, z: MatrixView) -> Matrix {
    let layer = &network.projections()[k - 1];
    let mut a = Matrix::zeros(layer.weight.post(), z.ncols());
    layer.weight.multiply_rows(a.as_view_mut(), 0, z);
    for mut a in a.column_iter_mut() {
        a += &layer.bias;
    }
    a
}

fn activated(lifted: &Lifted, k: usize, a: &Matrix) -> Matrix {
    with_transfer!(lifted.projection(k), |f| a.map(|a| f.value(a)))
}

/// Relaxes the hidden states of `z` (inputs first) with the top one as it stands.
pub fn relax(lifted: &Lifted, network: &Network, steps: &[f32], z: &mut [Matrix]) -> Solution {
    let solutions = by_tiles(z, |_, tile| relax_tile(lifted, network, steps, tile));
    solutions.into_iter().reduce(Solution::worse).unwrap_or(Solution::BEGIN)
}

fn relax_tile(lifted: &Lifted, network: &Network, steps: &[f32], z: &mut [Matrix]) -> Solution {
    let stopping = lifted.inference.stopping();
    let mut solution = Solution::BEGIN;
    if steps.is_empty() {
        return solution;
    }
    loop {
        let (mut change, mut norm) = (0.0, 0.0);
        for (k, &step) in (1..).zip(steps) {
            let mut gradient = drive(network, k, z[k - 1].as_view());
            let above = drive(network, k + 1, z[k].as_view());
            let error = &z[k + 1] - activated(lifted, k + 1, &above);
            let mut fed_back = Matrix::zeros(z[k].nrows(), z[k].ncols());
            network.projections()[k].weight.multiply_columns_transposed(fed_back.as_view_mut(), 0, error.as_view());
            gradient += fed_back;
            // `gradient` is now a + Wᵀ(z − f(a)) of the neighbours, where z would go with a step of 1.
            with_transfer!(lifted.activation, |f| for (z, wanted) in z[k].iter_mut().zip(gradient.iter()) {
                let moved = f.value(*z + step * (wanted - *z));
                change += f64::from(moved - *z).powi(2);
                norm += f64::from(moved).powi(2);
                *z = moved;
            });
        }
        if solution.count_pass(change, norm, &stopping) {
            return solution;
        }
    }
}

/// Gradient of the mean of J for every layer, of states with the top one at its target.
pub fn gradients(lifted: &Lifted, network: &Network, z: &[Matrix]) -> Vec<ThinGradient> {
    let samples = z[0].ncols();
    (1..z.len())
        .map(|k| {
            let a = drive(network, k, z[k - 1].as_view());
            ThinGradient {
                factor: (-1.0 / samples as f64) as f32,
                signal: &z[k] - activated(lifted, k, &a),
                activity: z[k - 1].clone(),
                biased: samples,
                reconstruction_bias: vec![],
            }
        })
        .collect()
}
