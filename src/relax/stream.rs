//! Life without phases: stimuli follow each other, nothing is ever reset, units and synapses go on as they are.
//!
//! ```text
//! time      tick t of presentation n; every tick lasts dt
//! units     all at once; each with probability p; by Poisson clocks, p = 1 − exp(−λ dt); or one random layer
//! teacher   y of the stimulus that was present `lag_steps` ago; absent (β = 0) with a probability per stimulus
//! synapses  write at every step with rate η dt/T, at random steps with probability q and rate η dt/(q T), or at the
//!           end of the stimulus with rate η; T is the mean presentation
//! ```
//!
//! so that the expected amount of learning per stimulus is η for all three. Neither units nor synapses are told which
//! tick it is, whether a stimulus has just changed, or whether a teacher is there.
use super::delay_line::DelayLine;
use super::layer_clock::LayerClock;
use crate::math;
use crate::network::{Network, NetworkError};
use crate::parameter::{Fraction, Positive, PositiveFraction, Repeats};
use crate::random::{Purpose, stream};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a stream.
///
/// ```
/// use dyadsim::prelude::*;
/// use dyadsim::relax::stream::Stream;
///
/// // Every stimulus stays for 10 steps; the teacher comes 2 steps late.
/// let stream: Stream = serde_json::from_str(
///     r#"{"presentation": {"fixed": {"steps": 10}}, "teacher": {"lag_steps": 2}}"#,
/// )?;
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let dyads = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let inference = Inference { start: Start::Carried, ..dyads };
/// let settings = LearnerSettings::new(network, inference, Optimizer::default(), 1);
/// let mut learner = Learner::new(LearnerSettings { schedule: Schedule::Stream(stream), ..settings })?;
/// let (inputs, targets) = (Matrix::from_element(4, 1, 0.5), Matrix::from_column_slice(3, 1, &[0.0, 1.0, 0.0]));
/// train(&mut learner, inputs.as_view(), targets.as_view(), 0.01, 0)?;
/// assert_eq!(learner.stream_memory.clock, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// How long a stimulus stays.
    pub presentation: Presentation,
    /// Which units move at a step.
    #[serde(default)]
    pub updates: Updates,
    /// When the teacher speaks.
    #[serde(default)]
    pub teacher: Teacher,
    /// When the synapses write.
    #[serde(default)]
    pub plasticity: Plasticity,
    /// Lines that hold drive and activity back until the error of their stimulus comes; null is none.
    #[serde(default)]
    pub delay_line: Option<DelayLine>,
    /// Clocks by which synapses write only while the drive of their layer is still; null is none.
    #[serde(default)]
    pub layer_clock: Option<LayerClock>,
    /// Whether units send what their membranes are on their way to, v + (1−κ)/κ Δv, in the place of v.
    #[serde(default)]
    pub prospective: bool,
    /// Whether the replicas of a mini-batch change stimuli at steps of their own, drawn once, as independent devices do;
    /// otherwise all change at once.
    #[serde(default)]
    pub offsets: bool,
}

/// Length of the presentations, drawn again for every stimulus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Always this many steps.
    Fixed(FixedLength),
    /// Uniform between two lengths.
    Uniform(UniformLength),
    /// Geometric: at every step the stimulus changes with the same probability.
    Geometric(GeometricLength),
}

/// A fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedLength {
    /// Steps of a presentation.
    pub steps: Repeats,
}

/// A uniform length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UniformLength {
    /// Fewest steps.
    pub shortest: Repeats,
    /// Most steps.
    pub longest: Repeats,
}

/// A geometric length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeometricLength {
    /// Mean number of steps of the law before it is cut off.
    pub mean: Repeats,
    /// A presentation ends at the latest after this many steps.
    pub longest: Repeats,
}

/// Which units move at a step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Updates {
    /// All of them.
    #[default]
    Synchronous,
    /// Each with the same probability, on its own.
    Asynchronous(UpdateProbability),
    /// Each by a Poisson clock of its own.
    Poisson(UpdateRate),
    /// All units of one layer, drawn again at every step.
    RandomLayer,
}

/// Probability of an update.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProbability {
    /// That a unit moves at a step.
    pub probability: PositiveFraction,
}

/// Rate of updates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRate {
    /// Mean ticks per second of every unit's clock. Needs hardware.units.dt_s.
    pub rate_hz: Positive,
}

/// When the teacher speaks.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Teacher {
    /// The target is that of the stimulus this many steps ago.
    pub lag_steps: u16,
    /// Probability that a stimulus comes without a teacher.
    pub absent_probability: Fraction,
}

/// When the synapses write.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plasticity {
    /// At every step.
    #[default]
    EveryStep,
    /// At steps drawn at random.
    Random(WriteProbability),
    /// At the last step of every stimulus.
    StimulusEnd,
}

/// Probability of a write.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteProbability {
    /// That the synapses write at a step.
    pub probability: PositiveFraction,
}

impl Presentation {
    /// Most steps that a presentation can have.
    pub fn longest(&self) -> usize {
        match self {
            Self::Fixed(fixed) => fixed.steps.get(),
            Self::Uniform(uniform) => uniform.longest.get(),
            Self::Geometric(geometric) => geometric.longest.get(),
        }
    }

    /// Fewest steps that a presentation can have.
    pub fn shortest(&self) -> usize {
        match self {
            Self::Fixed(fixed) => fixed.steps.get(),
            Self::Uniform(uniform) => uniform.shortest.get(),
            Self::Geometric(_) => 1,
        }
    }

    /// Mean number of steps, T.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Fixed(fixed) => fixed.steps.get() as f64,
            Self::Uniform(uniform) => (uniform.shortest.get() + uniform.longest.get()) as f64 / 2.0,
            // E min(n, N) = (1 − (1−p)^N)/p with p = 1/mean.
            Self::Geometric(geometric) => {
                let mean = geometric.mean.get() as f64;
                mean * (1.0 - (1.0 - 1.0 / mean).powi(geometric.longest.get() as i32))
            }
        }
    }

    /// The rule that the lengths break, with its key, if they do.
    pub fn conflict(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Uniform(u) if u.shortest > u.longest => Some(("uniform.shortest", "must not be above longest")),
            Self::Geometric(g) if g.mean > g.longest => Some(("geometric.mean", "must not be above longest")),
            _ => None,
        }
    }

    fn length(&self, draw: &mut crate::random::Stream) -> usize {
        match self {
            Self::Fixed(fixed) => fixed.steps.get(),
            Self::Uniform(uniform) => draw.random_range(uniform.shortest.get()..=uniform.longest.get()),
            Self::Geometric(geometric) => {
                let change = 1.0 / geometric.mean.get() as f64;
                let longest = geometric.longest.get();
                (1..longest).find(|_| draw.random::<f64>() < change).unwrap_or(longest)
            }
        }
    }
}

/// One stimulus of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stimulus {
    /// Steps that it stays.
    pub length: usize,
    /// Whether its teacher is there.
    pub taught: bool,
}

impl Stream {
    /// Whether a network can be trained in it.
    ///
    /// # Errors
    /// [`NetworkError::NotTimed`] for delay lines or clocks of a network in which it is not known how long an error is on its way.
    pub fn check(&self, network: &Network) -> Result<(), NetworkError> {
        let is_chain = network.projections().iter().enumerate().all(|(p, own)| own.from == p && own.to == p + 1);
        let is_pooled = network.projections().iter().any(|own| own.pool.is_some());
        let is_timed = self.delay_line.is_some() || self.layer_clock.is_some();
        if is_timed && (!is_chain || is_pooled || self.updates != Updates::Synchronous) {
            return Err(NetworkError::NotTimed);
        }
        Ok(())
    }

    /// Draws the stimulus of training step `step`.
    pub fn stimulus(&self, seed: u64, step: u64) -> Stimulus {
        let mut draw = stream(seed, Purpose::Presentation, &[step]);
        let taught = draw.random::<f64>() >= self.teacher.absent_probability.get();
        Stimulus { length: self.presentation.length(&mut draw), taught }
    }

    /// Steps after the others at which each replica of a mini-batch changes its stimulus; none where all do at once.
    pub fn replica_offsets(&self, seed: u64, replicas: usize) -> Vec<u64> {
        if !self.offsets {
            return vec![];
        }
        // No training step has this number.
        let mut draw = stream(seed, Purpose::Presentation, &[u64::MAX]);
        (0..replicas).map(|_| draw.random_range(0..self.presentation.shortest() as u64)).collect()
    }

    /// Share of the learning rate that a write has, for each of the `length` steps of stimulus `step`; `None` where
    /// the synapses do not write.
    pub fn writes(&self, seed: u64, step: u64, length: usize) -> Vec<Option<f64>> {
        let dt = 1.0 / self.presentation.mean();
        match self.plasticity {
            Plasticity::EveryStep => vec![Some(dt); length],
            Plasticity::Random(WriteProbability { probability }) => {
                let mut draw = stream(seed, Purpose::Plasticity, &[step]);
                let q = probability.get();
                (0..length).map(|_| (draw.random::<f64>() < q).then_some(dt / q)).collect()
            }
            Plasticity::StimulusEnd => (1..=length).map(|t| (t == length).then_some(1.0)).collect(),
        }
    }

    /// Probability that a unit moves at a step that lasts `dt_s`; `None` where all do.
    pub fn update_probability(&self, dt_s: Option<f64>) -> Option<f32> {
        match self.updates {
            Updates::Synchronous | Updates::RandomLayer => None,
            Updates::Asynchronous(UpdateProbability { probability }) => Some(probability.get() as f32),
            Updates::Poisson(UpdateRate { rate_hz }) => dt_s.map(|dt_s| -math::exp_m1(-rate_hz.get() * dt_s) as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{assert_estimate, assert_mean, assert_share};

    fn stream_of(presentation: Presentation) -> Stream {
        Stream {
            presentation,
            updates: Updates::Synchronous,
            teacher: Teacher { lag_steps: 0, absent_probability: Fraction::constant(0.3) },
            plasticity: Plasticity::EveryStep,
            delay_line: None,
            layer_clock: None,
            prospective: false,
            offsets: false,
        }
    }

    /// And nothing outside the stated range.
    #[test]
    fn lengths_and_teachers_have_their_law() {
        let n = 20_000u64;
        let count = Repeats::constant;
        let uniform = Presentation::Uniform(UniformLength { shortest: count(4), longest: count(10) });
        let geometric = Presentation::Geometric(GeometricLength { mean: count(6), longest: count(30) });
        // Variance of the uniform law (7² − 1)/12, of the geometric one at most mean².
        for (presentation, variance) in [(uniform, 4.0), (geometric, 30.0)] {
            let stream = stream_of(presentation);
            let drawn: Vec<Stimulus> = (0..n).map(|step| stream.stimulus(9, step)).collect();
            let lengths: Vec<f64> = drawn.iter().map(|s| s.length as f64).collect();
            assert_mean(&lengths, presentation.mean(), variance, "lengths");
            assert!(drawn.iter().all(|s| (1..=presentation.longest()).contains(&s.length)));
            assert_share(drawn.iter().filter(|s| s.taught).count(), n as usize, 0.7, "taught stimuli");
        }
    }

    #[test]
    fn replicas_change_stimuli_at_any_step_of_the_shortest_presentation() {
        let uniform = UniformLength { shortest: Repeats::constant(5), longest: Repeats::constant(9) };
        let stream = Stream { offsets: true, ..stream_of(Presentation::Uniform(uniform)) };
        let offsets = stream.replica_offsets(3, 10_000);
        for step in 0..5 {
            let share = offsets.iter().filter(|&&offset| offset == step).count();
            assert_share(share, offsets.len(), 0.2, format!("offset {step}"));
        }
        assert!(Stream { offsets: false, ..stream }.replica_offsets(3, 4).is_empty());
    }

    #[test]
    fn every_kind_of_plasticity_learns_the_same_amount_per_stimulus() {
        let n = 4000;
        let probability = PositiveFraction::constant(0.25);
        for plasticity in
            [Plasticity::EveryStep, Plasticity::Random(WriteProbability { probability }), Plasticity::StimulusEnd]
        {
            let fixed = Presentation::Fixed(FixedLength { steps: Repeats::constant(8) });
            let stream = Stream { plasticity, ..stream_of(fixed) };
            let total: f64 = (0..n).flat_map(|step| stream.writes(3, step, 8)).flatten().sum();
            // Variance per stimulus of the random writes: 8 (1/8)² (1−q)/q = 0.375.
            assert_estimate(total / n as f64, 1.0, (0.375 / n as f64).sqrt(), format!("{plasticity:?}"));
        }
    }
}
