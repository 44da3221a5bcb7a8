//! CIFAR-10 and CIFAR-100, version for Python: pickles of dictionaries with `data`, an array of rows of 3072 pixels laid out
//! (channel, row, column), and lists of labels.
use super::DataError;
use super::pickle::{self, Object};
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use super::targets::Targets;
use std::path::{Path, PathBuf};

pub(super) const SAMPLE_SHAPE: [usize; 3] = [3, 32, 32];
pub(super) const PIXELS: usize = 3 * 32 * 32;

/// The folder that holds a file of this version: a directory, or the one in it that its archive unpacks to.
pub(super) fn folder(directory: &Path, unpacked: &str, file: &str) -> Option<PathBuf> {
    [directory.join(unpacked), directory.to_owned()].into_iter().find(|folder| folder.join(file).is_file())
}

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(
    folder: &Path,
    files: [&[&str]; 2],
    labels_key: &str,
    classes: usize,
    limits: [Option<usize>; 2],
) -> Result<RawSplits, DataError> {
    let set = |split: &str, files: &[&str], limit: Option<usize>| {
        let limit = limit.unwrap_or(usize::MAX);
        let (mut pixels, mut labels) = (vec![], vec![]);
        for file in files {
            if labels.len() < limit {
                append(&folder.join(file), labels_key, classes, &mut pixels, &mut labels)?;
            }
        }
        let (values, targets) = (RawValues::Bytes(pixels), Targets::Classes(labels));
        Ok(RawSet { name: set_name(folder, split), values, targets, sample_shape: SAMPLE_SHAPE.to_vec() })
    };
    let train = set("train", files[0], limits[0])?;
    Ok(RawSplits::of_classes(train, set("test", files[1], limits[1])?, classes))
}

/// Adds the samples of a file.
fn append(
    path: &Path,
    labels_key: &str,
    classes: usize,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u16>,
) -> Result<(), DataError> {
    let bytes = std::fs::read(path).map_err(|source| DataError::Read { file: path.to_owned(), source })?;
    let wrong = |reason: String| DataError::Pickle { file: path.to_owned(), reason };
    let batch = pickle::read(&bytes).map_err(|error| wrong(error.to_string()))?;
    let Some(Object::Array { shape, bytes }) = batch.get("data") else {
        return Err(wrong("the pickle holds no dictionary with the array \"data\"".to_owned()));
    };
    let numbers = batch.get(labels_key).and_then(Object::integers);
    let numbers = numbers.ok_or_else(|| wrong(format!("the pickle holds no list {labels_key:?} of labels")))?;
    if *shape != [numbers.len(), PIXELS] {
        return Err(wrong(format!("data must have {} rows of {PIXELS} pixels, got shape {shape:?}", numbers.len())));
    }
    for (index, label) in numbers.into_iter().enumerate() {
        let class = u16::try_from(label).ok().filter(|&class| usize::from(class) < classes);
        labels.push(class.ok_or_else(|| wrong(format!("label {index} must be below {classes}, got {label}")))?);
    }
    pixels.extend_from_slice(bytes);
    Ok(())
}
