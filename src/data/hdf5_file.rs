//! HDF5 files with four data sets, in groups or at the root.
use super::arrays::{self, Array, ArrayFile, INPUT_TYPES, LABEL_TYPES};
use super::raw::{RawSplits, RawValues};
use super::{ArrayNames, DataError};
use crate::parameter::Count;
use hdf5::types::{IntSize, TypeDescriptor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Data sets of an HDF5 file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hdf5Config {
    /// The file.
    pub file: PathBuf,
    /// Names of its data sets; one in a group is written `group/name`.
    #[serde(default)]
    pub arrays: ArrayNames,
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads both sets.
pub(super) fn read(config: &Hdf5Config, base_dir: &Path) -> Result<RawSplits, DataError> {
    let path = base_dir.join(&config.file);
    // HDF5's own message for a missing file is a page long.
    std::fs::metadata(&path).map_err(|source| DataError::Read { file: path.clone(), source })?;
    let file = hdf5::File::open(&path).map_err(|source| DataError::Hdf5 {
        file: path.clone(),
        object: "it".to_owned(),
        source,
    })?;
    arrays::read_splits(&mut Hdf5File { path, file }, &config.arrays, config.classes)
}

struct Hdf5File {
    path: PathBuf,
    file: hdf5::File,
}

impl ArrayFile for Hdf5File {
    fn path(&self) -> &Path {
        &self.path
    }

    fn inputs(&mut self, array: &str) -> Result<Array<RawValues>, DataError> {
        let (dataset, element) = self.open(array, INPUT_TYPES)?;
        let values = match element {
            TypeDescriptor::Unsigned(IntSize::U1) => dataset.read_raw().map(RawValues::Bytes),
            TypeDescriptor::Unsigned(_) | TypeDescriptor::Integer(_) => dataset.read_raw().map(RawValues::Integers),
            TypeDescriptor::Float(_) => dataset.read_raw().map(RawValues::Floats),
            TypeDescriptor::Boolean => dataset.read_raw().map(|values| RawValues::Floats(truths(values))),
            other => return Err(self.type_error(array, INPUT_TYPES, other.to_string())),
        };
        Ok(Array { shape: shape(&dataset), values: values.map_err(|source| self.failed(array, source))? })
    }

    fn labels(&mut self, array: &str) -> Result<Array<Vec<f64>>, DataError> {
        let (dataset, element) = self.open(array, LABEL_TYPES)?;
        let values = match element {
            TypeDescriptor::Unsigned(_) | TypeDescriptor::Integer(_) | TypeDescriptor::Float(_) => dataset.read_raw(),
            TypeDescriptor::Boolean => dataset.read_raw().map(truths),
            other => return Err(self.type_error(array, LABEL_TYPES, other.to_string())),
        };
        Ok(Array { shape: shape(&dataset), values: values.map_err(|source| self.failed(array, source))? })
    }
}

impl Hdf5File {
    fn open(&self, array: &str, types: &'static str) -> Result<(hdf5::Dataset, TypeDescriptor), DataError> {
        let dataset = match self.file.dataset(array) {
            Ok(dataset) => dataset,
            Err(source) if self.file.link_exists(array) => return Err(self.failed(array, source)),
            Err(_) => {
                let mut present = self.file.member_names().map_err(|source| self.failed("/", source))?;
                present.sort();
                return Err(DataError::ArrayMissing { file: self.path.clone(), array: array.to_owned(), present });
            }
        };
        let element = dataset.dtype().map_err(|source| self.failed(array, source))?;
        match element.to_descriptor() {
            Ok(element) => Ok((dataset, element)),
            Err(_) => Err(self.type_error(array, types, "that this program does not know".to_owned())),
        }
    }

    fn failed(&self, array: &str, source: hdf5::Error) -> DataError {
        DataError::Hdf5 { file: self.path.clone(), object: format!("array {array:?}"), source }
    }

    fn type_error(&self, array: &str, rule: &'static str, found: String) -> DataError {
        DataError::ArrayType { file: self.path.clone(), array: array.to_owned(), rule, found }
    }
}

fn shape(dataset: &hdf5::Dataset) -> Vec<u64> {
    dataset.shape().into_iter().map(|length| length as u64).collect()
}

/// 1 where it is true.
fn truths<T: From<bool>>(values: Vec<bool>) -> Vec<T> {
    values.into_iter().map(T::from).collect()
}
