//! Optimizers: what turns a gradient into a step.
//!
//! | optimizer | step, with g the gradient plus `weight_decay` · w |
//! |---|---|
//! | `sgd` | m ← μ m + g; w ← w − η m (Polyak 1964, in the form of PyTorch) |
//! | `mean_momentum` | m ← μ m + (1−μ)(`gradient_scale` g); w ← w − η m / (1−μᵗ) (the codes of BayesBiNN and AdaSTE, with N and N²) |
//! | `adam` | m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − η (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε) (Kingma & Ba, ICLR 2015) |
use crate::parameter::{NonNegative, Positive, ProperFraction};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rule that turns gradients into steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Gradient descent with momentum.
    Sgd(Sgd),
    /// Gradient descent along the mean of recent gradients.
    MeanMomentum(MeanMomentum),
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

/// Settings of descent along a mean gradient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeanMomentum {
    /// μ.
    pub momentum: ProperFraction,
    /// Factor of the gradient of the weights; that of the biases is left alone.
    pub gradient_scale: Positive,
    /// Added to the scaled gradient of the weights, times their value.
    pub weight_decay: NonNegative,
}

impl Default for MeanMomentum {
    fn default() -> Self {
        Self {
            momentum: ProperFraction::constant(0.9),
            gradient_scale: Positive::constant(1.0),
            weight_decay: NonNegative::constant(0.0),
        }
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

/// Constants of one update in single precision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Sgd { rate: f32, momentum: f32, decay: f32 },
    MeanMomentum { step: f32, momentum: f32, gain: f32, decay: f32 },
    Adam { step: f32, beta1: f32, beta2: f32, second_scale: f32, epsilon: f32, decay: f32 },
}

/// What is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Weights,
    Biases,
}

impl Step {
    /// Update number `t`, from 1.
    pub fn new(optimizer: Optimizer, rate: f64, t: u64, of: Of) -> Self {
        let count = t.min(i32::MAX as u64) as i32;
        match optimizer {
            Optimizer::Sgd(sgd) => Self::Sgd {
                rate: rate as f32,
                momentum: sgd.momentum.get() as f32,
                decay: sgd.weight_decay.get() as f32,
            },
            Optimizer::MeanMomentum(mean) => Self::MeanMomentum {
                step: (rate / (1.0 - mean.momentum.get().powi(count))) as f32,
                momentum: mean.momentum.get() as f32,
                gain: if of == Of::Weights { mean.gradient_scale.get() as f32 } else { 1.0 },
                decay: if of == Of::Weights { mean.weight_decay.get() as f32 } else { 0.0 },
            },
            Optimizer::Adam(adam) => Self::Adam {
                step: (rate / (1.0 - adam.beta1.get().powi(count))) as f32,
                beta1: adam.beta1.get() as f32,
                beta2: adam.beta2.get() as f32,
                second_scale: (1.0 / (1.0 - adam.beta2.get().powi(count))).sqrt() as f32,
                epsilon: adam.epsilon.get() as f32,
                decay: adam.weight_decay.get() as f32,
            },
        }
    }

    /// Applies the rule to numbers that lie side by side; returns whether all results are finite.
    pub fn apply(&self, w: &mut [f32], first: &mut [f32], second: &mut [f32], g: &[f32]) -> bool {
        match *self {
            Self::Sgd { rate, momentum, decay } => sgd(w, first, g, rate, momentum, decay),
            Self::MeanMomentum { .. } => mean_momentum(w, first, g, *self),
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
fn mean_momentum(w: &mut [f32], m: &mut [f32], g: &[f32], rule: Step) -> bool {
    let Step::MeanMomentum { step, momentum, gain, decay } = rule else { return true };
    let mut finite = 1;
    for ((w, m), g) in w.iter_mut().zip(m).zip(g) {
        *m = flush(momentum * *m + (1.0 - momentum) * (gain * g + decay * *w));
        *w -= step * *m;
        finite &= is_finite(*w);
    }
    finite == 1
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn adam(w: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], rule: Step) -> bool {
    let Step::Adam { step, beta1, beta2, second_scale, epsilon, decay } = rule else { return true };
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

impl Optimizer {
    /// Whether it keeps a second moment.
    pub fn has_second_moment(&self) -> bool {
        matches!(self, Self::Adam(_))
    }
}
