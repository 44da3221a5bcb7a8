//! What backprop, or another rule whose units have one compartment, and a hardware model make impossible for each other.
use super::key::KeyPath;
use super::{Experiment, Hardware};
use crate::credit::nudging::CreditRule;

/// Key, value and rule of what is impossible, if something is.
pub(super) fn conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let rule_name = experiment.credit_rule.name();
    let has_phases = experiment.credit_rule.has_phases();
    if experiment.credit_rule != CreditRule::Backprop && !has_phases {
        return None;
    }
    let name = &hardware.name;
    let measure = KeyPath::root().key("measure");
    if has_phases && hardware.is_ideal() {
        return None;
    }
    if hardware.is_ideal() {
        let every = experiment.measure.gradient_every_steps.flatten()?;
        let rule = format!(
            "is not used with credit_rule \"backprop\" on ideal hardware, as {name:?} is, whose gradient is exact: remove it"
        );
        return Some((measure.key("gradient_every_steps"), Some(every.get().to_string()), rule));
    }
    let unused = hardware.chip().of_dyads_alone();
    if !unused.is_empty() {
        let keys = unused.join(", ");
        let rule = format!(
            "has units of one compartment, for which {keys} of {name:?} cannot apply: set them to 0 or null \
             (--set hardware.{}=…)",
            unused[0]
        );
        return Some((KeyPath::root().key("credit_rule"), Some(format!("\"{rule_name}\"")), rule));
    }
    if experiment.training.adversarial.is_some() {
        let rule =
            format!("follows the exact gradient of the inputs, which {name:?} does not make: use ideal hardware");
        return Some((KeyPath::root().key("training").key("adversarial"), None, rule));
    }
    None
}
