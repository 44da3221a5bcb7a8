//! Pulsed devices: synapses that move by a small, imperfect step with every coincidence of two pulses.
//!
//! Models and symbols are those of aihwkit (Rasch et al., AICAS 2021; Gokmen & Vlasov, Frontiers in Neuroscience 2016;
//! behaviour of version 1.1). σ = `dw_min_std`, ξ a standard normal; fixed for each device are its steps
//! s↑ = `dw_min` (g + min(`up_down`, 0) + r) and s↓ = `dw_min` (g − max(`up_down`, 0) − r), taken without sign, with
//! g = 1 + `dw_min_dtod` ξ (or exp(`dw_min_dtod` ξ)) and r = `up_down_dtod` ξ, and its bounds
//! b↑ = |`w_max` (1 + `w_max_dtod` ξ)|, b↓ = −|`w_min` (1 + `w_min_dtod` ξ)|. After every step w is clipped to them.
//!
//! | model | step up (down is its mirror image) |
//! |---|---|
//! | `constant_step` | s↑ (1 + σξ) |
//! | `linear_step` | (s↑ + k↑ w)(1 + σξ), k↑ = −\|γ↑ + γ_dtod ξ\| s↑/w_max; additive noise: s↑ (1 + σξ) + k↑ w |
//! | `soft_bounds` | the same with γ = 1 and the device's own bound |
//! | `soft_bounds_reference` | s↑ (1 − w′/b↑ + σξ) of w′ = w + reference; multiplicative noise: s↑ (1 − w′/b↑)(1 + σξ) |
//! | `exp_step` | y s↑ (1 + σξ), y = max(1 − A↑ exp(γ↑ z), 0), z = 2a w/(b↑ − b↓) + b |
//! | `pow_step` | s↑ ((b↑ − w)/(b↑ − b↓))^γ↑ (1 + σξ) |
//! | `piecewise_step` | s↑ y (1 + σξ), y interpolated between nodes at equal distances from b↓ to b↑ |
//!
//! Pulse trains count with the granularity, the step at w = 0 of a device without spread: `dw_min`, of `exp_step`
//! `dw_min` (1 − max(`up_down`, 0)) (1 − A↓ exp(−γ↓ b)), of `pow_step` `dw_min` ½^γ, of `piecewise_step` `dw_min` times the
//! middle node. A learning rate η moves devices by −η ∂ℓ/∂w_device in the mean, as far as their steps are the granularity;
//! a weight is `scale` times its device, so that weights move by −η `scale`² ∂ℓ/∂W: with a scale of 1/√pre by η/pre times
//! their gradient.
//!
//! What is read is w plus `write_noise_std` · `dw_min` ξ, with a new ξ at every write.
pub mod array;
mod block;
pub mod config;
pub mod mean_device;
pub mod model;
mod refresh;
pub mod response;
pub mod synapses;
pub mod train;
