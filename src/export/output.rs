//! Files that appear under their name only when they are whole.
use super::ExportError;
use crate::storage::WholeFile;
use std::fs::File;
use std::path::Path;

/// A file being written under a temporary name; deleted unless kept.
pub(super) struct Output(WholeFile);

/// Makes the folder of a file.
pub(super) fn prepare(file: &Path) -> Result<(), ExportError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| ExportError::Write { file: folder.to_owned(), source })
}

impl Output {
    /// Begins a file.
    pub fn create(file: &Path) -> Result<Self, ExportError> {
        let whole = WholeFile::create(file);
        whole.map(Self).map_err(|source| ExportError::Write { file: file.to_owned(), source })
    }

    /// Where bytes go.
    pub fn writer(&mut self) -> &mut File {
        self.0.file()
    }

    /// Adds the name of the file to an error.
    pub fn error<E: Into<Box<dyn std::error::Error + Send + Sync>>>(&self) -> impl Fn(E) -> ExportError + use<E> {
        let file = self.0.path().to_owned();
        move |source| ExportError::Write { file: file.clone(), source: std::io::Error::other(source) }
    }

    /// Gives the file its name.
    pub fn keep(self) -> Result<(), ExportError> {
        let file = self.0.path().to_owned();
        self.0.keep().map_err(|source| ExportError::Write { file, source })
    }
}
