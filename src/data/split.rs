//! Which training samples are held out for validation.
use super::{DataError, batches};
use crate::parameter::{Count, OpenFraction};
use crate::random::{self, Purpose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which training samples are held out for validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValidationSplit {
    /// A random choice, drawn from the data seed.
    Random(HeldOut),
    /// The last samples of the training set, as in the code of the 2023 paper.
    Last(HeldOut),
}

/// How many samples are held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// A share of the training samples, rounded to whole samples.
    Fraction(OpenFraction),
    /// A number of samples.
    Count(Count),
}

/// Indices of the samples left for training and of those held out, both ascending.
///
/// # Errors
/// [`DataError::Validation`] if nothing would be held out, or nothing left.
pub fn split_validation(
    samples: u32,
    split: ValidationSplit,
    data_seed: u64,
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    parted(samples, split, data_seed, Purpose::ValidationSplit)
}

/// The same where the test set is taken.
pub(super) fn split_test_set(
    samples: u32,
    split: ValidationSplit,
    data_seed: u64,
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    parted(samples, split, data_seed, Purpose::TestSplit)
}

fn parted(
    samples: u32,
    split: ValidationSplit,
    data_seed: u64,
    purpose: Purpose,
) -> Result<(Vec<u32>, Vec<u32>), DataError> {
    let (ValidationSplit::Random(size) | ValidationSplit::Last(size)) = split;
    let total = samples as usize;
    let held_out = match size {
        HeldOut::Count(count) => count.get(),
        HeldOut::Fraction(fraction) => (fraction.get() * total as f64).round() as usize,
    };
    if held_out == 0 || held_out >= total {
        let set = if purpose == Purpose::TestSplit { "data.test_split" } else { "validation" };
        return Err(DataError::Validation { set, held_out, samples: total, most: total.saturating_sub(1) });
    }
    let mut train: Vec<u32> = (0..samples).collect();
    if let ValidationSplit::Random(_) = split {
        batches::shuffle(&mut train, &mut random::stream(data_seed, purpose, &[]));
    }
    let mut validation = train.split_off(total - held_out);
    train.sort_unstable();
    validation.sort_unstable();
    Ok((train, validation))
}
