//! Rules that train synapses of a few levels.
//!
//! Rules with a latent value θ for every synapse (w the weight in units of the scale, ℓ′ = ∂ℓ/∂w):
//!
//! | rule | relaxed weight | g_θ, what the optimizer descends | after the step |
//! |---|---|---|---|
//! | `adaste` ([`adaste`]) | s(θ) | c ℓ′ | – |
//! | `straight_through` | level of θ | ℓ′, with `clip` only where \|θ\| ≤ 1 | with `clip` θ ← clip(θ, −1, 1) |
//! | `prox_quant` | θ | ℓ′ | θ moves towards ±1 by ρ = `strength_per_epoch` · epoch |
//! | `md_tanh` | tanh θ | β ℓ′ (of an optimizer that is free of scale: β η) | – |
//! | `md_tanh_s` | tanh βθ | ℓ′, with `exact_derivative` β(1−w²)ℓ′ | – |
//! | `pmf` | u⁺ − u⁻, u = softmax(βũ) | β J ∂ℓ/∂u for ũ⁺ and ũ⁻ | – |
//! | `bayes_binn` | tanh((θ + ½ ln(ε/(1−ε)))/τ) | ℓ′ (1−w²+10⁻¹⁰)/(τ(1−tanh²θ+10⁻¹⁰)) | – |
//!
//! Sources: Courbariaux, Bengio & David, NIPS 2015 (`straight_through`); Bai, Wang & Liberty, ICLR 2019 (`prox_quant`);
//! Ajanthan, Gupta, Torr, Hartley & Dokania, AISTATS 2021 (`md_tanh`, `md_tanh_s`); Ajanthan et al., ICCV 2019 (`pmf`);
//! Meng, Bachmann & Khan, ICML 2020 (`bayes_binn`); formulas as in the code published with them.
//!
//! Each has a file of its own, with its settings and its arithmetic; the table of `adaste` is in [`adaste`]. Rules without
//! a latent value are in [`events`]. To add one, write its file and give it a variant and an arm below.
pub mod adaste;
pub mod bayes_binn;
pub mod events;
pub mod growth;
mod latent_step;
pub mod md_tanh;
pub mod md_tanh_s;
pub mod pmf;
pub mod prox_quant;
pub mod straight_through;

use adaste::AdaSte;
use bayes_binn::BayesBinn;
use events::HysteresisCounter;
use latent_step::LatentRule;
pub(crate) use latent_step::{GradientNeeds, LatentStep, MeanGradient};
use md_tanh::MdTanh;
use md_tanh_s::MdTanhS;
use pmf::Pmf;
use prox_quant::ProxQuant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use straight_through::StraightThrough;

/// What moves synapses of a few levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynapseRule {
    /// Adaptive straight-through estimator.
    Adaste(AdaSte),
    /// BinaryConnect and the plain straight-through estimator.
    StraightThrough(StraightThrough),
    /// Proximal steps towards the levels.
    ProxQuant(ProxQuant),
    /// Mirror descent with tanh.
    MdTanh(MdTanh),
    /// Mirror descent with tanh, the numerically stable form.
    MdTanhS(MdTanhS),
    /// Proximal mean-field.
    Pmf(Pmf),
    /// Bayesian binary networks.
    BayesBinn(BayesBinn),
    /// No latent value: every event of the local signal moves the synapse.
    StochasticFlips,
    /// No latent value: a small counter between the events and the synapse.
    HysteresisCounter(HysteresisCounter),
}

impl SynapseRule {
    /// The rule, if it keeps latent values.
    fn latent(&self) -> Option<&dyn LatentRule> {
        match self {
            Self::Adaste(rule) => Some(rule),
            Self::StraightThrough(rule) => Some(rule),
            Self::ProxQuant(rule) => Some(rule),
            Self::MdTanh(rule) => Some(rule),
            Self::MdTanhS(rule) => Some(rule),
            Self::Pmf(rule) => Some(rule),
            Self::BayesBinn(rule) => Some(rule),
            Self::StochasticFlips | Self::HysteresisCounter(_) => None,
        }
    }

    /// Latent values of a synapse.
    pub fn planes(&self) -> usize {
        self.latent().map_or(0, LatentRule::planes)
    }

    /// Whether it knows other synapses than binary ones.
    pub fn suits_levels(&self) -> bool {
        self.latent().is_none_or(LatentRule::suits_levels)
    }

    /// What its steps have to know of a gradient before they see its parts.
    pub(crate) fn needs(&self) -> GradientNeeds {
        self.latent().map_or(GradientNeeds::default(), LatentRule::needs)
    }

    /// Whether plain STE stands in for it at small gradients.
    pub fn has_threshold(&self) -> bool {
        self.threshold(&MeanGradient { samples: 1, root_mean_square: Some(1.0) }).is_some()
    }

    /// |ℓ′| of the mean loss up to which plain STE stands in for the rule; none if it always acts.
    pub(crate) fn threshold(&self, of: &MeanGradient) -> Option<f64> {
        self.latent().and_then(|rule| rule.threshold(of))
    }

    /// Events in one direction that move a synapse; of rules without a latent value.
    pub fn event_threshold(&self) -> Option<i8> {
        match self {
            Self::StochasticFlips => Some(1),
            Self::HysteresisCounter(counter) => Some(counter.threshold()),
            _ => None,
        }
    }

    /// The arithmetic of training step `step`; of rules with a latent value.
    pub(crate) fn at(&self, step: u64, steps_per_epoch: u64) -> Option<Arc<dyn LatentStep>> {
        self.latent().map(|rule| rule.at(step, steps_per_epoch))
    }
}
