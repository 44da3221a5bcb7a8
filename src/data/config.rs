//! Which data set an experiment uses, as written in its file.
use super::digits::SAMPLE_SHAPE as DIGITS_SHAPE;
use super::{
    Augmentation, Cifar10Config, Cifar100Config, Cifar100Labels, DigitsConfig, Hdf5Config, IdxConfig, ImagenetConfig,
    MemoryConfig, NpzConfig, PixelScaling, TinyImagenetConfig,
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
    /// CIFAR-10, binary version.
    Cifar10(Cifar10Config),
    /// CIFAR-100, binary version.
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
    /// Data sets of an HDF5 file.
    Hdf5(Hdf5Config),
    /// Arrays that the calling program holds, as with `data` of `run` in Python.
    Memory(MemoryConfig),
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
            Self::Idx(_) | Self::Npz(_) | Self::Hdf5(_) | Self::Memory(_) => None,
        }
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
            Self::Idx(_) | Self::Npz(_) | Self::Hdf5(_) | Self::Memory(_) => None,
        }
    }

    /// Bytes that it needs, besides the samples, while these many input values are read from it.
    pub fn reading_bytes(&self, values: usize) -> usize {
        match self {
            // All files are read, however few samples are taken.
            Self::Cifar10(_) | Self::Cifar100(_) => cifar::ALL_PIXELS,
            // Those in memory are copied once more.
            Self::Memory(_) => 4 * values,
            Self::Npz(_) | Self::Hdf5(_) => 0,
            _ => values,
        }
    }
}

impl Default for DataSource {
    fn default() -> Self {
        Self::Digits(DigitsConfig::default())
    }
}
