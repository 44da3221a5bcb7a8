//! Which data set an experiment uses, as written in its file.
use super::digits::SAMPLE_SHAPE as DIGITS_SHAPE;
use super::{
    Augmentation, Cifar10Config, Cifar100Config, Cifar100Labels, DigitsConfig, Hdf5Config, IdxConfig, ImagenetConfig,
    MemoryConfig, NpyConfig, NpzConfig, PixelScaling, TableConfig, TargetKind, TargetScaling, TinyImagenetConfig,
    ValidationSplit,
};
use super::{cifar, imagenet, tiny_imagenet};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The data set of an experiment.
///
/// ```
/// use dyadsim::data::load;
/// use dyadsim::prelude::*;
/// use std::path::Path;
///
/// let config = DataConfig { train_samples: Some(Count::new(100)?), ..DataConfig::default() };
/// let DataSplits { train, .. } = load(&config, Path::new("."), 1)?;
/// assert_eq!((train.len(), train.features(), train.classes()), (100, 784, 10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// Where the samples come from. Relative paths count from the folder of the experiment file.
    pub source: DataSource,
    /// Use only this many training samples, the first of the source; null uses all.
    pub train_samples: Option<Count>,
    /// Use only this many test samples, the first of the source; null uses all.
    pub test_samples: Option<Count>,
    /// Training samples that become the test set, for files of arrays and tables that have none of their own, or whose own is not
    /// wanted; null takes that of the source.
    pub test_split: Option<ValidationSplit>,
    /// What is learnt of every sample: one class, numbers (regression), or several labels. Others than classes are of files of
    /// arrays and tables.
    pub targets: TargetKind,
    /// How real-valued targets are scaled; only with targets `values`.
    pub target_scaling: TargetScaling,
    /// How raw values become inputs of the network.
    pub scaling: PixelScaling,
    /// How training images vary from epoch to epoch; null leaves them as they are. Validation and test samples, and
    /// whatever is measured outside the mini-batch, are never varied.
    pub augmentation: Option<Augmentation>,
}

/// Where the samples come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// Digits drawn by the program; needs no file.
    Digits(DigitsConfig),
    /// IDX files, plain or gzip: MNIST, Fashion-MNIST, EMNIST, KMNIST.
    Idx(IdxConfig),
    /// CIFAR-10, version for C or for Python.
    Cifar10(Cifar10Config),
    /// CIFAR-100, version for C or for Python.
    Cifar100(Cifar100Config),
    /// Tiny ImageNet, 64 × 64 pixels of 200 classes, as its archive unpacks.
    TinyImagenet(TinyImagenetConfig),
    /// ImageNet downsampled to 16 × 16 pixels, NumPy version.
    Imagenet16(ImagenetConfig),
    /// ImageNet downsampled to 32 × 32 pixels, NumPy version.
    Imagenet32(ImagenetConfig),
    /// ImageNet downsampled to 64 × 64 pixels, NumPy version.
    Imagenet64(ImagenetConfig),
    /// Arrays of a NumPy archive (.npz).
    Npz(NpzConfig),
    /// Arrays of NumPy in files of their own (.npy).
    Npy(NpyConfig),
    /// Data sets of an HDF5 file.
    Hdf5(Hdf5Config),
    /// Tables: CSV or Parquet, a row for each sample.
    Table(TableConfig),
    /// Arrays that the calling program holds, as with `data` of `run` in Python.
    Memory(MemoryConfig),
}

impl DataConfig {
    /// Rules between its settings that are broken: keys, and what to read after them.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        let mut conflict = |key: &str, rule: &str| found.push((key.to_owned(), rule.to_owned()));
        if self.test_split.is_some() && !self.source.may_lack_test_set() {
            conflict(
                "data.test_split",
                "is for npz, npy, hdf5, table and memory: this source has a test set of its own",
            );
        }
        if self.targets != TargetKind::Classes && !self.source.has_arrays() {
            conflict("data.targets", "must be \"classes\": this source has no others");
        }
        if self.target_scaling != TargetScaling::None && self.targets != TargetKind::Values {
            conflict("data.target_scaling", "is used only with targets \"values\": remove it");
        }
        let without_test = match &self.source {
            DataSource::Table(table) => table.test.is_none(),
            DataSource::Npy(npy) => npy.x_test.is_none() && npy.y_test.is_none(),
            _ => false,
        };
        if without_test && self.test_split.is_none() {
            conflict(
                "data.test_split",
                "is needed, since the source names no test set: write it like {\"random\": {\"fraction\": 0.2}}",
            );
        }
        if let Some(key) = self.source.half_set() {
            conflict(&key, "is missing: a set has inputs and targets");
        }
        found
    }
}

impl DataSource {
    /// Shape of its samples, where that does not depend on its files: (row, column) or (channel, row, column).
    pub fn sample_shape(&self) -> Option<Vec<usize>> {
        match self {
            Self::Digits(_) => Some(DIGITS_SHAPE.to_vec()),
            Self::Cifar10(_) | Self::Cifar100(_) => Some(cifar::SAMPLE_SHAPE.to_vec()),
            Self::TinyImagenet(_) => Some(tiny_imagenet::SAMPLE_SHAPE.to_vec()),
            Self::Imagenet16(_) => Some(imagenet::SIDE_16.sample_shape()),
            Self::Imagenet32(_) => Some(imagenet::SIDE_32.sample_shape()),
            Self::Imagenet64(_) => Some(imagenet::SIDE_64.sample_shape()),
            Self::Idx(_) | Self::Npz(_) | Self::Npy(_) | Self::Hdf5(_) | Self::Table(_) | Self::Memory(_) => None,
        }
    }

    /// Whether it gives arrays of any targets.
    fn has_arrays(&self) -> bool {
        self.may_lack_test_set() || matches!(self, Self::Idx(_))
    }

    /// Whether it may have training samples alone.
    fn may_lack_test_set(&self) -> bool {
        matches!(self, Self::Npz(_) | Self::Npy(_) | Self::Hdf5(_) | Self::Table(_) | Self::Memory(_))
    }

    /// Whether it has a validation set of its own.
    pub fn has_validation(&self) -> bool {
        match self {
            Self::Npz(NpzConfig { arrays, .. }) | Self::Hdf5(Hdf5Config { arrays, .. }) => {
                arrays.validation().is_some()
            }
            Self::Npy(npy) => npy.x_validation.is_some() && npy.y_validation.is_some(),
            Self::Table(table) => table.validation.is_some(),
            Self::Memory(memory) => memory.validation,
            _ => false,
        }
    }

    /// The key of half a set: inputs without targets, or the other way round.
    fn half_set(&self) -> Option<String> {
        let (name, halves) = match self {
            Self::Npz(NpzConfig { arrays, .. }) | Self::Hdf5(Hdf5Config { arrays, .. }) => {
                let name = if matches!(self, Self::Npz(_)) { "npz" } else { "hdf5" };
                let own = [arrays.x_validation.is_some(), arrays.y_validation.is_some()];
                (format!("{name}.arrays"), vec![("validation", own)])
            }
            Self::Npy(npy) => {
                let test = [npy.x_test.is_some(), npy.y_test.is_some()];
                let validation = [npy.x_validation.is_some(), npy.y_validation.is_some()];
                ("npy".to_owned(), vec![("test", test), ("validation", validation)])
            }
            _ => return None,
        };
        let half = halves.into_iter().find(|(_, [x, y])| x != y);
        half.map(|(set, [x, _])| format!("data.source.{name}.{}_{set}", if x { "y" } else { "x" }))
    }

    /// Number of its classes, where that does not depend on its files.
    pub fn classes(&self) -> Option<usize> {
        match self {
            Self::Digits(_) | Self::Cifar10(_) => Some(10),
            Self::Cifar100(own) => Some(match own.labels {
                Cifar100Labels::Fine => 100,
                Cifar100Labels::Coarse => 20,
            }),
            Self::TinyImagenet(_) => Some(200),
            Self::Imagenet16(_) | Self::Imagenet32(_) | Self::Imagenet64(_) => Some(1000),
            Self::Idx(_) | Self::Npz(_) | Self::Npy(_) | Self::Hdf5(_) | Self::Table(_) | Self::Memory(_) => None,
        }
    }
}

impl Default for DataSource {
    fn default() -> Self {
        Self::Digits(DigitsConfig::default())
    }
}
