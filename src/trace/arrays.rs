//! Files of named arrays, for checkpoints: written at once, read at once.
use super::error::TraceError;
use super::guard::check_seal;
use super::output::Output;
use super::unlocked;
use crate::persist::Array;
use crate::storage::Seal;
use hdf5::H5Type;
use hdf5::types::{FloatSize, IntSize, TypeDescriptor, VarLenUnicode};
use std::collections::BTreeMap;
use std::path::Path;

/// Named arrays and texts. A slash in a name makes groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArrayFile {
    arrays: BTreeMap<String, Array>,
    texts: BTreeMap<String, String>,
}

impl ArrayFile {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// These arrays.
    pub fn of(arrays: BTreeMap<String, Array>) -> Self {
        Self { arrays, texts: BTreeMap::new() }
    }

    /// Adds an array.
    pub fn insert(&mut self, name: &str, array: Array) {
        self.arrays.insert(name.to_owned(), array);
    }

    /// Adds a text.
    pub fn set_text(&mut self, name: &str, text: &str) {
        self.texts.insert(name.to_owned(), text.to_owned());
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// An array.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// Takes an array out.
    pub fn take(&mut self, name: &str) -> Option<Array> {
        self.arrays.remove(name)
    }

    /// All arrays.
    pub fn into_arrays(self) -> BTreeMap<String, Array> {
        self.arrays
    }

    /// Writes the file; it appears under its name, replacing the one before, only when it is whole and on disk. If it
    /// cannot be written, the one before stays and nothing else is left.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TraceError> {
        self.output(path)?.finish(None)
    }

    /// The same, where the file of this name, if there is one, gets another one and stays.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_after(&self, path: &Path, previous: &Path) -> Result<(), TraceError> {
        self.output(path)?.finish(Some(previous))
    }

    fn output(&self, path: &Path) -> Result<Output, TraceError> {
        let output = Output::create(path)?;
        let file = output.file();
        for (name, text) in &self.texts {
            // A data set: attributes are limited to 64 kB.
            output.checked(name, put_text(file, name, text))?;
        }
        for (name, array) in &self.arrays {
            let written = match array {
                Array::F32(x) => put(file, name, x),
                Array::F64(x) => put(file, name, x),
                Array::U64(x) => put(file, name, x),
                Array::U8(x) => put(file, name, x),
            };
            output.checked(name, written)?;
        }
        Ok(output)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, its checksum is not that of its bytes, or it has none.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        if check_seal(path)? != Seal::Whole {
            return Err(TraceError::broken(
                path,
                "it has no checksum: it was cut off, or another program has made or changed it",
            ));
        }
        let file = unlocked::open(path).map_err(TraceError::hdf5(path, "/"))?;
        let mut read = Self::new();
        read_group(&file, "", path, &mut read)?;
        Ok(read)
    }
}

fn put<T: H5Type>(file: &hdf5::File, name: &str, numbers: &[T]) -> hdf5::Result<()> {
    file.new_dataset::<T>().shape(numbers.len()).create(name)?.write_raw(numbers)
}

fn put_text(file: &hdf5::File, name: &str, text: &str) -> hdf5::Result<()> {
    let text: VarLenUnicode = text.parse().map_err(|_| "text with a zero byte")?;
    file.new_dataset::<VarLenUnicode>().create(name)?.write_scalar(&text)
}

fn read_group(group: &hdf5::Group, prefix: &str, path: &Path, read: &mut ArrayFile) -> Result<(), TraceError> {
    let error = || TraceError::hdf5(path, prefix);
    for below in group.groups().map_err(error())? {
        let name = below.name();
        read_group(&below, name.trim_start_matches('/'), path, read)?;
    }
    for dataset in group.datasets().map_err(error())? {
        let name = dataset.name().trim_start_matches('/').to_owned();
        let error = || TraceError::hdf5(path, &name);
        let kind = dataset.dtype().and_then(|t| t.to_descriptor()).map_err(error())?;
        let array = match kind {
            TypeDescriptor::Float(FloatSize::U4) => dataset.read_raw().map(Array::F32),
            TypeDescriptor::Float(FloatSize::U8) => dataset.read_raw().map(Array::F64),
            TypeDescriptor::Unsigned(IntSize::U8) => dataset.read_raw().map(Array::U64),
            TypeDescriptor::Unsigned(IntSize::U1) => dataset.read_raw().map(Array::U8),
            TypeDescriptor::VarLenUnicode => {
                let text = dataset.read_scalar::<VarLenUnicode>().map_err(error())?;
                read.set_text(&name, text.as_str());
                continue;
            }
            _ => Err(hdf5::Error::Internal("an array of an unknown type".into())),
        };
        read.insert(&name, array.map_err(error())?);
    }
    Ok(())
}
