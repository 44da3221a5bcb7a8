//! The minimum of the energy on ideal hardware: layer after layer, upwards, until a pass changes little. Every update of
//! a layer lowers the energy or leaves it, whichever way it is made:
//!
//! - exactly (block coordinate descent; Bertsekas, Nonlinear Programming, §2.7): a free layer by the factor of M, others by
//!   coordinate descent z_i ← P(z_i − (M z − r)_i/M_ii) until that is still;
//! - by one projected gradient step z ← P(z − τ(M z − r)).
//!
//! The quantities are those of [`super::blocks`]. Samples do not depend on each other; they are cut into tiles whose
//! sizes depend on their number alone, and each tile stops on its own.
use super::blocks::{Block, Blocks};
use super::settings::Lifted;
use super::solution::Solution;
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use multiversion::multiversion;
use rayon::prelude::*;

/// A lifted network, ready to be solved.
#[derive(Debug, Clone, Copy)]
pub struct Solver<'a> {
    /// Its constants.
    pub lifted: &'a Lifted,
    /// Its network.
    pub network: &'a Network,
    /// What follows from them.
    pub blocks: &'a Blocks,
}

/// What holds the top layer.
#[derive(Debug, Clone, Copy)]
pub enum Top<'a> {
    /// Nothing but its own terms.
    Free,
    /// Its state stays as it is.
    Clamped,
    /// Soft targets (class × sample).
    Pulled(MatrixView<'a>),
}

/// Samples of a tile.
const TILE: usize = 32;
/// Share of its norm below which the change of a sample in one pass of coordinate descent ends it, and most passes.
const STILL: f64 = 1e-7;
const MOST_COORDINATE_PASSES: usize = 1000;

/// Copies of the columns of `z` for every tile.
fn tiles_of(z: &[Matrix]) -> Vec<(usize, Vec<Matrix>)> {
    let samples = z[0].ncols();
    let tiles = samples.div_ceil(TILE).max(1);
    let bound = |t: usize| samples * t / tiles;
    let copy = |t: usize| {
        let (first, count) = (bound(t), bound(t + 1) - bound(t));
        (first, z.iter().map(|m| m.columns(first, count).into_owned()).collect())
    };
    (0..tiles).into_par_iter().map(copy).collect()
}

/// Calls `work` for copies of the columns of `z`, tile by tile on all threads, and takes what it leaves in them. `work`
/// gets the number of the first sample of its tile.
pub(super) fn by_tiles<R: Send>(z: &mut [Matrix], work: impl Fn(usize, &mut [Matrix]) -> R + Sync) -> Vec<R> {
    let mut tiles = tiles_of(z);
    let results = tiles.par_iter_mut().map(|(first, tile)| work(*first, tile)).collect();
    for (first, tile) in tiles {
        for (m, part) in z.iter_mut().zip(tile) {
            m.columns_mut(first, part.ncols()).copy_from(&part);
        }
    }
    results
}

impl Solver<'_> {
    /// Brings the states `z` (inputs first, each unit × sample), from where they stand, to the minimum.
    pub fn solve(&self, z: &mut [Matrix], top: Top) -> Solution {
        let solutions = by_tiles(z, |first, tile| {
            let samples = tile[0].ncols();
            let top = match &top {
                Top::Pulled(targets) => Top::Pulled(targets.columns(first, samples)),
                other => *other,
            };
            self.solve_tile(tile, top, |_| {})
        });
        solutions.into_iter().reduce(Solution::worse).unwrap_or(Solution::BEGIN)
    }

    /// The same for samples that are solved together, watched after every update of a layer.
    pub fn solve_tile(&self, z: &mut [Matrix], top: Top, mut watch: impl FnMut(&[Matrix])) -> Solution {
        let layers = self.lifted.layers();
        let stopping = self.lifted.inference.stopping();
        let is_exact = self.lifted.is_exact();
        let last = if matches!(top, Top::Clamped) { layers - 1 } else { layers };
        let mut sides: Vec<Sides> = z[1..].iter().map(Sides::zeros).collect();
        let from_inputs = self.drive(1, z[0].as_view());
        let mut solution = Solution::BEGIN;
        if last == 0 {
            return solution;
        }
        loop {
            let (mut change, mut norm) = (0.0, 0.0);
            for k in 1..=last {
                let block = match &self.blocks.pulled_outputs {
                    Some(pulled) if k == layers && matches!(top, Top::Pulled(_)) => pulled,
                    _ => &self.blocks.layers[k - 1],
                };
                self.right_side(k, block, z, top, &from_inputs, &mut sides);
                let Sides { right, scratch, .. } = &mut sides[k - 1];
                let moved = with_transfer!(self.lifted.projection(k), |f| match &block.factor {
                    Some(factor) => {
                        factor.solve_mut(right);
                        std::mem::swap(&mut z[k], right);
                        distance_and_norm(&z[k], right)
                    }
                    None if is_exact => {
                        scratch.copy_from(&z[k]);
                        descend(f, block.whole(), right, &mut z[k]);
                        distance_and_norm(&z[k], scratch)
                    }
                    None => {
                        block.multiply(self.network, k, scratch.as_view_mut(), z[k].as_view());
                        project_step(f, block.step, z[k].as_mut_slice(), scratch.as_slice(), right.as_slice())
                    }
                });
                change += moved.0;
                norm += moved.1;
                watch(z);
            }
            if solution.count_pass(change, norm, &stopping) {
                return solution;
            }
        }
    }

    /// (1+λ_k) W_k z.
    fn drive(&self, k: usize, z: MatrixView) -> Matrix {
        let weight = &self.network.projections()[k - 1].weight;
        let mut drive = Matrix::zeros(weight.post(), z.ncols());
        weight.multiply_rows(drive.as_view_mut(), 0, z);
        drive *= (1.0 + self.lifted.lambda[k - 1]) as f32;
        drive
    }

    /// What M z of layer k is to be, as far as M is not apart.
    fn right_side(&self, k: usize, block: &Block, z: &[Matrix], top: Top, from_inputs: &Matrix, sides: &mut [Sides]) {
        let lifted = self.lifted;
        let (below, own) = sides.split_at_mut(k - 1);
        let Sides { right, above, .. } = &mut own[0];
        match below.last_mut() {
            None => right.copy_from(from_inputs),
            // The layer below has left W_kᵀ z_k, which nobody reads again in this pass.
            Some(Sides { above: sent, .. }) => {
                let from_below = (1.0 + lifted.lambda[k - 1]) as f32;
                sent.zip_apply(&z[k - 1], |sent, z| *sent = from_below * z - block.apart * *sent);
                self.network.projections()[k - 1].weight.multiply_rows(right.as_view_mut(), 0, sent.as_view());
            }
        }
        let mut from_above = 0.0;
        if k < lifted.layers() {
            let upper = &self.network.projections()[k].weight;
            upper.multiply_columns_transposed(above.as_view_mut(), 0, z[k + 1].as_view());
            from_above = (lifted.gamma * (1.0 + lifted.lambda_above(k))) as f32;
        } else if let (Top::Pulled(targets), Some(pull)) = (top, lifted.pull()) {
            above.copy_from(&targets);
            from_above = pull as f32;
        }
        add(right.as_mut_slice(), above.as_slice(), from_above, &block.constant);
    }
}

/// What one layer is updated with (each unit × sample).
struct Sides {
    /// What M z is to be.
    right: Matrix,
    /// W_{k+1}ᵀ z_{k+1}, or the soft targets.
    above: Matrix,
    /// M z, or the states of before.
    scratch: Matrix,
}

impl Sides {
    fn zeros(z: &Matrix) -> Self {
        let zeros = Matrix::zeros(z.nrows(), z.ncols());
        Self { right: zeros.clone(), above: zeros.clone(), scratch: zeros }
    }
}

/// right ← right + share·other + constant, column after column.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn add(right: &mut [f32], other: &[f32], share: f32, constant: &[f32]) {
    let n = constant.len();
    for (right, other) in right.chunks_exact_mut(n).zip(other.chunks_exact(n)) {
        for i in 0..n {
            right[i] += share * other[i] + constant[i];
        }
    }
}

/// z ← P(z − τ(M z − r)), given `mz` = M z; returns ‖change‖² and ‖z‖².
fn project_step<F: Transfer>(f: F, step: f32, z: &mut [f32], mz: &[f32], right: &[f32]) -> (f64, f64) {
    const RUN: usize = 256;
    let (mut change, mut norm) = (0.0, 0.0);
    // Sums of short runs in single precision lose nothing that matters, and are fast.
    for ((z, mz), right) in z.chunks_mut(RUN).zip(mz.chunks(RUN)).zip(right.chunks(RUN)) {
        let (c, n) = project_run(f, step, z, mz, right);
        change += f64::from(c);
        norm += f64::from(n);
    }
    (change, norm)
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn project_run<F: Transfer>(f: F, step: f32, z: &mut [f32], mz: &[f32], right: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (mut change, mut norm) = ([0.0f32; LANES], [0.0f32; LANES]);
    for ((z, mz), right) in z.chunks_mut(LANES).zip(mz.chunks(LANES)).zip(right.chunks(LANES)) {
        for i in 0..z.len() {
            let u = f.value(z[i] - step * (mz[i] - right[i]));
            let moved = u - z[i];
            z[i] = u;
            change[i] += moved * moved;
            norm[i] += u * u;
        }
    }
    (change.iter().sum(), norm.iter().sum())
}

/// Coordinate descent to the minimum of one layer, every sample until it is still.
fn descend<F: Transfer>(f: F, m: &Matrix, right: &Matrix, z: &mut Matrix) {
    let n = z.nrows();
    for (z, right) in z.as_mut_slice().chunks_exact_mut(n).zip(right.as_slice().chunks_exact(n)) {
        for _ in 0..MOST_COORDINATE_PASSES {
            let (mut change, mut norm) = (0.0f64, 0.0f64);
            for (i, row) in m.as_slice().chunks_exact(n).enumerate() {
                let u = f.value(z[i] - (dot(row, z) - right[i]) / row[i]);
                change += f64::from(u - z[i]).powi(2);
                norm += f64::from(u).powi(2);
                z[i] = u;
            }
            if change.is_nan() || change <= STILL * STILL * norm {
                break;
            }
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        a.iter().zip(b).zip(&mut sums).for_each(|((a, b), sum)| *sum += a * b);
    }
    sums.iter().sum()
}

fn distance_and_norm(now: &Matrix, before: &Matrix) -> (f64, f64) {
    now.iter().zip(before.iter()).fold((0.0, 0.0), |(change, norm), (&now, &before)| {
        (change + f64::from(now - before).powi(2), norm + f64::from(now).powi(2))
    })
}
