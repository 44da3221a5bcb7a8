//! Data sets for training and test: built-in digits, MNIST-like IDX files, CIFAR, Tiny ImageNet, downsampled
//! ImageNet, NumPy and HDF5 files, tables. What is learnt of a sample is a class, or numbers, or several labels ([`Targets`]).
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
mod cifar_python;
mod config;
mod dataset;
mod digits;
mod element;
mod error;
pub mod fetch;
mod foreign;
mod guess;
mod gzip;
mod hdf5_file;
mod hdf5_limits;
mod idx;
mod idx_file;
mod image_shape;
mod imagenet;
mod labels;
mod lone_file;
mod memory;
mod moments;
mod npy;
mod npy_array;
mod npz;
mod npz_writer;
mod pickle;
mod portion;
mod raw;
mod scaling;
mod shared;
mod singles;
mod split;
mod summary;
mod survey;
mod table;
mod table_file;
mod targets;
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
pub use foreign::panic_message;
pub use guess::source_of;
pub use hdf5_file::Hdf5Config;
pub use idx::{IdxConfig, IdxFiles, IdxLocation};
pub use imagenet::ImagenetConfig;
pub use lone_file::{LoneFile, ValueSummary};
pub use memory::{MemoryArray, MemoryConfig, MemorySet, Numbers};
pub use moments::Moments;
pub use npy::NpyConfig;
pub use npz::NpzConfig;
pub use npz_writer::write_npz;
pub use scaling::{AffineScaling, OneOrPerChannel, PixelScaling};
pub use shared::Datasets;
pub use singles::Singles;
pub use split::{HeldOut, ValidationSplit, split_validation};
pub use summary::SetSummary;
pub use survey::{RawSummary, Survey, survey};
pub use table::{Columns, TableConfig};
pub use targets::{TargetKind, TargetScaling, Targets};
pub use tiny_imagenet::TinyImagenetConfig;

use crate::parameter::Count;
use arrays::Wanted;
use raw::{RawSet, RawSplits};
use scaling::Scaler;
use std::path::Path;
use targets::TargetScaler;

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
    let (targets, test_split) = (config.targets, config.test_split);
    let wanted = &Wanted { limits, targets, test_split, data_seed };
    let mut raw = match &config.source {
        DataSource::Digits(digits) => digits::read(digits, limits, data_seed)?,
        DataSource::Idx(idx) => idx::read(idx, base_dir, wanted)?,
        DataSource::Cifar10(cifar) => cifar::read_10(cifar, base_dir, limits)?,
        DataSource::Cifar100(cifar) => cifar::read_100(cifar, base_dir, limits)?,
        DataSource::TinyImagenet(tiny) => tiny_imagenet::read(tiny, base_dir, limits)?,
        DataSource::Imagenet16(imagenet) => imagenet::read(&imagenet::SIDE_16, imagenet, base_dir, limits)?,
        DataSource::Imagenet32(imagenet) => imagenet::read(&imagenet::SIDE_32, imagenet, base_dir, limits)?,
        DataSource::Imagenet64(imagenet) => imagenet::read(&imagenet::SIDE_64, imagenet, base_dir, limits)?,
        DataSource::Npz(npz) => npz::read(npz, base_dir, wanted)?,
        DataSource::Npy(npy) => npy::read(npy, base_dir, wanted)?,
        DataSource::Hdf5(hdf5) => hdf5_file::read(hdf5, base_dir, wanted)?,
        DataSource::Table(table) => table::read(table, base_dir, wanted)?,
        DataSource::Memory(memory) => memory::read(memory, in_memory, wanted)?,
    };
    raw.train.keep_first(limits[0])?;
    raw.test.keep_first(limits[1])?;
    for (set, other) in [("test", Some(&raw.test)), ("validation", raw.validation.as_ref())] {
        if let Some(other) = other.map(|other| &other.sample_shape).filter(|shape| **shape != raw.train.sample_shape) {
            return Err(DataError::SampleShapes { train: raw.train.sample_shape, set, other: other.clone() });
        }
    }
    Ok(raw)
}

/// Scales inputs and targets of all sets.
fn scale(config: &DataConfig, raw: RawSplits) -> Result<DataSplits, DataError> {
    for set in [&raw.train, &raw.test].into_iter().chain(&raw.validation) {
        set.check_finite()?;
        set.targets.check(&set.name)?;
    }
    let scaler = Scaler::fit(&config.scaling, &raw.train)?;
    let target_scaler = TargetScaler::fit(config.target_scaling, &raw.train.targets);
    let finish = |mut set: RawSet| {
        let (inputs, scaling) = scaler.apply(&set.name, set.values, &set.sample_shape)?;
        if let Some(scaler) = &target_scaler {
            scaler.apply(&mut set.targets);
        }
        let target_std = target_scaler.as_ref().map_or_else(|| vec![1.0; raw.outputs], |scaler| scaler.std.clone());
        let made = Dataset::of_samples(set.name, inputs, set.targets, raw.outputs, set.sample_shape)?;
        Ok::<_, DataError>(made.scaled_by(scaling, target_std))
    };
    Ok(DataSplits {
        train: finish(raw.train)?,
        test: finish(raw.test)?,
        validation: raw.validation.map(finish).transpose()?,
        class_names: raw.class_names,
        notes: raw.notes,
    })
}
