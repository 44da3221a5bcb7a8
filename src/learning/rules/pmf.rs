//! Proximal mean-field, PMF (Ajanthan, Dokania, Hartley & Torr, ICCV 2019): w = u⁺ − u⁻ with u = softmax(βũ), so that a
//! synapse has the two latent values ũ⁺ and ũ⁻, and w = tanh(β(ũ⁺ − ũ⁻)/2).
use super::growth::Growth;
use super::latent_step::{LatentRule, LatentStep};
use crate::math;
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of PMF.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pmf {
    /// β.
    pub beta: Growth,
    /// J.
    pub jacobian: Jacobian,
}

/// Which derivative of the softmax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Jacobian {
    /// I − u uᵀ, as in the authors' code.
    #[default]
    AsPublished,
    /// diag(u) − u uᵀ.
    Exact,
}

impl Default for Pmf {
    fn default() -> Self {
        Self { beta: Growth::MIRROR_DESCENT, jacobian: Jacobian::AsPublished }
    }
}

impl LatentRule for Pmf {
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep> {
        Arc::new(MeanField { beta: self.beta.at(step, steps_per_epoch) as f32, jacobian: self.jacobian })
    }

    fn planes(&self) -> usize {
        2
    }
}

#[derive(Debug)]
struct MeanField {
    beta: f32,
    jacobian: Jacobian,
}

impl LatentStep for MeanField {
    fn surrogate(&self, [plus, minus]: [&[f32]; 2], _: &[f32], scale: &[f32], [g, g_minus]: [&mut [f32]; 2]) {
        let beta = self.beta;
        for ((((g, g_minus), up), um), scale) in g.iter_mut().zip(g_minus).zip(plus).zip(minus).zip(scale) {
            let w = math::tanh(0.5 * beta * (up - um));
            let (u_plus, u_minus) = (0.5 * (1.0 + w), 0.5 * (1.0 - w));
            // ∂ℓ/∂u = (ℓ′, −ℓ′), so uᵀ ∂ℓ/∂u = w ℓ′.
            let l = *g * scale;
            let (own_plus, own_minus) = match self.jacobian {
                Jacobian::AsPublished => (l, -l),
                Jacobian::Exact => (u_plus * l, -u_minus * l),
            };
            *g = beta * (own_plus - u_plus * w * l);
            *g_minus = beta * (own_minus - u_minus * w * l);
        }
    }

    fn relaxed(&self, [plus, minus]: [&[f32]; 2], _: &Codebook, out: &mut [f32], _: &mut Stream) {
        let pairs = plus.iter().zip(minus);
        out.iter_mut().zip(pairs).for_each(|(w, (p, m))| *w = math::tanh(0.5 * self.beta * (p - m)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    #[test]
    fn proximal_mean_field_by_its_formula() {
        let beta = 2.0;
        let (plus, minus) = (THETA, [0.2, 0.1, -0.3, 0.0, 0.5f32]);
        for jacobian in [Jacobian::AsPublished, Jacobian::Exact] {
            let step = MeanField { beta: 2.0, jacobian };
            let (mut g, mut g_minus) = (GRADIENT, [0.0; 5]);
            step.surrogate([&plus, &minus], &[0.0; 5], &[SCALE; 5], [&mut g, &mut g_minus]);
            let of = |which: usize| {
                theta().zip(minus).zip(loss_gradients()).map(move |((p, m), l)| {
                    let (ep, em) = ((beta * p).exp(), (beta * f64::from(m)).exp());
                    let u = [ep / (ep + em), em / (ep + em)];
                    let g_u = [l, -l];
                    let inner = u[0] * g_u[0] + u[1] * g_u[1];
                    let diagonal = if jacobian == Jacobian::AsPublished { 1.0 } else { u[which] };
                    beta * (diagonal * g_u[which] - u[which] * inner)
                })
            };
            assert_close(&g, of(0));
            assert_close(&g_minus, of(1));
        }
    }
}
