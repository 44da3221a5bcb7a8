//! Stream training, without global phases: one stimulus of a stream, in which states and weights go on as they are.
use super::calibration::follow;
use super::divergence::Divergence;
use super::learner::Learner;
use super::stream_memory::TeacherSignal;
use super::stream_timing::Step;
use crate::credit::Inference;
use crate::device::noise_key::Context;
use crate::linalg::MatrixView;
use crate::network::Network;
use crate::random::{Purpose, stream};
use crate::relax::engine::Engine;
use crate::relax::rule::UnitRule;
use crate::relax::schedule::Update;
use crate::relax::stream::{Stream, Updates};
use crate::relax::{NetworkState, UpdateObserver};
use rand::RngExt;

/// Shows the stimulus of training step `step`, while the learner learns with `rate` per stimulus. Shapes as in
/// [`Learner::infer`].
///
/// # Errors
/// If a state or weight leaves the finite range.
///
/// # Panics
/// If the schedule is no stream.
pub fn train_in_stream(
    learner: &mut Learner,
    inputs: MatrixView,
    targets: MatrixView,
    rate: f64,
    step: u64,
    mut observer: Option<&mut dyn UpdateObserver>,
) -> Result<(), Divergence> {
    let stream: Stream = *learner.stream().expect("only called in a stream");
    learner.prepare(inputs, step);
    let stimulus = stream.stimulus(learner.noise_seed, step);
    let writes = stream.writes(learner.noise_seed, step, stimulus.length);
    let moves = stream.update_probability(learner.dt_s);
    let lag = u64::from(stream.teacher.lag_steps);
    let target = stimulus.taught.then(|| targets.into_owned());
    learner.stream_memory.teachers.push_back(TeacherSignal { since: learner.stream_memory.clock, target });
    let layers = learner.weights.last();
    let mut draw = stream_of_layers(learner.noise_seed, step);
    learner.state.begin(Context::Training, step);
    let mut engine_now = engine(&learner.inference, &learner.weights, &mut learner.state);
    let waiting = match &learner.stream_memory.replicas {
        None => {
            engine_now.set_inputs(inputs);
            None
        }
        Some(_) => {
            engine_now.sense_inputs(inputs);
            Some(learner.state.activity(0).clone())
        }
    };
    for (t, write) in writes.into_iter().enumerate() {
        let replicas = learner.stream_memory.replicas.as_ref().zip(waiting.as_ref());
        if let Some(stimuli) = replicas.and_then(|(replicas, new)| replicas.shown(new, t as u64)) {
            engine(&learner.inference, &learner.weights, &mut learner.state).show(&stimuli);
        }
        let target = learner.stream_memory.target(lag);
        let update = match (stream.updates, target.is_some()) {
            (Updates::RandomLayer, taught) => match draw.random_range(1..=layers) {
                k if k == layers && !taught => Update::OutputsUnnudged,
                k => Update::Layer(k),
            },
            (_, true) => Update::All,
            (_, false) => Update::AllUnnudged,
        };
        if let Some(observer) = &mut observer {
            observer.before(t, update, &learner.state);
        }
        before_update(learner);
        let target = target.as_ref().map_or(targets, |target| target.as_view());
        engine(&learner.inference, &learner.weights, &mut learner.state).update(update, moves, target);
        let last = t + 1 == stimulus.length;
        // What a stimulus leaves is on the lines, whether or not it is recorded: a checkpoint holds the lines.
        let is_read = write.is_some() || observer.is_some() || last;
        after_update(learner, is_read);
        if is_read {
            learner.state.finish_update(&learner.weights);
        }
        if write.is_some() || last {
            follow(&mut learner.inference, &learner.state);
        }
        if let Some(observer) = &mut observer {
            observer.after(t, update, &learner.state, &learner.weights);
            if last {
                observer.finished(&learner.state, &learner.weights);
            }
        }
        learner.stream_memory.clock += 1;
        learner.stream_memory.forget(lag);
        if let Some(share) = write {
            learner.update(rate * share, step)?;
            learner.state.invalidate();
        }
    }
    if let (Some(replicas), Some(shown)) = (&mut learner.stream_memory.replicas, waiting) {
        replicas.leave(shown);
    }
    learner.check_states(step, None)
}

/// What delay lines take in before a step of a stream.
pub(super) fn before_update(learner: &mut Learner) {
    if let Some(timing) = &mut learner.stream_memory.timing {
        timing.before(&learner.state);
    }
}

/// What delay lines and clocks make of a step, before the state is finished; what synapses learn from only if that `is_read`.
pub(super) fn after_update(learner: &mut Learner, is_read: bool) {
    let Learner { inference, weights, state, noise_seed, stream_memory, .. } = learner;
    let Some(timing) = &mut stream_memory.timing else { return };
    let step = Step { rule: units(inference), network: &*weights, state: &*state, noise_seed: *noise_seed };
    timing.after(step);
    let sent_back = timing.sent_back(step);
    let held = is_read.then(|| timing.held(step));
    for (k, pair) in (1..).zip(&sent_back) {
        if let Some([plus, minus]) = pair {
            state.replace_difference(k, [plus, minus]);
        }
    }
    if let Some(held) = held {
        state.hold(held);
    }
}

/// The layers that a random-layer stream updates in one step.
fn stream_of_layers(seed: u64, step: u64) -> crate::random::Stream {
    stream(seed, Purpose::RandomSchedule, &[step])
}

fn engine<'a>(inference: &'a Inference, network: &'a Network, state: &'a mut NetworkState) -> Engine<'a> {
    Engine::new(units(inference), &inference.substrate, network, state)
}

fn units(inference: &Inference) -> &dyn UnitRule {
    inference.rule.units().expect("only rules that go update by update train in a stream")
}
