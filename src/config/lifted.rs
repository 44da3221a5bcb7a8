//! What a lifted network makes impossible in an experiment.
use crate::credit::lifted::LiftedConfig;
use crate::credit::nudging::CreditRule;
use crate::dynamics::{Activation, Loss};

/// What stands in the experiment next to the settings of a lifted network.
pub(super) struct Surroundings {
    pub credit_rule: CreditRule,
    pub activation: Activation,
    pub loss: Loss,
    /// Layers of weights.
    pub layers: usize,
    pub has_hidden: bool,
    /// The part of the network that is no dense layer, with the rule that it breaks.
    pub no_chain: Option<(String, String)>,
    pub is_supervised: bool,
    pub measures_robustness: bool,
    pub has_validation: bool,
}

/// What a lifted network makes impossible: calls `conflict` with the key and the rule.
pub(super) fn conflicts(lifted: &LiftedConfig, around: &Surroundings, conflict: &mut impl FnMut(&str, String)) {
    if around.credit_rule != CreditRule::Lifted {
        conflict("lifted", "is only used with credit_rule \"lifted\": remove it".into());
        return;
    }
    if let Some((key, rule)) = lifted.conflict(around.layers, around.activation) {
        conflict(key, rule);
    }
    if let Some((key, rule)) = &around.no_chain {
        conflict(key, rule.clone());
    }
    if around.loss != Loss::HalfSquaredError {
        conflict("loss", "must be \"half_squared_error\" with credit_rule \"lifted\": energies are quadratic".into());
    }
    if around.is_supervised {
        return;
    }
    if !around.has_hidden {
        let rule = "must have a layer: with objective \"reconstruction\" there are no outputs, the last is the top one";
        conflict("network.hidden", rule.into());
    }
    if around.measures_robustness {
        let rule = "is not used with objective \"reconstruction\": nothing is classified";
        conflict("measure.robustness", rule.into());
    }
    if around.has_validation {
        let rule = "is not used with objective \"reconstruction\": weights are not chosen by accuracy";
        conflict("training.validation", rule.into());
    }
}
