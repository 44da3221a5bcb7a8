//! NumPy archives (.npz, from `numpy.savez` or `numpy.savez_compressed`).
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::InputAxes;
use super::npy_array::NpyArray;
use super::raw::{RawSplits, set_name};
use super::{ArrayNames, DataError};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Arrays of a NumPy archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpzConfig {
    /// The archive.
    pub file: PathBuf,
    /// Names of its arrays.
    #[serde(default)]
    pub arrays: ArrayNames,
    /// What the axes of the inputs count, in the order of the arrays, such as ["sample", "row", "column", "channel"]; null takes
    /// the first for the samples, and the others as they are.
    #[serde(default)]
    pub input_axes: Option<InputAxes>,
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &NpzConfig, base_dir: &Path, wanted: &Wanted) -> Result<RawSplits, DataError> {
    let path = base_dir.join(&config.file);
    let set = |split: &str, inputs: &str, labels: &str| {
        let [inputs, labels] = [NpyArray::in_archive(&path, inputs)?, NpyArray::in_archive(&path, labels)?];
        Ok::<_, DataError>(SetArrays { name: set_name(&path, split), inputs, labels })
    };
    let names = &config.arrays;
    let train = set("train", &names.x_train, &names.y_train)?;
    let test = wanted.test_split.is_none().then(|| set("test", &names.x_test, &names.y_test)).transpose()?;
    let validation = names.validation().map(|(x, y)| set("validation", x, y)).transpose()?;
    let axes_key = "data.source.npz.input_axes";
    let (axes, classes) = (config.input_axes.as_ref(), config.classes);
    let sets = Sets { train, test, validation };
    read_splits(sets, &Reading { axes, axes_key, classes, fewest_classes: 0, wanted })
}
