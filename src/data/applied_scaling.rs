//! The scaling that inputs have gone through, in numbers.
use super::image_shape::ImageShape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The map from raw values to inputs: input = (value / full_scale − mean) / std.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let DataSplits { train, .. } = digits(100, 10, 1)?;
/// // Pixels of 8 bits became numbers from 0 to 1.
/// let scaling = train.scaling();
/// assert_eq!((scaling.full_scale, &scaling.mean[..], &scaling.std[..]), (255.0, &[0.0][..], &[1.0][..]));
/// assert_eq!(scaling.map(0, 255.0), 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppliedScaling {
    /// What raw values are divided by: 255 where integers became numbers from 0 to 1, else 1.
    pub full_scale: f64,
    /// What is subtracted, for each channel of (channel, row, column); for samples of another shape one number, or one for
    /// each feature.
    pub mean: Vec<f64>,
    /// What the difference is divided by, likewise.
    pub std: Vec<f64>,
}

impl AppliedScaling {
    /// The scaling of samples of this shape whose inputs are the raw values.
    pub(super) fn identity(sample_shape: &[usize]) -> Self {
        let channels = ImageShape::of(sample_shape).map_or(1, |image| image.channels);
        Self { full_scale: 1.0, mean: vec![0.0; channels], std: vec![1.0; channels] }
    }

    /// Whether inputs are the raw values.
    pub(super) fn is_identity(&self) -> bool {
        self.full_scale == 1.0 && self.mean.iter().all(|&mean| mean == 0.0) && self.std.iter().all(|&std| std == 1.0)
    }

    /// The input that a raw value of a channel becomes.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn map(&self, channel: usize, value: f64) -> f32 {
        ((value / self.full_scale - self.mean[channel]) / self.std[channel]) as f32
    }

    /// The raw value that became this input of a channel.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn unmap(&self, channel: usize, input: f32) -> f64 {
        (f64::from(input) * self.std[channel] + self.mean[channel]) * self.full_scale
    }
}

impl fmt::Display for AppliedScaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { full_scale, mean, std } = self;
        write!(f, "(value / {full_scale} - mean) / std, mean {}, std {}", Numbers(mean), Numbers(std))
    }
}

/// Numbers for people: all of a few, the range of many.
struct Numbers<'a>(&'a [f64]);

/// Channels that are listed one by one.
const LISTED: usize = 8;

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= LISTED {
            return write!(f, "{:.4?}", self.0);
        }
        let (low, high) = self.0.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        write!(f, "{low:.4} to {high:.4} ({} features)", self.0.len())
    }
}
