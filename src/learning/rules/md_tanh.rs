//! Mirror descent with tanh, MD-tanh (Ajanthan, Gupta, Torr, Hartley & Dokania, AISTATS 2021).
use super::growth::Growth;
use super::latent_step::{LatentRule, LatentStep};
use crate::math;
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of MD-tanh.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MdTanh {
    /// β.
    pub beta: Growth,
}

impl Default for MdTanh {
    fn default() -> Self {
        Self { beta: Growth::MIRROR_DESCENT }
    }
}

impl LatentRule for MdTanh {
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep> {
        Arc::new(Mirror { beta: self.beta.at(step, steps_per_epoch) as f32 })
    }
}

#[derive(Debug)]
struct Mirror {
    beta: f32,
}

impl LatentStep for Mirror {
    fn rate_factor(&self) -> f64 {
        f64::from(self.beta)
    }

    fn relaxed(&self, [theta, _]: [&[f32]; 2], _: &Codebook, out: &mut [f32], _: &mut Stream) {
        math::tanh_of_all(theta, 1.0, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    #[test]
    fn mirror_descent_by_its_formula() {
        let mirror = Mirror { beta: 3.0 };
        assert_close(&surrogate(&mirror, &[0.0; 5]), loss_gradients());
        assert_close(&relaxed(&mirror), theta().map(f64::tanh));
        assert_eq!(mirror.rate_factor(), 3.0);
    }

    /// MD-tanh as published: w ← (e−1)/(e+1), e = (1+w)/(1−w) · exp(−2ηβ m). In θ = artanh w that is a plain step.
    #[test]
    fn a_step_of_mirror_descent_is_a_step_of_its_latent_value() {
        let (w, eta, beta, m): (f64, f64, f64, f64) = (0.3, 0.05, 3.0, 0.7);
        let e = (1.0 + w) / (1.0 - w) * (-2.0 * eta * beta * m).exp();
        assert!(((e - 1.0) / (e + 1.0) - (w.atanh() - eta * beta * m).tanh()).abs() < 1e-12);
    }
}
