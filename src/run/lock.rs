//! A folder belongs to the processes that work in it, by an advisory lock that ends with them.
use super::error::RunError;
use crate::vocabulary::place::file;
use same_file::Handle;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A folder that this process works in, until the lock is dropped. On a file system without locks it keeps nobody out.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    file: File,
    alone: bool,
}

impl FolderLock {
    /// For this process alone. The folder is made if it is missing.
    ///
    /// # Errors
    /// [`RunError::InUse`] if another process works in it, [`RunError::Io`] if it cannot be written.
    pub fn take(folder: &Path) -> Result<Self, RunError> {
        let mut lock = Self::open(folder, true)?;
        let host = gethostname::gethostname();
        let owner = format!("{}, process {}", host.to_string_lossy(), std::process::id());
        let written = lock.file.set_len(0).and_then(|()| lock.file.seek(SeekFrom::Start(0)));
        written
            .and_then(|_| lock.file.write_all(owner.as_bytes()))
            .map_err(|source| RunError::Io { path: lock.path.clone(), source })?;
        Ok(lock)
    }

    /// For this process and others that share it, as the tasks of a sweep do.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn share(folder: &Path) -> Result<Self, RunError> {
        Self::open(folder, false)
    }

    fn open(folder: &Path, alone: bool) -> Result<Self, RunError> {
        if folder.to_str().is_none() {
            return Err(RunError::FolderName { folder: folder.to_owned() });
        }
        let path = folder.join(file::LOCK);
        let io = |source| RunError::Io { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(|source| RunError::Io { path: folder.to_owned(), source })?;
        loop {
            let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = options.map_err(io)?;
            match if alone { file.try_lock() } else { file.try_lock_shared() } {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut owner = String::new();
                    // What cannot be read is not named.
                    let _ = file.read_to_string(&mut owner);
                    let owner = if owner.is_empty() { String::new() } else { format!(" ({owner})") };
                    return Err(RunError::InUse { folder: folder.to_owned(), owner });
                }
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
            // The one before removes the file when it ends, perhaps since it was opened here.
            let own = file.try_clone().and_then(Handle::from_file).map_err(io)?;
            if Handle::from_path(&path).is_ok_and(|there| there == own) {
                return Ok(Self { path, file, alone });
            }
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if self.alone {
            // A file that stays behind is in nobody's way.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_or_several_that_share_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        let lock = FolderLock::take(&folder).unwrap();
        let refusal = FolderLock::take(&folder).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        assert!(FolderLock::share(&folder).is_err());
        drop(lock);
        assert!(std::fs::read_dir(&folder).unwrap().next().is_none());
        let shared = [FolderLock::share(&folder).unwrap(), FolderLock::share(&folder).unwrap()];
        assert!(matches!(FolderLock::take(&folder), Err(RunError::InUse { .. })));
        drop(shared);
        FolderLock::take(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_whose_files_could_not_be_opened_is_not_made() {
        use std::os::unix::ffi::OsStrExt;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(std::ffi::OsStr::from_bytes(b"r\xff"));
        let refusal = FolderLock::take(&folder).unwrap_err().to_string();
        assert!(refusal.contains("must be UTF-8") && !folder.exists(), "{refusal}");
    }
}
