//! NumPy archives (.npz, from `numpy.savez` or `numpy.savez_compressed`).
use super::array::{Array, TYPES};
use super::arrays::{Reading, SetArrays, read_splits};
use super::axes::{ElementOrder, Extent, InputAxes};
use super::element::{ElementType, Kind, ReadFailure};
use super::portion::Portion;
use super::raw::{RawSplits, RawValues, set_name};
use super::{ArrayNames, DataError, unreadable};
use crate::parameter::Count;
use npyz::{DType, Endianness, NpyFile, Order, TypeChar, TypeStr, npz::NpzArchive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, Read};
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
    /// What the axes of the inputs count, in the order of the arrays, such as ["sample", "row", "column", "channel"]; null takes
    /// the first for the samples, and the others as they are.
    #[serde(default)]
    pub input_axes: Option<InputAxes>,
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &NpzConfig, base_dir: &Path, limits: [Option<usize>; 2]) -> Result<RawSplits, DataError> {
    let path = base_dir.join(&config.file);
    let set = |split: &str, inputs: &str, labels: &str| {
        let [inputs, labels] = [NpzArray::open(&path, inputs)?, NpzArray::open(&path, labels)?];
        Ok::<_, DataError>(SetArrays { name: set_name(&path, split), inputs, labels })
    };
    let names = &config.arrays;
    let train = set("train", &names.x_train, &names.y_train)?;
    let test = set("test", &names.x_test, &names.y_test)?;
    let axes_key = "data.source.npz.input_axes";
    let (axes, classes) = (config.input_axes.as_ref(), config.classes);
    read_splits(train, test, &Reading { axes, axes_key, classes, fewest_classes: 0, limits })
}

/// An array of an archive.
pub(super) struct NpzArray {
    path: PathBuf,
    name: String,
    archive: NpzArchive<BufReader<File>>,
    extent: Extent,
    element: ElementType,
}

impl Array for NpzArray {
    fn place(&self) -> String {
        place(&self.path, &self.name)
    }

    fn extent(&self) -> Extent {
        self.extent.clone()
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        let element = self.element;
        self.read(portion.is_whole(), |bytes| element.inputs(bytes, portion))
    }

    fn labels(&mut self) -> Result<Vec<f64>, DataError> {
        let (element, lengths) = (self.element, self.extent.stored());
        self.read(true, |bytes| element.labels(bytes, &lengths))
    }
}

impl NpzArray {
    pub(super) fn open(path: &Path, name: &str) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { file: path.to_owned(), source };
        let mut archive = NpzArchive::open(path).map_err(|source| match unreadable::of_file(path) {
            Some(what) if !what.starts_with("a zip archive") => DataError::Unreadable { file: path.to_owned(), what },
            _ => failed(source),
        })?;
        let (extent, element) = header(&mut archive, path, name)?;
        Ok(Self { path: path.to_owned(), name: name.to_owned(), archive, extent, element })
    }

    /// Demands 8-bit pixels.
    pub(super) fn expect_bytes(&self) -> Result<(), DataError> {
        if self.element.is_byte() {
            return Ok(());
        }
        let (rule, found) = ("integers of 8 bits without sign", self.element.to_string());
        Err(DataError::ArrayType { place: self.place(), rule, found })
    }

    /// Reads elements; where they are all, nothing may stand behind them.
    fn read<T>(
        &mut self,
        whole: bool,
        elements: impl FnOnce(&mut Box<dyn Read + '_>) -> Result<T, ReadFailure>,
    ) -> Result<T, DataError> {
        let place = self.place();
        let failed = |source| DataError::Array { place: place.clone(), source };
        let vanished = || failed(io::Error::from(io::ErrorKind::NotFound));
        let npy = self.archive.by_name(&self.name).map_err(failed)?.ok_or_else(vanished)?;
        let mut bytes: Box<dyn Read + '_> = Box::new(npy.into_inner());
        let values = elements(&mut bytes).map_err(|failure| match failure {
            ReadFailure::Io(source) => failed(source),
            ReadFailure::Short { needed, found } => DataError::ArrayLength { place: place.clone(), needed, found },
        })?;
        let behind = if whole { io::copy(&mut bytes, &mut io::sink()).map_err(failed)? } else { 0 };
        if behind > 0 {
            let stored =
                self.extent.lengths.iter().fold(self.element.size(), |bytes, &length| bytes.saturating_mul(length));
            return Err(DataError::ArrayLength { place, needed: stored, found: stored.saturating_add(behind) });
        }
        Ok(values)
    }
}

/// What stands before the elements of an array.
fn header(
    archive: &mut NpzArchive<BufReader<File>>,
    path: &Path,
    name: &str,
) -> Result<(Extent, ElementType), DataError> {
    let mut present: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let opened = archive.by_name(name).map_err(|source| DataError::Array { place: place(path, name), source })?;
    match opened {
        Some(npy) => Ok((extent(&npy), element(&npy, path, name)?)),
        None => {
            present.sort();
            Err(DataError::ArrayMissing { file: path.to_owned(), array: name.to_owned(), present })
        }
    }
}

fn place(path: &Path, name: &str) -> String {
    format!("{}: array {name:?}", path.display())
}

fn extent<R: Read>(npy: &NpyFile<R>) -> Extent {
    let order = match npy.order() {
        Order::C => ElementOrder::LastAxisFastest,
        Order::Fortran => ElementOrder::FirstAxisFastest,
    };
    Extent { lengths: npy.shape().to_vec(), order }
}

fn element<R: Read>(npy: &NpyFile<R>, path: &Path, name: &str) -> Result<ElementType, DataError> {
    let unknown = |found| DataError::ArrayType { place: place(path, name), rule: TYPES, found };
    let element = match npy.dtype() {
        DType::Plain(element) => element,
        other => return Err(unknown(other.descr())),
    };
    if element.type_char() == TypeChar::Object {
        return Err(DataError::PythonObjects { place: place(path, name), array: name.to_owned() });
    }
    element_type(&element).ok_or_else(|| unknown(element.to_string()))
}

fn element_type(element: &TypeStr) -> Option<ElementType> {
    let kind = match element.type_char() {
        TypeChar::Bool => Kind::Bool,
        TypeChar::Uint => Kind::Unsigned,
        TypeChar::Int => Kind::Signed,
        TypeChar::Float => Kind::Float,
        _ => return None,
    };
    ElementType::new(kind, element.size_field(), element.endianness() == Endianness::Big)
}
