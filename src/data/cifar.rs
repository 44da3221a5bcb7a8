//! CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), binary version: records of one or two label bytes and 3072 pixels,
//! laid out (channel, row, column). The version for Python has the same pixels and labels in pickles (`cifar_python.rs`).
//!
//! | set | record | label bytes | training files | test file |
//! |---|---|---|---|---|
//! | CIFAR-10 | 3073 | class | `data_batch_1.bin` … `data_batch_5.bin` | `test_batch.bin` |
//! | CIFAR-100 | 3074 | coarse class (20), fine class (100) | `train.bin` | `test.bin` |
use super::byte_file::ByteFile;
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use super::targets::Targets;
use super::{ByteOffset, DataError, cifar_python};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// CIFAR-10, in its version for C or for Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar10Config {
    /// The directory that holds `data_batch_1.bin` … `test_batch.bin`, or a folder `cifar-10-batches-bin` with them; of the version for
    /// Python `data_batch_1` … `test_batch`, or `cifar-10-batches-py`.
    pub directory: PathBuf,
}

/// CIFAR-100, in its version for C or for Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar100Config {
    /// The directory that holds `train.bin` and `test.bin`, or a folder `cifar-100-binary` with them; of the version for Python `train`
    /// and `test`, or `cifar-100-python`.
    pub directory: PathBuf,
    /// Which of the two labels of a picture is its class.
    #[serde(default)]
    pub labels: Cifar100Labels,
}

/// Which of the two labels of a CIFAR-100 picture is its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cifar100Labels {
    /// The 100 classes.
    #[default]
    Fine,
    /// The 20 superclasses.
    Coarse,
}

pub(super) use cifar_python::{PIXELS, SAMPLE_SHAPE};

/// Layout of a record.
struct Record {
    label_bytes: usize,
    /// Which of the label bytes counts.
    label_at: usize,
    classes: usize,
}

/// Samples that are wanted of the training and the test set.
type Limits = [Option<usize>; 2];

/// Reads CIFAR-10.
pub(super) fn read_10(config: &Cifar10Config, base_dir: &Path, limits: Limits) -> Result<RawSplits, DataError> {
    if let Some(folder) = cifar_python::folder(&base_dir.join(&config.directory), "cifar-10-batches-py", "data_batch_1")
    {
        let train = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
        return cifar_python::read(&folder, [&train, &["test_batch"]], "labels", 10, limits);
    }
    let record = Record { label_bytes: 1, label_at: 0, classes: 10 };
    let train = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
    record.read_splits(&base_dir.join(&config.directory), "cifar-10-batches-bin", [&train, &["test_batch.bin"]], limits)
}

/// Reads CIFAR-100.
pub(super) fn read_100(config: &Cifar100Config, base_dir: &Path, limits: Limits) -> Result<RawSplits, DataError> {
    if let Some(folder) = cifar_python::folder(&base_dir.join(&config.directory), "cifar-100-python", "train") {
        let (labels, classes) = match config.labels {
            Cifar100Labels::Coarse => ("coarse_labels", 20),
            Cifar100Labels::Fine => ("fine_labels", 100),
        };
        return cifar_python::read(&folder, [&["train"], &["test"]], labels, classes, limits);
    }
    let record = match config.labels {
        Cifar100Labels::Coarse => Record { label_bytes: 2, label_at: 0, classes: 20 },
        Cifar100Labels::Fine => Record { label_bytes: 2, label_at: 1, classes: 100 },
    };
    record.read_splits(&base_dir.join(&config.directory), "cifar-100-binary", [&["train.bin"], &["test.bin"]], limits)
}

impl Record {
    fn read_splits(
        &self,
        directory: &Path,
        unpacked: &str,
        files: [&[&str]; 2],
        limits: Limits,
    ) -> Result<RawSplits, DataError> {
        let subfolder = directory.join(unpacked);
        let folder = if subfolder.is_dir() { subfolder } else { directory.to_owned() };
        if !folder.exists() {
            let set = if unpacked.starts_with("cifar-100") { "cifar100" } else { "cifar10" };
            return Err(DataError::NoFolder { folder, set });
        }
        let set = |split: &str, files: &[&str], limit: Option<usize>| {
            let limit = limit.unwrap_or(usize::MAX);
            let (mut pixels, mut labels) = (Vec::new(), Vec::new());
            for file in files {
                if labels.len() < limit {
                    self.append(&folder.join(file), limit - labels.len(), &mut pixels, &mut labels)?;
                }
            }
            let name = set_name(&folder, split);
            let targets = Targets::Classes(labels);
            Ok(RawSet { name, values: RawValues::Bytes(pixels), targets, sample_shape: SAMPLE_SHAPE.to_vec() })
        };
        let train = set("train", files[0], limits[0])?;
        Ok(RawSplits::of_classes(train, set("test", files[1], limits[1])?, self.classes))
    }

    /// Adds the first records of a file, at most `most`.
    fn append(&self, path: &Path, most: usize, pixels: &mut Vec<u8>, labels: &mut Vec<u16>) -> Result<(), DataError> {
        let mut file = ByteFile::open(path)?;
        let mut record = vec![0; self.label_bytes + PIXELS];
        for number in 0..most {
            let offset = file.offset();
            let found = file.fill(&mut record)?;
            if found < record.len() && (found > 0 || number == 0) {
                let (file, part, needed) = (file.path, format!("record {number}"), record.len() as u64);
                return Err(DataError::Truncated { file, part, offset, needed, found: found as u64 });
            }
            if found == 0 {
                break;
            }
            let label = record[self.label_at];
            if usize::from(label) >= self.classes {
                let offset = ByteOffset { at: offset.at + self.label_at as u64, ..offset };
                return Err(DataError::LabelByte { file: file.path, offset, label, classes: self.classes });
            }
            labels.push(u16::from(label));
            pixels.extend_from_slice(&record[self.label_bytes..]);
        }
        Ok(())
    }
}
