//! The problem of one layer with its neighbours held: minimise ½ zᵀ M z − zᵀ(right side) over its convex set,
//!
//! ```text
//! M_k = (1 + μ + γλ_{k+1}) I + λ_k W_k W_kᵀ + γ W_{k+1}ᵀ W_{k+1}
//! right side = (1+λ_k) W_k z_{k−1} + γ(1+λ_{k+1}) W_{k+1}ᵀ z_{k+1} + q_k
//! q_k = b_k − λ_k W_k c_k + γ(λ_{k+1} c_{k+1} − W_{k+1}ᵀ b_{k+1})
//! ```
//!
//! (what is above is missing at the top; outputs with soft targets y have β′I and β′y more). M_k and q_k do not change between
//! stimuli: they are made once for every update of the weights.
//!
//! A projected gradient wants M_k z_k − (right side) alone. From layer 2 on its part λ_k W_k W_kᵀ is not made (it is *apart*):
//! W_kᵀ z_k has been read for the layer below in the same pass, so that one more read, W_k ((1+λ_k) z_{k−1} − λ_k W_kᵀ z_k), gives
//! both what comes from below and that part. Where W_{k+1} has few rows, as that of the outputs, γ W_{k+1}ᵀ W_{k+1} is not made either.
//!
//! The step of a projected gradient is below 2/‖M_k‖, so that the energy never rises. With m = 1 + μ + γλ_{k+1} ≤ M_k and ℓ an
//! estimate of ‖M_k‖ enlarged by 5 %, 2/(ℓ + m) is the best one for a layer alone (Nesterov 2004, theorem 2.1.15). Where several layers take
//! steps in turn a longer one needs fewer passes, as in successive over-relaxation (Young 1954): 2/(ℓ + m/3) takes 7, 6 and 5 passes to
//! a residual of 1e-3 for the networks of `benches/lrrn.rs`, which 2/(ℓ + m) takes 9, 7 and 8.
use super::settings::Lifted;
use crate::dynamics::activation::Activation;
use crate::linalg::{
    Matrix, MatrixView, MatrixViewMut, WeightMatrix, multiply, multiply_left_transposed, multiply_right_transposed,
    operator_norm_within, symmetric_norm, with_scratch,
};
use crate::network::Network;
use crate::random::{Purpose, Stream, stream};
use nalgebra::{Cholesky, Dyn};
use rayon::prelude::*;

/// The problem of one layer.
#[derive(Debug, Clone)]
pub struct Block {
    /// M without what is made by reads (unit × unit), symmetric; none where that is `least` times the unit matrix.
    m: Option<Matrix>,
    /// m ≤ M.
    least: f32,
    /// γ of the part γ W_{k+1}ᵀ W_{k+1}, if it is made by reading W_{k+1} there and back, else 0.
    above: f32,
    /// λ of the part λ W Wᵀ, if it is apart, else 0.
    pub apart: f32,
    /// q.
    pub constant: Vec<f32>,
    /// Step of a projected gradient.
    pub step: f32,
    /// Factor of M, where the layer is free and small enough to be solved at once.
    pub factor: Option<Cholesky<f32, Dyn>>,
}

impl Block {
    /// Of layer k, with β′ of soft targets that pull it.
    fn new(lifted: &Lifted, network: &Network, k: usize, pull: f64) -> Self {
        let layers = lifted.layers();
        let weight = |k: usize| &network.projections()[k - 1].weight;
        let (lambda, least) = (lifted.lambda[k - 1], lifted.leak(k) + pull);
        let is_solved = |k: usize| is_solved(lifted, network, k);
        let is_apart = k > 1 && lambda > 0.0 && !lifted.is_exact() && !is_solved(k);
        let own_part = (lambda > 0.0 && !is_apart).then(|| gram(lambda as f32, weight(k), Sums::Post));
        let units = weight(k).post();
        let is_read_twice = is_apart && k < layers && FEW * weight(k + 1).post() <= units;
        let part_above = (k < layers && !is_read_twice).then(|| gram(lifted.gamma as f32, weight(k + 1), Sums::Pre));
        let mut m = match (own_part, part_above) {
            (Some(own), Some(above)) => Some(own + above),
            (own, above) => own.or(above),
        };
        if lifted.is_exact() || is_solved(k) {
            m.get_or_insert_with(|| Matrix::zeros(units, units));
        }
        if let Some(m) = &mut m {
            (0..units).for_each(|i| m[(i, i)] += least as f32);
        }
        let factor = m.as_ref().filter(|_| is_solved(k)).and_then(|m| m.clone().cholesky());
        let [apart, above] =
            [(is_apart, lambda), (is_read_twice, lifted.gamma)].map(|(is, x)| if is { x as f32 } else { 0.0 });
        let constant = constant(lifted, network, k);
        let mut block = Self { m, least: least as f32, above, apart, constant, step: 0.0, factor };
        let mut start = stream(NORM_SEED, Purpose::PowerIteration, &[LIFTED, k as u64]);
        let norm = NORM_MARGIN * block.norm(network, k, &mut start);
        let take_steps = (1..=layers).filter(|&k| !is_solved(k)).count();
        let share = if take_steps > 1 { OVER_RELAXED } else { 1.0 };
        block.step = (2.0 / (norm + share * least)) as f32;
        block
    }

    /// Writes M z of layer k (each unit × sample) without what is apart.
    pub fn multiply(&self, network: &Network, k: usize, mut product: MatrixViewMut, z: MatrixView) {
        match &self.m {
            Some(m) => multiply(product.as_view_mut(), m.as_view(), z),
            None => product.zip_apply(&z, |product, z| *product = self.least * z),
        }
        if self.above > 0.0 {
            let upper = &network.projections()[k].weight;
            let (units, samples) = z.shape();
            with_scratch((upper.post() + units) * samples, |scratch| {
                let (up, back) = scratch.split_at_mut(upper.post() * samples);
                upper.multiply_rows(MatrixViewMut::from_slice(up, upper.post(), samples), 0, z);
                let (up, mut back) = (
                    MatrixView::from_slice(up, upper.post(), samples),
                    MatrixViewMut::from_slice(back, units, samples),
                );
                upper.multiply_columns_transposed(back.as_view_mut(), 0, up);
                product.zip_apply(&back, |product, back| *product += self.above * back);
            });
        }
    }

    /// ‖M‖ of layer k, from below.
    fn norm(&self, network: &Network, k: usize, start: &mut Stream) -> f64 {
        let weight = &network.projections()[k - 1].weight;
        let (post, pre) = (weight.post(), weight.pre());
        let (mut down, mut back) = (Matrix::zeros(pre, 1), Matrix::zeros(post, 1));
        symmetric_norm(post, NORM_STEPS, start, |mut y, x| {
            self.multiply(network, k, y.as_view_mut(), x);
            if self.apart > 0.0 {
                weight.multiply_columns_transposed(down.as_view_mut(), 0, x);
                weight.multiply_rows(back.as_view_mut(), 0, down.as_view());
                y.zip_apply(&back, |y, back| *y += self.apart * back);
            }
        })
    }

    /// M, of a layer of which nothing is apart.
    ///
    /// # Panics
    /// If something is.
    pub fn whole(&self) -> &Matrix {
        self.m.as_ref().filter(|_| self.apart == 0.0).expect("a layer of which nothing is apart")
    }
}

/// The problems of all layers, for given weights.
#[derive(Debug, Clone)]
pub struct Blocks {
    /// First hidden layer first.
    pub layers: Vec<Block>,
    /// The outputs once more, pulled by soft targets.
    pub pulled_outputs: Option<Block>,
}

/// Steps of the Lanczos iterations for ‖M_k‖ and ‖W_k‖². With ten, the estimate of a wide random matrix can fall short by as much as the
/// margin makes up for.
const NORM_STEPS: usize = 16;
/// Share by which norms, which are estimated from below, are enlarged.
const NORM_MARGIN: f64 = 1.05;
/// Largest free layer that is solved by a factor of M.
const LARGEST_FACTOR: usize = 128;
/// Share of m in the step of layers that take steps in turn.
const OVER_RELAXED: f64 = 1.0 / 3.0;
/// How many times fewer rows a matrix has that is read twice in the place of its Gram matrix.
const FEW: usize = 4;
/// Columns of a tile of a Gram matrix.
const TILE: usize = 64;

impl Blocks {
    /// For these weights.
    pub fn new(lifted: &Lifted, network: &Network) -> Self {
        let layers = lifted.layers();
        let pulled_outputs = lifted.pull().map(|pull| Block::new(lifted, network, layers, pull));
        let layers = (1..=layers).into_par_iter().map(|k| Block::new(lifted, network, k, 0.0)).collect();
        Self { layers, pulled_outputs }
    }
}

/// Whether layer k is solved at once.
fn is_solved(lifted: &Lifted, network: &Network, k: usize) -> bool {
    lifted.projection(k) == Activation::Identity && network.projections()[k - 1].weight.post() <= LARGEST_FACTOR
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
fn gram(factor: f32, weight: &WeightMatrix, side: Sums) -> Matrix {
    let dense;
    let w = if weight.is_packed() {
        dense = weight.to_matrix();
        dense.as_view()
    } else {
        weight.view()
    };
    let units = match side {
        Sums::Post => w.nrows(),
        Sums::Pre => w.ncols(),
    };
    let mut m = Matrix::zeros(units, units);
    m.as_mut_slice().par_chunks_mut(TILE * units).enumerate().for_each(|(tile, columns)| {
        let first = tile * TILE;
        let count = columns.len() / units;
        let mut columns = MatrixViewMut::from_slice(columns, units, count);
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
    m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::lifted::{LiftedConfig, LiftedInference, Stopping};
    use crate::network::Initialization;

    /// For layers so large that the norm is estimated.
    #[test]
    fn steps_stay_below_the_boundary() {
        for seed in 1..=4 {
            let network = Network::random(&[300, 160, 140, 5], Initialization::LecunNormal, seed).unwrap();
            let lifted = LiftedConfig::default().resolve(3, Activation::Relu, 1);
            let blocks = Blocks::new(&lifted, &network);
            for k in 1..=2 {
                let [own, upper] = [k - 1, k].map(|k| network.projections()[k].weight.to_matrix());
                let m = &own * own.transpose() * lifted.lambda[k - 1] as f32
                    + upper.transpose() * &upper * lifted.gamma as f32
                    + Matrix::identity(own.nrows(), own.nrows()) * lifted.leak(k) as f32;
                let in_norms = blocks.layers[k - 1].step * m.symmetric_eigenvalues().max();
                assert!(in_norms > 1.5 && in_norms < 2.0, "seed {seed}, layer {k}: {in_norms}/‖M‖");
            }
        }
    }

    /// M against its formula, for layers of more than one tile, whole and with a part of it apart.
    #[test]
    fn the_problem_of_a_layer_is_that_of_the_formula() {
        let network = Network::random(&[30, 150, 70, 5], Initialization::LecunNormal, 1).unwrap();
        let ways = [LiftedInference::BlockCoordinateDescent, LiftedInference::ProjectedGradient];
        for (inference, apart) in
            ways.map(|way| way(Stopping::default())).into_iter().zip([[false; 3], [false, true, false]])
        {
            let lifted = LiftedConfig { inference, ..LiftedConfig::default() }.resolve(3, Activation::Relu, 1);
            let blocks = Blocks::new(&lifted, &network);
            let (gamma, lambda) = (lifted.gamma as f32, lifted.lambda[0] as f32);
            for k in 1..=3 {
                let w = network.projections()[k - 1].weight.to_matrix();
                let mut m = &w * w.transpose() * lambda;
                if k < 3 {
                    let upper = network.projections()[k].weight.to_matrix();
                    m += upper.transpose() * &upper * gamma;
                }
                let leak = 1.0 + if k < 3 { gamma * lambda } else { 0.0 };
                m += Matrix::identity(w.nrows(), w.nrows()) * leak;
                let block = &blocks.layers[k - 1];
                assert_eq!(block.apart > 0.0, apart[k - 1], "layer {k}");
                let unit = Matrix::identity(w.nrows(), w.nrows());
                let mut made = Matrix::zeros(w.nrows(), w.nrows());
                block.multiply(&network, k, made.as_view_mut(), unit.as_view());
                made += &w * w.transpose() * block.apart;
                assert!((&made - &m).amax() < 1e-5, "layer {k}");
                let norm = f64::from(m.symmetric_eigenvalues().max());
                let step = f64::from(block.step);
                // Between the step of the norm alone and the boundary 2/‖M‖.
                assert!(step < 2.0 / norm && step > 1.0 / norm, "layer {k}: {step} for {norm}");
            }
        }
    }
}
