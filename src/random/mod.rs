//! Streams of random numbers, each keyed by (seed, purpose, indices).
//!
//! Nothing in the simulator shares a generator: a part that needs randomness opens the stream of its own key, draws, and
//! drops it. The same key always gives the same numbers, so results cannot depend on the number of threads, on the
//! order of work, on what is recorded, or on where a run was resumed; and using one source never shifts another.
//!
//! A key is absorbed word by word with the SplitMix64 finaliser (Steele, Lea & Flood, OOPSLA 2014) and seeds
//! xoshiro256++ (Blackman & Vigna, ACM TOMS 2021), whose algorithm is fixed by name and portable.
mod bits;
mod events;
mod lanes;
mod normal;
mod standard_normal;

pub use bits::BitStream;
pub use events::{EVENT_ROWS, Senders, events};
pub use normal::NormalStream;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use standard_normal::StandardNormal;

/// The generator behind every stream.
pub type Stream = Xoshiro256PlusPlus;

/// The four independent seeds of an experiment.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // Another die of the same design; everything else is as before.
/// let seeds = Seeds { chip: 2, ..Seeds::default() };
/// assert_eq!((seeds.init, seeds.chip), (1, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Seeds {
    /// Order of the samples, validation split, augmentation, built-in digits.
    pub data: u64,
    /// Initial weights.
    pub init: u64,
    /// Device mismatch: another value is another die of the same design.
    pub chip: u64,
    /// What varies in time: noise, random schedules, start vectors of power iterations.
    pub noise: u64,
}

impl Default for Seeds {
    fn default() -> Self {
        Self { data: 1, init: 1, chip: 1, noise: 1 }
    }
}

/// What a stream is for. The numbers are part of every result: never reuse or renumber one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Built-in digits; index: split, sample.
    Digits = 1,
    /// Which samples are held out for validation.
    ValidationSplit = 2,
    /// Order of the samples; index: epoch.
    Shuffle = 3,
    /// Initial weights; index: layer.
    InitialWeights = 4,
    /// Layers that a random schedule updates; index: training step.
    RandomSchedule = 5,
    /// Start vectors of power iterations; index: training step, layer.
    PowerIteration = 6,
    /// Frozen properties of the devices; index: quantity, layer.
    Mismatch = 7,
    /// Noise; index: source, context, step, tick, layer, first unit and sample of the tile.
    TemporalNoise = 8,
    /// Weights of a feedback array of its own; index: layer.
    FeedbackWeights = 9,
    /// Presentations of a stream: their length, whether the teacher is absent; index: presentation.
    Presentation = 10,
    /// Writes of the synapses at random times; index: presentation.
    Plasticity = 11,
    /// Frozen properties of synaptic devices; index: quantity, layer.
    SynapseMismatch = 12,
    /// Writes of synaptic devices, and what they do by themselves; index: layer, step.
    SynapseWrite = 13,
    /// Programming of an array of conductances; index: quantity, layer, programming event, block of columns.
    Programming = 14,
    /// Read-out of an array of conductances; index: role, layer, programming event, block of columns, reader's own.
    DeviceRead = 15,
    /// What a learning rule draws for its synapses; index: layer, step, first column of the block.
    SynapseRule = 16,
    /// Points of a sweep; index: axis.
    SweepSampling = 17,
    /// Seeds of the runs of a sweep without common random numbers; index: cell, replicate, which seed.
    SweepSeeds = 18,
    /// Start vectors, pairs, noise and starts of attacks on a network; index: what, epoch, and its own.
    Robustness = 19,
    /// Crop and flip of a training image; index: epoch, sample.
    Augmentation = 20,
    /// Which training samples become the test set.
    TestSplit = 24,
    /// Roles of the compartments of dyads; index: what, context, step, stimulus or update, layer, sample.
    Chopper = 25,
    /// Reads for the calibration of dyads, and the drift of what it stores; index: what, and its own.
    Calibration = 26,
}

/// Opens the stream of a key.
pub fn stream(seed: u64, purpose: Purpose, indices: &[u64]) -> Stream {
    Stream::seed_from_u64(key(seed, purpose, indices))
}

/// The 64 bits that a key comes down to.
pub fn key(seed: u64, purpose: Purpose, indices: &[u64]) -> u64 {
    let mut key = absorb(0x6479_6164_7369_6d31, seed);
    key = absorb(key, purpose as u64);
    for &index in indices {
        key = absorb(key, index);
    }
    // The number of indices is part of the key, so that (1) and (1, 0) are different streams.
    absorb(key, indices.len() as u64)
}

/// One round of SplitMix64 over the running key and the next word.
fn absorb(key: u64, word: u64) -> u64 {
    let mut z = (key ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{assert_covariance, assert_distribution, assert_mean, assert_variance, kurtosis};
    use rand::Rng;

    fn first(seed: u64, purpose: Purpose, indices: &[u64]) -> u64 {
        stream(seed, purpose, indices).next_u64()
    }

    /// Digests of the first numbers of every stream, reckoned by another program from the published algorithms. A seed gives the same
    /// numbers in the next version: what changes one of them is an entry "Changes results" in `CHANGELOG.md`.
    #[test]
    fn the_first_numbers_of_every_stream_stay() {
        let digests = [
            (Purpose::Digits, 0x4bc9_f7ca_80f7_e898),
            (Purpose::ValidationSplit, 0x68b1_e5aa_89c7_701a),
            (Purpose::Shuffle, 0x2988_972a_e0b0_9782),
            (Purpose::InitialWeights, 0x9ac0_8a20_f89f_b016),
            (Purpose::RandomSchedule, 0x71d9_fd2f_5a95_3354),
            (Purpose::PowerIteration, 0xf73f_7c38_26e9_f583),
            (Purpose::Mismatch, 0x318d_b083_7d22_e6cb),
            (Purpose::TemporalNoise, 0x4f56_d1bd_d3c0_5a21),
            (Purpose::FeedbackWeights, 0xdef4_aa93_ddd8_51d6),
            (Purpose::Presentation, 0x3c6a_e130_0153_0e3e),
            (Purpose::Plasticity, 0xc185_e09c_46ac_cc13),
            (Purpose::SynapseMismatch, 0x5999_758f_670d_417e),
            (Purpose::SynapseWrite, 0x4781_40f8_e80e_6912),
            (Purpose::Programming, 0xd6d8_6217_7068_7d02),
            (Purpose::DeviceRead, 0xfd7a_280b_ae60_0eb1),
            (Purpose::SynapseRule, 0x60af_e949_7f14_7874),
            (Purpose::SweepSampling, 0xd359_6b63_cba4_816c),
            (Purpose::SweepSeeds, 0xa8fd_2583_15ba_ea1f),
            (Purpose::Robustness, 0x1bd2_9b14_55cf_b648),
            (Purpose::Augmentation, 0xc727_2ee0_655b_9a33),
            (Purpose::TestSplit, 0xd64c_a8d9_1333_3309),
            (Purpose::Chopper, 0xbc0a_4863_39ed_c056),
            (Purpose::Calibration, 0xd474_b2ac_75ed_05b4),
        ];
        for (purpose, expected) in digests {
            let mut random = stream(1, purpose, &[2, 3]);
            let digest = (0..16).fold(0, |digest, _| absorb(digest, random.next_u64()));
            assert_eq!(digest, expected, "{purpose:?}: {digest:#x}");
        }
    }

    #[test]
    fn every_part_of_a_key_matters() {
        let reference = first(1, Purpose::Shuffle, &[1, 2]);
        assert_eq!(reference, first(1, Purpose::Shuffle, &[1, 2]));
        for other in [
            first(2, Purpose::Shuffle, &[1, 2]),
            first(1, Purpose::Digits, &[1, 2]),
            first(1, Purpose::Shuffle, &[2, 1]),
            first(1, Purpose::Shuffle, &[1]),
            first(1, Purpose::Shuffle, &[1, 2, 0]),
        ] {
            assert_ne!(reference, other);
        }
    }

    /// Results that users have published must not change: these words may only change with a major version.
    #[test]
    fn streams_are_stable() {
        let words: Vec<u64> = (0..3).map(|i| first(7, Purpose::InitialWeights, &[i])).collect();
        assert_eq!(words, STABLE_WORDS);
    }

    const STABLE_WORDS: [u64; 3] = [4_340_892_563_515_458_587, 5_395_839_686_891_903_493, 43_008_752_208_831_388];

    #[test]
    fn first_draws_of_neighbouring_keys_are_uniform_and_uncorrelated() {
        let n = 40_000;
        let u: Vec<f64> = (0..n).map(|i| first(1, Purpose::Digits, &[i]) as f64 / u64::MAX as f64).collect();
        assert_mean(&u, 0.5, 1.0 / 12.0, "first draws");
        assert_variance(&u, 1.0 / 12.0, kurtosis::UNIFORM, "first draws");
        assert_distribution(&u, |x| x, "first draws");
        assert_covariance(&u[1..], &u[..n as usize - 1], 0.0, 1.0 / 12.0, "neighbours");
    }
}
