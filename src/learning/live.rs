//! Learning without global phases: one stimulus of a stream, in which states and weights go on as they are.
use super::divergence::Divergence;
use super::learner::Learner;
use crate::analog::moment::Context;
use crate::linalg::{Matrix, MatrixView};
use crate::network::inference::VisitObserver;
use crate::network::schedule::Visit;
use crate::network::stream::{Stream, Updates};
use crate::random::{Purpose, stream};
use rand::RngExt;
use std::collections::VecDeque;

/// What a stream remembers of the time before the present stimulus.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Steps since the stream began.
    pub clock: u64,
    /// Stimuli whose teacher may still have something to say, oldest first.
    pub teachers: VecDeque<TeacherSignal>,
}

/// What the teacher says of one stimulus.
#[derive(Debug, Clone)]
pub struct TeacherSignal {
    /// Step at which the stimulus appeared.
    pub since: u64,
    /// Target (class × sample); `None` where the teacher is absent.
    pub target: Option<Matrix>,
}

impl Past {
    /// The target that the outputs see at the present step, when the teacher lags.
    fn target(&self, lag: u64) -> Option<&Matrix> {
        let then = self.clock.checked_sub(lag)?;
        self.teachers.iter().rev().find(|signal| signal.since <= then)?.target.as_ref()
    }

    /// Forgets what not even a lagging teacher refers to any more.
    fn forget(&mut self, lag: u64) {
        let oldest = self.clock.saturating_sub(lag);
        while self.teachers.get(1).is_some_and(|next| next.since <= oldest) {
            self.teachers.pop_front();
        }
    }
}

impl Learner {
    /// Lives through the stimulus of training step `step`, learning with `rate` per stimulus. Shapes as in
    /// [`Learner::infer`].
    ///
    /// # Errors
    /// If a state or weight leaves the finite range.
    ///
    /// # Panics
    /// If the schedule is no stream.
    pub fn live(
        &mut self,
        inputs: MatrixView,
        targets: MatrixView,
        rate: f64,
        step: u64,
        mut observer: Option<&mut dyn VisitObserver>,
    ) -> Result<(), Divergence> {
        let stream: Stream = *self.stream().expect("only called in a stream");
        self.refresh_damping(step);
        self.calibrate(inputs, step);
        let stimulus = stream.stimulus(self.noise_seed, step);
        let writes = stream.writes(self.noise_seed, step, stimulus.length);
        let moves = stream.update_probability(self.dt_s);
        let lag = u64::from(stream.teacher.lag_steps);
        let target = stimulus.taught.then(|| targets.into_owned());
        self.past.teachers.push_back(TeacherSignal { since: self.past.clock, target });
        let layers = self.weights.layers().len();
        let mut draw = stream_of_layers(self.noise_seed, step);
        self.state.begin(Context::Training, step);
        self.inference.present(inputs, &mut self.state);
        for (t, write) in writes.into_iter().enumerate() {
            let target = self.past.target(lag);
            let visit = match (stream.updates, target.is_some()) {
                (Updates::RandomLayer, taught) => match draw.random_range(1..=layers) {
                    k if k == layers && !taught => Visit::OutputsUnnudged,
                    k => Visit::Layer(k),
                },
                (_, true) => Visit::All,
                (_, false) => Visit::AllUnnudged,
            };
            if let Some(observer) = &mut observer {
                observer.before(t, visit, &self.state);
            }
            let target = target.map_or(targets, |target| target.as_view());
            self.inference.visit(visit, moves, &self.weights, inputs, target, &mut self.state);
            let last = t + 1 == stimulus.length;
            // What a stimulus leaves is on the lines, whether or not anybody looks: a checkpoint holds the lines.
            if write.is_some() || observer.is_some() || last {
                self.inference.finish_visit(&mut self.state);
            }
            if let Some(observer) = &mut observer {
                observer.after(t, visit, &self.state, &self.weights);
                if last {
                    observer.finished(&self.state, &self.weights);
                }
            }
            self.past.clock += 1;
            self.past.forget(lag);
            if let Some(share) = write {
                self.update(inputs, rate * share, step)?;
                self.state.forget_products();
            }
        }
        self.check_states(step, None)
    }
}

/// The layers that a random-layer stream visits in one step.
fn stream_of_layers(seed: u64, step: u64) -> crate::random::Stream {
    stream(seed, Purpose::RandomSchedule, &[step])
}
