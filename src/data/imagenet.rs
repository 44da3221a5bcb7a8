//! Downsampled ImageNet (Chrabaszcz, Loshchilov & Hutter, 2017): all images of ImageNet as 16 × 16, 32 × 32 or 64 × 64
//! pixels, in the published NumPy archives.
//!
//! | set | files | arrays |
//! |---|---|---|
//! | training | `train_data_batch_1.npz` … `train_data_batch_10.npz` | `data` (sample, 3 × side × side) of 8 bits, laid out (channel, row, column); `labels` from 1 to 1000; `mean`, which is not used |
//! | test | `val_data.npz`, the validation set: the labels of the test set are secret | `data`, `labels` |
use super::DataError;
use super::array::Array;
use super::npy_array::NpyArray;
use super::portion::Portion;
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use super::targets::Targets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Downsampled ImageNet, NumPy version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImagenetConfig {
    /// The directory that holds `train_data_batch_1.npz` … `val_data.npz`, or the folders that the published archives
    /// unpack to with them, such as `Imagenet32_train_npz` and `Imagenet32_val_npz`.
    pub directory: PathBuf,
}

const CLASSES: usize = 1000;
const TRAINING_FILES: usize = 10;
const TEST_FILE: &str = "val_data.npz";

/// One of the published sizes.
pub(super) struct Version {
    side: usize,
    /// Rule for the shape of `data`.
    shape: &'static str,
    /// Folders of the archives.
    folders: &'static [&'static str],
}

impl Version {
    /// (channel, row, column).
    pub(super) fn sample_shape(&self) -> Vec<usize> {
        vec![3, self.side, self.side]
    }
}

pub(super) const SIDE_16: Version = Version {
    side: 16,
    shape: "have two axes, a row of 3 x 16 x 16 values for every label",
    folders: &["Imagenet16_train_npz", "Imagenet16_val_npz"],
};
pub(super) const SIDE_32: Version = Version {
    side: 32,
    shape: "have two axes, a row of 3 x 32 x 32 values for every label",
    folders: &["Imagenet32_train_npz", "Imagenet32_val_npz"],
};
pub(super) const SIDE_64: Version = Version {
    side: 64,
    shape: "have two axes, a row of 3 x 64 x 64 values for every label",
    folders: &[
        "Imagenet64_train_npz",
        "Imagenet64_train_part1_npz",
        "Imagenet64_train_part2_npz",
        "Imagenet64_val_npz",
    ],
};

/// Reads both sets, or their first samples where a limit is below what is there. Files behind the last sample are not
/// opened.
pub(super) fn read(
    version: &Version,
    config: &ImagenetConfig,
    base_dir: &Path,
    limits: [Option<usize>; 2],
) -> Result<RawSplits, DataError> {
    let directory = base_dir.join(&config.directory);
    let set = |split: &str, files: &[String], limit: Option<usize>| {
        let limit = limit.unwrap_or(usize::MAX);
        let (mut pixels, mut labels) = (vec![], vec![]);
        for file in files {
            if labels.len() < limit {
                let file = version.find(&directory, file)?;
                version.append(&file, limit - labels.len(), &mut pixels, &mut labels)?;
            }
        }
        let sample_shape = version.sample_shape();
        Ok(RawSet {
            name: set_name(&directory, split),
            values: RawValues::Bytes(pixels),
            targets: Targets::Classes(labels),
            sample_shape,
        })
    };
    let training_files: Vec<_> = (1..=TRAINING_FILES).map(|i| format!("train_data_batch_{i}.npz")).collect();
    let train = set("train", &training_files, limits[0])?;
    Ok(RawSplits::of_classes(train, set("test", &[TEST_FILE.to_owned()], limits[1])?, CLASSES))
}

impl Version {
    /// Where a file is.
    fn find(&self, directory: &Path, name: &str) -> Result<PathBuf, DataError> {
        let folders = self.folders.iter().map(|folder| directory.join(folder));
        let mut places = std::iter::once(directory.to_owned()).chain(folders).map(|folder| folder.join(name));
        places.find(|file| file.is_file()).ok_or_else(|| DataError::MissingBatch {
            directory: directory.to_owned(),
            name: name.to_owned(),
            folders: self.folders,
        })
    }

    /// Adds the first samples of a file, at most `most`.
    fn append(&self, path: &Path, most: usize, pixels: &mut Vec<u8>, labels: &mut Vec<u16>) -> Result<(), DataError> {
        let mut numbers = NpyArray::in_archive(path, "labels")?;
        let mut data = NpyArray::in_archive(path, "data")?;
        let (samples, shape) = (numbers.extent().lengths, data.extent());
        data.expect_bytes()?;
        let features = (3 * self.side * self.side) as u64;
        if samples.len() != 1 || shape.lengths != [samples[0], features] {
            let (place, rule) = (data.place(), self.shape.to_owned());
            return Err(DataError::ArrayShape { place, rule, shape: shape.lengths });
        }
        for (index, &label) in numbers.numbers()?.iter().take(most).enumerate() {
            // Published labels count from 1.
            if label.fract() != 0.0 || !(1.0..=CLASSES as f64).contains(&label) {
                return Err(DataError::LabelElement {
                    place: numbers.place(),
                    index,
                    label,
                    smallest: 1,
                    largest: CLASSES,
                });
            }
            labels.push(label as u16 - 1);
        }
        let axis = shape.stored_axis(0);
        let portion = Portion { lengths: shape.stored(), axis, most: samples[0].min(most as u64) };
        let values = data.inputs(&portion)?.reorder(&portion.kept(), &[axis, 1 - axis]);
        if let RawValues::Bytes(values) = values {
            pixels.extend(values);
        }
        Ok(())
    }
}
