//! What a rule with two phases and the other settings make impossible for each other.
use super::key::KeyPath;
use super::{Experiment, Hardware, RecordingMoment, Signal};
use crate::credit::nudging::CreditRule;
use crate::dynamics::Loss;
use crate::relax::schedule::Schedule;
use crate::substrate::PhaseMemory;

/// Key, value and rule of what is impossible, if something is.
pub(super) fn conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let name = experiment.credit_rule.name();
    let root = KeyPath::root();
    if !experiment.credit_rule.has_phases() {
        return (hardware.phase_memory != PhaseMemory::default()).then(|| {
            let rule = format!(
                "keeps no states between two phases, as the memories of {:?} would (--set hardware.phase_memory={{}})",
                hardware.name
            );
            (root.key("credit_rule"), Some(format!("\"{name}\"")), rule)
        });
    }
    match experiment.credit_rule {
        CreditRule::EquilibriumPropagation(settings) => {
            if let Some((key, value, rule)) = settings.conflict(experiment.loss) {
                let own = root.key("credit_rule").key(name);
                return Some((key.split('.').fold(own, |path, key| path.key(key)), Some(value), rule));
            }
        }
        CreditRule::ContrastiveHebbian(_) if experiment.loss != Loss::HalfSquaredError => {
            let rule = "must be \"half_squared_error\" with credit_rule \"contrastive_hebbian\": outputs that are held at the \
                        targets follow no other loss";
            return Some((root.key("loss"), None, rule.into()));
        }
        _ => {}
    }
    match &experiment.schedule {
        Some(Schedule::Stream(_)) => {
            let rule = format!("must end, for the phases of credit_rule \"{name}\": a stream never does");
            return Some((root.key("schedule"), Some("\"stream\"".into()), rule));
        }
        Some(Schedule::Parallel(parallel)) => {
            if let Some(step) = parallel.nudge_from_step.filter(|step| step.get() > 1) {
                let rule =
                    format!("must be 1 with credit_rule \"{name}\": a phase has one teacher, from its first step on");
                let key = root.key("schedule").key("parallel").key("nudge_from_step");
                return Some((key, Some(step.get().to_string()), rule));
            }
        }
        _ => {}
    }
    if experiment.measure.robustness.is_some() {
        let rule =
            format!("follows a forward pass, which is not what a network of credit_rule \"{name}\" answers: remove it");
        return Some((root.key("measure").key("robustness"), None, rule));
    }
    let of_both = |signal: &Signal| matches!(signal, Signal::SMinus | Signal::Difference);
    let states = experiment.recording.states.as_ref()?;
    (states.moment == RecordingMoment::EveryUpdate && states.signals.iter().any(of_both)).then(|| {
        let rule = "s_minus and difference are those of both phases together, at \"inference_end\" only: after every update \
                    the state is s_plus";
        (root.key("recording").key("states").key("signals"), None, rule.into())
    })
}
