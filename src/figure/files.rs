//! Files that appear only whole.
use super::error::FigureError;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A whole file under a temporary name in its folder, deleted unless kept.
pub(super) struct Finished {
    temporary: NamedTempFile,
    file: PathBuf,
}

impl Finished {
    /// Writes the whole file.
    pub(super) fn new(file: &Path, bytes: &[u8]) -> Result<Self, FigureError> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dyad-figure-");
        // Temporary files are closed to others, figures are not.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let whole = builder.tempfile_in(folder).and_then(|mut temporary| {
            temporary.write_all(bytes)?;
            temporary.flush()?;
            Ok(temporary)
        });
        let temporary = whole.map_err(|source| write_error(file, source))?;
        Ok(Self { temporary, file: file.to_owned() })
    }

    /// Gives the file its name.
    pub(super) fn keep(self) -> Result<(), FigureError> {
        let file = self.file;
        self.temporary.persist(&file).map(drop).map_err(|failure| write_error(&file, failure.error))
    }
}

fn write_error(file: &Path, source: std::io::Error) -> FigureError {
    FigureError::Write { file: file.to_owned(), source }
}
