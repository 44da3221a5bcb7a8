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
        NormalStream::new(self.of(source))
    }

    fn of(&self, source: NoiseSource) -> u64 {
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
        key(self.seed, Purpose::TemporalNoise, &indices)
    }

    /// The stream of a source, unless it is switched off.
    pub fn stream_if(&self, on: bool, source: NoiseSource) -> Option<NormalStream> {
        on.then(|| self.stream(source))
    }
}

#[cfg(test)]
mod tests {
    use super::NoiseSource as Source;
    use super::*;

    /// Reckoned by another program. A seed gives the same noise in the next version: what changes one of them is an entry
    /// "Changes results" in `CHANGELOG.md`.
    #[test]
    fn the_key_of_every_source_stays() {
        let keys = [
            (Source::White, 0x8a5a_4c19_ce60_4005),
            (Source::OrnsteinUhlenbeck, 0x986a_d082_066e_feb4),
            (Source::Flicker, 0xb1a8_b7d9_6e4e_3870),
            (Source::ForwardRead, 0x6ca2_5e60_acf1_f907),
            (Source::FeedbackRead, 0x8201_cd0b_7b71_5ced),
            (Source::Readout, 0xed16_13a4_3d7a_7d55),
            (Source::Input, 0xca57_fff5_48a5_5491),
            (Source::Teacher, 0x084f_a042_047f_d931),
            (Source::ForwardLine, 0x157c_dd58_3d4e_a7d2),
            (Source::FeedbackLine, 0x70ca_a054_e8c8_b589),
            (Source::ForwardDac, 0x5e0b_434b_90ea_9962),
            (Source::FeedbackDac, 0x2ad3_f61f_0caa_089b),
            (Source::ForwardAdc, 0x201c_4024_6192_94b4),
            (Source::FeedbackAdc, 0xdcf8_8f46_6b22_3574),
            (Source::Multiplier, 0x46be_f66c_36d6_60e5),
            (Source::MultiplierRounding, 0x9fbc_a3ef_f9d3_c42c),
            (Source::UpdateClock, 0xe845_9589_0c86_f4f6),
            (Source::OrnsteinUhlenbeckStart, 0x9063_9bf5_3991_bdc8),
            (Source::FlickerStart, 0xc178_2a7f_1d82_4b04),
            (Source::PhaseMemory, 0xb0e2_dc19_dd75_7db7),
            (Source::DriveLine, 0x1466_6d44_9424_5f5d),
            (Source::ActivityLine, 0xb71a_0063_babd_07bf),
        ];
        let tick = Tick { context: Context::Training, step: 5, number: 6 };
        let own = NoiseKey { seed: 1, tick, population: 2, first_unit: 64, first_sample: 16 };
        for (source, expected) in keys {
            assert_eq!(own.of(source), expected, "{source:?}: {:#x}", own.of(source));
        }
    }
}
