//! Keys of the noise: which stream of random numbers every draw comes from.
//!
//! Every source of noise has a stream of its own for every tile of a population at every tick. A source that is switched
//! off opens no stream, so it cannot shift another; the number of threads, recordings and interruptions have no part
//! in the key.
use crate::random::{NormalStream, Purpose, key};

/// What the states are inferred for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Context {
    /// A training step.
    Training = 0,
    /// Scoring the training set.
    EvaluationTrain = 1,
    /// Scoring the validation set.
    EvaluationValidation = 2,
    /// Scoring the test set.
    EvaluationTest = 3,
    /// Measuring s⁺ − s⁻ without nudging (auto-zero).
    Calibration = 4,
    /// A measurement that does not touch the run.
    Audit = 5,
    /// A query of a measurement of robustness; its step is the number of the query.
    Robustness = 6,
}

/// A tick of one network's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// What for.
    pub context: Context,
    /// Training step, or epoch of an evaluation.
    pub step: u64,
    /// Updates since the step began; 0 is the forward pass.
    pub number: u64,
}

impl Tick {
    /// The beginning of the first training step.
    pub const START: Self = Self { context: Context::Training, step: 0, number: 0 };
}

/// Where noise comes from. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum NoiseSource {
    White = 0,
    OrnsteinUhlenbeck = 1,
    Flicker = 2,
    ForwardRead = 3,
    FeedbackRead = 4,
    Readout = 5,
    Input = 6,
    Teacher = 7,
    ForwardLine = 8,
    FeedbackLine = 9,
    ForwardDac = 10,
    FeedbackDac = 11,
    ForwardAdc = 12,
    FeedbackAdc = 13,
    Multiplier = 14,
    MultiplierRounding = 15,
    UpdateClock = 16,
    OrnsteinUhlenbeckStart = 17,
    FlickerStart = 18,
    PhaseMemory = 19,
    DriveLine = 20,
    ActivityLine = 21,
}

/// Key of the noise of one tile of a population at one tick; every source has a stream of its own there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoiseKey {
    pub seed: u64,
    pub tick: Tick,
    /// 0 is the stimulus.
    pub population: usize,
    pub first_unit: usize,
    pub first_sample: usize,
}

impl NoiseKey {
    /// Of a whole population.
    pub fn new(seed: u64, tick: Tick, population: usize) -> Self {
        Self { seed, tick, population, first_unit: 0, first_sample: 0 }
    }

    /// The stream of a source.
    pub fn stream(&self, source: NoiseSource) -> NormalStream {
        let Tick { context, step, number } = self.tick;
        let indices = [
            source as u64,
            context as u64,
            step,
            number,
            self.population as u64,
            self.first_unit as u64,
            self.first_sample as u64,
        ];
        NormalStream::new(key(self.seed, Purpose::TemporalNoise, &indices))
    }

    /// The stream of a source, unless it is switched off.
    pub fn stream_if(&self, on: bool, source: NoiseSource) -> Option<NormalStream> {
        on.then(|| self.stream(source))
    }
}
