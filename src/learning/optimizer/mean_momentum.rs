//! Gradient descent along the mean of recent gradients.
use super::arithmetic::{flush, is_finite};
use super::moments::MomentsMut;
use super::step::{Of, Rule, Step, WeightUpdate};
use crate::parameter::{NonNegative, Positive, ProperFraction};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

#[derive(Debug, Clone, Copy)]
pub(in crate::learning) struct MeanMomentumStep {
    step: f32,
    momentum: f32,
    gain: f32,
    decay: f32,
}

impl Rule for MeanMomentum {
    type Step = MeanMomentumStep;

    fn step(&self, update: WeightUpdate) -> MeanMomentumStep {
        let (gain, decay) = match update.of {
            Of::Weights => (self.gradient_scale.get() as f32, self.weight_decay.get() as f32),
            Of::Biases => (1.0, 0.0),
        };
        MeanMomentumStep {
            step: (update.rate / update.bias_correction(self.momentum.get())) as f32,
            momentum: self.momentum.get() as f32,
            gain,
            decay,
        }
    }
}

impl Step for MeanMomentumStep {
    fn apply(&self, w: &mut [f32], moments: MomentsMut, g: &[f32]) -> bool {
        step(w, moments.first, g, *self)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn step(w: &mut [f32], m: &mut [f32], g: &[f32], rule: MeanMomentumStep) -> bool {
    let MeanMomentumStep { step, momentum, gain, decay } = rule;
    let mut finite = 1;
    for ((w, m), g) in w.iter_mut().zip(m).zip(g) {
        *m = flush(momentum * *m + (1.0 - momentum) * (gain * g + decay * *w));
        *w -= step * *m;
        finite &= is_finite(*w);
    }
    finite == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::optimizer::moments::Moments;

    #[test]
    fn scale_and_decay_are_for_weights_alone() {
        let mean = MeanMomentum {
            gradient_scale: Positive::constant(3.0),
            weight_decay: NonNegative::constant(0.5),
            momentum: ProperFraction::constant(0.0),
        };
        let stepped = |of: Of| {
            let (mut x, mut moments) = ([2.0f32], Moments::zeros(1, mean.has_second_moment()));
            mean.step(WeightUpdate { rate: 0.1, number: 1, of }).apply(&mut x, moments.as_mut(), &[1.0]);
            x[0]
        };
        assert!((stepped(Of::Weights) - (2.0 - 0.1 * (3.0 + 0.5 * 2.0))).abs() < 1e-6);
        assert!((stepped(Of::Biases) - 1.9).abs() < 1e-6);
    }
}
