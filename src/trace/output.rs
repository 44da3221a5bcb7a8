//! HDF5 files that get their names when they are whole, on disk and sealed by a checksum.
use super::driver::{Sink, create_file};
use super::error::TraceError;
use crate::storage::{WholeFile, seal};
use std::path::Path;
use std::sync::Arc;

/// A file being written. Dropped before [`Output::finish`], it leaves nothing.
#[derive(Debug)]
pub(super) struct Output {
    file: hdf5::File,
    sink: Arc<Sink>,
    // After `file`, so that it is closed before it is removed.
    whole: WholeFile,
}

impl Output {
    /// Begins a file that will be called `path`.
    pub fn create(path: &Path) -> Result<Self, TraceError> {
        let mut whole = WholeFile::create(path).map_err(TraceError::io(path))?;
        let sink = Sink::new(whole.file().try_clone().map_err(TraceError::io(path))?);
        let file = create_file(&sink, path).map_err(|error| Self::error(path, "/", &sink, error))?;
        Ok(Self { file, sink, whole })
    }

    /// What is written.
    pub fn file(&self) -> &hdf5::File {
        &self.file
    }

    /// The outcome of writing an object: the library is not told of what the system refuses.
    pub fn checked<T>(&self, object: &str, outcome: hdf5::Result<T>) -> Result<T, TraceError> {
        let done = outcome.map_err(|error| Self::error(self.whole.path(), object, &self.sink, error))?;
        match self.sink.failure() {
            Some(source) => Err(TraceError::io(self.whole.path())(source)),
            None => Ok(done),
        }
    }

    fn error(path: &Path, object: &str, sink: &Sink, error: hdf5::Error) -> TraceError {
        match sink.failure() {
            Some(source) => TraceError::io(path)(source),
            None => TraceError::hdf5(path, object)(error),
        }
    }

    /// Gives the finished file its name; the file that has it now gets another one, if there is one for it.
    pub fn finish(self, previous: Option<&Path>) -> Result<(), TraceError> {
        let flushed = self.file.flush();
        self.checked("/", flushed)?;
        let Self { file, sink, mut whole } = self;
        let path = whole.path().to_owned();
        file.close().map_err(|error| Self::error(&path, "/", &sink, error))?;
        match sink.failure() {
            Some(source) => Err(TraceError::io(&path)(source)),
            None => seal(whole.file())
                .and_then(|()| match previous {
                    None => whole.keep(),
                    Some(previous) => whole.keep_with_previous(previous),
                })
                .map_err(TraceError::io(&path)),
        }
    }
}
