//! Bayesian binary networks, BayesBiNN (Meng, Bachmann & Khan, ICML 2020).
use super::latent_step::{LatentRule, LatentStep};
use crate::math;
use crate::parameter::Positive;
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of BayesBiNN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BayesBinn {
    /// τ of the concrete distribution.
    pub temperature: Positive,
}

impl Default for BayesBinn {
    fn default() -> Self {
        Self { temperature: Positive::constant(1e-10) }
    }
}

impl LatentRule for BayesBinn {
    fn at(&self, _: u64, _: u64) -> Arc<dyn LatentStep> {
        Arc::new(Concrete { temperature: self.temperature.get() as f32 })
    }
}

#[derive(Debug)]
struct Concrete {
    temperature: f32,
}

/// Added to 1 − w² and 1 − tanh²θ by the authors' code.
const EPSILON: f32 = 1e-10;

impl LatentStep for Concrete {
    fn surrogate(&self, [theta, _]: [&[f32]; 2], w: &[f32], scale: &[f32], [g, _]: [&mut [f32]; 2]) {
        for (((g, theta), w), scale) in g.iter_mut().zip(theta).zip(w).zip(scale) {
            let (w, mean) = (w / scale, math::tanh(*theta));
            let gain = (1.0 - w * w + EPSILON) / self.temperature / (1.0 - mean * mean + EPSILON);
            *g *= scale * gain;
        }
    }

    fn relaxed(&self, [theta, _]: [&[f32]; 2], _: &Codebook, out: &mut [f32], draw: &mut Stream) {
        for (w, x) in out.iter_mut().zip(theta) {
            // ½ ln(ε/(1−ε)) of a uniform ε that is neither 0 nor 1.
            let e = ((draw.random::<u32>() >> 8) as f32 + 0.5) * (1.0 / 16_777_216.0);
            let logistic = 0.5 * math::ln(e / (1.0 - e));
            *w = math::tanh((x + logistic) / self.temperature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;
    use crate::random::{Purpose, stream};
    use law_assertions::assert_mean;

    #[test]
    fn bayes_binn_by_its_formula() {
        let tau = 0.7;
        let step = Concrete { temperature: 0.7 };
        let w = [-0.9, 0.1, 0.5, -0.3, 0.8f32];
        let weights: Vec<f32> = w.iter().map(|w| SCALE * w).collect();
        let expected = theta()
            .zip(loss_gradients())
            .zip(w)
            .map(|((x, l), w)| l * (1.0 - f64::from(w).powi(2) + 1e-10) / tau / (1.0 - x.tanh().powi(2) + 1e-10));
        assert_close(&surrogate(&step, &weights), expected);
    }

    /// At a vanishing temperature the samples are signs with mean tanh θ.
    #[test]
    fn samples_of_bayes_binn_have_their_mean() {
        let step = Concrete { temperature: 1e-10 };
        let mut draw = stream(1, Purpose::SynapseRule, &[]);
        for theta in [-0.8f32, 0.0, 0.4] {
            let n = 40_000;
            let mut out = vec![0.0; n];
            step.relaxed([&vec![theta; n], &[]], &Codebook::binary(), &mut out, &mut draw);
            assert!(out.iter().all(|w| w.abs() == 1.0));
            let expected = f64::from(theta).tanh();
            assert_mean(&out, expected, 1.0 - expected * expected, format!("samples at θ = {theta}"));
        }
    }
}
