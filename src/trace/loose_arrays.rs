//! Arrays by their names, from a NumPy archive or an HDF5 file, be it one of this program or not.
use super::error::TraceError;
use super::guard::{self, Room};
use super::npz::{NpzReader, is_npz};
use super::opened::{self, Opened};
use super::reader::{TraceReader, Values};
use std::io;
use std::path::Path;

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
    let opened = opened::open(path).map_err(|error| match error {
        TraceError::NotATrace { file, .. } => TraceError::NotATrace { file, reason },
        other => other,
    })?;
    of_hdf5(&opened, path, group)
}

fn of_npz(path: &Path, group: &str) -> io::Result<Vec<(String, Values)>> {
    let mut archive = NpzReader::open(path)?;
    let prefix = format!("{group}/");
    let has_group = archive.names().iter().any(|name| name.starts_with(&prefix));
    let mut found = vec![];
    for name in archive.names().to_owned() {
        match name.strip_prefix(&prefix) {
            Some(inside) => found.push((inside.to_owned(), archive.read(&name)?)),
            None if has_group => {}
            None => found.push((name.clone(), archive.read(&name)?)),
        }
    }
    Ok(found)
}

fn of_hdf5(opened: &Opened, path: &Path, group: &str) -> Result<Vec<(String, Values)>, TraceError> {
    let &Opened { ref file, bytes, .. } = opened;
    let mut room = Room::of(bytes);
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
                room.take(&shape).map_err(hdf5::Error::Internal)?;
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
