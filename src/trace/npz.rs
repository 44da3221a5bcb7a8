//! Numbers of NumPy archives that other programs have written.
use super::guard::Room;
use super::reader::Values;
use crate::storage::{PagedFile, check_npz_header};
use npyz::npz::NpzArchive;
use npyz::{DType, NpyFile, TypeChar};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file is an archive of NumPy.
pub(super) fn is_npz(path: &Path) -> io::Result<bool> {
    let mut start = vec![];
    File::open(path)?.take(ZIP.len() as u64).read_to_end(&mut start)?;
    Ok(start == ZIP)
}

/// An open archive.
pub(super) struct NpzReader {
    archive: NpzArchive<PagedFile>,
    names: Vec<String>,
    room: Room,
}

impl NpzReader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let archive = NpzArchive::new(PagedFile::open(path)?)?;
        let names = archive.array_names().map(str::to_owned).collect();
        Ok(Self { archive, names, room: Room::of(std::fs::metadata(path)?.len()) })
    }

    /// Names of the arrays, as they stand in the archive.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// An array, in row-major order.
    pub(super) fn read(&mut self, name: &str) -> io::Result<Values> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("array {name:?} {what}"));
        check_npz_header(&mut self.archive, name)?;
        let npy = self.archive.by_name(name)?.ok_or_else(|| wrong("is not there".to_owned()))?;
        let shape: Vec<usize> = npy.shape().iter().map(|&length| length as usize).collect();
        if npy.order() == npyz::Order::Fortran && shape.len() > 1 {
            return Err(wrong("is in Fortran order: save numpy.ascontiguousarray of it".to_owned()));
        }
        // Before room is set aside.
        self.room.take(&shape).map_err(wrong)?;
        let (kind, size) = match npy.dtype() {
            DType::Plain(element) => (element.type_char(), element.size_field()),
            other => return Err(wrong(format!("must hold numbers, got {}", other.descr()))),
        };
        let values = match (kind, size) {
            (TypeChar::Float, 4) => numbers::<f32, _>(npy)?,
            (TypeChar::Float, 8) => numbers::<f64, _>(npy)?,
            (TypeChar::Int, 1) => numbers::<i8, _>(npy)?,
            (TypeChar::Int, 4) => numbers::<i32, _>(npy)?,
            (TypeChar::Int, 8) => npy.into_vec::<i64>()?.into_iter().map(|x| x as f64).collect(),
            (TypeChar::Uint, 1) => numbers::<u8, _>(npy)?,
            (TypeChar::Uint, 4) => numbers::<u32, _>(npy)?,
            _ => return Err(wrong("must hold floating-point numbers of 4 or 8 bytes, or whole numbers".to_owned())),
        };
        Ok(Values { shape, values })
    }
}

fn numbers<T: npyz::Deserialize + Into<f64>, R: Read>(npy: NpyFile<R>) -> io::Result<Vec<f64>> {
    Ok(npy.into_vec::<T>()?.into_iter().map(Into::into).collect())
}
