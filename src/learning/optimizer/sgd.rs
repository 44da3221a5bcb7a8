//! Gradient descent with momentum.
use super::arithmetic::{flush, is_finite};
use super::moments::MomentsMut;
use super::step::{Rule, Step, WeightUpdate};
use crate::parameter::{NonNegative, ProperFraction};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

#[derive(Debug, Clone, Copy)]
pub(in crate::learning) struct SgdStep {
    rate: f32,
    momentum: f32,
    decay: f32,
}

impl Rule for Sgd {
    type Step = SgdStep;

    fn step(&self, update: WeightUpdate) -> SgdStep {
        SgdStep {
            rate: update.rate as f32,
            momentum: self.momentum.get() as f32,
            decay: self.weight_decay.get() as f32,
        }
    }
}

impl Step for SgdStep {
    fn apply(&self, w: &mut [f32], moments: MomentsMut, g: &[f32]) -> bool {
        step(w, moments.first, g, *self)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn step(w: &mut [f32], m: &mut [f32], g: &[f32], rule: SgdStep) -> bool {
    let SgdStep { rate, momentum, decay } = rule;
    let mut finite = 1;
    for ((w, m), g) in w.iter_mut().zip(m).zip(g) {
        *m = flush(momentum * *m + (g + decay * *w));
        *w -= rate * *m;
        finite &= is_finite(*w);
    }
    finite == 1
}
