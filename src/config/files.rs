//! The files that settings come from, as they were when they were first read.
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Texts of files by their path. Every file is read from disk at most once, so that settings which are loaded again
/// and again stay what they were, whatever happens to the files meanwhile.
#[derive(Debug, Default)]
pub struct SourceFiles(Mutex<BTreeMap<PathBuf, String>>);

impl SourceFiles {
    /// With the texts of some files, which are not read from disk any more.
    pub fn with_texts(texts: BTreeMap<PathBuf, String>) -> Self {
        Self(Mutex::new(texts))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// If it is not known and cannot be read.
    pub fn read(&self, path: &Path) -> io::Result<String> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(path) {
            return Ok(text.clone());
        }
        let text = std::fs::read_to_string(path)?;
        texts.insert(path.to_owned(), text.clone());
        Ok(text)
    }

    /// All texts known so far.
    pub fn texts(&self) -> BTreeMap<PathBuf, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_what_it_was_when_it_was_first_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "before").unwrap();
        let files = SourceFiles::default();
        assert_eq!(files.read(&path).unwrap(), "before");
        std::fs::write(&path, "after").unwrap();
        assert_eq!(files.read(&path).unwrap(), "before");
        let frozen = SourceFiles::with_texts(files.texts());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(frozen.read(&path).unwrap(), "before");
        assert!(SourceFiles::default().read(&path).is_err());
    }
}
