//! What batch normalisation and the other settings make impossible for each other.
use super::key::KeyPath;
use super::{Experiment, Hardware};
use crate::credit::nudging::CreditRule;
use crate::relax::schedule::Schedule;

/// Key, value and rule of what is impossible, if something is.
pub(super) fn conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    experiment.network.batch_norm?;
    let without = if !hardware.is_ideal() {
        format!("the hardware {:?}, where no circuit finds the statistics of a mini-batch", hardware.name)
    } else {
        without(experiment)?.to_owned()
    };
    Some((KeyPath::root().key("network").key("batch_norm"), None, format!("is not possible with {without}")))
}

fn without(experiment: &Experiment) -> Option<&'static str> {
    if matches!(experiment.schedule, Some(Schedule::Stream(_))) {
        return Some("schedule stream, where stimuli come one by one and no mini-batch has statistics");
    }
    match experiment.credit_rule {
        CreditRule::Lifted => return Some("credit_rule \"lifted\", whose energy has no place for it"),
        CreditRule::DampedDp(_) => {
            return Some(
                "credit_rule \"damped_dp\", whose damping follows from the norms of arrays that are not normalised",
            );
        }
        CreditRule::EquilibriumPropagation(_) | CreditRule::ContrastiveHebbian(_) => {
            return Some("a credit rule with two phases, each of which would have statistics of its own");
        }
        CreditRule::Dp | CreditRule::DpTranspose | CreditRule::Backprop => {}
    }
    if experiment.training.adversarial.is_some() {
        return Some("training.adversarial, whose inputs would move the statistics of their own mini-batch");
    }
    (experiment.training.batch_size.get() < 2).then_some("a training.batch_size of 1, which has no variance")
}
