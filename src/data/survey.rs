//! What files hold before anything is done with it, for people who want to look.
use super::moments::Moments;
use super::raw::{RawSet, RawValues};
use super::{DataConfig, DataError, DataSplits, read_raw, scale};
use std::fmt;
use std::path::Path;

/// The raw values of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSummary {
    /// Of the set.
    pub name: String,
    /// Number of samples.
    pub samples: usize,
    /// Layout of the features of a sample, last axis fastest.
    pub sample_shape: Vec<usize>,
    /// What the values are.
    pub kind: &'static str,
    /// Of the values.
    pub moments: Moments,
    /// Sample and feature of the first that is NaN or infinite.
    pub first_missing: Option<[usize; 2]>,
}

impl RawSummary {
    fn of(set: &RawSet) -> Self {
        let kind = match set.values {
            RawValues::Bytes(_) => "8-bit integers",
            RawValues::Integers(_) => "integers",
            RawValues::Floats(_) => "floating-point numbers",
        };
        let count = set.values.len();
        let value = |at: usize| match &set.values {
            RawValues::Bytes(values) => f32::from(values[at]),
            RawValues::Integers(values) | RawValues::Floats(values) => values[at],
        };
        let moments = Moments::of((0..count).map(|at| value(at).into()));
        let features = set.features().max(1);
        let first = (moments.missing > 0).then(|| (0..count).find(|&at| !value(at).is_finite())).flatten();
        Self {
            name: set.name.clone(),
            samples: set.targets.samples(),
            sample_shape: set.sample_shape.clone(),
            kind,
            moments,
            first_missing: first.map(|at| [at / features, at % features]),
        }
    }
}

impl fmt::Display for RawSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, sample_shape, kind, moments: Moments { range, mean, std, missing }, .. } = self;
        write!(f, "{samples} samples of shape {sample_shape:?}, {kind}")?;
        if let Some([low, high]) = range.map(|range| range.map(|x| x as f32)) {
            write!(f, " from {low} to {high}, mean {mean:.4}, s.d. {std:.4}")?;
        }
        match self.first_missing {
            Some([sample, feature]) => {
                write!(f, ", {missing} not finite, the first at sample {sample}, feature {feature}")
            }
            None => Ok(()),
        }
    }
}

/// What a data set holds, and what becomes of it.
#[derive(Debug)]
pub struct Survey {
    /// Raw values of the training set and the test set.
    pub raw: [RawSummary; 2],
    /// What the scaling makes of them.
    pub splits: Result<DataSplits, DataError>,
}

/// Reads a data set as [`load`](super::load) does, but looks at it before it is scaled.
///
/// # Errors
/// [`DataError`] if it cannot be read. Values that cannot be used are no error here: `splits` holds it.
pub fn survey(config: &DataConfig, base_dir: &Path, data_seed: u64) -> Result<Survey, DataError> {
    let raw = read_raw(config, base_dir, data_seed, &[])?;
    Ok(Survey { raw: [RawSummary::of(&raw.train), RawSummary::of(&raw.test)], splits: scale(config, raw) })
}
