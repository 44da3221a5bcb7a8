//! Lifted regression/reconstruction networks (LRRN; Høier & Zach, BMVC 2020): inference minimises an energy in which
//! every layer at once regresses forward and reconstructs backward,
//!
//! ```text
//! E(z; x) = Σ_{k=1..L} γ^{k−1} [ ½‖z_k − W_k z_{k−1} − b_k‖² + (λ_k/2)‖z_{k−1} − W_kᵀ z_k − c_k‖² + (μ/2)‖z_k‖² ]
//! z_0 = x,   z_k ∈ C_k convex: z ≥ 0, a box, or free
//! ```
//!
//! strictly convex in z_1 … z_L, so that inference has one result. For any weights
//! ‖z_k(x) − z_k(x′)‖ ≤ κ_k ‖z_{k−1}(x) − z_{k−1}(x′)‖ with κ = (1+λ)/(2√(λ(1+μ))): λ is the knob of the Lipschitz constant.
//!
//! The text of the paper could not be read when this was written: energy, theorem, inference and training are derived
//! from its abstract and from the parent model, the lifted networks of Zach & Estellers (BMVC 2019, λ = 0). W_kᵀ
//! reconstructs, because only with shared weights is the bound free of the weights. (Proof of the bound: z_k minimises its
//! own term plus a convex function of z_k alone. Subtract the optimality conditions for x and x′ and drop the monotone part:
//! ‖Δz‖² + λ‖WᵀΔz‖² ≤ (1+λ)⟨WᵀΔz, Δx⟩; with a = ‖WᵀΔz‖ this is ≤ (1+λ) a ‖Δx‖, and (1+λ) a ‖Δx‖ − λa² is at most
//! ((1+λ)²/4λ) ‖Δx‖². A linear layer whose singular values are all 1/√λ attains it.)
//!
//! Layers are counted from 1, as everywhere in this crate: λ_k, W_k, b_k, c_k belong to the term between layers k−1 and k.
//!
//! | file | equation |
//! |---|---|
//! | [`settings`] | λ from a Lipschitz constant, κ, the certificate Π κ |
//! | [`mod@energy`] | E, errors e_k = z_k − W_k z_{k−1} − b_k and r_k = z_{k−1} − W_kᵀ z_k − c_k |
//! | [`blocks`] | M_k z_k = (right side): the quadratic problem of one layer, and its safe step |
//! | [`rule`] | the phases of a training step, as a credit rule |
//! | [`solve`] | block coordinate descent and projected gradient, on ideal hardware |
//! | `local` | the same minimum by the unit step of dyads, on any hardware |
//! | [`learning`] | ∂E/∂W_k = −γ^{k−1} (e_k z_{k−1}ᵀ + λ_k z_k r_kᵀ), clamped minus free |
//! | [`lpom`] | the lifted proximal operator machine, a baseline |
//! | [`response`] | derivative of the result with respect to the inputs |
pub mod blocks;
pub(crate) mod constants;
pub mod energy;
pub mod learning;
pub(crate) mod local;
pub mod lpom;
pub mod response;
pub mod rule;
pub mod settings;
pub mod solution;
pub mod solve;

pub use rule::LiftedRule;
pub use settings::{
    Lifted, LiftedConfig, LiftedEnergy, LiftedInference, LiftedObjective, LocalInference, Reconstruction, Stopping,
};
