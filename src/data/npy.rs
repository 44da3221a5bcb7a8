//! Arrays of NumPy in files of their own (.npy, from `numpy.save`).
use super::DataError;
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::InputAxes;
use super::npy_array::NpyArray;
use super::raw::{RawSplits, set_name};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Arrays of NumPy in files of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpyConfig {
    /// Inputs of the training samples.
    pub x_train: PathBuf,
    /// Targets of the training samples.
    pub y_train: PathBuf,
    /// Inputs of the test samples; null with `data.test_split`.
    #[serde(default)]
    pub x_test: Option<PathBuf>,
    /// Targets of the test samples.
    #[serde(default)]
    pub y_test: Option<PathBuf>,
    /// Inputs of a validation set of its own; null has none.
    #[serde(default)]
    pub x_validation: Option<PathBuf>,
    /// Its targets.
    #[serde(default)]
    pub y_validation: Option<PathBuf>,
    /// What the axes of the inputs count, in the order of the arrays, such as ["sample", "row", "column", "channel"]; null takes
    /// the first for the samples, and the others as they are.
    #[serde(default)]
    pub input_axes: Option<InputAxes>,
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads all sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &NpyConfig, base_dir: &Path, wanted: &Wanted) -> Result<RawSplits, DataError> {
    let set = |split: &str, inputs: &Path, labels: &Path| {
        let [inputs, labels] = [base_dir.join(inputs), base_dir.join(labels)];
        let name = set_name(&inputs, split);
        Ok::<_, DataError>(SetArrays { name, inputs: NpyArray::alone(&inputs)?, labels: NpyArray::alone(&labels)? })
    };
    let train = set("train", &config.x_train, &config.y_train)?;
    let pair = |split: &str, inputs: &Option<PathBuf>, labels: &Option<PathBuf>| {
        inputs.as_ref().zip(labels.as_ref()).map(|(x, y)| set(split, x, y)).transpose()
    };
    let test = match wanted.test_split {
        Some(_) => None,
        None => pair("test", &config.x_test, &config.y_test)?,
    };
    let validation = pair("validation", &config.x_validation, &config.y_validation)?;
    let axes_key = "data.source.npy.input_axes";
    let (axes, classes) = (config.input_axes.as_ref(), config.classes);
    let sets = Sets { train, test, validation };
    read_splits(sets, &Reading { axes, axes_key, classes, fewest_classes: 0, wanted })
}
