//! Sets of four IDX files: MNIST, its relatives, and what others have written in its format.
use super::DataError;
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::InputAxes;
use super::idx_file::IdxArray;
use super::raw::{RawSplits, set_name};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// IDX files, each plain or gzip (told by content, not by name), of any type and number of axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdxConfig {
    /// Where the four files are.
    pub location: IdxLocation,
    /// What the axes of the inputs count, in the order of the files: EMNIST, whose images lie on their side, has
    /// ["sample", "column", "row"]. Null takes the first for the samples, and the others as they are.
    #[serde(default)]
    pub input_axes: Option<InputAxes>,
    /// Number of classes; null takes one more than the largest label, at least ten.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Where the four files are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdxLocation {
    /// A directory that holds images and labels of a training set (named train) and a test set (t10k or test): MNIST's
    /// `train-images-idx3-ubyte` and its like, as those of EMNIST and QMNIST, with `.gz` or without, a dot in the place of
    /// the last hyphen but one, or each in a folder of its name.
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

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &IdxConfig, base_dir: &Path, wanted: &Wanted) -> Result<RawSplits, DataError> {
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
            let present = idx_files(&directory)?;
            let files = IdxFiles {
                train_images: find(&directory, &present, "train-images-idx3-ubyte")?,
                train_labels: find(&directory, &present, "train-labels-idx1-ubyte")?,
                test_images: find(&directory, &present, "t10k-images-idx3-ubyte")?,
                test_labels: find(&directory, &present, "t10k-labels-idx1-ubyte")?,
            };
            (files, directory)
        }
    };
    let set = |split: &str, images: &Path, labels: &Path| {
        let [inputs, labels] = [IdxArray::open(images)?, IdxArray::open(labels)?];
        Ok::<_, DataError>(SetArrays { name: set_name(&name, split), inputs, labels })
    };
    let train = set("train", &files.train_images, &files.train_labels)?;
    let test = set("test", &files.test_images, &files.test_labels)?;
    let axes_key = "data.source.idx.input_axes";
    // A part of MNIST may lack its last digits.
    let (axes, classes, fewest_classes) = (config.input_axes.as_ref(), config.classes, 10);
    let sets = Sets { train, test: Some(test), validation: None };
    read_splits(sets, &Reading { axes, axes_key, classes, fewest_classes, wanted })
}

/// Whether a directory has files whose names say that they are IDX files.
pub(super) fn holds_files(directory: &Path) -> bool {
    idx_files(directory).is_ok_and(|files| !files.is_empty())
}

/// Files of a directory whose names say that they are IDX files, alone or in folders of their own.
fn idx_files(directory: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { file: directory.to_owned(), source };
    if !directory.exists() {
        return Err(DataError::NoFolder { folder: directory.to_owned(), set: "mnist" });
    }
    let mut files = vec![];
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let inside = path.file_name().map(|name| path.join(name)).filter(|inside| inside.is_file());
        files.extend(inside.or(Some(path)).filter(|path| path.is_file() && plain_name(path).contains("-idx")));
    }
    files.sort();
    Ok(files)
}

/// Name of a file as MNIST's are: with hyphens for dots, and without `.gz`.
fn plain_name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).replace('.', "-")
}

/// The file of this name if it is there, plain or compressed, else the one that holds the same of the same set.
fn find(directory: &Path, present: &[PathBuf], name: &'static str) -> Result<PathBuf, DataError> {
    if let Some(own) = present.iter().find(|file| plain_name(file) == name) {
        return Ok(own.clone());
    }
    let (set, content) =
        (name.split('-').next().unwrap_or(name), if name.contains("images") { "images" } else { "labels" });
    let is_like = |file: &&PathBuf| {
        let own = plain_name(file);
        let of_set = own.split('-').any(|part| part == set || (set == "t10k" && part == "test"));
        of_set && own.contains(&format!("{content}-idx"))
    };
    let like: Vec<&PathBuf> = present.iter().filter(is_like).collect();
    match &like[..] {
        [one] => Ok((*one).clone()),
        [] => Err(DataError::MissingFile { directory: directory.to_owned(), name }),
        several => {
            let several = several.iter().map(|file| plain_name(file)).collect();
            Err(DataError::SeveralFiles { directory: directory.to_owned(), name, several })
        }
    }
}
