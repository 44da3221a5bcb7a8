//! Files that appear under their name only when they are whole.
use super::ExportError;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file being written under a temporary name; deleted unless kept.
pub(super) struct Output {
    temporary: NamedTempFile,
    file: PathBuf,
}

/// Makes the folder of a file.
pub(super) fn prepare(file: &Path) -> Result<(), ExportError> {
    std::fs::create_dir_all(folder(file)).map_err(|source| ExportError::Write { file: folder(file).to_owned(), source })
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Output {
    /// Begins a file.
    pub fn create(file: &Path) -> Result<Self, ExportError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dyad-export-");
        // Temporary files are closed to others, results are not.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        match builder.tempfile_in(folder(file)) {
            Ok(temporary) => Ok(Self { temporary, file: file.to_owned() }),
            Err(source) => Err(ExportError::Write { file: file.to_owned(), source }),
        }
    }

    /// Where bytes go.
    pub fn writer(&mut self) -> &mut File {
        self.temporary.as_file_mut()
    }

    /// Adds the name of the file to an error.
    pub fn error<E: Into<Box<dyn std::error::Error + Send + Sync>>>(&self) -> impl Fn(E) -> ExportError + use<E> {
        let file = self.file.clone();
        move |source| ExportError::Write { file: file.clone(), source: std::io::Error::other(source) }
    }

    /// Gives the file its name.
    pub fn keep(self) -> Result<(), ExportError> {
        let file = self.file;
        match self.temporary.persist(&file) {
            Ok(_) => Ok(()),
            Err(failure) => Err(ExportError::Write { file, source: failure.error }),
        }
    }
}
