//! Batch normalisation of what arrays read (Ioffe & Szegedy, ICML 2015), without the affine part, as the networks of
//! AdaSTE have it (Le, Høier, Lin & Zach, CVPR 2022).
//!
//! A projection with normalisation drives its units, channel by channel, by
//!
//! ```text
//! x̂ = g (A s̄ − m)      g = 1/√(v + ε)
//! ```
//!
//! instead of A s̄ + b, after its pooling if it has one. While a network learns, m and v are mean and variance over samples
//! and places of the mini-batch; when it only answers, they are running ones. Because g is positive, x̂ is what a
//! projection with the array diag(g) W and the bias −g m reads: that is [`Network::folded`](super::Network::folded), and
//! all that infers works with it.
use super::channel_kernel::{add_numbers, add_squares, channel_means};
use crate::linalg::Matrix;
use crate::parameter::{Fraction, Positive};
use crate::persist::{Archive, Damaged, Persist};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which arrays are normalised, and how.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchNorm {
    /// Arrays whose reads are normalised.
    pub arrays: NormalisedArrays,
    /// Share of the statistics of a mini-batch in the running ones (as PyTorch counts it).
    pub momentum: Fraction,
    /// ε, added to the variance.
    pub epsilon: Positive,
}

/// Arrays whose reads are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalisedArrays {
    /// All, those of the outputs included.
    #[default]
    All,
    /// Those of convolutions.
    Convolutions,
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self { arrays: NormalisedArrays::All, momentum: Fraction::constant(0.2), epsilon: Positive::constant(1e-5) }
    }
}

/// Mean and variance of every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelStatistics {
    /// m (channel).
    pub mean: Vec<f32>,
    /// v (channel), of a mini-batch without Bessel's correction.
    pub variance: Vec<f32>,
    /// Numbers of every channel that they come from.
    pub count: usize,
}

impl ChannelStatistics {
    /// Of what `channels` channels read (unit × sample), the channels of a place next to each other.
    pub fn of(reads: &Matrix, channels: usize) -> Self {
        let single = |means: &[f64]| means.iter().map(|&mean| mean as f32).collect();
        let numbers = reads.as_slice();
        let mean = channel_means(reads, channels, |sums, own| add_numbers(sums, &numbers[own]));
        let variance = channel_means(reads, channels, |sums, own| add_squares(sums, &numbers[own], &mean));
        Self { mean: single(&mean), variance: single(&variance), count: reads.len() / channels }
    }
}

/// The normalisation of what one projection reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    settings: BatchNorm,
    /// Statistics that it has when it only answers.
    pub running: ChannelStatistics,
}

impl Normalisation {
    /// Before anything was read: mean 0, variance 1.
    pub fn new(settings: BatchNorm, channels: usize) -> Self {
        let running = ChannelStatistics { mean: vec![0.0; channels], variance: vec![1.0; channels], count: 1 };
        Self { settings, running }
    }

    /// g of every channel, with these statistics.
    pub fn gains(&self, statistics: &ChannelStatistics) -> Vec<f32> {
        let epsilon = self.settings.epsilon.get();
        statistics.variance.iter().map(|&v| (1.0 / (f64::from(v) + epsilon).sqrt()) as f32).collect()
    }

    /// Takes the statistics of a mini-batch into the running ones, its variance with Bessel's correction.
    pub fn follow(&mut self, batch: &ChannelStatistics) {
        let share = self.settings.momentum.get() as f32;
        let unbiased = (batch.count as f64 / (batch.count as f64 - 1.0).max(1.0)) as f32;
        let Self { running, .. } = self;
        let means = running.mean.iter_mut().zip(&batch.mean);
        means.for_each(|(running, new)| *running += share * (new - *running));
        let variances = running.variance.iter_mut().zip(&batch.variance);
        variances.for_each(|(running, new)| *running += share * (unbiased * new - *running));
    }
}

impl Persist for Normalisation {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("running_mean", &mut self.running.mean)?;
        archive.array("running_variance", &mut self.running.variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_each_channel_over_samples_and_places() {
        // Two channels, two places, two samples.
        let reads = Matrix::from_column_slice(4, 2, &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 6.0, 60.0]);
        let found = ChannelStatistics::of(&reads, 2);
        assert_eq!((found.mean, found.count), (vec![3.0, 30.0], 4));
        assert_eq!(found.variance, [3.5, 350.0]);
    }

    #[test]
    fn running_statistics_take_a_share_of_the_unbiased_ones() {
        let mut own = Normalisation::new(BatchNorm::default(), 1);
        own.follow(&ChannelStatistics { mean: vec![5.0], variance: vec![3.0], count: 4 });
        assert_eq!((own.running.mean[0], own.running.variance[0]), (1.0, 1.0 + 0.2 * (4.0 - 1.0)));
    }
}
