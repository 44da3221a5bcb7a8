//! Labelled data sets for training and test: built-in digits, MNIST-like IDX files, CIFAR, Tiny ImageNet, downsampled
//! ImageNet, NumPy and HDF5 files.
//!
//! [`load`] reads what a [`DataConfig`] names and scales the inputs, in one pass over the raw values. The training
//! loop then takes its order of samples from [`epoch_order`] and its mini-batches from [`Dataset::fill_batch`]; [`Dataset::batches`] is both in one.
//! An [`Augmenter`] fills them with images that are cropped and mirrored at random. [`fetch`] downloads public sets.
//!
//! A source is one file of this folder: it turns its settings into the raw sets (`raw::RawSplits`) and knows nothing
//! of scaling. To add one, write that file, and add its settings to [`DataSource`] and its reader to [`load`].
mod applied_scaling;
mod array;
mod arrays;
mod augmentation;
mod augmenter;
mod axes;
mod batches;
mod byte_file;
mod cifar;
mod config;
mod dataset;
mod digits;
mod element;
mod error;
pub mod fetch;
mod guess;
mod gzip;
mod hdf5_file;
mod idx;
mod idx_file;
mod image_shape;
mod imagenet;
mod labels;
mod memory;
mod npz;
mod npz_writer;
mod portion;
mod raw;
mod scaling;
mod shared;
mod split;
mod summary;
mod survey;
mod tiny_imagenet;
mod unreadable;

pub use applied_scaling::AppliedScaling;
pub use arrays::ArrayNames;
pub use augmentation::{Augmentation, HorizontalFlip, RandomCrop};
pub use augmenter::Augmenter;
pub use axes::{InputAxes, InputAxis};
pub use batches::{MiniBatch, epoch_order, fill_targets};
pub use cifar::{Cifar10Config, Cifar100Config, Cifar100Labels};
pub use config::{DataConfig, DataSource};
pub use dataset::{DataSplits, Dataset};
pub use digits::DigitsConfig;
pub use error::{ByteOffset, DataError};
pub use guess::source_of;
pub use hdf5_file::Hdf5Config;
pub use idx::{IdxConfig, IdxFiles, IdxLocation};
pub use imagenet::ImagenetConfig;
pub use memory::{MemoryArray, MemoryConfig, MemorySet, Numbers};
pub use npz::NpzConfig;
pub use npz_writer::write_npz;
pub use scaling::{AffineScaling, OneOrPerChannel, PixelScaling};
pub use shared::Datasets;
pub use split::{HeldOut, ValidationSplit, split_validation};
pub use summary::SetSummary;
pub use survey::{RawSummary, Survey, survey};
pub use tiny_imagenet::TinyImagenetConfig;

use crate::parameter::Count;
use raw::{RawSet, RawSplits};
use scaling::Scaler;
use std::path::Path;

/// The built-in digits: 28 × 28 pixels in ten classes, as many to train with and to test with as are asked for.
///
/// # Errors
/// [`DataError::Empty`] if either is none.
pub fn digits(train: usize, test: usize, data_seed: u64) -> Result<DataSplits, DataError> {
    let count = |set: &str, n| Count::new(n).map_err(|_| DataError::Empty { set: format!("digits {set}") });
    let digits =
        DigitsConfig { train_count: count("train", train)?, test_count: count("test", test)?, ..Default::default() };
    let config = DataConfig { source: DataSource::Digits(digits), ..DataConfig::default() };
    load(&config, Path::new(""), data_seed)
}

/// Reads a data set and scales its inputs. Relative paths count from `base_dir`, the folder of the experiment file.
/// `data_seed` matters to the built-in digits only.
///
/// # Errors
/// [`DataError`] if a file is missing or damaged, if the two sets do not fit each other, if fewer samples are there
/// than the settings ask for, or if the inputs do not fit the scaling.
pub fn load(config: &DataConfig, base_dir: &Path, data_seed: u64) -> Result<DataSplits, DataError> {
    load_with(config, base_dir, data_seed, &[])
}

/// The same where these sets are in memory.
fn load_with(
    config: &DataConfig,
    base_dir: &Path,
    data_seed: u64,
    in_memory: &[MemorySet],
) -> Result<DataSplits, DataError> {
    scale(config, read_raw(config, base_dir, data_seed, in_memory)?)
}

/// Reads both sets as they are in the files.
fn read_raw(
    config: &DataConfig,
    base_dir: &Path,
    data_seed: u64,
    in_memory: &[MemorySet],
) -> Result<RawSplits, DataError> {
    let limits = [config.train_samples, config.test_samples].map(|limit| limit.map(|count| count.get()));
    let mut raw = match &config.source {
        DataSource::Digits(digits) => digits::read(digits, limits, data_seed)?,
        DataSource::Idx(idx) => idx::read(idx, base_dir, limits)?,
        DataSource::Cifar10(cifar) => cifar::read_10(cifar, base_dir, limits)?,
        DataSource::Cifar100(cifar) => cifar::read_100(cifar, base_dir, limits)?,
        DataSource::TinyImagenet(tiny) => tiny_imagenet::read(tiny, base_dir, limits)?,
        DataSource::Imagenet16(imagenet) => imagenet::read(&imagenet::SIDE_16, imagenet, base_dir, limits)?,
        DataSource::Imagenet32(imagenet) => imagenet::read(&imagenet::SIDE_32, imagenet, base_dir, limits)?,
        DataSource::Imagenet64(imagenet) => imagenet::read(&imagenet::SIDE_64, imagenet, base_dir, limits)?,
        DataSource::Npz(npz) => npz::read(npz, base_dir, limits)?,
        DataSource::Hdf5(hdf5) => hdf5_file::read(hdf5, base_dir, limits)?,
        DataSource::Memory(memory) => memory::read(memory, in_memory, limits)?,
    };
    raw.train.keep_first(limits[0])?;
    raw.test.keep_first(limits[1])?;
    if raw.train.sample_shape != raw.test.sample_shape {
        return Err(DataError::SampleShapes { train: raw.train.sample_shape, test: raw.test.sample_shape });
    }
    Ok(raw)
}

/// Scales the inputs of both sets.
fn scale(config: &DataConfig, raw: RawSplits) -> Result<DataSplits, DataError> {
    raw.train.check_finite()?;
    raw.test.check_finite()?;
    let scaler = Scaler::fit(&config.scaling, &raw.train)?;
    let finish = |set: RawSet| {
        let (inputs, scaling) = scaler.apply(&set.name, set.values, &set.sample_shape)?;
        Ok::<_, DataError>(
            Dataset::new(set.name, inputs, set.labels, raw.classes, set.sample_shape)?.scaled_by(scaling),
        )
    };
    Ok(DataSplits { train: finish(raw.train)?, test: finish(raw.test)?, notes: raw.notes })
}
