//! The files that settings come from, as they were when they were first read.
use super::error::ConfigError;
use super::json::SyntaxError;
use super::text;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Texts of files by their path, and what they say. Every file is read from disk and parsed at most once, so that settings which are
/// loaded again and again stay what they were, whatever happens to the files meanwhile.
#[derive(Debug, Default)]
pub struct SourceFiles(Mutex<BTreeMap<PathBuf, Arc<Source>>>);

#[derive(Debug)]
struct Source {
    text: Arc<str>,
    value: OnceLock<Result<Value, SyntaxError>>,
}

impl Source {
    fn new(text: &str) -> Arc<Self> {
        Arc::new(Self { text: text.into(), value: OnceLock::new() })
    }
}

impl SourceFiles {
    /// With the texts of some files, which are not read from disk any more.
    pub fn with_texts(texts: BTreeMap<PathBuf, String>) -> Self {
        Self(Mutex::new(texts.into_iter().map(|(path, text)| (path, Source::new(&text))).collect()))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// If it is not known and cannot be read.
    pub fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        Ok(self.source(path)?.text.clone())
    }

    /// The text of a file of settings, and what it says.
    ///
    /// # Errors
    /// If it is not known and cannot be read, or is not what its name says.
    pub fn parse(&self, path: &Path) -> Result<(Arc<str>, Value), ConfigError> {
        let source = self.source(path).map_err(|source| ConfigError::Read { file: path.to_owned(), source })?;
        match source.value.get_or_init(|| text::parse(path, &source.text)) {
            Ok(value) => Ok((source.text.clone(), value.clone())),
            Err(error) => Err(ConfigError::Syntax { file: path.to_owned(), source: error.clone() }),
        }
    }

    fn source(&self, path: &Path) -> io::Result<Arc<Source>> {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = sources.get(path) {
            return Ok(source.clone());
        }
        let source = Source::new(&decode(std::fs::read(path)?)?);
        sources.insert(path.to_owned(), source.clone());
        Ok(source)
    }

    /// All texts known so far.
    pub fn texts(&self) -> BTreeMap<PathBuf, String> {
        let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sources.iter().map(|(path, source)| (path.clone(), source.text.to_string())).collect()
    }
}

/// A text in UTF-8, without the byte order mark that some editors put before it.
fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(wrong("it is a text in UTF-16: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped_and_utf_16_is_named() {
        assert_eq!(decode(b"\xef\xbb\xbf{}".to_vec()).unwrap(), "{}");
        assert!(decode(b"\xff\xfe{\0}\0".to_vec()).unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn a_file_stays_what_it_was_when_it_was_first_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "before").unwrap();
        let files = SourceFiles::default();
        assert_eq!(&*files.read(&path).unwrap(), "before");
        std::fs::write(&path, "after").unwrap();
        assert_eq!(&*files.read(&path).unwrap(), "before");
        let frozen = SourceFiles::with_texts(files.texts());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(&*frozen.read(&path).unwrap(), "before");
        assert!(SourceFiles::default().read(&path).is_err());
    }
}
