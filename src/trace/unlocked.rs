//! Files of this program are read without a lock of HDF5: what has its name is whole and never changes, and the process that has
//! written it holds a lock of its own a moment longer.
use std::path::Path;

/// Opens a file to read it.
pub(super) fn open(path: &Path) -> hdf5::Result<hdf5::File> {
    hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).open(path)
}

#[cfg(test)]
mod tests {
    use crate::trace::{Array, ArrayFile};

    #[test]
    fn a_file_that_its_writer_still_locks_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let mut file = ArrayFile::new();
        file.insert("x", Array::F64(vec![1.0]));
        file.write(&path).unwrap();
        let writer = std::fs::File::options().read(true).write(true).open(&path).unwrap();
        writer.lock().unwrap();
        assert_eq!(ArrayFile::read(&path).unwrap(), file);
    }
}
