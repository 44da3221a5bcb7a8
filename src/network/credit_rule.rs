//! Credit rules: how strongly, and on which side, the two compartments of a dyad are nudged.
//!
//! With drive a = W s̄ + b, feedback d = Wᵀ(s⁺ − s⁻) from the layer above, asymmetry α and s̄ = α s⁺ + (1−α) s⁻:
//!
//! | rule | s⁺ | s⁻ | source |
//! |---|---|---|---|
//! | `dp` | f(a + α γ d) | f(a − (1−α) γ d) | Høier & Zach, ICML 2023; "RAOVR" in the 2024 code |
//! | `dp_transpose` | f(a + (1−α) γ d) | f(a − α γ d) | DP⊤, Høier & Zach, ICML 2024; "Lagr" in its code |
//! | `damped_dp` | f((a + α γ d + L s⁺)/(1+L)) | f((a − (1−α) γ d + L s⁻)/(1+L)) | 2024 code, "dampened" |
//! | `backprop` | – | – | reference and baseline |
//! | `lifted` | – | – | energies of [`super::lifted`] |
//!
//! The outputs are nudged by the loss ℓ with strength β; `linearised` or `proximal`, and with α `direct`
//! (s⁺ gets αβ, s⁻ gets (1−α)β) or `transposed` (the other way round). The published codes disagree on the latter:
//! the JAX code transposes for DP⊤, the Julia script does not. γ ("feedback gain") is β_k/β_{k+1} of the 2023 code.
use super::loss::Loss;
use crate::parameter::{Count, Fraction, NonNegative, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rule that moves errors back through the layers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditRule {
    /// Original dual propagation: stable only while |1−2α|βσ² < 1.
    Dp,
    /// The adjoint-state rule DP⊤: stable for every asymmetry.
    #[default]
    DpTranspose,
    /// Dual propagation with the damping L_k = max(0, ‖W_{k+1}‖² − 1)/2.
    DampedDp(Damping),
    /// Exact gradients, no dyads.
    Backprop,
    /// A lifted network, which learns from the difference of two energies; its settings are in `lifted`.
    Lifted,
}

/// How the damping L_k of hidden layer k is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Damping {
    /// Power iterations for ‖W_{k+1}‖ at every training step, each from a random vector (3 in the authors' Julia
    /// script, 50 in their JAX code).
    pub power_iterations: Count,
    /// Multiply L_k by |1−2α|, as the Julia script does: no damping at α = ½.
    pub asymmetry_factor: bool,
    /// Enlarges L_k by this share: with the linearised output and β = 1 the published L_k is exactly the boundary.
    pub margin: NonNegative,
}

impl Default for Damping {
    fn default() -> Self {
        Self { power_iterations: Count::constant(3), asymmetry_factor: true, margin: NonNegative::constant(0.0) }
    }
}

impl Damping {
    /// L_k = max(0, ‖W_{k+1}‖² − 1)/2, times |1−2α| if so published, times 1 + margin.
    pub fn from_norm(&self, norm: f64, alpha: f64) -> f64 {
        let factor = if self.asymmetry_factor { (1.0 - 2.0 * alpha).abs() } else { 1.0 };
        (norm * norm - 1.0).max(0.0) / 2.0 * factor * (1.0 + self.margin.get())
    }
}

/// Nudging of outputs and hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nudging {
    /// Asymmetry α at the outputs.
    pub alpha: Fraction,
    /// Asymmetry α of the hidden layers; the one of the outputs unless given.
    pub alpha_hidden: Option<Fraction>,
    /// Nudging strength β; the weight gradient is divided by it.
    pub beta: Positive,
    /// Feedback gain γ: the difference that reaches a hidden layer is multiplied by it.
    pub feedback_gain: Positive,
    /// How the loss nudges the outputs.
    pub output: OutputNudge,
    /// Which compartment of an output gets αβ and which (1−α)β.
    pub output_alpha: OutputAlpha,
}

impl Default for Nudging {
    fn default() -> Self {
        Self {
            alpha: Fraction::constant(0.5),
            alpha_hidden: None,
            beta: Positive::constant(0.1),
            feedback_gain: Positive::constant(1.0),
            output: OutputNudge::default(),
            output_alpha: OutputAlpha::default(),
        }
    }
}

/// How the loss nudges the outputs away from their drive a.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputNudge {
    /// s± = a ∓ c±β ∂ℓ/∂a
    Linearised(Linearised),
    /// s± = argmin ½‖s − a‖² ± c±β ℓ(s): exact, but has no minimiser for s⁻ once c⁻β ≥ 1
    Proximal,
}

impl Default for OutputNudge {
    fn default() -> Self {
        Self::Linearised(Linearised::default())
    }
}

/// Settings of the linearised output nudge.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Linearised {
    /// Where ∂ℓ/∂a is taken.
    pub loss_gradient_at: LossGradientAt,
}

/// Where the loss gradient of a linearised nudge is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossGradientAt {
    /// At the drive of the visit (the 2024 JAX code for `dp`, and its Julia script).
    #[default]
    CurrentDrive,
    /// Once, at the outputs of the initial forward pass (the 2024 JAX code for `dp_transpose` and `damped_dp`).
    InitialForward,
    /// At the mean ½(s⁺+s⁻) of the output dyads before the visit (the 2023 code, `dualprop_betaL_lin_mse`).
    MeanState,
}

/// Placement of α at the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputAlpha {
    /// As in the hidden layers of the rule: `direct` for `dp` and `damped_dp`, `transposed` for `dp_transpose`.
    #[default]
    AsRule,
    /// s⁺ gets αβ, s⁻ gets (1−α)β.
    Direct,
    /// s⁺ gets (1−α)β, s⁻ gets αβ.
    Transposed,
}

/// Shares of a nudge that go to the two compartments; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NudgeShares {
    /// Share of s⁺.
    pub plus: f64,
    /// Share of s⁻.
    pub minus: f64,
}

impl Nudging {
    /// α of the hidden layers.
    pub fn alpha_hidden(&self) -> Fraction {
        self.alpha_hidden.unwrap_or(self.alpha)
    }

    /// Shares of the feedback in a hidden dyad.
    pub fn hidden_shares(&self, rule: CreditRule) -> NudgeShares {
        shares(self.alpha_hidden().get(), self.transposes_hidden(rule))
    }

    /// Whether s⁺ of a hidden dyad gets the share 1−α.
    pub fn transposes_hidden(&self, rule: CreditRule) -> bool {
        rule == CreditRule::DpTranspose
    }

    /// Whether s⁺ of an output gets the share 1−α.
    pub fn transposes_outputs(&self, rule: CreditRule) -> bool {
        match self.output_alpha {
            OutputAlpha::AsRule => rule == CreditRule::DpTranspose,
            OutputAlpha::Direct => false,
            OutputAlpha::Transposed => true,
        }
    }

    /// Shares of β in an output dyad.
    pub fn output_shares(&self, rule: CreditRule) -> NudgeShares {
        shares(self.alpha.get(), self.transposes_outputs(rule))
    }

    /// Factor by which a pass multiplies the distance of the outputs from their fixed point along the largest singular
    /// value σ (`norm`) of the output weights, for a linear last hidden layer under the squared error. Inference with
    /// `dp` and `damped_dp` converges if it is below 1.
    ///
    /// The mean of a linear hidden dyad is W s̄ + (2α−1)γ d with d = −c Wᵀ(a−y), so a ← Wa + (1−2α)γc WWᵀ(a−y):
    /// the factor is |1−2α|γcσ² (condition of Høier & Zach, ICML 2024), and with the damping L of that layer
    /// |L + (1−2α)γcσ²|/(1+L). α is that of the hidden layers. c, by which the outputs answer to an error of their
    /// drive, is β for a linearised nudge and β/((1+c⁺)(1−c⁻)) for a proximal one; it is 0 where the loss gradient
    /// stays that of the initial forward pass. With `dp_transpose` the mean does not move: the factor is 0.
    ///
    /// It is a guide beyond that: cross-entropy answers at most half as strongly, and a gradient taken at the mean state
    /// adds a delay of its own.
    pub fn gain(&self, rule: CreditRule, norm: f64, damping: f64) -> f64 {
        if matches!(rule, CreditRule::DpTranspose | CreditRule::Backprop | CreditRule::Lifted) {
            return 0.0;
        }
        let beta = self.beta.get();
        let answer = match self.output {
            OutputNudge::Linearised(l) if l.loss_gradient_at == LossGradientAt::InitialForward => 0.0,
            OutputNudge::Linearised(_) => beta,
            OutputNudge::Proximal => {
                let NudgeShares { plus, minus } = self.output_shares(rule);
                beta / ((1.0 + plus * beta) * (1.0 - minus * beta))
            }
        };
        let turned = (1.0 - 2.0 * self.alpha_hidden().get()) * self.feedback_gain.get() * answer * norm * norm;
        (damping + turned).abs() / (1.0 + damping)
    }

    /// The rule that these settings break together, if any.
    pub fn conflict(&self, rule: CreditRule, loss: Loss) -> Option<String> {
        // In the precision it is used in.
        let strength = f64::from((self.output_shares(rule).minus * self.beta.get()) as f32);
        (self.output == OutputNudge::Proximal && strength >= 1.0).then(|| {
            let detail = match loss {
                Loss::HalfSquaredError => "1/2 |s-a|^2 - c*loss(s) has no minimiser",
                Loss::SoftmaxCrossEntropy => "1/2 |s-a|^2 - c*loss(s) is kept strictly convex with a margin",
            };
            format!(
                "must leave a proximal output nudge of s_minus below 1: its strength c = (1-alpha)*beta (alpha*beta \
                 if transposed) is {strength}, and from 1 on {detail}; use a smaller beta or output \"linearised\""
            )
        })
    }
}

fn shares(alpha: f64, transposed: bool) -> NudgeShares {
    let (plus, minus) = if transposed { (1.0 - alpha, alpha) } else { (alpha, 1.0 - alpha) };
    NudgeShares { plus, minus }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nudging(alpha: f64, beta: f64) -> Nudging {
        Nudging {
            alpha: Fraction::new(alpha).unwrap(),
            beta: Positive::new(beta).unwrap(),
            output: OutputNudge::Proximal,
            ..Nudging::default()
        }
    }

    #[test]
    fn the_transpose_rule_swaps_the_shares() {
        let n = nudging(0.3, 0.5);
        assert_eq!(n.hidden_shares(CreditRule::Dp), NudgeShares { plus: 0.3, minus: 0.7 });
        assert_eq!(n.hidden_shares(CreditRule::DpTranspose), NudgeShares { plus: 0.7, minus: 0.3 });
        let direct = Nudging { output_alpha: OutputAlpha::Direct, ..n };
        assert_eq!(direct.output_shares(CreditRule::DpTranspose), NudgeShares { plus: 0.3, minus: 0.7 });
    }

    #[test]
    fn a_proximal_nudge_without_minimiser_is_a_conflict() {
        let rule = CreditRule::Dp;
        for loss in [Loss::HalfSquaredError, Loss::SoftmaxCrossEntropy] {
            assert!(nudging(0.0, 1.0).conflict(rule, loss).is_some());
            assert!(nudging(0.0, 0.99).conflict(rule, loss).is_none());
            assert!(nudging(0.5, 1.99).conflict(rule, loss).is_none());
            assert!(nudging(1.0, 100.0).conflict(rule, loss).is_none());
            // Transposed, α and 1−α change places.
            assert!(nudging(1.0, 1.0).conflict(CreditRule::DpTranspose, loss).is_some());
        }
    }

    #[test]
    fn damping_is_half_the_excess_of_the_squared_norm() {
        let damping = Damping::default();
        assert_eq!(damping.from_norm(0.9, 0.0), 0.0);
        assert_eq!(damping.from_norm(3.0, 0.0), 4.0);
        assert_eq!(damping.from_norm(3.0, 0.5), 0.0);
        assert_eq!(Damping { asymmetry_factor: false, ..damping }.from_norm(3.0, 0.5), 4.0);
    }
}
