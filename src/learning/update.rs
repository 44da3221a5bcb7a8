//! The weight update. The gradient of a block of columns is multiplied out, scaled and applied while it is in cache; the
//! whole gradient never exists. Blocks depend on the shape of the layer alone.
use super::optimizer::{Of, Optimizer, Step};
use super::synapses::{Columns, Synapses};
use crate::linalg::MatrixViewMut;
use crate::network::gradient::LocalGradient;
use crate::network::{Layer, Weights};
use std::cell::RefCell;

/// Running moments of one layer, in the storage order of its weight (padded columns).
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// First moment of the weights, or of what stands for them; of PMF a column of ũ⁺, then one of ũ⁻, and so on.
    pub weight_first: Vec<f32>,
    /// Second moment of the weights; empty but for Adam.
    pub weight_second: Vec<f32>,
    /// First moment of the biases.
    pub bias_first: Vec<f32>,
    /// Second moment of the biases; empty but for Adam.
    pub bias_second: Vec<f32>,
    /// First moment of the reconstruction biases of a lifted network; empty in all others.
    pub reconstruction_first: Vec<f32>,
    /// Second moment of them; empty but for Adam.
    pub reconstruction_second: Vec<f32>,
}

/// Optimizers and learning rates of weights and biases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimizers {
    /// Of the weights, or of the latent values that stand for them.
    pub weights: Optimizer,
    /// Of the biases.
    pub biases: Optimizer,
    /// Learning rate of the biases over that of the weights.
    pub bias_rate_factor: f64,
}

impl From<Optimizer> for Optimizers {
    /// The same for both.
    fn from(optimizer: Optimizer) -> Self {
        Self { weights: optimizer, biases: optimizer, bias_rate_factor: 1.0 }
    }
}

/// An optimizer with its moments.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    optimizers: Optimizers,
    /// Moments of every layer.
    pub moments: Vec<Moments>,
    /// Number of updates made.
    pub updates: u64,
}

/// Numbers in a block of columns: a quarter of a megabyte of gradient.
const BLOCK: usize = 1 << 16;

/// Columns of a weight in a block.
pub(super) fn block_columns(stride: usize) -> usize {
    (BLOCK / stride).max(1)
}

impl OptimizerState {
    /// Moments of zero, for weights that are kept by these synapses.
    pub fn new(optimizers: Optimizers, weights: &Weights, synapses: &Synapses) -> Self {
        let zeros =
            |of: Optimizer, n: usize| (vec![0.0; n], if of.has_second_moment() { vec![0.0; n] } else { vec![] });
        let moments = weights.layers().iter().zip(1..).map(|(layer, k)| {
            let planes = synapses.descended_numbers();
            let n = if planes == 0 { 0 } else { layer.weight.stride() * layer.weight.pre() * planes };
            let (weight_first, weight_second) = zeros(optimizers.weights, n);
            let (bias_first, bias_second) = zeros(optimizers.biases, layer.bias.len());
            let (reconstruction_first, reconstruction_second) =
                zeros(optimizers.biases, weights.reconstruction_bias(k).len());
            Moments {
                weight_first,
                weight_second,
                bias_first,
                bias_second,
                reconstruction_first,
                reconstruction_second,
            }
        });
        Self { optimizers, moments: moments.collect(), updates: 0 }
    }

    /// One step down the gradient, with learning rate `rate`, of weights (or what stands for them) and biases. Returns
    /// whether every new weight and bias is finite.
    pub fn update(
        &mut self,
        weights: &mut Weights,
        synapses: &mut Synapses,
        gradient: &LocalGradient,
        rate: f64,
        step: u64,
    ) -> bool {
        self.updates += 1;
        let Optimizers { weights: of_weights, biases: of_biases, bias_rate_factor } = self.optimizers;
        let steps = Steps {
            weights: Step::new(of_weights, rate * synapses.rate_factor(step), self.updates, Of::Weights),
            biases: Step::new(of_biases, rate * bias_rate_factor, self.updates, Of::Biases),
        };
        let mut finite = true;
        for ((c, moments), k) in weights.reconstruction_biases_mut().iter_mut().zip(&mut self.moments).zip(1..) {
            let Moments { reconstruction_first, reconstruction_second, .. } = moments;
            let slope = gradient.reconstruction_bias(k);
            if !slope.is_empty() {
                finite &= steps.biases.apply(c.as_mut_slice(), reconstruction_first, reconstruction_second, slope);
            }
        }
        let mut columns = synapses.columns(weights.layers(), rate, step);
        finite & update_layers(weights.layers_mut(), &mut self.moments, &mut columns, 1, gradient, &steps)
    }
}

/// Constants of one update.
#[derive(Debug, Clone, Copy)]
struct Steps {
    weights: Step,
    biases: Step,
}

/// Updates layers `first`, `first` + 1, … in halves, on two threads if they are free.
fn update_layers(
    layers: &mut [Layer],
    moments: &mut [Moments],
    columns: &mut [Columns<'_>],
    first: usize,
    gradient: &LocalGradient,
    steps: &Steps,
) -> bool {
    if layers.len() > 1 {
        let half = layers.len() / 2;
        let ((la, lb), (ma, mb)) = (layers.split_at_mut(half), moments.split_at_mut(half));
        let (ca, cb) = columns.split_at_mut(half);
        let (x, y) = rayon::join(
            || update_layers(la, ma, ca, first, gradient, steps),
            || update_layers(lb, mb, cb, first + half, gradient, steps),
        );
        return x && y;
    }
    let (layer, moments) = (&mut layers[0], &mut moments[0]);
    let post = layer.weight.post();
    let weights_finite = match std::mem::take(&mut columns[0]) {
        Columns::Elsewhere => true,
        columns => {
            let stride = layer.weight.stride();
            let w = layer.weight.padded_slice_mut();
            let (first_moment, second_moment) = (&mut moments.weight_first[..], &mut moments.weight_second[..]);
            let block =
                Block { layer: first, start: 0, post, stride, w, first: first_moment, second: second_moment, columns };
            block.update(gradient, &steps.weights)
        }
    };
    let biases_finite = with_scratch(post, |g| {
        gradient.bias(first, g);
        steps.biases.apply(layer.bias.as_mut_slice(), &mut moments.bias_first, &mut moments.bias_second, g)
    });
    weights_finite && biases_finite
}

/// A block of columns of one layer's weight and moments, and what the synapses keep beside.
struct Block<'a> {
    layer: usize,
    /// First column of the block.
    start: usize,
    post: usize,
    stride: usize,
    w: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    columns: Columns<'a>,
}

impl Block<'_> {
    fn update(mut self, gradient: &LocalGradient, step: &Step) -> bool {
        let columns = self.w.len() / self.stride;
        let most = block_columns(self.stride);
        if columns > most {
            // Cut at a multiple of the block, so that the blocks do not depend on the order of the cuts.
            let half = (columns.div_ceil(most) / 2) * most;
            let at = half * self.stride;
            let (layer, start, post, stride) = (self.layer, self.start, self.post, self.stride);
            // With two latent numbers to a synapse a column of moments is twice as long; without any it is empty.
            let planes = self.first.len() / self.w.len();
            let second_planes = self.second.len() / self.w.len();
            let (wa, wb) = self.w.split_at_mut(at);
            let (fa, fb) = self.first.split_at_mut(at * planes);
            let (sa, sb) = self.second.split_at_mut(at * second_planes);
            let (ca, cb) = self.columns.split(half, stride);
            let a = Block { layer, start, post, stride, w: wa, first: fa, second: sa, columns: ca };
            let b = Block { layer, start: start + half, post, stride, w: wb, first: fb, second: sb, columns: cb };
            let (x, y) = rayon::join(|| a.update(gradient, step), || b.update(gradient, step));
            return x && y;
        }
        with_scratch(columns * self.post, |g| {
            gradient.weight_columns(self.layer, self.start, MatrixViewMut::from_slice(g, self.post, columns));
            match &mut self.columns {
                Columns::Float => self.apply(g, step),
                Columns::Latent(latent) => {
                    latent.update(g, self.post, self.stride, self.start, self.w, self.first, self.second, step)
                }
                Columns::Events(events) => events.update(g, self.post, self.stride, self.start),
                Columns::Elsewhere => true,
            }
        })
    }

    fn apply(&mut self, g: &[f32], step: &Step) -> bool {
        if self.stride == self.post {
            return step.apply(self.w, self.first, self.second, g);
        }
        let mut finite = true;
        for (j, g) in g.chunks_exact(self.post).enumerate() {
            let column = j * self.stride..j * self.stride + self.post;
            let second = if self.second.is_empty() { &mut [][..] } else { &mut self.second[column.clone()] };
            finite &= step.apply(&mut self.w[column.clone()], &mut self.first[column], second, g);
        }
        finite
    }
}

/// Lends a piece of this thread's scratch memory, which grows once.
fn with_scratch<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < n {
            scratch.resize(n, 0.0);
        }
        work(&mut scratch[..n])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::{Adam, MeanMomentum, Sgd};
    use crate::linalg::Matrix;
    use crate::network::{Initialization, NetworkState};
    use crate::parameter::{NonNegative, Positive, ProperFraction};

    /// One weight 784 → 70 (several blocks, padded columns), all differences and activities known.
    fn setting() -> (Weights, NetworkState, Matrix) {
        let units = [784, 70, 3];
        let weights = Weights::random(&units, Initialization::LecunNormal, 1).unwrap();
        let mut state = NetworkState::zeros(&units, 4, None);
        for layer in state.layers_mut() {
            let n = layer.mean.len();
            layer.mean.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 7) as f32 * 0.1);
            layer.difference.iter_mut().enumerate().for_each(|(i, x)| *x = (i * 5 % n) as f32 / n as f32 - 0.4);
        }
        (weights, state, Matrix::from_fn(784, 4, |i, j| ((i + j) % 9) as f32 * 0.1))
    }

    /// Every weight and bias against the formula in f64, over three updates.
    fn check(optimizer: Optimizer, reference: impl Fn(&mut (f64, f64, f64), f64, i32)) {
        let (mut weights, state, inputs) = setting();
        let gradient = LocalGradient::of_dyads(0.5, inputs.as_view(), &state);
        let mut expected: Vec<Vec<(f64, f64, f64)>> = vec![];
        let mut gradients = vec![];
        for (k, layer) in weights.layers().iter().enumerate() {
            let mut bias = vec![0.0; layer.bias.len()];
            gradient.bias(k + 1, &mut bias);
            gradients.push(gradient.weight(k + 1).iter().chain(&bias).map(|&g| f64::from(g)).collect::<Vec<_>>());
            let numbers = layer.weight.to_matrix();
            expected.push(numbers.iter().chain(layer.bias.iter()).map(|&w| (f64::from(w), 0.0, 0.0)).collect());
        }
        let mut state = OptimizerState::new(optimizer.into(), &weights, &Synapses::Float);
        for t in 1..=3 {
            assert!(state.update(&mut weights, &mut Synapses::Float, &gradient, 0.01, 0));
            for (numbers, gradients) in expected.iter_mut().zip(&gradients) {
                numbers.iter_mut().zip(gradients).for_each(|(x, &g)| reference(x, g, t));
            }
        }
        for (layer, expected) in weights.layers().iter().zip(&expected) {
            let numbers = layer.weight.to_matrix();
            for (&w, &(e, ..)) in numbers.iter().chain(layer.bias.iter()).zip(expected) {
                assert!((f64::from(w) - e).abs() < 2e-6 * (1.0 + e.abs()), "{w} against {e}");
            }
        }
    }

    #[test]
    fn sgd_follows_its_formula() {
        let sgd = Sgd { momentum: ProperFraction::constant(0.8), weight_decay: NonNegative::constant(0.05) };
        check(Optimizer::Sgd(sgd), |(w, m, _), g, _| {
            *m = 0.8 * *m + g + 0.05 * *w;
            *w -= 0.01 * *m;
        });
    }

    #[test]
    fn mean_momentum_follows_its_formula() {
        let mean = MeanMomentum {
            momentum: ProperFraction::constant(0.8),
            gradient_scale: Positive::constant(1.0),
            weight_decay: NonNegative::constant(0.0),
        };
        check(Optimizer::MeanMomentum(mean), |(w, m, _), g, t| {
            *m = 0.8 * *m + 0.2 * g;
            *w -= 0.01 * *m / (1.0 - 0.8f64.powi(t));
        });
    }

    #[test]
    fn scale_and_decay_of_a_mean_momentum_are_for_weights_alone() {
        let mean = MeanMomentum {
            gradient_scale: Positive::constant(3.0),
            weight_decay: NonNegative::constant(0.5),
            momentum: ProperFraction::constant(0.0),
        };
        let stepped = |of: Of| {
            let (mut x, mut m) = ([2.0f32], [0.0f32]);
            Step::new(Optimizer::MeanMomentum(mean), 0.1, 1, of).apply(&mut x, &mut m, &mut [], &[1.0]);
            x[0]
        };
        assert!((stepped(Of::Weights) - (2.0 - 0.1 * (3.0 + 0.5 * 2.0))).abs() < 1e-6);
        assert!((stepped(Of::Biases) - 1.9).abs() < 1e-6);
    }

    #[test]
    fn adam_follows_its_formula() {
        let adam =
            Adam { weight_decay: NonNegative::constant(0.05), epsilon: Positive::constant(1e-3), ..Adam::default() };
        check(Optimizer::Adam(adam), |(w, m, v), g, t| {
            let g = g + 0.05 * *w;
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *w -= 0.01 * (*m / (1.0 - 0.9f64.powi(t))) / ((*v / (1.0 - 0.999f64.powi(t))).sqrt() + 1e-3);
        });
    }

    #[test]
    fn a_weight_that_leaves_the_finite_range_is_noticed() {
        let (mut weights, mut state, inputs) = setting();
        state.layers_mut()[1].difference[(2, 1)] = f32::INFINITY;
        let gradient = LocalGradient::of_dyads(0.5, inputs.as_view(), &state);
        for optimizer in [Optimizer::Sgd(Sgd::default()), Optimizer::Adam(Adam::default())] {
            let mut optimizer = OptimizerState::new(optimizer.into(), &weights, &Synapses::Float);
            assert!(!optimizer.update(&mut weights, &mut Synapses::Float, &gradient, 0.1, 0));
        }
    }
}
