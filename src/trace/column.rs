//! Reading variables as they are stored, some rows at a time.
use super::{TraceError, TraceReader};
use hdf5::types::{FloatSize, TypeDescriptor, VarLenUnicode};
use hdf5::{Dataset, H5Type, Hyperslab, SliceOrIndex};
use std::ops::Range;

/// Numbers or texts of one type in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Whole numbers.
    I64(Vec<i64>),
    /// Texts.
    Text(Vec<String>),
}

impl Column {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(x) => x.len(),
            Self::F64(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::Text(x) => x.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those at these places, in their order.
    pub fn gather(&self, places: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::F32(x) => Self::F32(places.map(|i| x[i]).collect()),
            Self::F64(x) => Self::F64(places.map(|i| x[i]).collect()),
            Self::I64(x) => Self::I64(places.map(|i| x[i]).collect()),
            Self::Text(x) => Self::Text(places.map(|i| x[i].clone()).collect()),
        }
    }
}

impl TraceReader {
    /// Reads a variable or coordinate as it is stored.
    ///
    /// # Errors
    /// If there is no such variable, it is of a type that the files of this program do not have, or it cannot be read.
    pub fn read_column(&self, variable: &str) -> Result<Column, TraceError> {
        let dataset = self.dataset(variable)?;
        self.column(&dataset, variable, None)
    }

    /// Reads these rows, places on the slowest axis, of a variable as it is stored.
    ///
    /// # Errors
    /// As [`Self::read_column`], or if it has fewer rows.
    pub fn read_rows(&self, variable: &str, rows: Range<usize>) -> Result<Column, TraceError> {
        let dataset = self.dataset(variable)?;
        self.column(&dataset, variable, Some(rows))
    }

    fn dataset(&self, variable: &str) -> Result<Dataset, TraceError> {
        self.file.dataset(variable).map_err(TraceError::hdf5(&self.path, variable))
    }

    fn column(&self, dataset: &Dataset, variable: &str, rows: Option<Range<usize>>) -> Result<Column, TraceError> {
        let read = || match dataset.dtype()?.to_descriptor()? {
            TypeDescriptor::Float(FloatSize::U4) => Ok(Column::F32(read(dataset, rows)?)),
            TypeDescriptor::Float(_) => Ok(Column::F64(read(dataset, rows)?)),
            TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => Ok(Column::I64(read(dataset, rows)?)),
            TypeDescriptor::VarLenUnicode => {
                let texts = read::<VarLenUnicode>(dataset, rows)?;
                Ok(Column::Text(texts.iter().map(|text| text.as_str().to_owned()).collect()))
            }
            other => Err(hdf5::Error::Internal(format!("elements of type {other}, neither numbers nor texts"))),
        };
        read().map_err(TraceError::hdf5(&self.path, variable))
    }
}

fn read<T: H5Type>(dataset: &Dataset, rows: Option<Range<usize>>) -> hdf5::Result<Vec<T>> {
    let Some(rows) = rows else { return dataset.read_raw() };
    let shape = dataset.shape();
    if rows.is_empty() || shape.iter().skip(1).any(|&n| n == 0) {
        // HDF5 has no selection of nothing.
        return Ok(vec![]);
    }
    let whole = (1..shape.len()).map(|_| SliceOrIndex::from(..));
    let selection = Hyperslab::from(std::iter::once(SliceOrIndex::from(rows)).chain(whole).collect::<Vec<_>>());
    Ok(dataset.read_slice::<T, _, ndarray::IxDyn>(selection)?.into_raw_vec_and_offset().0)
}
