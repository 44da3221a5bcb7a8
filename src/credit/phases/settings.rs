//! Settings of the rules with two phases.
use crate::dynamics::Loss;
use crate::dynamics::output::{Linearised, LossGradientAt, OutputNudge};
use crate::parameter::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Equilibrium propagation.
///
/// ```
/// use dyadsim::credit::phases::PhaseNudging;
/// use dyadsim::prelude::*;
///
/// // As in an experiment file.
/// let text = r#"{"equilibrium_propagation": {"nudging": "positive", "beta": 0.5}}"#;
/// let CreditRule::EquilibriumPropagation(settings) = serde_json::from_str(text)? else { panic!("another rule") };
/// assert_eq!((settings.nudging, settings.feedback_gain.get()), (PhaseNudging::Positive, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EquilibriumPropagation {
    /// How the outputs are nudged in the two phases.
    pub nudging: PhaseNudging,
    /// Nudging strength β; the weight gradient is divided by it.
    pub beta: Positive,
    /// Feedback gain γ: the state that reaches a hidden layer from above is multiplied by it.
    pub feedback_gain: Positive,
    /// How the loss nudges the outputs.
    pub output: OutputNudge,
    /// Updates of the second phase: so many of the schedule's, again from its beginning if it has fewer; all of them, as in
    /// the first phase, unless given.
    pub second_updates: Option<Count>,
}

impl Default for EquilibriumPropagation {
    fn default() -> Self {
        Self {
            nudging: PhaseNudging::default(),
            beta: Positive::constant(0.1),
            feedback_gain: Positive::constant(1.0),
            output: OutputNudge::Linearised(Linearised { loss_gradient_at: LossGradientAt::MeanState }),
            second_updates: None,
        }
    }
}

/// Nudges of the two phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhaseNudging {
    /// A free phase, then one nudged by β: the error of the gradient is of first order in β.
    Positive,
    /// A free phase, then one nudged by −β: an error of the same size and the other sign.
    Negative,
    /// A phase nudged by −β, then one nudged by β: the error is of second order.
    #[default]
    Centred,
}

impl PhaseNudging {
    /// Signs of the nudge in the two phases.
    pub fn signs(self) -> [f64; 2] {
        match self {
            Self::Positive => [0.0, 1.0],
            Self::Negative => [0.0, -1.0],
            Self::Centred => [-1.0, 1.0],
        }
    }
}

impl EquilibriumPropagation {
    /// Key, value and rule that these settings break together, if any.
    pub fn conflict(&self, loss: Loss) -> Option<(&'static str, String, String)> {
        if self.output.takes_gradient_at(LossGradientAt::InitialForward) {
            let rule = "is not the gradient at the equilibrium: use \"mean_state\" or \"current_drive\"";
            return Some(("output.linearised.loss_gradient_at", "\"initial_forward\"".into(), rule.into()));
        }
        let is_negative = self.nudging.signs().iter().any(|&sign| sign < 0.0);
        (self.output == OutputNudge::Proximal && is_negative && self.beta.get() >= 1.0).then(|| {
            let detail = match loss {
                Loss::HalfSquaredError => "1/2 |s-a|^2 - beta*loss(s) has no minimiser",
                Loss::SoftmaxCrossEntropy | Loss::SigmoidCrossEntropy => {
                    "1/2 |s-a|^2 - beta*loss(s) is kept strictly convex with a margin"
                }
            };
            let rule = format!(
                "must be below 1 where a proximal output is nudged by -beta: from 1 on {detail}; use a smaller beta, \
                 nudging \"positive\" or output \"linearised\""
            );
            ("beta", self.beta.get().to_string(), rule)
        })
    }
}

/// Contrastive Hebbian learning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastiveHebbian {
    /// Feedback gain γ: the state that reaches a hidden layer from above is multiplied by it.
    pub feedback_gain: Positive,
    /// Updates of the second phase: so many of the schedule's, again from its beginning if it has fewer; all of them, as in
    /// the first phase, unless given.
    pub second_updates: Option<Count>,
}

impl Default for ContrastiveHebbian {
    fn default() -> Self {
        Self { feedback_gain: Positive::constant(1.0), second_updates: None }
    }
}
