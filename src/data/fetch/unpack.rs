//! Files out of a tar archive.
use super::partial::{publish, temporary_file};
use super::{FetchError, Unpack};
use flate2::read::MultiGzDecoder;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use tar::{Archive, EntryType};
use tempfile::NamedTempFile;

/// Unpacks the named members of a packed archive (.tar.gz). Names are only compared with those of the archive, never taken
/// from it, so it cannot write anywhere else. No member gets its final name before all are complete.
///
/// # Errors
/// [`FetchError`] if the archive is damaged or lacks a member, or the members cannot be written.
pub fn unpack(archive: &Path, wanted: &Unpack, target_dir: &Path) -> Result<(), FetchError> {
    let damaged = |source| FetchError::Archive { archive: archive.to_owned(), source };
    let file = File::open(archive).map_err(damaged)?;
    let mut complete: Vec<Option<NamedTempFile>> = wanted.members.iter().map(|_| None).collect();
    let mut entries = Archive::new(MultiGzDecoder::new(file));
    for entry in entries.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let is_it = |member: &String| Path::new(&wanted.folder).join(member) == path;
        let Some(index) = wanted.members.iter().position(is_it) else { continue };
        if entry.header().entry_type() == EntryType::Regular {
            let mut partial = temporary_file(target_dir).map_err(damaged)?;
            io::copy(&mut entry, partial.as_file_mut()).map_err(damaged)?;
            complete[index] = Some(partial);
        }
    }
    if let Some(missing) = complete.iter().position(Option::is_none) {
        let member = format!("{}/{}", wanted.folder, wanted.members[missing]);
        return Err(FetchError::MemberMissing { archive: archive.to_owned(), member });
    }
    let folder = target_dir.join(&wanted.folder);
    fs::create_dir_all(&folder).map_err(|source| FetchError::Directory { directory: folder.clone(), source })?;
    for (member, file) in wanted.members.iter().zip(complete.into_iter().flatten()) {
        publish(file, &folder.join(member))?;
    }
    Ok(())
}
