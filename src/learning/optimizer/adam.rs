//! Adaptive moments.
use super::arithmetic::{flush, is_finite};
use super::moments::MomentsMut;
use super::step::{Rule, Step, WeightUpdate};
use crate::parameter::{NonNegative, Positive, ProperFraction};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

#[derive(Debug, Clone, Copy)]
pub(in crate::learning) struct AdamStep {
    step: f32,
    beta1: f32,
    beta2: f32,
    second_scale: f32,
    epsilon: f32,
    decay: f32,
}

impl Rule for Adam {
    type Step = AdamStep;

    fn has_second_moment(&self) -> bool {
        true
    }

    fn step(&self, update: WeightUpdate) -> AdamStep {
        AdamStep {
            step: (update.rate / update.bias_correction(self.beta1.get())) as f32,
            beta1: self.beta1.get() as f32,
            beta2: self.beta2.get() as f32,
            second_scale: (1.0 / update.bias_correction(self.beta2.get())).sqrt() as f32,
            epsilon: self.epsilon.get() as f32,
            decay: self.weight_decay.get() as f32,
        }
    }
}

impl Step for AdamStep {
    fn apply(&self, w: &mut [f32], moments: MomentsMut, g: &[f32]) -> bool {
        step(w, moments.first, moments.second, g, *self)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn step(w: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], rule: AdamStep) -> bool {
    let AdamStep { step, beta1, beta2, second_scale, epsilon, decay } = rule;
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
