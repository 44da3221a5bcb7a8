//! Settings of the credit rules: how strongly, and on which side, the two compartments of a dyad are nudged. The rules are
//! those of [`super`].
use super::damping::Damping;
use super::phases::settings::{ContrastiveHebbian, EquilibriumPropagation};
use super::stability::Answer;
use crate::dynamics::Loss;
use crate::dynamics::output::{LossGradientAt, OutputNudge};
use crate::parameter::{Fraction, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rule that moves errors back through the layers.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // As in an experiment file.
/// let rule: CreditRule = serde_json::from_str(r#""dp_transpose""#)?;
/// assert_eq!(rule, CreditRule::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditRule {
    /// Original dual propagation: stable only while its gain is below 1, which is |1−2α|βσ² with one hidden layer.
    Dp,
    /// The adjoint-state rule DP⊤: stable for every asymmetry.
    #[default]
    DpTranspose,
    /// Dual propagation with the damping L_k = max(0, ‖W_{k+1}‖² − 1)/2.
    DampedDp(Damping),
    /// Exact gradients, no dyads.
    Backprop,
    /// Two phases, free and nudged, whose difference is learnt (Scellier & Bengio 2017); no dyads.
    EquilibriumPropagation(EquilibriumPropagation),
    /// Two phases, free and with the outputs held at the targets, whose difference is learnt; no dyads.
    ContrastiveHebbian(ContrastiveHebbian),
    /// A lifted network, which learns from the difference of two energies; its settings are in `lifted`.
    Lifted,
}

impl CreditRule {
    /// Whether it has dyads.
    pub fn has_dyads(&self) -> bool {
        matches!(self, Self::Dp | Self::DpTranspose | Self::DampedDp(_))
    }

    /// Whether it relaxes units in two phases, one after the other.
    pub fn has_phases(&self) -> bool {
        matches!(self, Self::EquilibriumPropagation(_) | Self::ContrastiveHebbian(_))
    }

    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dp => "dp",
            Self::DpTranspose => "dp_transpose",
            Self::DampedDp(_) => "damped_dp",
            Self::Backprop => "backprop",
            Self::EquilibriumPropagation(_) => "equilibrium_propagation",
            Self::ContrastiveHebbian(_) => "contrastive_hebbian",
            Self::Lifted => "lifted",
        }
    }
}

/// Nudging of outputs and hidden layers.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let nudging = Nudging { alpha: Fraction::new(0.25)?, beta: Positive::new(0.1)?, ..Nudging::default() };
/// assert_eq!(nudging.hidden_shares(CreditRule::Dp).plus, 0.25);
/// assert_eq!(nudging.hidden_shares(CreditRule::DpTranspose).plus, 0.75);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// τ, by which a hidden dyad turns its mean along γ d: s̄ = f(a) + τ γ f′(a) d, linearised.
    pub(super) fn turn(&self, rule: CreditRule) -> f64 {
        let (alpha, NudgeShares { plus, minus }) = (self.alpha_hidden().get(), self.hidden_shares(rule));
        alpha * plus - (1.0 - alpha) * minus
    }

    /// How the outputs answer to an error of their drive, for the squared error.
    pub(super) fn answer(&self, rule: CreditRule) -> Answer {
        let beta = self.beta.get();
        let NudgeShares { plus, minus } = self.output_shares(rule);
        let (strength, mean_moves_by) = match self.output {
            OutputNudge::Linearised(linearised) => match linearised.loss_gradient_at {
                LossGradientAt::CurrentDrive => (beta, None),
                LossGradientAt::InitialForward => (0.0, None),
                LossGradientAt::MeanState => (beta, Some((minus - plus) * beta / 2.0)),
            },
            OutputNudge::Proximal => (beta / ((1.0 + plus * beta) * (1.0 - minus * beta)), None),
        };
        Answer { strength, mean_moves_by }
    }

    /// The rule that these settings break together, if any.
    pub fn conflict(&self, rule: CreditRule, loss: Loss) -> Option<String> {
        // In the precision it is used in.
        let strength = f64::from((self.output_shares(rule).minus * self.beta.get()) as f32);
        (self.output == OutputNudge::Proximal && strength >= 1.0).then(|| {
            let detail = match loss {
                Loss::HalfSquaredError => "1/2 |s-a|^2 - c*loss(s) has no minimiser",
                Loss::SoftmaxCrossEntropy | Loss::SigmoidCrossEntropy => {
                    "1/2 |s-a|^2 - c*loss(s) is kept strictly convex with a margin"
                }
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
}
