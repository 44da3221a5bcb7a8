//! From raw values to inputs of the network.
use super::DataError;
use super::applied_scaling::AppliedScaling;
use super::image_shape::ImageShape;
use super::raw::{RawSet, RawValues};
use super::singles::Singles;
use crate::parameter::{Finite, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How raw values become inputs of the network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PixelScaling {
    /// To [0, 1]: integers, which must lie in 0 … 255, are divided by 255; floating-point inputs must already be
    /// there.
    #[default]
    Unit,
    /// The raw values as they are.
    None,
    /// (value − mean) / std, with one mean and one standard deviation over all values of the training set (as used,
    /// validation samples included).
    Standardise,
    /// (value − mean) / std of images, with a mean and a standard deviation of each channel, over all pixels of the
    /// training set (as used, validation samples included). 8-bit pixels are scaled to [0, 1] first, so that the numbers
    /// are those that `affine` takes; the trace keeps them.
    StandardisePerChannel,
    /// (value − mean) / std, with a mean and a standard deviation of each feature over the training set (as used, validation
    /// samples included): for features that are different things. A feature that never changes becomes 0.
    StandardisePerFeature,
    /// (value − smallest) / (largest − smallest) of each feature in the training set, likewise.
    MinMaxPerFeature,
    /// (value − mean) / std after scaling to [0, 1], with the numbers given here.
    Affine(AffineScaling),
}

/// The numbers of an affine scaling, in units of the full scale [0, 1].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffineScaling {
    /// What is subtracted.
    pub mean: OneOrPerChannel<Finite>,
    /// What the difference is divided by.
    pub std: OneOrPerChannel<Positive>,
}

/// One number for all values, or one for each channel of samples of shape (channel, row, column).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be one number in its range, or a list of them, one per channel")]
pub enum OneOrPerChannel<T> {
    /// The same number everywhere.
    One(T),
    /// One number per channel.
    PerChannel(Vec<T>),
}

impl<T: Copy> OneOrPerChannel<T> {
    /// The number of each channel.
    fn spread(&self, setting: &'static str, channels: usize, sample_shape: &[usize]) -> Result<Vec<T>, DataError> {
        match self {
            Self::One(value) => Ok(vec![*value; channels]),
            Self::PerChannel(values) if values.len() == channels => Ok(values.clone()),
            Self::PerChannel(values) => {
                Err(DataError::Channels { setting, given: values.len(), channels, sample_shape: sample_shape.to_vec() })
            }
        }
    }
}

/// Full scale of 8-bit pixels.
const FULL_SCALE: f64 = 255.0;

/// (value − mean) / std for each channel, for values of full scale 1 or raw ones.
pub(super) struct Scaler {
    mean: Vec<f64>,
    std: Vec<f64>,
    from_unit: bool,
}

impl Scaler {
    /// Fixes the numbers of a scaling, from the training set where it asks for that.
    pub(super) fn fit(scaling: &PixelScaling, train: &RawSet) -> Result<Self, DataError> {
        let image = ImageShape::of(&train.sample_shape);
        let channels = image.map_or(1, |image| image.channels);
        let everywhere =
            |mean, std, from_unit| Self { mean: vec![mean; channels], std: vec![std; channels], from_unit };
        Ok(match scaling {
            PixelScaling::Unit => everywhere(0.0, 1.0, true),
            PixelScaling::None => everywhere(0.0, 1.0, false),
            PixelScaling::Standardise => {
                let (mean, std) = mean_and_std(&train.values, 0, 1, train.features());
                if std == 0.0 {
                    return Err(DataError::Constant { set: train.name.clone(), value: mean });
                }
                everywhere(mean, std, false)
            }
            PixelScaling::StandardisePerChannel => match image {
                Some(image) => Self::of_channels(train, image)?,
                None => {
                    let (set, sample_shape) = (train.name.clone(), train.sample_shape.clone());
                    return Err(DataError::NoChannels { set, sample_shape });
                }
            },
            PixelScaling::StandardisePerFeature => {
                Self::of_features(train, |feature, features| mean_and_std(&train.values, feature, features, 1))
            }
            PixelScaling::MinMaxPerFeature => Self::of_features(train, |feature, features| {
                let (low, high) = range(&train.values, feature, features);
                (low, high - low)
            }),
            PixelScaling::Affine(AffineScaling { mean, std }) => {
                let mean = mean.spread("mean", channels, &train.sample_shape)?;
                let std = std.spread("std", channels, &train.sample_shape)?;
                let mean = mean.into_iter().map(Finite::get).collect();
                Self { mean, std: std.into_iter().map(Positive::get).collect(), from_unit: true }
            }
        })
    }

    /// What is subtracted from each feature, and what the difference is divided by: 1 where that would be 0.
    fn of_features(train: &RawSet, numbers: impl Fn(usize, usize) -> (f64, f64)) -> Self {
        let features = train.features();
        let found = (0..features).map(|feature| numbers(feature, features));
        let (mean, std) = found.map(|(mean, std)| (mean, if std > 0.0 { std } else { 1.0 })).unzip();
        Self { mean, std, from_unit: false }
    }

    /// Mean and standard deviation of each channel of images.
    fn of_channels(train: &RawSet, image: ImageShape) -> Result<Self, DataError> {
        let from_unit = matches!(train.values, RawValues::Bytes(_));
        let full_scale = if from_unit { FULL_SCALE } else { 1.0 };
        let (mut means, mut stds) = (vec![], vec![]);
        for channel in 0..image.channels {
            let (mean, std) = mean_and_std(&train.values, channel, image.channels, image.rows * image.columns);
            if std == 0.0 {
                return Err(DataError::ConstantChannel { set: train.name.clone(), channel, value: mean });
            }
            means.push(mean / full_scale);
            stds.push(std / full_scale);
        }
        Ok(Self { mean: means, std: stds, from_unit })
    }

    /// The map of raw values of this kind.
    fn applied(&self, values: &RawValues) -> AppliedScaling {
        let is_integer = !matches!(values, RawValues::Floats(_));
        let full_scale = if self.from_unit && is_integer { FULL_SCALE } else { 1.0 };
        AppliedScaling { full_scale, mean: self.mean.clone(), std: self.std.clone() }
    }

    /// Inputs, sample after sample, and the map that made them of `values`, which are samples of `sample_shape`. Numbers that
    /// are inputs already stay where they are.
    pub(super) fn apply(
        &self,
        set: &str,
        values: RawValues,
        sample_shape: &[usize],
    ) -> Result<(Singles, AppliedScaling), DataError> {
        let features: usize = sample_shape.iter().product();
        if self.from_unit {
            check_range(set, &values, features)?;
        }
        let applied = self.applied(&values);
        // Channels are the slowest axis of a sample, so each is one run of values.
        let channels = self.mean.len();
        let run = (features / channels).max(1);
        let inputs = match values {
            RawValues::Integers(values) | RawValues::Floats(values) if applied.is_identity() => values,
            RawValues::Bytes(bytes) => {
                let tables: Vec<[f32; 256]> =
                    (0..channels).map(|c| std::array::from_fn(|byte| applied.map(c, byte as f64))).collect();
                let mut inputs = Vec::with_capacity(bytes.len());
                for (pixels, table) in bytes.chunks_exact(run).zip(tables.iter().cycle()) {
                    inputs.extend(pixels.iter().map(|&pixel| table[usize::from(pixel)]));
                }
                inputs.into()
            }
            RawValues::Integers(values) | RawValues::Floats(values) => {
                let mut inputs = Vec::with_capacity(values.len());
                for (piece, channel) in values.chunks_exact(run).zip((0..channels).cycle()) {
                    inputs.extend(piece.iter().map(|&value| applied.map(channel, value.into())));
                }
                inputs.into()
            }
        };
        Ok((inputs, applied))
    }
}

/// Scaling from the unit range needs to know what full scale is.
fn check_range(set: &str, values: &RawValues, features: usize) -> Result<(), DataError> {
    let (values, top, rule) = match values {
        RawValues::Bytes(_) => return Ok(()),
        RawValues::Integers(values) => (values, FULL_SCALE as f32, "integers from 0 to 255"),
        RawValues::Floats(values) => (values, 1.0, "floating-point inputs from 0 to 1"),
    };
    match values.iter().position(|value| !(0.0..=top).contains(value)) {
        None => Ok(()),
        Some(at) => Err(DataError::ScalingRange {
            set: set.to_owned(),
            rule,
            sample: at / features,
            feature: at % features,
            value: values[at],
        }),
    }
}

/// Mean and standard deviation of the values of one channel out of `channels`, each of which is a run of `run` values
/// of every sample.
fn mean_and_std(values: &RawValues, channel: usize, channels: usize, run: usize) -> (f64, f64) {
    let n = (values.len() / channels) as f64;
    match values {
        RawValues::Bytes(bytes) => {
            let mut counts = [0u64; 256];
            for pixels in bytes.chunks_exact(run).skip(channel).step_by(channels) {
                pixels.iter().for_each(|&pixel| counts[usize::from(pixel)] += 1);
            }
            let moment = |f: &dyn Fn(f64) -> f64| {
                counts.iter().enumerate().map(|(byte, &count)| count as f64 * f(byte as f64)).sum::<f64>() / n
            };
            let mean = moment(&|value| value);
            (mean, moment(&|value| (value - mean).powi(2)).sqrt())
        }
        RawValues::Integers(values) | RawValues::Floats(values) => {
            let of_channel =
                || values.chunks_exact(run).skip(channel).step_by(channels).flatten().map(|&value| f64::from(value));
            let mean = of_channel().sum::<f64>() / n;
            let variance = of_channel().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        }
    }
}

/// Smallest and largest value of a feature.
fn range(values: &RawValues, feature: usize, features: usize) -> (f64, f64) {
    let own: Vec<f64> = match values {
        RawValues::Bytes(bytes) => bytes.iter().skip(feature).step_by(features).map(|&x| x.into()).collect(),
        RawValues::Integers(values) | RawValues::Floats(values) => {
            values.iter().skip(feature).step_by(features).map(|&x| x.into()).collect()
        }
    };
    own.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
}
