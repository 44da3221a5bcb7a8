//! Mirror descent with tanh in the numerically stable form, MD-tanh-S (Ajanthan, Gupta, Torr, Hartley & Dokania,
//! AISTATS 2021).
use super::growth::Growth;
use super::latent_step::{LatentRule, LatentStep, loss_gradient};
use crate::math;
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of MD-tanh-S.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MdTanhS {
    /// β.
    pub beta: Growth,
    /// GD-tanh: the derivative of tanh instead of 1.
    pub exact_derivative: bool,
}

impl Default for MdTanhS {
    fn default() -> Self {
        Self { beta: Growth::MIRROR_DESCENT, exact_derivative: false }
    }
}

impl LatentRule for MdTanhS {
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep> {
        let beta = self.beta.at(step, steps_per_epoch) as f32;
        Arc::new(StableMirror { beta, exact_derivative: self.exact_derivative })
    }
}

#[derive(Debug)]
struct StableMirror {
    beta: f32,
    exact_derivative: bool,
}

impl LatentStep for StableMirror {
    fn surrogate(&self, [theta, _]: [&[f32]; 2], _: &[f32], scale: &[f32], [g, _]: [&mut [f32]; 2]) {
        if !self.exact_derivative {
            return loss_gradient(g, scale);
        }
        for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
            let s = math::tanh(self.beta * theta);
            *g *= scale * self.beta * (1.0 - s * s);
        }
    }

    fn relaxed(&self, [theta, _]: [&[f32]; 2], _: &Codebook, out: &mut [f32], _: &mut Stream) {
        math::tanh_of_all(theta, self.beta, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    #[test]
    fn stable_mirror_descent_by_its_formula() {
        let beta = 3.0;
        let stable = StableMirror { beta: 3.0, exact_derivative: false };
        assert_close(&surrogate(&stable, &[0.0; 5]), loss_gradients());
        assert_close(&relaxed(&stable), theta().map(|x| (beta * x).tanh()));
        let gradient_descent = StableMirror { beta: 3.0, exact_derivative: true };
        let expected = theta().zip(loss_gradients()).map(|(x, l)| beta * (1.0 - (beta * x).tanh().powi(2)) * l);
        assert_close(&surrogate(&gradient_descent, &[0.0; 5]), expected);
    }
}
