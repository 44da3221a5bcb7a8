//! Variables as they are stored.
use super::guard::{damaged, text};
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
    /// Reads these rows, places on the slowest axis, of a data set as it is stored; all of it without `rows`.
    pub(super) fn of(dataset: &Dataset, shape: &[usize], rows: Option<Range<usize>>) -> hdf5::Result<Self> {
        if rows.as_ref().is_some_and(|rows| rows.end > shape.first().copied().unwrap_or(0)) {
            return Err(damaged("fewer rows than its axis"));
        }
        match dataset.dtype()?.to_descriptor()? {
            TypeDescriptor::Float(FloatSize::U4) => Ok(Self::F32(read(dataset, shape, rows)?)),
            TypeDescriptor::Float(_) => Ok(Self::F64(read(dataset, shape, rows)?)),
            TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => Ok(Self::I64(read(dataset, shape, rows)?)),
            TypeDescriptor::VarLenUnicode => {
                let texts = read::<VarLenUnicode>(dataset, shape, rows)?;
                Ok(Self::Text(texts.iter().map(text).collect()))
            }
            other => Err(hdf5::Error::Internal(format!("elements of type {other}, neither numbers nor texts"))),
        }
    }

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

fn read<T: H5Type>(dataset: &Dataset, shape: &[usize], rows: Option<Range<usize>>) -> hdf5::Result<Vec<T>> {
    let Some(rows) = rows else { return dataset.read_raw() };
    if rows.is_empty() || shape.iter().skip(1).any(|&n| n == 0) {
        // HDF5 has no selection of nothing.
        return Ok(vec![]);
    }
    let whole = (1..shape.len()).map(|_| SliceOrIndex::from(..));
    let selection = Hyperslab::from(std::iter::once(SliceOrIndex::from(rows)).chain(whole).collect::<Vec<_>>());
    Ok(dataset.read_slice::<T, _, ndarray::IxDyn>(selection)?.into_raw_vec_and_offset().0)
}
