//! What can go wrong with the files of a run.
use crate::vocabulary::place::attribute::{SWEEP_CONVENTIONS, TRACE_CONVENTIONS};
use std::path::{Path, PathBuf};

/// What can go wrong with the files of a run.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// HDF5 refused.
    #[error("{file}: {object}: {source}", file = .file.display())]
    Hdf5 {
        /// Which file.
        file: PathBuf,
        /// Which object in it.
        object: String,
        /// What the library said.
        source: hdf5::Error,
    },
    /// The system refused.
    #[error("{file}: {source}", file = .file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not an HDF5 file, or not one of this program.
    #[error("{file}: {reason}", file = .file.display())]
    NotATrace {
        /// Which file.
        file: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// The file is not what was written.
    #[error("{file}: is damaged ({what})", file = .file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// How that is known.
        what: &'static str,
    },
    /// Objects of the file do not fit each other.
    #[error("{file}: {object}: is damaged ({what})", file = .file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Which object in it.
        object: String,
        /// What is wrong.
        what: String,
    },
    /// The file has the names of another version.
    #[error("{file}: was written by another version (Conventions = {conventions}), this program reads {TRACE_CONVENTIONS} and {SWEEP_CONVENTIONS}; make the run or sweep again", file = .file.display())]
    OtherVersion {
        /// Which file.
        file: PathBuf,
        /// Its conventions.
        conventions: String,
    },
    /// Numbers do not fill the axes of their variable, or are of another type.
    #[error("{object}: {found} numbers of type {given} where it needs {needed} of type {element}")]
    Shape {
        /// Which variable.
        object: String,
        /// Numbers given.
        found: usize,
        /// Their type, as `f32`.
        given: &'static str,
        /// Numbers needed.
        needed: usize,
        /// Type of the variable.
        element: &'static str,
    },
    /// A group gets numbers for more or fewer variables than it has.
    #[error("{group}: numbers for {found} variables, but the group has {needed}")]
    Variables {
        /// Which group.
        group: String,
        /// Variables given.
        found: usize,
        /// Variables of the group.
        needed: usize,
    },
    /// The journal is shorter than the checkpoint says, or damaged.
    #[error("{file}: the journal is damaged at byte {offset}: {reason}", file = .file.display())]
    Journal {
        /// Which file.
        file: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong.
        reason: &'static str,
    },
}

impl TraceError {
    /// Adds file and object to an error of the library.
    pub(super) fn hdf5(file: &Path, object: &str) -> impl FnOnce(hdf5::Error) -> Self {
        let (file, object) = (file.to_owned(), object.to_owned());
        move |source| Self::Hdf5 { file, object, source }
    }

    /// A file that is not what was written.
    pub(super) fn broken(file: &Path, what: &'static str) -> Self {
        Self::Broken { file: file.to_owned(), what }
    }

    /// Adds the file to an error of the system.
    pub(super) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}
