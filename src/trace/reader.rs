//! Reading a trace.
use super::column::Column;
use super::error::TraceError;
use crate::vocabulary::place::attribute::{
    CONVENTIONS, LONG_NAME, OF_SWEEPS, OF_TRACES, SWEEP_CONVENTIONS, TRACE_CONVENTIONS, UNITS,
};
use hdf5::types::{FloatSize, IntSize, TypeDescriptor, VarLenArray, VarLenUnicode};
use hdf5::{Dataset, Hyperslab, ObjectReference1, SliceOrIndex};
use ndarray::ArrayD;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// First bytes of an HDF5 file.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

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

/// Whether a file begins as HDF5 files do.
fn begins_with_signature(path: &Path) -> std::io::Result<bool> {
    let mut first = vec![];
    std::fs::File::open(path)?.take(SIGNATURE.len() as u64).read_to_end(&mut first)?;
    Ok(first == SIGNATURE)
}

impl TraceReader {
    /// Opens a trace.
    ///
    /// # Errors
    /// If the file is missing, is not HDF5, or was not written by this program.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let reason = |reason| TraceError::NotATrace { file: path.to_owned(), reason };
        if std::fs::metadata(path).map_err(TraceError::io(path))?.is_dir() {
            return Err(reason("it is a folder"));
        }
        let signed = begins_with_signature(path).map_err(TraceError::io(path))?;
        let file = hdf5::File::open(path).map_err(|error| {
            // Only a file that claims to be HDF5 deserves the library's reasons, such as that it is truncated.
            if signed { TraceError::hdf5(path, "/")(error) } else { reason("not an HDF5 file") }
        })?;
        let reader = Self { file, path: path.to_owned() };
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

    /// The file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text attribute of the file.
    pub fn text(&self, name: &str) -> Option<String> {
        let attribute = self.file.attr(name).ok()?;
        attribute.read_scalar::<VarLenUnicode>().ok().map(|text| text.as_str().to_owned())
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
        let mut found = vec![];
        let mut open = vec![self.file.group("/").map_err(TraceError::hdf5(&self.path, "/"))?];
        while let Some(group) = open.pop() {
            let name = group.name();
            open.extend(group.groups().map_err(TraceError::hdf5(&self.path, &name))?);
            if !group.datasets().map_err(TraceError::hdf5(&self.path, &name))?.is_empty() {
                found.push(name.trim_start_matches('/').to_owned());
            }
        }
        found.sort();
        Ok(found)
    }

    /// Variables and coordinates of a group, sorted by name.
    ///
    /// # Errors
    /// If there is no such group or it cannot be read.
    pub fn variables(&self, group: &str) -> Result<Vec<VariableInfo>, TraceError> {
        let error = || TraceError::hdf5(&self.path, group);
        let datasets = self.file.group(group).and_then(|g| g.datasets()).map_err(error())?;
        let mut variables = datasets.iter().map(|d| self.info(d)).collect::<hdf5::Result<Vec<_>>>().map_err(error())?;
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(variables)
    }

    fn info(&self, dataset: &Dataset) -> hdf5::Result<VariableInfo> {
        let text = |name: &str| {
            let attribute = dataset.attr(name).and_then(|a| a.read_scalar::<VarLenUnicode>());
            attribute.map_or(String::new(), |text| text.as_str().to_owned())
        };
        let full_name = dataset.name();
        let name = full_name.rsplit('/').next().unwrap_or_default().to_owned();
        let is_coordinate = dataset.attr("CLASS").is_ok();
        let names = if is_coordinate { vec![name.clone()] } else { self.axis_names(dataset)? };
        let descriptor = dataset.dtype()?.to_descriptor()?;
        Ok(VariableInfo {
            axes: names.into_iter().zip(dataset.shape()).collect(),
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
            bytes: (dataset.size() * descriptor.size()) as u64,
            is_coordinate,
        })
    }

    /// Names of the scales that are attached to the axes of a variable.
    fn axis_names(&self, dataset: &Dataset) -> hdf5::Result<Vec<String>> {
        let lists = dataset.attr("DIMENSION_LIST")?.read_raw::<VarLenArray<ObjectReference1>>()?;
        lists
            .iter()
            .map(|scales| {
                let scale = scales.first().ok_or("an axis without scale")?;
                let object = self.file.dereference(scale)?;
                match object {
                    hdf5::ReferencedObject::Dataset(scale) => {
                        Ok(scale.name().rsplit('/').next().unwrap_or_default().to_owned())
                    }
                    _ => Err("an axis whose scale is not a data set".into()),
                }
            })
            .collect()
    }

    /// Reads a variable by its path.
    ///
    /// # Errors
    /// If there is no such variable or it cannot be read.
    pub fn read(&self, variable: &str) -> Result<Values, TraceError> {
        let dataset = self.file.dataset(variable).map_err(TraceError::hdf5(&self.path, variable))?;
        let values = dataset.read_raw::<f64>().map_err(TraceError::hdf5(&self.path, variable))?;
        Ok(Values { shape: dataset.shape(), values })
    }

    /// Reads one row of a variable, the values at one place of its first axis, and nothing else of it.
    ///
    /// # Errors
    /// If there is no such variable or row, or it cannot be read.
    pub fn read_row(&self, variable: &str, row: usize) -> Result<Values, TraceError> {
        let read = || -> hdf5::Result<Values> {
            let dataset = self.file.dataset(variable)?;
            let rest = dataset.ndim().saturating_sub(1);
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
        let dataset = self.file.dataset(variable).map_err(TraceError::hdf5(&self.path, variable))?;
        let texts = dataset.read_raw::<VarLenUnicode>().map_err(TraceError::hdf5(&self.path, variable))?;
        Ok(texts.iter().map(|text| text.as_str().to_owned()).collect())
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
        let column = self.file.dataset(variable).and_then(|dataset| Column::of(&dataset, rows));
        column.map_err(TraceError::hdf5(&self.path, variable))
    }

    /// Whether there is a variable or group of this path.
    pub fn contains(&self, path: &str) -> bool {
        self.file.link_exists(path)
    }
}
