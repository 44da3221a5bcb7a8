//! Optimizers. The gradient of a block of columns is multiplied out, scaled and applied while it is in cache; the
//! whole gradient never exists.
//!
//! | optimizer | step, with g the gradient plus `weight_decay` · w |
//! |---|---|
//! | `sgd` | m ← μ m + g; w ← w − η m (Polyak 1964, in the form of PyTorch) |
//! | `adam` | m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − η (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε) (Kingma & Ba, ICLR 2015) |
use crate::linalg::MatrixViewMut;
use crate::network::gradient::LocalGradient;
use crate::network::{Layer, Weights};
use crate::parameter::{NonNegative, Positive, ProperFraction};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Rule that turns gradients into steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Gradient descent with momentum.
    Sgd(Sgd),
    /// Adaptive moments.
    Adam(Adam),
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

/// Settings of gradient descent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sgd {
    /// μ.
    pub momentum: ProperFraction,
    /// Added to the gradient of weights and biases, times their value.
    pub weight_decay: NonNegative,
}

impl Default for Sgd {
    fn default() -> Self {
        Self { momentum: ProperFraction::constant(0.9), weight_decay: NonNegative::constant(0.0) }
    }
}

/// Settings of Adam.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Adam {
    /// Decay of the first moment.
    pub beta1: ProperFraction,
    /// Decay of the second moment.
    pub beta2: ProperFraction,
    /// Added to the root of the second moment.
    pub epsilon: Positive,
    /// Added to the gradient of weights and biases, times their value.
    pub weight_decay: NonNegative,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: ProperFraction::constant(0.9),
            beta2: ProperFraction::constant(0.999),
            epsilon: Positive::constant(1e-8),
            weight_decay: NonNegative::constant(0.0),
        }
    }
}

/// Running moments of one layer, in the storage order of its weight (padded columns).
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// First moment of the weights.
    pub weight_first: Vec<f32>,
    /// Second moment of the weights; empty for SGD.
    pub weight_second: Vec<f32>,
    /// First moment of the biases.
    pub bias_first: Vec<f32>,
    /// Second moment of the biases; empty for SGD.
    pub bias_second: Vec<f32>,
}

/// An optimizer with its moments.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    optimizer: Optimizer,
    /// Moments of every layer.
    pub moments: Vec<Moments>,
    /// Number of updates made.
    pub updates: u64,
}

/// Numbers in a block of columns: a quarter of a megabyte of gradient.
const BLOCK: usize = 1 << 16;

impl OptimizerState {
    /// Moments of zero.
    pub fn new(optimizer: Optimizer, weights: &mut Weights) -> Self {
        let second = |n: usize| if matches!(optimizer, Optimizer::Adam(_)) { vec![0.0; n] } else { vec![] };
        let moments = weights
            .layers_mut()
            .iter_mut()
            .map(|layer| {
                let (n, biases) = (layer.weight.padded_slice_mut().len(), layer.bias.len());
                Moments {
                    weight_first: vec![0.0; n],
                    weight_second: second(n),
                    bias_first: vec![0.0; biases],
                    bias_second: second(biases),
                }
            })
            .collect();
        Self { optimizer, moments, updates: 0 }
    }

    /// One step down the gradient. Returns whether every new weight and bias is finite.
    pub fn update(&mut self, weights: &mut Weights, gradient: &LocalGradient, rate: f64) -> bool {
        self.updates += 1;
        let rule = Rule::new(self.optimizer, rate, self.updates);
        update_layers(weights.layers_mut(), &mut self.moments, 1, gradient, &rule)
    }
}

/// Constants of one update in single precision.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Sgd { rate: f32, momentum: f32, decay: f32 },
    Adam { step: f32, beta1: f32, beta2: f32, second_scale: f32, epsilon: f32, decay: f32 },
}

impl Rule {
    fn new(optimizer: Optimizer, rate: f64, t: u64) -> Self {
        match optimizer {
            Optimizer::Sgd(sgd) => Self::Sgd {
                rate: rate as f32,
                momentum: sgd.momentum.get() as f32,
                decay: sgd.weight_decay.get() as f32,
            },
            Optimizer::Adam(adam) => {
                let t = t.min(i32::MAX as u64) as i32;
                Self::Adam {
                    step: (rate / (1.0 - adam.beta1.get().powi(t))) as f32,
                    beta1: adam.beta1.get() as f32,
                    beta2: adam.beta2.get() as f32,
                    second_scale: (1.0 / (1.0 - adam.beta2.get().powi(t))).sqrt() as f32,
                    epsilon: adam.epsilon.get() as f32,
                    decay: adam.weight_decay.get() as f32,
                }
            }
        }
    }

    /// Applies the rule to numbers that lie side by side; returns whether all results are finite.
    fn apply(&self, w: &mut [f32], first: &mut [f32], second: &mut [f32], g: &[f32]) -> bool {
        match *self {
            Self::Sgd { rate, momentum, decay } => sgd(w, first, g, rate, momentum, decay),
            Self::Adam { .. } => adam(w, first, second, g, *self),
        }
    }
}

/// True for numbers whose exponent is not all ones. Integer arithmetic, which the compiler can vectorise.
#[inline(always)]
fn is_finite(x: f32) -> u32 {
    const EXPONENT: u32 = 0x7f80_0000;
    u32::from(x.to_bits() & EXPONENT != EXPONENT)
}

/// Moments below this are set to zero: a weight whose gradient has stopped would leave its moments to decay into
/// the subnormal numbers, where arithmetic is a hundred times slower, for good.
const NEGLIGIBLE: f32 = 1e-30;

#[inline(always)]
fn flush(x: f32) -> f32 {
    if x.abs() < NEGLIGIBLE { 0.0 } else { x }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn sgd(w: &mut [f32], m: &mut [f32], g: &[f32], rate: f32, momentum: f32, decay: f32) -> bool {
    let mut finite = 1;
    for ((w, m), g) in w.iter_mut().zip(m).zip(g) {
        *m = flush(momentum * *m + (g + decay * *w));
        *w -= rate * *m;
        finite &= is_finite(*w);
    }
    finite == 1
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn adam(w: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], rule: Rule) -> bool {
    let Rule::Adam { step, beta1, beta2, second_scale, epsilon, decay } = rule else { return true };
    let mut finite = 1;
    for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
        let g = g + decay * *w;
        *m = flush(beta1 * *m + (1.0 - beta1) * g);
        *v = flush(beta2 * *v + (1.0 - beta2) * (g * g));
        *w -= step * *m / (v.sqrt() * second_scale + epsilon);
        // An infinite second moment would freeze the weight for good.
        finite &= is_finite(*w) & is_finite(*v);
    }
    finite == 1
}

/// Updates layers `first`, `first` + 1, … in halves, on two threads if they are free.
fn update_layers(
    layers: &mut [Layer],
    moments: &mut [Moments],
    first: usize,
    gradient: &LocalGradient,
    rule: &Rule,
) -> bool {
    if layers.len() > 1 {
        let half = layers.len() / 2;
        let ((a, b), (ma, mb)) = (layers.split_at_mut(half), moments.split_at_mut(half));
        let (x, y) = rayon::join(
            || update_layers(a, ma, first, gradient, rule),
            || update_layers(b, mb, first + half, gradient, rule),
        );
        return x && y;
    }
    let (layer, moments) = (&mut layers[0], &mut moments[0]);
    let (post, stride) = (layer.weight.post(), layer.weight.stride());
    let columns = Columns {
        layer: first,
        start: 0,
        post,
        stride,
        w: layer.weight.padded_slice_mut(),
        first: &mut moments.weight_first,
        second: &mut moments.weight_second,
    };
    let weights_finite = columns.update(gradient, rule);
    let biases_finite = with_scratch(post, |g| {
        gradient.bias(first, g);
        rule.apply(layer.bias.as_mut_slice(), &mut moments.bias_first, &mut moments.bias_second, g)
    });
    weights_finite && biases_finite
}

/// A block of columns of one layer's weight and moments.
struct Columns<'a> {
    layer: usize,
    /// First column of the block.
    start: usize,
    post: usize,
    stride: usize,
    w: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Columns<'_> {
    fn update(self, gradient: &LocalGradient, rule: &Rule) -> bool {
        let columns = self.w.len() / self.stride;
        let block_columns = (BLOCK / self.stride).max(1);
        if columns > block_columns {
            // Cut at a multiple of the block, so that the blocks do not depend on the order of the cuts.
            let half = (columns.div_ceil(block_columns) / 2) * block_columns;
            let at = half * self.stride;
            let (wa, wb) = self.w.split_at_mut(at);
            let (fa, fb) = self.first.split_at_mut(at);
            let (sa, sb) = self.second.split_at_mut(at.min(self.second.len()));
            let (layer, start, post, stride) = (self.layer, self.start, self.post, self.stride);
            let a = Columns { layer, start, post, stride, w: wa, first: fa, second: sa };
            let b = Columns { layer, start: start + half, post, stride, w: wb, first: fb, second: sb };
            let (x, y) = rayon::join(|| a.update(gradient, rule), || b.update(gradient, rule));
            return x && y;
        }
        with_scratch(columns * self.post, |g| {
            gradient.weight_columns(self.layer, self.start, MatrixViewMut::from_slice(g, self.post, columns));
            let mut finite = true;
            if self.stride == self.post {
                finite &= rule.apply(self.w, self.first, self.second, g);
            } else {
                let mut no_second: [f32; 0] = [];
                for (j, g) in g.chunks_exact(self.post).enumerate() {
                    let column = j * self.stride..j * self.stride + self.post;
                    let second =
                        if self.second.is_empty() { &mut no_second[..] } else { &mut self.second[column.clone()] };
                    finite &= rule.apply(&mut self.w[column.clone()], &mut self.first[column], second, g);
                }
            }
            finite
        })
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
    use crate::linalg::Matrix;
    use crate::network::{Initialization, NetworkState};

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
        let mut state = OptimizerState::new(optimizer, &mut weights);
        for t in 1..=3 {
            assert!(state.update(&mut weights, &gradient, 0.01));
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
            let mut optimizer = OptimizerState::new(optimizer, &mut weights);
            assert!(!optimizer.update(&mut weights, &gradient, 0.1));
        }
    }
}
