//! ProxQuant: proximal steps towards the levels (Bai, Wang & Liberty, ICLR 2019).
use super::latent_step::{LatentRule, LatentStep};
use crate::parameter::{Count, NonNegative};
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of ProxQuant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxQuant {
    /// ρ grows by this much with every epoch.
    pub strength_per_epoch: NonNegative,
    /// From the end of this epoch on θ = ±1 for good; null never.
    pub freeze_epoch: Option<Count>,
}

impl Default for ProxQuant {
    fn default() -> Self {
        Self { strength_per_epoch: NonNegative::constant(1e-4), freeze_epoch: None }
    }
}

impl LatentRule for ProxQuant {
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep> {
        let epoch = step / steps_per_epoch.max(1);
        if self.freeze_epoch.is_some_and(|freeze| epoch >= freeze.get() as u64) {
            return Arc::new(Frozen);
        }
        Arc::new(Proximal { strength: (self.strength_per_epoch.get() * epoch as f64) as f32 })
    }
}

/// Before the freeze, with ρ.
#[derive(Debug)]
struct Proximal {
    strength: f32,
}

/// After it.
#[derive(Debug)]
struct Frozen;

impl LatentStep for Proximal {
    fn project(&self, theta: &mut [f32]) {
        for x in theta {
            let beyond = x.abs() - 1.0;
            *x = (beyond.signum() * (beyond.abs() - self.strength).max(0.0) + 1.0).copysign(*x);
        }
    }

    fn relaxed(&self, [theta, _]: [&[f32]; 2], _: &Codebook, out: &mut [f32], _: &mut Stream) {
        out.copy_from_slice(theta);
    }
}

impl LatentStep for Frozen {
    fn is_frozen(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    /// papers: θ ← sgn θ (sgn(|θ|−1) relu(||θ|−1|−ρ) + 1).
    #[test]
    fn prox_quant_by_its_formula() {
        let step = Proximal { strength: 0.25 };
        assert_close(&surrogate(&step, &[0.0; 5]), loss_gradients());
        assert_close(&projected(&step), [-1.45, -0.85, 0.25, 0.55, 1.0]);
        assert_close(&relaxed(&step), theta());
    }

    #[test]
    fn the_strength_grows_with_every_epoch_until_the_freeze() {
        let rule =
            ProxQuant { strength_per_epoch: NonNegative::constant(0.125), freeze_epoch: Some(Count::constant(3)) };
        assert_close(&projected(&*rule.at(29, 10)), [-1.45, -0.85, 0.25, 0.55, 1.0]);
        assert!(!rule.at(29, 10).is_frozen() && rule.at(30, 10).is_frozen());
    }
}
