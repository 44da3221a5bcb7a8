//! HDF5 files as other programs lay them down: a tree of groups and data sets, without attributes or dimension scales.
use super::chunk::LEVEL;
use super::error::TraceError;
use super::file::{unicode, varying};
use super::output::Output;
use hdf5::types::VarLenUnicode;
use hdf5::{DatasetBuilderEmpty, H5Type};
use std::path::Path;

/// Data sets of at least this many numbers are compressed.
const COMPRESSED_FROM: usize = 4096;
/// Numbers of a chunk of such a data set, about.
const CHUNK_NUMBERS: usize = 1 << 18;

/// What a data set holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// One text.
    Text(String),
    /// One number.
    Number(f64),
    /// One whole number.
    Integer(i64),
    /// Texts, with their shape.
    Texts(Vec<usize>, Vec<String>),
    /// Whole numbers, with their shape.
    Integers(Vec<usize>, Vec<i64>),
    /// Numbers of single precision, with their shape.
    F32(Vec<usize>, Vec<f32>),
}

/// Writes data sets, given by their paths, in order; groups are made as the paths ask for them. The file appears under
/// its name only when it is whole.
///
/// # Errors
/// If the file cannot be written, or numbers do not fill their shape.
pub fn write_tree(path: &Path, leaves: &[(String, Leaf)]) -> Result<(), TraceError> {
    let output = Output::create(path)?;
    for (name, leaf) in leaves {
        output.checked(name, put(output.file(), name, leaf))?;
    }
    output.finish(None)
}

fn put(file: &hdf5::File, name: &str, leaf: &Leaf) -> hdf5::Result<()> {
    // One by one: groups that the library makes on the way have times.
    for (end, _) in name.match_indices('/') {
        if !file.link_exists(&name[..end]) {
            file.create_group_builder().with_gcpl(|group| group.obj_track_times(false)).create(&name[..end])?;
        }
    }
    match leaf {
        Leaf::Text(text) => dataset::<VarLenUnicode>(file).create(name)?.write_scalar(&varying(text)?),
        Leaf::Number(number) => dataset::<f64>(file).create(name)?.write_scalar(number),
        Leaf::Integer(number) => dataset::<i64>(file).create(name)?.write_scalar(number),
        Leaf::Texts(shape, texts) => {
            dataset::<VarLenUnicode>(file).shape(shape).create(name)?.write_raw(&unicode(texts)?)
        }
        Leaf::Integers(shape, numbers) => put_array(file, name, shape, numbers),
        Leaf::F32(shape, numbers) => put_array(file, name, shape, numbers),
    }
}

fn put_array<T: H5Type>(file: &hdf5::File, name: &str, shape: &[usize], numbers: &[T]) -> hdf5::Result<()> {
    let mut builder = dataset::<T>(file);
    if numbers.len() >= COMPRESSED_FROM {
        let row: usize = shape[1..].iter().product::<usize>().max(1);
        let mut chunk = shape.to_vec();
        chunk[0] = (CHUNK_NUMBERS / row).clamp(1, shape[0]);
        builder = builder.chunk(chunk).shuffle().deflate(LEVEL);
    }
    builder.shape(shape).create(name)?.write_raw(numbers)
}

fn dataset<T: H5Type>(file: &hdf5::File) -> DatasetBuilderEmpty {
    file.new_dataset::<T>().obj_track_times(false)
}
