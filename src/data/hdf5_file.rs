//! HDF5 files with four data sets, in groups or at the root; those of MATLAB (`save(…, "-v7.3")`) among them.
//!
//! MATLAB's elements stand with the first index running fastest, and it gives HDF5 the lengths of the axes in reverse: what
//! it calls N × F is F × N for every other program. Such a file is told by its user block, by the attribute `MATLAB_class` of
//! its arrays, or by its name, and its arrays have the axes of MATLAB here.
use super::array::{Array, Elements, TYPES};
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::{ElementOrder, Extent, InputAxes};
use super::hdf5_limits::{Refusal, Room, check_links, check_texts};
use super::portion::Portion;
use super::raw::{RawSplits, RawValues, set_name};
use super::{ArrayNames, DataError, unreadable};
use crate::parameter::Count;
use hdf5::types::{FixedAscii, FixedUnicode, IntSize, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Dataset, Hyperslab, SliceOrIndex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Data sets of an HDF5 file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hdf5Config {
    /// The file.
    pub file: PathBuf,
    /// Names of its data sets; one in a group is written `group/name`.
    #[serde(default)]
    pub arrays: ArrayNames,
    /// What the axes of the inputs count, in the order of the arrays (of MATLAB files as MATLAB has them), such as
    /// ["row", "column", "channel", "sample"]. Null takes the first for the samples, and the others as they are; of MATLAB files
    /// the first or the last, whichever fits the number of labels.
    #[serde(default)]
    pub input_axes: Option<InputAxes>,
    /// Number of classes; null takes one more than the largest label.
    #[serde(default)]
    pub classes: Option<Count>,
}

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(config: &Hdf5Config, base_dir: &Path, wanted: &Wanted) -> Result<RawSplits, DataError> {
    let path = base_dir.join(&config.file);
    let of_matlab = is_matlab(&path)?;
    let file = hdf5::File::open(&path).map_err(|source| match unreadable::of_file(&path) {
        Some(what) if !what.starts_with("an HDF5 file") => DataError::Unreadable { file: path.clone(), what },
        _ => DataError::Hdf5 { file: path.clone(), object: "it".to_owned(), source },
    })?;
    let bytes = std::fs::metadata(&path).map_err(|source| DataError::Read { file: path.clone(), source })?.len();
    let container = Container { path, file, bytes, of_matlab };
    let set = |split: &str, inputs: &str, labels: &str| {
        let [inputs, labels] = [container.array(inputs)?, container.array(labels)?];
        Ok::<_, DataError>(SetArrays { name: set_name(&container.path, split), inputs, labels })
    };
    let names = &config.arrays;
    let train = set("train", &names.x_train, &names.y_train)?;
    let test = wanted.test_split.is_none().then(|| set("test", &names.x_test, &names.y_test)).transpose()?;
    let validation = names.validation().map(|(x, y)| set("validation", x, y)).transpose()?;
    let axes_key = "data.source.hdf5.input_axes";
    let (axes, classes) = (config.input_axes.as_ref(), config.classes);
    let sets = Sets { train, test, validation };
    read_splits(sets, &Reading { axes, axes_key, classes, fewest_classes: 0, wanted })
}

/// Whether a file looks as one of MATLAB from outside.
fn is_matlab(path: &Path) -> Result<bool, DataError> {
    let failed = |source| DataError::Read { file: path.to_owned(), source };
    let mut start = vec![];
    // HDF5's own message for a missing file is a page long.
    File::open(path).map_err(failed)?.take(6).read_to_end(&mut start).map_err(failed)?;
    Ok(start == b"MATLAB" || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mat")))
}

struct Container {
    path: PathBuf,
    file: hdf5::File,
    bytes: u64,
    of_matlab: bool,
}

impl Container {
    fn array(&self, name: &str) -> Result<Hdf5Array, DataError> {
        let place = format!("{}: array {name:?}", self.path.display());
        let failed = |object: String, source| DataError::Hdf5 { file: self.path.clone(), object, source };
        let refused = |refusal| match refusal {
            Refusal::Rule(rule) => DataError::Hdf5Rule { place: place.clone(), rule },
            Refusal::Hdf5(source) => failed(format!("array {name:?}"), source),
            Refusal::Filter(source) => {
                let (file, object) = (self.path.clone(), format!("array {name:?}"));
                DataError::Hdf5Filter { file, object, source }
            }
        };
        check_links(&self.file, name).map_err(refused)?;
        let dataset = match self.file.dataset(name) {
            Ok(dataset) => dataset,
            Err(source) if self.file.link_exists(name) => return Err(failed(format!("array {name:?}"), source)),
            Err(_) => {
                let mut present =
                    self.file.member_names().map_err(|source| failed("array \"/\"".to_owned(), source))?;
                present.sort();
                return Err(DataError::ArrayMissing { file: self.path.clone(), array: name.to_owned(), present });
            }
        };
        let unknown = |found| DataError::ArrayType { place: place.clone(), rule: TYPES, found };
        let element = dataset.dtype().map_err(|source| failed(format!("array {name:?}"), source))?;
        let element = element.to_descriptor().map_err(|_| unknown("that this program does not know".to_owned()))?;
        if !matches!(
            element,
            TypeDescriptor::Unsigned(_)
                | TypeDescriptor::Integer(_)
                | TypeDescriptor::Float(_)
                | TypeDescriptor::Boolean
                | TypeDescriptor::FixedAscii(_)
                | TypeDescriptor::FixedUnicode(_)
                | TypeDescriptor::VarLenAscii
                | TypeDescriptor::VarLenUnicode
        ) {
            return Err(unknown(element.to_string()));
        }
        let room = Room::of(&dataset, self.bytes).map_err(refused)?;
        if matches!(element, TypeDescriptor::VarLenAscii | TypeDescriptor::VarLenUnicode) {
            room.check(&dataset.shape()).map_err(|rule| refused(Refusal::Rule(rule)))?;
            check_texts(&dataset, &self.path, self.bytes).map_err(refused)?;
        }
        let of_matlab = self.of_matlab || dataset.attr("MATLAB_class").is_ok();
        let packing = Packing::of(&dataset);
        Ok(Hdf5Array { path: self.path.clone(), name: name.to_owned(), dataset, room, element, of_matlab, packing })
    }
}

struct Hdf5Array {
    path: PathBuf,
    name: String,
    dataset: Dataset,
    room: Room,
    element: TypeDescriptor,
    of_matlab: bool,
    packing: Packing,
}

impl Array for Hdf5Array {
    fn place(&self) -> String {
        format!("{}: array {:?}", self.path.display(), self.name)
    }

    fn extent(&self) -> Extent {
        let mut lengths: Vec<u64> = self.dataset.shape().into_iter().map(|length| length as u64).collect();
        if !self.of_matlab {
            return Extent { lengths, order: ElementOrder::LastAxisFastest };
        }
        lengths.reverse();
        Extent { lengths, order: ElementOrder::FirstAxisFastest }
    }

    fn is_matlab(&self) -> bool {
        self.of_matlab
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        if self.is_text() {
            let (place, found) = (self.place(), "text".to_owned());
            return Err(DataError::ArrayType { place, rule: TYPES, found });
        }
        self.has_room(&portion.kept())?;
        if self.packing.is_used() {
            let numbers = self.slice::<f64>(portion).map_err(|source| self.failed(source))?;
            return Ok(RawValues::floats(numbers.into_iter().map(|x| self.packing.unpack(x) as f32).collect()));
        }
        let values = match self.element {
            TypeDescriptor::Unsigned(IntSize::U1) => self.slice(portion).map(RawValues::Bytes),
            TypeDescriptor::Unsigned(_) | TypeDescriptor::Integer(_) => self.slice(portion).map(RawValues::integers),
            TypeDescriptor::Boolean => self.slice(portion).map(|values| RawValues::floats(truths(values))),
            _ => self.slice(portion).map(RawValues::floats),
        };
        values.map_err(|source| self.failed(source))
    }

    fn labels(&mut self) -> Result<Elements, DataError> {
        self.has_room(&self.dataset.shape())?;
        let values = match self.element {
            _ if self.is_text() => return self.texts().map(Elements::Texts).map_err(|source| self.failed(source)),
            TypeDescriptor::Boolean => self.dataset.read_raw().map(truths),
            _ => self.dataset.read_raw(),
        };
        let values: Vec<f64> = values.map_err(|source| self.failed(source))?;
        Ok(Elements::Numbers(values.into_iter().map(|x| self.packing.unpack(x)).collect()))
    }
}

impl Hdf5Array {
    fn has_room(&self, lengths: &[usize]) -> Result<(), DataError> {
        self.room.check(lengths).map_err(|rule| DataError::Hdf5Rule { place: self.place(), rule })
    }

    fn is_text(&self) -> bool {
        matches!(
            self.element,
            TypeDescriptor::FixedAscii(_)
                | TypeDescriptor::FixedUnicode(_)
                | TypeDescriptor::VarLenAscii
                | TypeDescriptor::VarLenUnicode
        )
    }

    fn texts(&self) -> hdf5::Result<Vec<String>> {
        let owned = |text: &str| text.to_owned();
        Ok(match self.element {
            TypeDescriptor::VarLenUnicode => {
                self.dataset.read_raw::<VarLenUnicode>()?.iter().map(|text| owned(text)).collect()
            }
            TypeDescriptor::VarLenAscii => {
                self.dataset.read_raw::<VarLenAscii>()?.iter().map(|text| owned(text)).collect()
            }
            // HDF5 cuts what is longer; names of classes are not.
            TypeDescriptor::FixedUnicode(_) => {
                self.dataset.read_raw::<FixedUnicode<LONGEST_NAME>>()?.iter().map(|text| owned(text)).collect()
            }
            _ => self.dataset.read_raw::<FixedAscii<LONGEST_NAME>>()?.iter().map(|text| owned(text)).collect(),
        })
    }

    /// The elements of a portion alone.
    fn slice<T: hdf5::H5Type>(&self, portion: &Portion) -> hdf5::Result<Vec<T>> {
        if portion.is_whole() {
            return self.dataset.read_raw();
        }
        let most = usize::try_from(portion.most).unwrap_or(usize::MAX);
        let axis = |axis| if axis == portion.axis { SliceOrIndex::from(..most) } else { SliceOrIndex::from(..) };
        let slab = Hyperslab::new((0..portion.lengths.len()).map(axis).collect::<Vec<_>>());
        Ok(self.dataset.read_slice::<T, _, ndarray::IxDyn>(slab)?.into_raw_vec_and_offset().0)
    }

    fn failed(&self, source: hdf5::Error) -> DataError {
        let (file, object) = (self.path.clone(), format!("array {:?}", self.name));
        // HDF5 says down its stack: required filter 'lz4' is not registered.
        let of_filter =
            [source.to_string(), format!("{source:?}")].iter().any(|text| text.contains("is not registered"));
        if of_filter {
            DataError::Hdf5Filter { file, object, source }
        } else {
            DataError::Hdf5 { file, object, source }
        }
    }
}

/// Bytes of a name of a class at most, where names have a fixed length.
const LONGEST_NAME: usize = 1024;

/// How numbers are packed, as the attributes of netCDF say (CF conventions, section 8.1).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Packing {
    scale_factor: f64,
    add_offset: f64,
    /// What stands for a value that is missing.
    missing: [f64; 2],
}

impl Packing {
    fn of(dataset: &Dataset) -> Self {
        let number = |name: &str| {
            let attribute = dataset.attr(name).ok()?;
            attribute.read_raw::<f64>().ok()?.first().copied()
        };
        Self {
            scale_factor: number("scale_factor").unwrap_or(1.0),
            add_offset: number("add_offset").unwrap_or(0.0),
            missing: ["_FillValue", "missing_value"].map(|name| number(name).unwrap_or(f64::NAN)),
        }
    }

    fn is_used(&self) -> bool {
        (self.scale_factor, self.add_offset) != (1.0, 0.0) || self.missing.iter().any(|missing| !missing.is_nan())
    }

    /// The value of a number; NaN where it is missing.
    fn unpack(&self, number: f64) -> f64 {
        if self.missing.contains(&number) { f64::NAN } else { number * self.scale_factor + self.add_offset }
    }
}

/// 1 where it is true.
fn truths<T: From<bool>>(values: Vec<bool>) -> Vec<T> {
    values.into_iter().map(T::from).collect()
}
