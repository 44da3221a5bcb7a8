//! Arrays by their names, from a NumPy archive or an HDF5 file, be it one of this program or not.
use super::error::TraceError;
use super::guard;
use super::reader::{TraceReader, Values};
use npyz::npz::NpzArchive;
use npyz::{DType, NpyFile, TypeChar};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file is an archive of NumPy.
pub(super) fn is_npz(path: &Path) -> io::Result<bool> {
    let mut start = vec![];
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == ZIP)
}

/// All arrays of numbers below `group`, by their path from there; of a file without such a group, all that it has. Scales of
/// axes are left out.
///
/// # Errors
/// If it is neither a NumPy archive nor an HDF5 file, cannot be read, or holds other things than numbers.
pub fn named_arrays(path: &Path, group: &str) -> Result<Vec<(String, Values)>, TraceError> {
    if is_npz(path).map_err(TraceError::io(path))? {
        return of_npz(path, group).map_err(TraceError::io(path));
    }
    // The checks of traces are for all files of HDF5.
    match TraceReader::open(path) {
        Err(TraceError::NotATrace { .. }) => {}
        Err(error) => return Err(error),
        Ok(trace) if !trace.contains(group) => {
            let reason = "a trace without measured or recorded devices (`recording.devices` records them)";
            return Err(TraceError::NotATrace { file: path.to_owned(), reason });
        }
        Ok(_) => {}
    }
    let reason = "neither a NumPy archive (.npz) nor an HDF5 file";
    let file = hdf5::File::open(path).map_err(|_| TraceError::NotATrace { file: path.to_owned(), reason })?;
    of_hdf5(&file, path, group)
}

fn of_npz(path: &Path, group: &str) -> io::Result<Vec<(String, Values)>> {
    let mut archive = NpzArchive::open(path)?;
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let prefix = format!("{group}/");
    let has_group = names.iter().any(|name| name.starts_with(&prefix));
    let mut found = vec![];
    for name in &names {
        match name.strip_prefix(&prefix) {
            Some(inside) => found.push((inside.to_owned(), read_npy(&mut archive, name)?)),
            None if has_group => {}
            None => found.push((name.clone(), read_npy(&mut archive, name)?)),
        }
    }
    Ok(found)
}

/// An array of an archive, in row-major order.
pub(super) fn read_npy<R: Read + io::Seek>(archive: &mut NpzArchive<R>, name: &str) -> io::Result<Values> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("array {name:?} {what}"));
    let npy = archive.by_name(name)?.ok_or_else(|| wrong("is not there".to_owned()))?;
    let shape: Vec<usize> = npy.shape().iter().map(|&length| length as usize).collect();
    if npy.order() == npyz::Order::Fortran && shape.len() > 1 {
        return Err(wrong("is in Fortran order: save numpy.ascontiguousarray of it".to_owned()));
    }
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

fn numbers<T: npyz::Deserialize + Into<f64>, R: Read>(npy: NpyFile<R>) -> io::Result<Vec<f64>> {
    Ok(npy.into_vec::<T>()?.into_iter().map(Into::into).collect())
}

fn of_hdf5(file: &hdf5::File, path: &Path, group: &str) -> Result<Vec<(String, Values)>, TraceError> {
    let bytes = std::fs::metadata(path).map_err(TraceError::io(path))?.len();
    let root = if file.link_exists(group) { group } else { "" };
    let (mut open, mut found) = (vec![String::new()], vec![]);
    while let Some(inside) = open.pop() {
        let place = join(root, &inside);
        let mut read = || -> hdf5::Result<()> {
            let listed =
                if place.is_empty() { guard::list(&file.as_group()?)? } else { guard::list(&file.group(&place)?)? };
            open.extend(listed.groups.iter().map(|name| join(&inside, name)));
            for name in listed.datasets {
                let dataset = file.dataset(&join(&place, &name))?;
                // A scale of an axis, as netCDF and this program write it.
                if dataset.attr("CLASS").is_ok() {
                    continue;
                }
                let shape = guard::shape(&dataset, bytes)?;
                found.push((join(&inside, &name), Values { shape, values: dataset.read_raw::<f64>()? }));
            }
            Ok(())
        };
        read().map_err(TraceError::hdf5(path, &place))?;
        if inside.matches('/').count() >= guard::MOST_DEPTH || found.len() + open.len() > guard::MOST_OBJECTS {
            return Err(TraceError::broken(path, "groups within groups without an end"));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}
