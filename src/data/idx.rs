//! IDX files, the format of MNIST (LeCun, Cortes & Burges): a big-endian header, then one byte per pixel or label.
//!
//! | bytes | images | labels |
//! |---|---|---|
//! | 0–3 | magic number 0x00000803 | magic number 0x00000801 |
//! | 4–7 | number of images | number of labels |
//! | 8–11 | rows | labels from here |
//! | 12–15 | columns | |
//! | 16– | pixels, image after image, row after row | |
use super::DataError;
use super::byte_file::ByteFile;
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// IDX files, each plain or gzip (told by content, not by name).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdxConfig {
    /// Where the four files are.
    pub location: IdxLocation,
    /// Number of classes; labels run from 0 to one less.
    #[serde(default = "ten")]
    pub classes: Count,
}

/// Where the four files are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdxLocation {
    /// A directory that holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    /// `t10k-labels-idx1-ubyte`, each under this name or with `.gz` added.
    Directory(PathBuf),
    /// Four files by name.
    Files(IdxFiles),
}

/// Four IDX files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdxFiles {
    /// Images of the training set.
    pub train_images: PathBuf,
    /// Labels of the training set.
    pub train_labels: PathBuf,
    /// Images of the test set.
    pub test_images: PathBuf,
    /// Labels of the test set.
    pub test_labels: PathBuf,
}

fn ten() -> Count {
    Count::constant(10)
}

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;
const IMAGES_HEADER: usize = 16;
const LABELS_HEADER: usize = 8;

/// Reads both sets.
pub(super) fn read(config: &IdxConfig, base_dir: &Path) -> Result<RawSplits, DataError> {
    let (files, name) = match &config.location {
        IdxLocation::Files(files) => {
            let in_base = |file: &PathBuf| base_dir.join(file);
            let files = IdxFiles {
                train_images: in_base(&files.train_images),
                train_labels: in_base(&files.train_labels),
                test_images: in_base(&files.test_images),
                test_labels: in_base(&files.test_labels),
            };
            let name = files.train_images.clone();
            (files, name)
        }
        IdxLocation::Directory(directory) => {
            let directory = base_dir.join(directory);
            let files = IdxFiles {
                train_images: find(&directory, "train-images-idx3-ubyte")?,
                train_labels: find(&directory, "train-labels-idx1-ubyte")?,
                test_images: find(&directory, "t10k-images-idx3-ubyte")?,
                test_labels: find(&directory, "t10k-labels-idx1-ubyte")?,
            };
            (files, directory)
        }
    };
    let classes = config.classes.get();
    Ok(RawSplits {
        train: read_set(set_name(&name, "train"), &files.train_images, &files.train_labels, classes)?,
        test: read_set(set_name(&name, "test"), &files.test_images, &files.test_labels, classes)?,
        classes,
    })
}

/// The plain file if it is there, else the compressed one.
fn find(directory: &Path, name: &'static str) -> Result<PathBuf, DataError> {
    [directory.join(name), directory.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| DataError::MissingFile { directory: directory.to_owned(), name })
}

fn read_set(name: String, images_path: &Path, labels_path: &Path, classes: usize) -> Result<RawSet, DataError> {
    let (pixels, samples, sample_shape) = read_images(images_path)?;
    let labels = read_labels(labels_path, classes)?;
    if labels.len() != samples {
        return Err(DataError::CountsDiffer {
            inputs_in: images_path.display().to_string(),
            inputs: samples,
            labels_in: labels_path.display().to_string(),
            labels: labels.len(),
        });
    }
    Ok(RawSet { name, values: RawValues::Bytes(pixels), labels, sample_shape })
}

fn read_images(path: &Path) -> Result<(Vec<u8>, usize, Vec<usize>), DataError> {
    let mut file = ByteFile::open(path)?;
    expect_magic(&file, IMAGES_MAGIC, "IDX images")?;
    let [samples, rows, columns] =
        [size_at(&file, 4, "images")?, size_at(&file, 8, "rows")?, size_at(&file, 12, "columns")?];
    // Three 32-bit numbers fit 96 bits; saturation only turns an absurd size into another absurd size.
    let needed = u64::from(samples).saturating_mul(u64::from(rows)).saturating_mul(u64::from(columns));
    file.expect_rest(IMAGES_HEADER, needed, &format!("{samples} images of {rows} x {columns} pixels"))?;
    file.bytes.drain(..IMAGES_HEADER);
    Ok((file.bytes, samples as usize, vec![rows as usize, columns as usize]))
}

fn read_labels(path: &Path, classes: usize) -> Result<Vec<u16>, DataError> {
    let file = ByteFile::open(path)?;
    expect_magic(&file, LABELS_MAGIC, "IDX labels")?;
    let samples = size_at(&file, 4, "labels")?;
    file.expect_rest(LABELS_HEADER, u64::from(samples), &format!("{samples} labels"))?;
    let labels = &file.bytes[LABELS_HEADER..];
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        None => Ok(labels.iter().map(|&label| u16::from(label)).collect()),
        Some(at) => Err(DataError::LabelByte {
            offset: file.offset(LABELS_HEADER + at),
            label: labels[at],
            classes,
            file: file.path,
        }),
    }
}

fn expect_magic(file: &ByteFile, expected: u32, content: &'static str) -> Result<(), DataError> {
    let found = file.u32_at(0, "the magic number")?;
    if found == expected { Ok(()) } else { Err(DataError::Magic { file: file.path.clone(), content, expected, found }) }
}

fn size_at(file: &ByteFile, at: usize, axis: &'static str) -> Result<u32, DataError> {
    match file.u32_at(at, &format!("the number of {axis}"))? {
        0 => Err(DataError::ZeroSize { file: file.path.clone(), offset: file.offset(at), axis }),
        size => Ok(size),
    }
}
