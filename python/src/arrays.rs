//! Numbers from and to NumPy. The Python side brings whatever it is given into one of three types, row-major. Single precision is
//! read where it is, also while the interpreter goes on.
use dyadsim::data::{MemoryArray, MemorySet, Numbers, Singles};
use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ptr::NonNull;

/// An array that was given as data.
#[derive(FromPyObject)]
pub enum Given<'py> {
    Bytes(PyReadonlyArrayDyn<'py, u8>),
    Singles(PyReadonlyArrayDyn<'py, f32>),
    Doubles(PyReadonlyArrayDyn<'py, f64>),
    /// Names of classes.
    Names(Vec<String>),
}

/// The numbers of an array, which lives as long as they are needed.
struct Lent {
    numbers: NonNull<f32>,
    len: usize,
    _owner: Py<PyArrayDyn<f32>>,
}

// SAFETY: nothing is written through the pointer, and the owner may be let go of in any thread.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl Lent {
    fn new(array: PyReadonlyArrayDyn<f32>) -> PyResult<Self> {
        let numbers = array.as_slice()?;
        let (numbers, len) = (NonNull::from(numbers).cast(), numbers.len());
        Ok(Self { numbers, len, _owner: (*array).clone().unbind() })
    }
}

impl AsRef<[f32]> for Lent {
    fn as_ref(&self) -> &[f32] {
        // SAFETY: the numbers stand there, one after the other, as long as their owner lives: NumPy moves no array that others refer
        // to. That its user leaves them as they are is asked for in the documentation, and looked at when they have been used.
        unsafe { std::slice::from_raw_parts(self.numbers.as_ptr(), self.len) }
    }
}

impl Given<'_> {
    fn into_memory(self) -> PyResult<MemoryArray> {
        let (shape, numbers) = match self {
            Self::Bytes(array) => (array.shape().to_vec(), Numbers::Bytes(array.as_slice()?.to_vec())),
            Self::Singles(array) => (array.shape().to_vec(), Numbers::Floats(Singles::lent_by(Lent::new(array)?))),
            Self::Doubles(array) => (array.shape().to_vec(), Numbers::Integers(array.as_slice()?.to_vec())),
            Self::Names(names) => (vec![names.len()], Numbers::Names(names)),
        };
        MemoryArray::new(shape, numbers).ok_or_else(|| PyValueError::new_err("an array does not fill its shape"))
    }
}

/// The arrays of a data set.
#[pyclass(frozen, module = "dyadsim._dyadsim")]
pub struct DataSet(pub MemorySet);

#[pymethods]
impl DataSet {
    #[new]
    #[pyo3(signature = (x_train, y_train, x_test, y_test, x_validation=None, y_validation=None))]
    fn new(
        x_train: Given,
        y_train: Given,
        x_test: Given,
        y_test: Given,
        x_validation: Option<Given>,
        y_validation: Option<Given>,
    ) -> PyResult<Self> {
        let [x_train, y_train] = [x_train.into_memory()?, y_train.into_memory()?];
        let validation = match (x_validation, y_validation) {
            (Some(x), Some(y)) => Some([x.into_memory()?, y.into_memory()?]),
            _ => None,
        };
        let arrays = [x_train, y_train, x_test.into_memory()?, y_test.into_memory()?];
        Ok(Self(MemorySet::with_validation(arrays, validation)))
    }

    /// Whether it still holds what it held when it was made.
    fn is_unchanged(&self) -> bool {
        self.0.is_unchanged()
    }

    /// The value of `data.source` that names this set, as JSON.
    fn source(&self) -> String {
        serde_json::json!({ "memory": self.0.config() }).to_string()
    }
}

/// A new array of this shape, row-major. The numbers are not copied.
pub fn array<T: Element>(py: Python<'_>, numbers: Vec<T>, shape: Vec<usize>) -> PyResult<Bound<'_, PyArrayDyn<T>>> {
    numpy::PyArray1::from_vec(py, numbers).reshape(shape)
}
