//! Credit rules: how the error reaches every synapse.
//!
//! With drive a = W s̄ + b, feedback d = Wᵀ(s⁺ − s⁻) of what is above, asymmetry α and s̄ = α s⁺ + (1−α) s⁻:
//!
//! | rule | s⁺ | s⁻ | source |
//! |---|---|---|---|
//! | `dp` | f(a + α γ d) | f(a − (1−α) γ d) | Høier, Staudt & Zach, ICML 2023; "RAOVR" in the 2024 code |
//! | `dp_transpose` | f(a + (1−α) γ d) | f(a − α γ d) | DP⊤, Høier & Zach, ICML 2024; "Lagr" in its code |
//! | `damped_dp` | f((a + α γ d + L s⁺)/(1+L)) | f((a − (1−α) γ d + L s⁻)/(1+L)) | 2024 code, "dampened" |
//! | `backprop` | – | – | reference and baseline, on ideal hardware and through the arrays of a die |
//! | `equilibrium_propagation`, `contrastive_hebbian` | – | – | two phases, [`phases`] |
//! | `lifted` | – | – | energies of [`lifted`] |
//!
//! The outputs are nudged by the loss ℓ with strength β; `linearised` or `proximal`, and with α `direct`
//! (s⁺ gets αβ, s⁻ gets (1−α)β) or `transposed` (the other way round). The published codes disagree on the latter:
//! the JAX code transposes for DP⊤, the Julia script does not. γ ("feedback gain") is β_k/β_{k+1} of the 2023 code.
//!
//! | file | holds |
//! |---|---|
//! | [`nudging`] | settings: which rule, asymmetry, shares of the nudges |
//! | [`damping`] | L of the damped rule |
//! | [`assignment`] | what every rule can do |
//! | [`evidence`] | what the synapses learn from |
//! | [`gradient`] | local gradient −(1/(βB)) (s⁺−s⁻) s̄ᵀ and its angle to another |
//! | [`dual_propagation`] | `dp`, `dp_transpose`, `damped_dp` |
//! | [`backprop`] | backprop: the exact gradient, or what is left of it on a die |
//! | [`phases`] | equilibrium propagation, contrastive Hebbian learning |
//! | `batch_norm` | statistics of a mini-batch in inference, and errors that go back through them |
//! | [`lifted`] | LRRN: energy, its minimum, its learning; LPOM |
//! | [`stability`] | whether inference converges: gain of the nudging |
//! | [`inference`] | a rule on a substrate |
//!
//! To add a rule, write its file with a type that is a [`CreditAssignment`], and give it a variant of [`CreditRule`] and
//! an arm in [`Inference::new`].
pub mod assignment;
pub mod backprop;
pub(crate) mod batch_norm;
pub mod damping;
pub mod dual_propagation;
pub mod evidence;
pub mod gradient;
pub mod inference;
pub mod lifted;
pub(crate) mod local;
pub mod nudging;
pub mod phases;
pub mod stability;

pub use assignment::{CreditAssignment, Task};
pub use damping::Damping;
pub use evidence::Evidence;
pub use gradient::LocalGradient;
pub use inference::Inference;
pub use nudging::{CreditRule, Nudging, OutputAlpha};
