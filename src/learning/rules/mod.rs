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
//! Rules without one are in [`events`].
pub mod adaste;
pub mod events;
pub mod growth;
pub(crate) mod latent;
pub mod settings;

use adaste::AdaSte;
use events::HysteresisCounter;
use latent::LatentStep;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::{BayesBinn, Jacobian, MdTanh, MdTanhS, Pmf, ProxQuant, StraightThrough};

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
    /// Latent numbers of a synapse.
    pub fn planes(&self) -> usize {
        match self {
            Self::Pmf(_) => 2,
            Self::StochasticFlips | Self::HysteresisCounter(_) => 0,
            _ => 1,
        }
    }

    /// Whether it knows other synapses than binary ones.
    pub fn suits_levels(&self) -> bool {
        matches!(self, Self::StraightThrough(_) | Self::StochasticFlips | Self::HysteresisCounter(_))
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
    pub(crate) fn at(&self, step: u64, steps_per_epoch: u64) -> Option<LatentStep> {
        let value = |growth: &growth::Growth| growth.at(step, steps_per_epoch) as f32;
        Some(match self {
            Self::Adaste(rule) => LatentStep::Adaste {
                slope: rule.slope(step, steps_per_epoch),
                largest: rule.largest_slope.map_or(f32::INFINITY, |c| c.get() as f32),
                straight_below: rule.straight_through_below.get() as f32,
            },
            Self::StraightThrough(rule) => LatentStep::StraightThrough { clip: rule.clip },
            Self::ProxQuant(rule) => {
                let epoch = step / steps_per_epoch.max(1);
                if rule.freeze_epoch.is_some_and(|freeze| epoch >= freeze.get() as u64) {
                    LatentStep::Frozen
                } else {
                    LatentStep::ProxQuant { strength: (rule.strength_per_epoch.get() * epoch as f64) as f32 }
                }
            }
            Self::MdTanh(rule) => LatentStep::MdTanh { beta: value(&rule.beta) },
            Self::MdTanhS(rule) => {
                LatentStep::MdTanhS { beta: value(&rule.beta), exact_derivative: rule.exact_derivative }
            }
            Self::Pmf(rule) => {
                LatentStep::Pmf { beta: value(&rule.beta), published: rule.jacobian == Jacobian::AsPublished }
            }
            Self::BayesBinn(rule) => LatentStep::BayesBinn { temperature: rule.temperature.get() as f32 },
            Self::StochasticFlips | Self::HysteresisCounter(_) => return None,
        })
    }
}
