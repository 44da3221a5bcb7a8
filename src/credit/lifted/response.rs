//! The free states as a function of the inputs, and its exact derivative.
//!
//! Where the states z are the minimum, units at the edge of their set stay there for a small change of the inputs, and the
//! others (the active ones) follow the linear equations of the stationary point,
//!
//! ```text
//! H δz = ((1+λ_1) W_1 δx, 0, …, 0),      H_kk = M_k,    H_{k,k+1} = H_{k+1,k}ᵀ = −√γ (1+λ_{k+1}) W_{k+1}ᵀ
//! ```
//!
//! restricted to the active units, for layers scaled by γ^{(k−1)/2}, which makes H symmetric. So the change of the outputs along
//! δx (J δx) and the vector-Jacobian product (Jᵀ v) are both one solution of H, by conjugate gradients
//! (Hestenes & Stiefel 1952), each sample on its own.
use super::blocks::Blocks;
use super::settings::{Lifted, LiftedInference, Stopping};
use super::solve::{Solver, Top, by_tiles};
use crate::dynamics::activation::{Transfer, with_transfer};
use crate::linalg::{Matrix, MatrixView};
use crate::math;
use crate::network::Network;
use crate::parameter::{Positive, Repeats};

/// A lifted network with weights as a function of its inputs, on ideal hardware.
#[derive(Debug, Clone)]
pub struct LiftedFunction {
    lifted: Lifted,
    network: Network,
    blocks: Blocks,
}

/// Residual to which the states, and ‖residual‖/‖right side‖ to which the linear equations are solved, and most passes.
const STATE_TOLERANCE: Positive = Positive::constant(1e-6);
const LINEAR_TOLERANCE: f64 = 1e-6;
const MOST_PASSES: Repeats = Repeats::constant(2000);
const MOST_STEPS: usize = 400;

impl LiftedFunction {
    /// Of this network. States are searched by projected gradient more closely than in training.
    pub fn new(lifted: &Lifted, network: &Network) -> Self {
        let stopping = Stopping { max_passes: MOST_PASSES, tolerance: Some(STATE_TOLERANCE) };
        let lifted = Lifted { inference: LiftedInference::ProjectedGradient(stopping), ..lifted.clone() };
        let blocks = Blocks::new(&lifted, network);
        Self { lifted, network: network.clone(), blocks }
    }

    /// Its constants.
    pub fn lifted(&self) -> &Lifted {
        &self.lifted
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Free states z, inputs first, for inputs (input × sample); the search begins at the states `near`, if given, else at
    /// a forward pass.
    pub fn states(&self, inputs: MatrixView, near: Option<&[Matrix]>) -> Vec<Matrix> {
        let mut z = match near {
            Some(near) => near.to_vec(),
            None => self.forward_pass(inputs),
        };
        z[0].copy_from(&inputs);
        Solver { lifted: &self.lifted, network: &self.network, blocks: &self.blocks }.solve(&mut z, Top::Free);
        z
    }

    fn forward_pass(&self, inputs: MatrixView) -> Vec<Matrix> {
        let mut z = vec![inputs.into_owned()];
        z.extend(self.network.projections().iter().map(|layer| Matrix::zeros(layer.bias.len(), inputs.ncols())));
        by_tiles(&mut z, |_, z| {
            for (k, layer) in (1..).zip(self.network.projections()) {
                let (below, own) = z.split_at_mut(k);
                layer.apply(own[0].as_view_mut(), below[k - 1].as_view());
                with_transfer!(self.lifted.projection(k), |f| for mut z in own[0].column_iter_mut() {
                    z.iter_mut().zip(layer.bias.iter()).for_each(|(z, b)| *z = f.value(*z + b));
                });
            }
        });
        z
    }

    /// J δx at the states `z` for directions δx (input × sample), one for each sample.
    pub fn jvp(&self, z: &[Matrix], tangents: MatrixView) -> Matrix {
        let layers = self.lifted.layers();
        let scale = math::pow(self.lifted.gamma, (layers as f64 - 1.0) / 2.0) as f32;
        let mut w = self.zeros(z);
        by_tiles_of(&mut w, z, tangents, |w, z, tangents| {
            self.network.projections()[0].apply(w[0].as_view_mut(), tangents);
            w[0] *= (1.0 + self.lifted.lambda[0]) as f32;
            self.solve(z, w);
        });
        w.swap_remove(layers - 1) / scale
    }

    /// Jᵀ v at the states `z` for v (output × sample), one for each sample.
    pub fn vjp(&self, z: &[Matrix], cotangents: MatrixView) -> Matrix {
        let layers = self.lifted.layers();
        let scale = math::pow(self.lifted.gamma, (layers as f64 - 1.0) / 2.0) as f32;
        let mut w = self.zeros(z);
        let mut x = vec![Matrix::zeros(z[0].nrows(), z[0].ncols())];
        by_tiles_of(&mut w, z, cotangents, |w, z, cotangents| {
            w[layers - 1].copy_from(&cotangents);
            self.solve(z, w);
        });
        by_tiles_of(&mut x, &w[..1], z[0].as_view(), |x, w, _| {
            let factor = (1.0 + self.lifted.lambda[0]) as f32 / scale;
            self.network.projections()[0].transposed(x[0].as_view_mut(), w[0].as_view());
            x[0] *= factor;
        });
        x.swap_remove(0)
    }

    fn zeros(&self, z: &[Matrix]) -> Vec<Matrix> {
        z[1..].iter().map(|z| Matrix::zeros(z.nrows(), z.ncols())).collect()
    }

    /// Keeps the active units of w.
    fn restrict(&self, z: &[Matrix], w: &mut [Matrix]) {
        for (k, (z, w)) in (1..).zip(z[1..].iter().zip(w)) {
            // The states are in their set: f′ there is 1 inside and 0 at an edge.
            with_transfer!(self.lifted.projection(k), |f| w.zip_apply(z, |w, z| *w *= f.derivative(z)));
        }
    }

    /// H w of active units.
    fn apply(&self, z: &[Matrix], w: &[Matrix], result: &mut [Matrix]) {
        let layers = self.lifted.layers();
        for k in 1..=layers {
            self.blocks.layers[k - 1].multiply(&self.network, k, result[k - 1].as_view_mut(), w[k - 1].as_view());
        }
        for k in 1..layers {
            let upper = &self.network.projections()[k];
            let share = (self.lifted.gamma.sqrt() * (1.0 + self.lifted.lambda[k])) as f32;
            let apart = self.blocks.layers[k].apart;
            let mut down = Matrix::zeros(w[k - 1].nrows(), w[0].ncols());
            upper.transposed(down.as_view_mut(), w[k].as_view());
            result[k - 1].zip_apply(&down, |r, p| *r -= share * p);
            down.zip_apply(&w[k - 1], |down, w| *down = apart * *down - share * w);
            let mut product = Matrix::zeros(w[k].nrows(), w[0].ncols());
            upper.apply(product.as_view_mut(), down.as_view());
            result[k] += product;
        }
        self.restrict(z, result);
    }

    /// Solves H w = g for the active units; w holds g before.
    fn solve(&self, z: &[Matrix], w: &mut [Matrix]) {
        self.restrict(z, w);
        let samples = z[0].ncols();
        let mut residual = w.to_vec();
        w.iter_mut().for_each(|w| w.fill(0.0));
        let mut direction = residual.clone();
        let mut image = residual.clone();
        let mut squares = inner(&residual, &residual);
        let first = squares.clone();
        for _ in 0..MOST_STEPS {
            // Samples that are done stand still.
            let due = |j: usize| squares[j] > LINEAR_TOLERANCE * LINEAR_TOLERANCE * first[j];
            if !(0..samples).any(due) {
                break;
            }
            self.apply(z, &direction, &mut image);
            let curvature = inner(&direction, &image);
            let lengths: Vec<f32> =
                (0..samples).map(|j| if due(j) { (squares[j] / curvature[j]) as f32 } else { 0.0 }).collect();
            add(w, &lengths, &direction, 1.0);
            add(&mut residual, &lengths, &image, -1.0);
            let next = inner(&residual, &residual);
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                for j in 0..samples {
                    let turn = if squares[j] > 0.0 { (next[j] / squares[j]) as f32 } else { 0.0 };
                    let mut column = direction.column_mut(j);
                    column.iter_mut().zip(residual.column(j).iter()).for_each(|(d, r)| *d = r + turn * *d);
                }
            }
            squares = next;
        }
    }
}

/// Σ over layers of ⟨a, b⟩, for every sample.
fn inner(a: &[Matrix], b: &[Matrix]) -> Vec<f64> {
    let mut sums = vec![0.0; a[0].ncols()];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a.column_iter()).zip(b.column_iter()) {
            *sum += a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
        }
    }
    sums
}

/// a ← a + sign · length · b, with a length of its own for every sample.
fn add(a: &mut [Matrix], lengths: &[f32], b: &[Matrix], sign: f32) {
    for (a, b) in a.iter_mut().zip(b) {
        for ((mut a, b), length) in a.column_iter_mut().zip(b.column_iter()).zip(lengths) {
            a.axpy(sign * length, &b, 1.0);
        }
    }
}

/// [`by_tiles`] with the same samples of `z` and `x`.
fn by_tiles_of(
    w: &mut [Matrix],
    z: &[Matrix],
    x: MatrixView,
    work: impl Fn(&mut [Matrix], &[Matrix], MatrixView) + Sync,
) {
    by_tiles(w, |first, w| {
        let samples = w[0].ncols();
        let z: Vec<Matrix> = z.iter().map(|z| z.columns(first, samples).into_owned()).collect();
        work(w, &z, x.columns(first, samples));
    });
}
