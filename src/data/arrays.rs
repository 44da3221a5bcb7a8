//! What files of named arrays have in common: the four arrays become two sets.
use super::DataError;
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Names of the four arrays of a file. The first axis of each counts the samples; further axes of the inputs are the
/// shape of a sample. Inputs hold numbers of any type, or true and false as 1 and 0. Labels hold whole numbers of any
/// type, or a row for each sample that is 1 at its class and 0 elsewhere (one-hot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArrayNames {
    /// Inputs of the training samples.
    pub x_train: String,
    /// Classes of the training samples, counted from 0.
    pub y_train: String,
    /// Inputs of the test samples.
    pub x_test: String,
    /// Classes of the test samples, counted from 0.
    pub y_test: String,
}

impl Default for ArrayNames {
    fn default() -> Self {
        let [x_train, y_train, x_test, y_test] = ["x_train", "y_train", "x_test", "y_test"].map(str::to_owned);
        Self { x_train, y_train, x_test, y_test }
    }
}

/// What inputs may hold.
pub(super) const INPUT_TYPES: &str = "integers of 8 to 64 bits, floating-point numbers of 16 to 64 bits, or booleans";
/// What labels may hold.
pub(super) const LABEL_TYPES: &str = INPUT_TYPES;

/// An array with its shape, slowest axis first.
pub(super) struct Array<T> {
    pub(super) shape: Vec<u64>,
    pub(super) values: T,
}

/// A file of named arrays.
pub(super) trait ArrayFile {
    fn path(&self) -> &Path;
    /// Reads an array of [`INPUT_TYPES`].
    fn inputs(&mut self, array: &str) -> Result<Array<RawValues>, DataError>;
    /// Reads an array of [`LABEL_TYPES`]; classes are numbers that these hold exactly.
    fn labels(&mut self, array: &str) -> Result<Array<Vec<f64>>, DataError>;
}

/// Reads both sets. Without a number of classes, it is one more than the largest label of both.
pub(super) fn read_splits(
    file: &mut impl ArrayFile,
    names: &ArrayNames,
    classes: Option<Count>,
) -> Result<RawSplits, DataError> {
    let train = read_set(file, "train", &names.x_train, &names.y_train, classes)?;
    let test = read_set(file, "test", &names.x_test, &names.y_test, classes)?;
    let largest = train.labels.iter().chain(&test.labels).max().copied().unwrap_or(0);
    let classes = classes.map_or(usize::from(largest) + 1, Count::get);
    Ok(RawSplits { train, test, classes })
}

fn read_set(
    file: &mut impl ArrayFile,
    split: &str,
    inputs_name: &str,
    labels_name: &str,
    classes: Option<Count>,
) -> Result<RawSet, DataError> {
    let path = file.path().to_owned();
    let shape_error = |array: &str, rule, shape| {
        Err(DataError::ArrayShape { file: path.clone(), array: array.to_owned(), rule, shape })
    };
    let inputs = file.inputs(inputs_name)?;
    let samples = match inputs.shape[..] {
        [samples, _, ..] if !inputs.shape.contains(&0) => samples,
        _ => return shape_error(inputs_name, "have two axes or more, samples first, none of length 0", inputs.shape),
    };
    let sample_shape = inputs.shape[1..].iter().map(|&length| length as usize).collect();
    let labels = file.labels(labels_name)?;
    let mut values = labels.values;
    let axes: Vec<u64> = labels.shape.iter().copied().filter(|&length| length != 1).collect();
    match (labels.shape.len(), &axes[..]) {
        (0, _) => return shape_error(labels_name, "have an axis", labels.shape),
        (_, [] | [_]) => {}
        (_, &[_, classes]) if labels.shape.len() == 2 => match hot_classes(&values, classes as usize) {
            Some(hot) => values = hot,
            None => {
                let rule = "have one axis, or rows with a single 1 among zeros (numpy.argmax(y, axis=1) makes classes of scores)";
                return shape_error(labels_name, rule, labels.shape);
            }
        },
        _ => return shape_error(labels_name, "have one axis (further axes of length 1 are allowed)", labels.shape),
    }
    if values.len() as u64 != samples {
        return Err(DataError::CountsDiffer {
            inputs_in: format!("{}: array {inputs_name:?}", path.display()),
            inputs: samples as usize,
            labels_in: format!("array {labels_name:?}"),
            labels: values.len(),
        });
    }
    let largest = classes.map_or(u16::MAX, |count| u16::try_from(count.get() - 1).unwrap_or(u16::MAX));
    let checked = values.iter().enumerate().map(|(index, &label)| {
        let class = (label.fract() == 0.0 && (0.0..=f64::from(largest)).contains(&label)).then_some(label as u16);
        class.ok_or_else(|| DataError::LabelElement {
            file: path.clone(),
            array: labels_name.to_owned(),
            index,
            label,
            smallest: 0,
            largest: largest.into(),
        })
    });
    let labels = checked.collect::<Result<Vec<u16>, _>>()?;
    Ok(RawSet { name: set_name(&path, split), values: inputs.values, labels, sample_shape })
}

/// The classes of rows that are 1 at one place and 0 elsewhere; `None` if a row is not.
fn hot_classes(rows: &[f64], classes: usize) -> Option<Vec<f64>> {
    let class_of = |row: &[f64]| {
        let at = row.iter().position(|&x| x == 1.0)?;
        row.iter().enumerate().all(|(k, &x)| k == at || x == 0.0).then_some(at as f64)
    };
    rows.chunks_exact(classes).map(class_of).collect()
}
