//! From raw values to inputs of the network.
use super::DataError;
use super::raw::{RawSet, RawValues};
use crate::parameter::{Finite, Positive};
use nalgebra::DMatrix;
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
    channels: Vec<(f64, f64)>,
    from_unit: bool,
}

impl Scaler {
    /// Fixes the numbers of a scaling, from the training set where it asks for that.
    pub(super) fn fit(scaling: &PixelScaling, train: &RawSet) -> Result<Self, DataError> {
        let channels = match train.sample_shape[..] {
            [channels, _, _] => channels,
            _ => 1,
        };
        Ok(match scaling {
            PixelScaling::Unit => Self { channels: vec![(0.0, 1.0); channels], from_unit: true },
            PixelScaling::None => Self { channels: vec![(0.0, 1.0); channels], from_unit: false },
            PixelScaling::Standardise => {
                let (mean, std) = mean_and_std(&train.values);
                if std == 0.0 {
                    return Err(DataError::Constant { set: train.name.clone(), value: mean });
                }
                Self { channels: vec![(mean, std); channels], from_unit: false }
            }
            PixelScaling::Affine(AffineScaling { mean, std }) => {
                let means = mean.spread("mean", channels, &train.sample_shape)?;
                let stds = std.spread("std", channels, &train.sample_shape)?;
                let channels = means.iter().zip(stds).map(|(mean, std)| (mean.get(), std.get())).collect();
                Self { channels, from_unit: true }
            }
        })
    }

    /// Inputs (feature × sample). `values` are samples of `sample_shape`, one after the other.
    pub(super) fn apply(
        &self,
        set: &str,
        values: RawValues,
        sample_shape: &[usize],
    ) -> Result<DMatrix<f32>, DataError> {
        let features: usize = sample_shape.iter().product();
        let samples = values.len().checked_div(features).unwrap_or(0);
        if self.from_unit {
            check_range(set, &values, features)?;
        }
        // Channels are the slowest axis of a sample, so each is one run of values.
        let run = (features / self.channels.len()).max(1);
        let inputs = match values {
            RawValues::Bytes(bytes) => {
                let tables: Vec<[f32; 256]> = (0..self.channels.len())
                    .map(|c| std::array::from_fn(|byte| self.map(c, byte as f64, true)))
                    .collect();
                let mut inputs = Vec::with_capacity(bytes.len());
                for (pixels, table) in bytes.chunks_exact(run).zip(tables.iter().cycle()) {
                    inputs.extend(pixels.iter().map(|&pixel| table[usize::from(pixel)]));
                }
                inputs
            }
            RawValues::Integers(values) => self.map_in_place(values, run, true),
            RawValues::Floats(values) => self.map_in_place(values, run, false),
        };
        Ok(DMatrix::from_vec(features, samples, inputs))
    }

    fn map(&self, channel: usize, value: f64, integer: bool) -> f32 {
        let value = if self.from_unit && integer { value / FULL_SCALE } else { value };
        let (mean, std) = self.channels[channel];
        ((value - mean) / std) as f32
    }

    fn map_in_place(&self, mut values: Vec<f32>, run: usize, integer: bool) -> Vec<f32> {
        for (piece, channel) in values.chunks_exact_mut(run).zip((0..self.channels.len()).cycle()) {
            for value in piece {
                *value = self.map(channel, f64::from(*value), integer);
            }
        }
        values
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

/// Mean and standard deviation over all values.
fn mean_and_std(values: &RawValues) -> (f64, f64) {
    let n = values.len() as f64;
    match values {
        RawValues::Bytes(bytes) => {
            let mut counts = [0u64; 256];
            for &byte in bytes {
                counts[usize::from(byte)] += 1;
            }
            let moment = |f: &dyn Fn(f64) -> f64| {
                counts.iter().enumerate().map(|(byte, &count)| count as f64 * f(byte as f64)).sum::<f64>() / n
            };
            let mean = moment(&|value| value);
            (mean, moment(&|value| (value - mean).powi(2)).sqrt())
        }
        RawValues::Integers(values) | RawValues::Floats(values) => {
            let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
            let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        }
    }
}
