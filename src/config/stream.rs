//! What the settings of a stream and the others make impossible for each other.
use super::Hardware;
use super::key::KeyPath;
use super::network::NetworkConfig;
use crate::credit::nudging::CreditRule;
use crate::network::Layer;
use crate::relax::schedule::Start;
use crate::relax::stream::{Plasticity, Stream, Updates};

/// What around a stream decides whether it fits.
pub(super) struct Surroundings<'a> {
    pub credit_rule: CreditRule,
    pub network: &'a NetworkConfig,
    pub start: Option<Start>,
    pub batch_size: usize,
    pub measures_stability: bool,
}

/// Tells what the other settings of an experiment make impossible in its stream.
pub(super) fn conflicts(stream: &Stream, around: &Surroundings, conflict: &mut impl FnMut(&str, String)) {
    let mut of_stream = |key: &str, rule: String| conflict(&format!("schedule.stream.{key}"), rule);
    if let Some((key, rule)) = stream.presentation.conflict() {
        of_stream(&format!("presentation.{key}"), rule.into());
    }
    for (key, is_given) in [("delay_line", stream.delay_line.is_some()), ("layer_clock", stream.layer_clock.is_some())]
    {
        if let Some(without) = untimed(stream, around).filter(|_| is_given) {
            of_stream(key, format!("is not possible with {without}"));
        }
    }
    if let Some(reason) = in_step(stream, around.batch_size).filter(|_| stream.offsets) {
        of_stream("offsets", reason.to_owned());
    }
    if around.start.is_some_and(|start| start != Start::Carried) {
        conflict("start", "must be \"carried\" with schedule stream: nothing is ever reset".into());
    }
    if around.measures_stability {
        conflict("measure.stability", "is not used with schedule stream, which makes no passes: remove it".into());
    }
}

/// What keeps replicas from changing stimuli one by one, if something does.
fn in_step(stream: &Stream, batch_size: usize) -> Option<&'static str> {
    if batch_size == 1 {
        return Some("makes no difference with a training.batch_size of 1, of which there is one replica");
    }
    if stream.presentation.shortest() < 2 {
        return Some(
            "needs stimuli that always stay for two steps at least, of which replicas can take different ones",
        );
    }
    if stream.plasticity == Plasticity::StimulusEnd {
        return Some("is not possible with plasticity \"stimulus_end\", which is the same step for all replicas");
    }
    (stream.teacher.absent_probability.get() > 0.0)
        .then_some("is not possible with a teacher that is absent for a whole mini-batch (teacher.absent_probability)")
}

/// What keeps an error from having a known age at every layer, if something does.
fn untimed(stream: &Stream, around: &Surroundings) -> Option<&'static str> {
    if stream.updates != Updates::Synchronous {
        return Some("updates in which only some units move: it is not known how long an error is on its way");
    }
    if matches!(around.credit_rule, CreditRule::DampedDp(_)) {
        return Some("credit_rule \"damped_dp\", whose compartments also depend on where they were before");
    }
    if around.network.hidden_layers() == 0 {
        return Some("a network without hidden layers, whose error is there at once");
    }
    if around.network.model.is_some() {
        return Some("network.model, whose reads are pooled at the maxima of the present stimulus");
    }
    around.network.layers.iter().flatten().find_map(|layer| match layer {
        Layer::MaxPool(_) => Some("a max_pool, whose maxima are those of the present stimulus"),
        Layer::Skip(_) => Some("a skip, by which errors of two ages come back"),
        _ => None,
    })
}

/// What a stream asks of the hardware that this has not.
pub(super) fn hardware_conflict(stream: &Stream, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let key = KeyPath::root().key("schedule").key("stream");
    if let Updates::Poisson(clock) = stream.updates
        && hardware.units.dt_s.is_none()
    {
        let key = key.key("updates").key("poisson").key("rate_hz");
        let rule = "needs units.dt_s of the hardware model, the duration of an update".to_owned();
        return Some((key, Some(clock.rate_hz.get().to_string()), rule));
    }
    let timings = [("delay_line", stream.delay_line.is_some()), ("layer_clock", stream.layer_clock.is_some())];
    let timing = timings.into_iter().find(|(_, is_given)| *is_given);
    if let (Some((timing, _)), Some(threshold)) = (timing, hardware.units.send_threshold) {
        let rule = format!(
            "needs errors of a known age, which those of {:?} have not: its dyads send only what has changed by more than \
             units.send_threshold = {} (null is none)",
            hardware.name,
            threshold.get()
        );
        return Some((key.key(timing), None, rule));
    }
    if stream.prospective && hardware.chip().relaxation() == 1.0 {
        let rule = format!("makes no difference on {:?}, whose membranes go all the way in an update", hardware.name);
        return Some((key.key("prospective"), Some("true".to_owned()), rule));
    }
    None
}
