//! The unit step of ideal hardware: what a dyad does with its inputs when it is visited. On hardware that is not ideal
//! it is the step of [`super::analog_unit`], of which this is the case κ = 1 without mismatch and noise, bit for bit.
//!
//! | symbol | field | shape | unit |
//! |---|---|---|---|
//! | a = W s̄ + b | `drive`, `bias` | unit × sample, unit | 1 |
//! | d = Wᵀ(s⁺ − s⁻) | `feedback` | unit × sample | 1 |
//! | h⁺γ, h⁻γ | `nudge_plus`, `nudge_minus` | – | 1 |
//! | L | `damping` | – | 1 |
//!
//! Nudged drive (L = 0 except for `damped_dp`; see [`super::credit_rule`] for the shares h±):
//!
//! ```text
//! u⁺ = (a + h⁺γ d + L s⁺)/(1+L)      u⁻ = (a − h⁻γ d + L s⁻)/(1+L)
//! ```
//!
//! and s± = f(u±). Units of a lifted network leak as well: 1 + L + `leak` in place of 1 + L (`lifted/local.rs`).
//!
//! Sources: Høier & Zach, ICML 2023 (`dualprop_model.jl`), ICML 2024 (`src/models.py`); equations of
//! [`super::credit_rule`].
use super::activation::{Activation, Transfer, with_transfer};
use super::state::LayerTile;
use multiversion::multiversion;

/// Constants of a visit to one hidden layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnitStep<'a> {
    pub activation: Activation,
    /// Bias of every unit of the layer.
    pub bias: &'a [f32],
    /// h⁺γ.
    pub nudge_plus: f32,
    /// h⁻γ.
    pub nudge_minus: f32,
    /// α of s̄ = α s⁺ + (1−α) s⁻.
    pub alpha: f32,
    /// L.
    pub damping: f32,
    /// How strongly a unit is drawn to zero.
    pub leak: f32,
}

impl UnitStep<'_> {
    /// Updates both compartments of every dyad of the tile from the tile's drive and feedback.
    pub fn apply(&self, tile: &mut LayerTile) {
        with_transfer!(self.activation, |f| if self.damping == 0.0 && self.leak == 0.0 {
            self.columns::<_, false>(f, tile);
        } else {
            self.columns::<_, true>(f, tile);
        });
    }

    fn columns<F: Transfer, const DAMPED: bool>(&self, f: F, tile: &mut LayerTile) {
        let bias = &self.bias[tile.first_unit..][..tile.units()];
        let parameters = StepParameters::new(self);
        for j in 0..tile.samples() {
            step_column::<F, DAMPED>(
                f,
                parameters,
                bias,
                tile.drive.column(j).as_slice(),
                tile.feedback.column(j).as_slice(),
                tile.s_plus.column_mut(j).as_mut_slice(),
                tile.s_minus.column_mut(j).as_mut_slice(),
                tile.mean.column_mut(j).as_mut_slice(),
                tile.difference.column_mut(j).as_mut_slice(),
            );
        }
    }
}

#[derive(Clone, Copy)]
struct StepParameters {
    nudge_plus: f32,
    nudge_minus: f32,
    alpha: f32,
    damping: f32,
    /// 1/(1+L+leak)
    shrink: f32,
}

impl StepParameters {
    fn new(step: &UnitStep) -> Self {
        Self {
            nudge_plus: step.nudge_plus,
            nudge_minus: step.nudge_minus,
            alpha: step.alpha,
            damping: step.damping,
            shrink: 1.0 / (1.0 + step.damping + step.leak),
        }
    }

    #[inline(always)]
    fn damped(self, u: f32, s: f32) -> f32 {
        (u + self.damping * s) * self.shrink
    }
}

/// One sample, κ = 1. Compiled for each instruction set; without fused multiply-adds, so all give the same bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
#[allow(clippy::too_many_arguments, reason = "a flat list of slices is what the vectoriser wants")]
fn step_column<F: Transfer, const DAMPED: bool>(
    f: F,
    p: StepParameters,
    bias: &[f32],
    drive: &[f32],
    feedback: &[f32],
    s_plus: &mut [f32],
    s_minus: &mut [f32],
    mean: &mut [f32],
    difference: &mut [f32],
) {
    let n = bias.len();
    let (drive, feedback) = (&drive[..n], &feedback[..n]);
    let (s_plus, s_minus) = (&mut s_plus[..n], &mut s_minus[..n]);
    let (mean, difference) = (&mut mean[..n], &mut difference[..n]);
    for i in 0..n {
        let a = drive[i] + bias[i];
        let d = feedback[i];
        let (mut u_plus, mut u_minus) = (a + p.nudge_plus * d, a - p.nudge_minus * d);
        if DAMPED {
            u_plus = p.damped(u_plus, s_plus[i]);
            u_minus = p.damped(u_minus, s_minus[i]);
        }
        let (plus, minus) = (f.value(u_plus), f.value(u_minus));
        s_plus[i] = plus;
        s_minus[i] = minus;
        difference[i] = plus - minus;
        // Exactly s where both compartments agree, for every α.
        mean[i] = minus + p.alpha * (plus - minus);
    }
}

/// The step without nudge and history: v± = a = drive + bias and s⁺ = s⁻ = s̄ = f(a); no difference, no feedback.
pub(crate) fn settle_without_nudge(activation: Activation, bias: &[f32], tile: &mut LayerTile) {
    let bias = &bias[tile.first_unit..][..tile.units()];
    with_transfer!(activation, |f| for j in 0..tile.samples() {
        let mut mean = tile.mean.column_mut(j);
        let mean = mean.as_mut_slice();
        activate_column(f, bias, tile.drive.column(j).as_slice(), mean);
        tile.s_plus.column_mut(j).as_mut_slice().copy_from_slice(mean);
        tile.s_minus.column_mut(j).as_mut_slice().copy_from_slice(mean);
        tile.difference.column_mut(j).as_mut_slice().fill(0.0);
        tile.feedback.column_mut(j).as_mut_slice().fill(0.0);
    });
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn activate_column<F: Transfer>(f: F, bias: &[f32], drive: &[f32], s: &mut [f32]) {
    for ((s, drive), bias) in s.iter_mut().zip(drive).zip(bias) {
        *s = f.value(drive + bias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::state::NetworkState;

    const BIAS: [f32; 3] = [0.5, -0.25, 0.0];

    fn step(damping: f32) -> UnitStep<'static> {
        UnitStep {
            activation: Activation::Relu,
            bias: &BIAS,
            nudge_plus: 0.25,
            nudge_minus: 0.75,
            alpha: 0.25,
            damping,
            leak: 0.0,
        }
    }

    /// Drive (1, −1, 2), feedback (2, 4, −4), previous states 1.
    fn state() -> NetworkState {
        let mut state = NetworkState::zeros(&[2, 3], 1, None);
        let layer = &mut state.layers_mut()[0];
        layer.drive.copy_from_slice(&[1.0, -1.0, 2.0]);
        layer.feedback.copy_from_slice(&[2.0, 4.0, -4.0]);
        layer.s_plus.fill(1.0);
        layer.s_minus.fill(1.0);
        state
    }

    #[test]
    fn a_visit_computed_by_hand() {
        let mut state = state();
        step(0.0).apply(&mut LayerTile::whole(&mut state.layers_mut()[0]));
        let layer = &state.layers()[0];
        // a = (1.5, −1.25, 2); u⁺ = (2, −0.25, 1); u⁻ = (0, −4.25, 5).
        assert_eq!(layer.s_plus.as_slice(), [2.0, 0.0, 1.0]);
        assert_eq!(layer.s_minus.as_slice(), [0.0, 0.0, 5.0]);
        assert_eq!(layer.difference.as_slice(), [2.0, 0.0, -4.0]);
        assert_eq!(layer.mean.as_slice(), [0.5, 0.0, 4.0]);
    }

    #[test]
    fn a_damped_visit_computed_by_hand() {
        let mut state = state();
        step(1.0).apply(&mut LayerTile::whole(&mut state.layers_mut()[0]));
        // (u + 1·1)/2
        assert_eq!(state.layers()[0].s_plus.as_slice(), [1.5, 0.375, 1.0]);
        assert_eq!(state.layers()[0].s_minus.as_slice(), [0.5, 0.0, 3.0]);
    }
}
