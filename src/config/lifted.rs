//! What a lifted network makes impossible in an experiment.
use super::Experiment;
use crate::network::credit_rule::CreditRule;
use crate::network::loss::Loss;

impl Experiment {
    /// What a lifted network makes impossible.
    pub(super) fn lifted_conflicts(&self, conflict: &mut impl FnMut(&str, String)) {
        let Some(lifted) = &self.lifted else { return };
        if self.credit_rule != CreditRule::Lifted {
            conflict("lifted", "is only used with credit_rule \"lifted\": remove it".into());
            return;
        }
        if let Some((key, rule)) = lifted.conflict(self.layers(), self.network.activation) {
            conflict(key, rule);
        }
        if self.loss != Loss::HalfSquaredError {
            conflict(
                "loss",
                "must be \"half_squared_error\" with credit_rule \"lifted\": energies are quadratic".into(),
            );
        }
        if !self.is_supervised() {
            if self.network.hidden.is_empty() {
                let rule = "must have a layer: with objective \"reconstruction\" there are no outputs, the last is the top one";
                conflict("network.hidden", rule.into());
            }
            if self.measure.robustness.is_some() {
                let rule = "is not used with objective \"reconstruction\": nothing is classified";
                conflict("measure.robustness", rule.into());
            }
            if self.training.validation.is_some() {
                let rule = "is not used with objective \"reconstruction\": weights are not chosen by accuracy";
                conflict("training.validation", rule.into());
            }
        }
    }
}
