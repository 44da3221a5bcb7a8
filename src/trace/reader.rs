//! Reading a trace.
use super::column::Column;
use super::dimension_scale::{end_of_hdf5, scale_name};
use super::error::TraceError;
use super::guard;
use super::opened::{self, Opened};
use crate::vocabulary::place::attribute::{
    CONVENTIONS, LONG_NAME, OF_SWEEPS, OF_TRACES, SWEEP_CONVENTIONS, TRACE_CONVENTIONS, UNITS,
};
use hdf5::types::{FloatSize, IntSize, TypeDescriptor, VarLenArray, VarLenUnicode};
use hdf5::{Dataset, Hyperslab, ObjectReference1, SliceOrIndex};
use ndarray::ArrayD;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// An open trace, or the open result of a sweep.
///
/// ```
/// use dyadsim::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, TraceReader, Variable};
/// use dyadsim::vocabulary::place::attribute;
/// use dyadsim::vocabulary::{axis, metric};
///
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("own.h5");
/// let group = Group {
///     path: "metrics".to_owned(),
///     axes: vec![Axis::of(&axis::EPOCH, Coordinate::Index(3))],
///     variables: vec![Variable::of(&metric::TEST_ACCURACY, &[axis::EPOCH], Element::F64)],
/// };
/// let mut file = TraceFile::create(&path)?;
/// file.text_attribute(attribute::CONVENTIONS, attribute::TRACE_CONVENTIONS)?;
/// file.write_group(&group, &[Row::F64(&[0.1, 0.8, 0.9])])?;
/// file.finish()?;
///
/// let reader = TraceReader::open(&path)?;
/// assert_eq!(reader.groups()?, ["metrics"]);
/// assert_eq!(reader.read("metrics/test_accuracy")?.values, [0.1, 0.8, 0.9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TraceReader {
    file: hdf5::File,
    path: PathBuf,
    /// Length of the file.
    bytes: u64,
    is_sealed: bool,
}

/// A variable or coordinate of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableInfo {
    /// Its name.
    pub name: String,
    /// (axis, length), slowest first.
    pub axes: Vec<(String, usize)>,
    /// Type of its numbers, as `f32`; or `text`.
    pub element: &'static str,
    /// One phrase for people.
    pub long_name: String,
    /// Unit.
    pub units: String,
    /// Bytes in the file.
    pub stored_bytes: u64,
    /// Bytes in memory.
    pub bytes: u64,
    /// Whether it is the coordinate of an axis.
    pub is_coordinate: bool,
}

/// Numbers of a variable in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Lengths of the axes, slowest first.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
}

/// The path of what is in a group.
fn below(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}

impl TraceReader {
    /// Opens a trace.
    ///
    /// # Errors
    /// If the file is missing, is not HDF5, or was not written by this program.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let reason = |reason| TraceError::NotATrace { file: path.to_owned(), reason };
        let Opened { file, bytes, is_sealed } = opened::open(path)?;
        // A file that another program has changed ends where HDF5 says; what goes on has had a checksum.
        if !is_sealed && end_of_hdf5(&file).is_some_and(|end| end < bytes) {
            return Err(TraceError::broken(path, "its checksum is gone"));
        }
        let reader = Self { file, path: path.to_owned(), bytes, is_sealed };
        match reader.text(CONVENTIONS) {
            Some(own) if [TRACE_CONVENTIONS, SWEEP_CONVENTIONS].contains(&own.as_str()) => Ok(reader),
            Some(other) if [OF_TRACES, OF_SWEEPS].iter().any(|kind| other.starts_with(kind)) => {
                Err(TraceError::OtherVersion { file: path.to_owned(), conventions: other })
            }
            _ => Err(reason("an HDF5 file, but not a trace of dyadsim (no attribute Conventions = dyadsim-trace-…)")),
        }
    }

    /// Whether this is the result of a sweep, not the trace of a run.
    pub fn is_sweep(&self) -> bool {
        self.text(CONVENTIONS).is_some_and(|conventions| conventions.starts_with(OF_SWEEPS))
    }

    /// Whether every byte is that of the file's checksum; a file of a version before has none.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    /// The file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text attribute of the file.
    pub fn text(&self, name: &str) -> Option<String> {
        let attribute = guard::attribute(&self.file, name).ok()?;
        attribute.read_scalar::<VarLenUnicode>().ok().map(|text| guard::text(&text))
    }

    /// A whole-number attribute of the file.
    pub fn integer(&self, name: &str) -> Option<u64> {
        self.file.attr(name).ok()?.read_scalar::<u64>().ok()
    }

    /// Names of the attributes of the file, sorted.
    pub fn attributes(&self) -> Vec<String> {
        let mut names = self.file.attr_names().unwrap_or_default();
        names.sort();
        names
    }

    /// Paths of all groups that hold variables, sorted.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn groups(&self) -> Result<Vec<String>, TraceError> {
        let (mut found, mut objects) = (vec![], 0);
        let mut open = vec![String::new()];
        while let Some(path) = open.pop() {
            let listed = self.listed(&path)?;
            objects += listed.groups.len() + listed.datasets.len();
            if path.matches('/').count() >= guard::MOST_DEPTH || objects > guard::MOST_OBJECTS {
                return Err(self.damaged(&path, "groups within groups without an end"));
            }
            open.extend(listed.groups.iter().map(|name| below(&path, name)));
            if !listed.datasets.is_empty() {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    fn listed(&self, group: &str) -> Result<guard::Listed, TraceError> {
        let listed = if group.is_empty() { self.file.as_group() } else { self.file.group(group) };
        listed.and_then(|group| guard::list(&group)).map_err(TraceError::hdf5(&self.path, group))
    }

    /// Variables and coordinates of a group, sorted by name. Every variable fills its axes.
    ///
    /// # Errors
    /// If there is no such group or it cannot be read.
    pub fn variables(&self, group: &str) -> Result<Vec<VariableInfo>, TraceError> {
        let info = |name: String| {
            let path = below(group, &name);
            self.file.dataset(&path).and_then(|own| self.info(&own, name)).map_err(TraceError::hdf5(&self.path, &path))
        };
        let variables = self.listed(group)?.datasets.into_iter().map(info).collect::<Result<Vec<_>, _>>()?;
        let mut lengths = BTreeMap::new();
        for variable in &variables {
            for (axis, length) in &variable.axes {
                if lengths.entry(axis.as_str()).or_insert(*length) != length {
                    let what = format!("{length} places along {axis}, of which others have more or fewer");
                    return Err(self.damaged(&below(group, &variable.name), what));
                }
            }
        }
        Ok(variables)
    }

    fn info(&self, dataset: &Dataset, name: String) -> hdf5::Result<VariableInfo> {
        let text = |name: &str| {
            let attribute = guard::attribute(dataset, name).and_then(|a| a.read_scalar::<VarLenUnicode>());
            attribute.map_or(String::new(), |text| guard::text(&text))
        };
        let is_coordinate = dataset.attr("CLASS").is_ok();
        let shape = guard::shape(dataset, self.bytes)?;
        let names = match is_coordinate {
            // A file of others may hold a coordinate without an axis.
            true => shape.iter().take(1).map(|_| name.clone()).collect(),
            false => self.axis_names(dataset)?,
        };
        if names.len() != shape.len() {
            return Err(guard::damaged(format!("{} names for {} axes", names.len(), shape.len())));
        }
        let descriptor = dataset.dtype()?.to_descriptor()?;
        Ok(VariableInfo {
            bytes: (shape.iter().product::<usize>() * descriptor.size()) as u64,
            axes: names.into_iter().zip(shape).collect(),
            element: match descriptor {
                TypeDescriptor::Float(FloatSize::U4) => "f32",
                TypeDescriptor::Float(FloatSize::U8) => "f64",
                TypeDescriptor::Integer(IntSize::U8) => "i64",
                TypeDescriptor::VarLenUnicode => "text",
                _ => "?",
            },
            name,
            long_name: text(LONG_NAME),
            units: text(UNITS),
            stored_bytes: dataset.storage_size(),
            is_coordinate,
        })
    }

    /// Names of the scales that are attached to the axes of a variable.
    fn axis_names(&self, dataset: &Dataset) -> hdf5::Result<Vec<String>> {
        if dataset.ndim() == 0 {
            return Ok(vec![]);
        }
        let lists = guard::attribute(dataset, "DIMENSION_LIST")?.read_raw::<VarLenArray<ObjectReference1>>()?;
        lists
            .iter()
            .map(|scales| {
                let scale = scales.first().ok_or_else(|| guard::damaged("an axis without scale"))?;
                match self.file.dereference(scale)? {
                    hdf5::ReferencedObject::Dataset(scale) => {
                        scale_name(&scale).ok_or_else(|| guard::damaged("an axis without a name"))
                    }
                    _ => Err(guard::damaged("an axis whose scale is not a data set")),
                }
            })
            .collect()
    }

    /// A data set that can be read as it says.
    fn dataset(&self, variable: &str) -> hdf5::Result<(Dataset, Vec<usize>)> {
        let dataset = self.file.dataset(variable)?;
        let shape = guard::shape(&dataset, self.bytes)?;
        if !self.is_sealed {
            guard::check_texts(&dataset, &self.path, self.bytes)?;
        }
        Ok((dataset, shape))
    }

    /// Reads a variable by its path.
    ///
    /// # Errors
    /// If there is no such variable or it cannot be read.
    pub fn read(&self, variable: &str) -> Result<Values, TraceError> {
        let read = || -> hdf5::Result<Values> {
            let (dataset, shape) = self.dataset(variable)?;
            Ok(Values { shape, values: dataset.read_raw::<f64>()? })
        };
        read().map_err(TraceError::hdf5(&self.path, variable))
    }

    /// Reads one row of a variable, the values at one place of its first axis, and nothing else of it.
    ///
    /// # Errors
    /// If there is no such variable or row, or it cannot be read.
    pub fn read_row(&self, variable: &str, row: usize) -> Result<Values, TraceError> {
        let read = || -> hdf5::Result<Values> {
            let (dataset, shape) = self.dataset(variable)?;
            if shape.first().is_none_or(|&rows| row >= rows) {
                return Err(guard::damaged(format!("no row {row}")));
            }
            let rest = shape.len() - 1;
            let place = std::iter::once(SliceOrIndex::from(row));
            let slab = Hyperslab::new(place.chain(vec![SliceOrIndex::from(..); rest]).collect::<Vec<_>>());
            let values: ArrayD<f64> = dataset.read_slice(slab)?;
            let shape = values.shape().to_vec();
            Ok(Values { shape, values: values.into_iter().collect() })
        };
        read().map_err(TraceError::hdf5(&self.path, variable))
    }

    /// Reads a variable or coordinate of texts by its path, in row-major order.
    ///
    /// # Errors
    /// If there is no such variable, or it holds something else.
    pub fn read_texts(&self, variable: &str) -> Result<Vec<String>, TraceError> {
        let texts = self.dataset(variable).and_then(|(dataset, _)| dataset.read_raw::<VarLenUnicode>());
        let texts = texts.map_err(TraceError::hdf5(&self.path, variable))?;
        Ok(texts.iter().map(guard::text).collect())
    }

    /// Reads a variable or coordinate as it is stored.
    ///
    /// # Errors
    /// If there is no such variable, it is of a type that the files of this program do not have, or it cannot be read.
    pub fn read_column(&self, variable: &str) -> Result<Column, TraceError> {
        self.column(variable, None)
    }

    /// Reads these rows, places on the slowest axis, of a variable as it is stored.
    ///
    /// # Errors
    /// As [`Self::read_column`], or if it has fewer rows.
    pub fn read_rows(&self, variable: &str, rows: Range<usize>) -> Result<Column, TraceError> {
        self.column(variable, Some(rows))
    }

    fn column(&self, variable: &str, rows: Option<Range<usize>>) -> Result<Column, TraceError> {
        let column = self.dataset(variable).and_then(|(dataset, shape)| Column::of(&dataset, &shape, rows));
        column.map_err(TraceError::hdf5(&self.path, variable))
    }

    /// The error about an object of this file that does not fit the others.
    pub fn damaged(&self, object: &str, what: impl Into<String>) -> TraceError {
        TraceError::Damaged { file: self.path.clone(), object: object.to_owned(), what: what.into() }
    }

    /// Whether there is a variable or group of this path.
    pub fn contains(&self, path: &str) -> bool {
        self.file.link_exists(path)
    }
}
