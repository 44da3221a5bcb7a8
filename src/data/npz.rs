//! NumPy archives (.npz, from `numpy.savez` or `numpy.savez_compressed`).
use super::arrays::{self, Array, ArrayFile, INPUT_TYPES, LABEL_TYPES};
use super::raw::{RawSplits, RawValues};
use super::{ArrayNames, DataError};
use crate::parameter::Count;
use half::f16;
use npyz::{DType, Endianness, Order, TypeChar, TypeStr, npz::NpzArchive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read};
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
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads both sets.
pub(super) fn read(config: &NpzConfig, base_dir: &Path) -> Result<RawSplits, DataError> {
    arrays::read_splits(&mut NpzFile::open(&base_dir.join(&config.file))?, &config.arrays, config.classes)
}

/// A NumPy archive.
pub(super) struct NpzFile {
    path: PathBuf,
    archive: NpzArchive<BufReader<File>>,
}

/// An array as stored: numbers of one type, without their header.
struct Stored {
    /// Of the whole array.
    shape: Vec<u64>,
    element: TypeStr,
    bytes: Vec<u8>,
}

impl ArrayFile for NpzFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn inputs(&mut self, array: &str) -> Result<Array<RawValues>, DataError> {
        let Stored { shape, element, bytes } = self.stored(array, INPUT_TYPES, None)?;
        let values = match (element.type_char(), element.size_field()) {
            (TypeChar::Uint, 1) => RawValues::Bytes(bytes),
            (TypeChar::Bool, _) => RawValues::Floats(numbers(&bytes, &element, |[b]: [u8; 1]| f32::from(b != 0))),
            (TypeChar::Float, 2) => RawValues::Floats(numbers(&bytes, &element, |b| f16::from_ne_bytes(b).to_f32())),
            (TypeChar::Float, 4) => RawValues::Floats(numbers(&bytes, &element, f32::from_ne_bytes)),
            (TypeChar::Float, 8) => RawValues::Floats(numbers(&bytes, &element, |b| f64::from_ne_bytes(b) as f32)),
            _ => match integers(&bytes, &element) {
                Some(values) => RawValues::Integers(values.into_iter().map(|value| value as f32).collect()),
                None => return Err(self.type_error(array, INPUT_TYPES, element.to_string())),
            },
        };
        Ok(Array { shape, values })
    }

    fn labels(&mut self, array: &str) -> Result<Array<Vec<f64>>, DataError> {
        let Stored { shape, element, bytes } = self.stored(array, LABEL_TYPES, None)?;
        let values = match (element.type_char(), element.size_field()) {
            (TypeChar::Bool, _) => numbers(&bytes, &element, |[b]: [u8; 1]| f64::from(b != 0)),
            (TypeChar::Float, 2) => numbers(&bytes, &element, |b| f16::from_ne_bytes(b).to_f64()),
            (TypeChar::Float, 4) => numbers(&bytes, &element, |b| f32::from_ne_bytes(b).into()),
            (TypeChar::Float, 8) => numbers(&bytes, &element, f64::from_ne_bytes),
            _ => match integers(&bytes, &element) {
                Some(values) => values.into_iter().map(|value| value as f64).collect(),
                None => return Err(self.type_error(array, LABEL_TYPES, element.to_string())),
            },
        };
        Ok(Array { shape, values })
    }
}

impl NpzFile {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let archive = NpzArchive::open(path).map_err(|source| DataError::Read { file: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), archive })
    }

    /// The first `most` samples of an array of bytes, with the shape of the whole array.
    pub(super) fn first_bytes(&mut self, array: &str, most: u64) -> Result<Array<Vec<u8>>, DataError> {
        let types = "integers of 8 bits without sign";
        let Stored { shape, element, bytes } = self.stored(array, types, Some(most))?;
        match (element.type_char(), element.size_field()) {
            (TypeChar::Uint, 1) => Ok(Array { shape, values: bytes }),
            _ => Err(self.type_error(array, types, element.to_string())),
        }
    }

    /// An array, or its first `most` samples.
    fn stored(&mut self, array: &str, types: &'static str, most: Option<u64>) -> Result<Stored, DataError> {
        let failed = |source| DataError::NpzArray { file: self.path.clone(), array: array.to_owned(), source };
        let mut present: Vec<String> = self.archive.array_names().map(str::to_owned).collect();
        let Some(npy) = self.archive.by_name(array).map_err(failed)? else {
            present.sort();
            return Err(DataError::ArrayMissing { file: self.path.clone(), array: array.to_owned(), present });
        };
        let shape = npy.shape().to_vec();
        let element = match npy.dtype() {
            DType::Plain(element) => element,
            other => {
                let found = other.descr();
                drop(npy);
                return Err(self.type_error(array, types, found));
            }
        };
        if element.type_char() == TypeChar::Object {
            return Err(DataError::PythonObjects { file: self.path.clone(), array: array.to_owned() });
        }
        let first_axis_first = npy.order() == Order::Fortran && shape.len() > 1;
        // A size that does not fit 64 bits cannot be met by any file.
        let size = element.num_bytes().unwrap_or(0) as u64;
        let whole = shape.iter().fold(size, |product, &length| product.saturating_mul(length));
        let samples = shape.first().copied().unwrap_or(1);
        // Samples that are not one after the other have to be looked for in the whole array.
        let part = most.filter(|&most| most < samples && !first_axis_first).map(|most| whole / samples * most);
        let needed = part.unwrap_or(whole);
        let mut bytes = Vec::new();
        npy.into_inner().take(part.unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(failed)?;
        let found = bytes.len() as u64;
        if found != needed {
            let file = self.path.clone();
            return Err(DataError::ArrayLength { file, array: array.to_owned(), needed, found });
        }
        if first_axis_first {
            bytes = last_axis_first(&bytes, &shape, size as usize);
            bytes.truncate(most.map_or(bytes.len(), |most| (whole / samples.max(1) * most) as usize));
        }
        Ok(Stored { shape, element, bytes })
    }

    fn type_error(&self, array: &str, rule: &'static str, found: String) -> DataError {
        DataError::ArrayType { file: self.path.clone(), array: array.to_owned(), rule, found }
    }
}

/// Elements of `size` bytes whose first index runs fastest (Fortran's order), with the last one running fastest.
fn last_axis_first(bytes: &[u8], shape: &[u64], size: usize) -> Vec<u8> {
    let mut sorted = Vec::with_capacity(bytes.len());
    let mut index = vec![0; shape.len()];
    for _ in 0..bytes.len() / size.max(1) {
        let at = index.iter().zip(shape).rev().fold(0, |at, (&own, &length)| at * length as usize + own);
        sorted.extend_from_slice(&bytes[at * size..(at + 1) * size]);
        for (own, &length) in index.iter_mut().zip(shape).rev() {
            *own += 1;
            if *own < length as usize {
                break;
            }
            *own = 0;
        }
    }
    sorted
}

/// Numbers of any integer type; `None` if the type is another.
fn integers(bytes: &[u8], element: &TypeStr) -> Option<Vec<i64>> {
    Some(match (element.type_char(), element.size_field()) {
        (TypeChar::Uint, 1) => numbers(bytes, element, |b| u8::from_ne_bytes(b).into()),
        (TypeChar::Uint, 2) => numbers(bytes, element, |b| u16::from_ne_bytes(b).into()),
        (TypeChar::Uint, 4) => numbers(bytes, element, |b| u32::from_ne_bytes(b).into()),
        (TypeChar::Uint, 8) => numbers(bytes, element, |b| i64::try_from(u64::from_ne_bytes(b)).unwrap_or(i64::MAX)),
        (TypeChar::Int, 1) => numbers(bytes, element, |b| i8::from_ne_bytes(b).into()),
        (TypeChar::Int, 2) => numbers(bytes, element, |b| i16::from_ne_bytes(b).into()),
        (TypeChar::Int, 4) => numbers(bytes, element, |b| i32::from_ne_bytes(b).into()),
        (TypeChar::Int, 8) => numbers(bytes, element, i64::from_ne_bytes),
        _ => return None,
    })
}

/// Decodes elements of N bytes, turned to the machine's byte order.
fn numbers<const N: usize, T>(bytes: &[u8], element: &TypeStr, decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    let swapped =
        !matches!(element.endianness(), Endianness::Irrelevant) && element.endianness() != Endianness::of_machine();
    let (elements, _) = bytes.as_chunks::<N>();
    let in_order = elements.iter().map(|&element| {
        let mut element = element;
        if swapped {
            element.reverse();
        }
        decode(element)
    });
    in_order.collect()
}
