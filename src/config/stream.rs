//! What the settings of a stream and the others make impossible for each other.
use super::key::KeyPath;
use super::{Experiment, Hardware};
use crate::credit::nudging::CreditRule;
use crate::network::Layer;
use crate::relax::schedule::{Schedule, Start};
use crate::relax::stream::{Stream, Updates};

/// Tells what the other settings of an experiment make impossible in its stream, if it has one.
pub(super) fn conflicts(experiment: &Experiment, conflict: &mut impl FnMut(&str, String)) {
    let Some(Schedule::Stream(stream)) = &experiment.schedule else { return };
    let mut of_stream = |key: &str, rule: String| conflict(&format!("schedule.stream.{key}"), rule);
    if let Some((key, rule)) = stream.presentation.conflict() {
        of_stream(&format!("presentation.{key}"), rule.into());
    }
    for (key, is_given) in [("delay_line", stream.delay_line.is_some()), ("layer_clock", stream.layer_clock.is_some())] {
        if let Some(without) = untimed(experiment, stream).filter(|_| is_given) {
            of_stream(key, format!("is not possible with {without}"));
        }
    }
    if experiment.start.is_some_and(|start| start != Start::Carried) {
        conflict("start", "must be \"carried\" with schedule stream: nothing is ever reset".into());
    }
    if experiment.measure.stability.is_some() {
        conflict("measure.stability", "is not used with schedule stream, which makes no passes: remove it".into());
    }
}

/// What keeps an error from having a known age at every layer, if something does.
fn untimed(experiment: &Experiment, stream: &Stream) -> Option<&'static str> {
    if stream.updates != Updates::Synchronous {
        return Some("updates in which only some units move: it is not known how long an error is on its way");
    }
    if matches!(experiment.credit_rule, CreditRule::DampedDp(_)) {
        return Some("credit_rule \"damped_dp\", whose compartments also depend on where they were before");
    }
    if experiment.network.hidden_layers() == 0 {
        return Some("a network without hidden layers, whose error is there at once");
    }
    if experiment.network.model.is_some() {
        return Some("network.model, whose reads are pooled at the maxima of the present stimulus");
    }
    experiment.network.layers.iter().flatten().find_map(|layer| match layer {
        Layer::MaxPool(_) => Some("a max_pool, whose maxima are those of the present stimulus"),
        Layer::Skip(_) => Some("a skip, by which errors of two ages come back"),
        _ => None,
    })
}

/// What a stream asks of the hardware that this has not.
pub(super) fn hardware_conflict(
    experiment: &Experiment,
    hardware: &Hardware,
) -> Option<(KeyPath, Option<String>, String)> {
    let Some(Schedule::Stream(stream)) = &experiment.schedule else { return None };
    let key = KeyPath::root().key("schedule").key("stream");
    if let Updates::Poisson(clock) = stream.updates
        && hardware.units.dt_s.is_none()
    {
        let key = key.key("updates").key("poisson").key("rate_hz");
        let rule = "needs units.dt_s of the hardware model, the duration of an update".to_owned();
        return Some((key, Some(clock.rate_hz.get().to_string()), rule));
    }
    None
}
