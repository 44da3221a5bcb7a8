//! Rules with two phases: equilibrium propagation and contrastive Hebbian learning, on the units, arrays, synapses and
//! schedules of the dyads.
//!
//! A unit has one compartment, and what it sends back is its state itself:
//!
//! ```text
//! s_k = f(a_k + γ d_k),   a_k = W_k s_{k−1} + b_k,   d_k = W_{k+1}ᵀ s_{k+1};   outputs are linear, s_L = a_L
//! ```
//!
//! These states are those at which the energy
//!
//! ```text
//! E = Σ_k γ^{k−1} [ Σ_i ∫ f⁻¹(s_k,i) ds_k,i − s_kᵀ W_k s_{k−1} − b_kᵀ s_k ]
//! ```
//!
//! is stationary. Every phase relaxes the units by the updates of the schedule, from where the one before has ended. What
//! teaches the outputs differs, and synapses learn from the difference of what they see at the two ends, š and ŝ:
//!
//! | rule | first phase, š | second phase, ŝ | ∂J/∂W_k times −γ^{L−k} |
//! |---|---|---|---|
//! | `equilibrium_propagation`, `positive` | free | nudged by β | (ŝ_k ŝ_{k−1}ᵀ − š_k š_{k−1}ᵀ)/β |
//! | … `negative` | free | nudged by −β | (ŝ_k ŝ_{k−1}ᵀ − š_k š_{k−1}ᵀ)/(−β) |
//! | … `centred` | nudged by −β | nudged by β | (ŝ_k ŝ_{k−1}ᵀ − š_k š_{k−1}ᵀ)/(2β) |
//! | `contrastive_hebbian` | free | outputs held at the targets | ŝ_k ŝ_{k−1}ᵀ − š_k š_{k−1}ᵀ |
//!
//! A nudge of β moves the outputs to where E + γ^{L−1} β ℓ(s_L) is stationary, s_L = a_L − β ∂ℓ/∂s_L. By the theorem of
//! Scellier & Bengio the contrast is the gradient of ℓ at the free states up to O(β), centred up to O(β²). With weak feedback
//! (γ → 0) the contrastive rule becomes backprop of the squared error (Xie & Seung), and the free states become those of a
//! forward pass.
//!
//! The state of the first phase has to be remembered until the second has ended. With it a unit makes the contrast
//! Δ = ŝ − š and the middle s̄ = (ŝ + š)/2, and the synapses learn from Δ_k s̄_{k−1}ᵀ + s̄_k Δ_{k−1}ᵀ, which is the same number as the
//! difference of the two products without being one of large numbers. What arrives from below is as it was sent, through
//! the converters of the forward array. Recorded states at the end of inference are s⁺ = ŝ, s⁻ = š as it is remembered,
//! the difference Δ and the mean s̄; after every update s⁺ is the state, drive and feedback are what moved it.
//!
//! An evaluation relaxes the units by one phase without teacher, from a forward pass.
//!
//! | file | holds |
//! |---|---|
//! | [`settings`] | settings of both rules |
//! | `units` | the units of one phase |
//! | [`exact`] | the exact gradient of the free states, as reference |
//! | [`rule`] | two phases, and what they leave for the synapses |
//!
//! Sources: Scellier & Bengio, Front. Comput. Neurosci. 11:24 (2017); discrete updates s ← f(∂Φ/∂s): Ernoult et al., NeurIPS
//! 2019; centred: Laborieux et al., Front. Neurosci. 15:633674 (2021), who relax freely before the two nudged phases, which
//! changes only where those begin; contrastive Hebbian learning: Movellan (1991); γ: Xie & Seung, Neural Computation 15 (2003).
pub mod exact;
pub mod rule;
pub mod settings;
pub(crate) mod units;

pub use rule::TwoPhases;
pub use settings::{ContrastiveHebbian, EquilibriumPropagation, PhaseNudging};
