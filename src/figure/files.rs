//! Files that appear only whole.
use super::error::FigureError;
use crate::storage::WholeFile;
use std::io::Write;
use std::path::Path;

/// A whole file under a temporary name in its folder, deleted unless kept.
pub(super) struct Finished(WholeFile);

impl Finished {
    /// Writes the whole file.
    pub(super) fn new(file: &Path, bytes: &[u8]) -> Result<Self, FigureError> {
        let whole = WholeFile::create(file).and_then(|mut whole| {
            whole.file().write_all(bytes)?;
            Ok(whole)
        });
        whole.map(Self).map_err(|source| write_error(file, source))
    }

    /// Gives the file its name.
    pub(super) fn keep(self) -> Result<(), FigureError> {
        let file = self.0.path().to_owned();
        self.0.keep().map_err(|source| write_error(&file, source))
    }
}

fn write_error(file: &Path, source: std::io::Error) -> FigureError {
    FigureError::Write { file: file.to_owned(), source }
}
