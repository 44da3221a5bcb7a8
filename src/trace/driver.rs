//! A file driver for HDF5 under which no write fails.
//!
//! The library flushes its caches while it closes data sets, and the Rust crate closes them in destructors, which drop the
//! error; a data set whose closing has failed leaves the library with an identifier without object, which it then
//! follows. So the library is never told: this driver keeps the first error for whoever finishes the file, and what
//! cannot be written any more in memory, where the library reads it back. Nobody goes on for long: the error is asked for
//! after every object.
//!
//! The two C structs are those of `H5FDdevelop.h` in HDF5 2.x, which refuses a driver that names another version of them.
use hdf5::file::{FileAccess, FileCloseDegree, FileCreate};
use hdf5_sys::h5::{haddr_t, herr_t, hsize_t};
use hdf5_sys::h5f::H5F_ACC_TRUNC;
use hdf5_sys::h5i::hid_t;
use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::fs::File;
use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What a file of the driver is written to.
#[derive(Debug)]
pub(super) struct Sink(Mutex<State>);

#[derive(Debug)]
struct State {
    file: File,
    /// First byte behind the file, as far as the library knows.
    end: u64,
    failure: Option<Error>,
    /// What came after the failure, by its place.
    unwritten: Vec<(u64, Vec<u8>)>,
}

impl Sink {
    /// For an empty file.
    pub fn new(file: File) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { file, end: 0, failure: None, unwritten: vec![] })))
    }

    /// The first error, once: it is what all others follow from.
    pub fn failure(&self) -> Option<Error> {
        self.state().failure.as_ref().map(|error| match error.raw_os_error() {
            Some(code) => Error::from_raw_os_error(code),
            None => Error::new(error.kind(), error.to_string()),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, at: u64, bytes: &[u8]) {
        self.end = self.end.max(at + bytes.len() as u64);
        if self.failure.is_none() {
            let written = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.write_all(bytes));
            self.failure = written.err();
        }
        if self.failure.is_some() {
            self.unwritten.push((at, bytes.to_vec()));
        }
    }

    fn set_length(&mut self, length: u64) {
        if self.failure.is_none() {
            self.failure = self.file.set_len(length).err();
        }
        self.end = length;
    }

    fn read(&mut self, at: u64, bytes: &mut [u8]) -> Result<()> {
        bytes.fill(0);
        self.file.seek(SeekFrom::Start(at))?;
        let mut read = 0;
        while read < bytes.len() {
            match self.file.read(&mut bytes[read..])? {
                0 => break,
                count => read += count,
            }
        }
        for (place, own) in &self.unwritten {
            let (from, to) = ((*place).max(at), (place + own.len() as u64).min(at + bytes.len() as u64));
            if from < to {
                let (target, source) = ((from - at) as usize, (from - place) as usize);
                let length = (to - from) as usize;
                bytes[target..target + length].copy_from_slice(&own[source..source + length]);
            }
        }
        Ok(())
    }
}

/// `H5FD_t`: what the library keeps of an open file.
#[repr(C)]
struct Public {
    driver: hid_t,
    class: *const c_void,
    number: c_ulong,
    access_flags: c_uint,
    feature_flags: c_ulong,
    most: haddr_t,
    base: haddr_t,
    threshold: hsize_t,
    alignment: hsize_t,
    paged: bool,
}

/// An open file of this driver.
#[repr(C)]
struct Open {
    public: Public,
    sink: Arc<Sink>,
    /// First address that the library has not given away.
    allocated: haddr_t,
}

type Unused = Option<unsafe extern "C" fn()>;
type Kind = c_int;

/// `H5FD_class_t`.
#[repr(C)]
struct Class {
    version: c_uint,
    value: c_int,
    name: *const c_char,
    most: haddr_t,
    close_degree: c_int,
    terminate_and_superblock: [Unused; 4],
    fapl_size: usize,
    fapl: [Unused; 3],
    dxpl_size: usize,
    dxpl: [Unused; 2],
    open: unsafe extern "C" fn(*const c_char, c_uint, hid_t, haddr_t) -> *mut Open,
    close: unsafe extern "C" fn(*mut Open) -> herr_t,
    compare: unsafe extern "C" fn(*const Open, *const Open) -> c_int,
    query: unsafe extern "C" fn(*const Open, *mut c_ulong) -> herr_t,
    type_map_alloc_free: [Unused; 3],
    get_eoa: unsafe extern "C" fn(*const Open, Kind) -> haddr_t,
    set_eoa: unsafe extern "C" fn(*mut Open, Kind, haddr_t) -> herr_t,
    get_eof: unsafe extern "C" fn(*const Open, Kind) -> haddr_t,
    get_handle: Unused,
    read: unsafe extern "C" fn(*mut Open, Kind, hid_t, haddr_t, usize, *mut c_void) -> herr_t,
    write: unsafe extern "C" fn(*mut Open, Kind, hid_t, haddr_t, usize, *const c_void) -> herr_t,
    vectors_and_selections: [Unused; 4],
    flush: Unused,
    truncate: unsafe extern "C" fn(*mut Open, hid_t, bool) -> herr_t,
    lock_unlock_delete_control: [Unused; 4],
    free_lists: [Kind; 7],
}

// SAFETY: it is never written, and its pointer is to a constant.
unsafe impl Sync for Class {}

/// Of the struct.
const VERSION: c_uint = 1;
/// A number that the library leaves to programs.
const VALUE: c_int = 511;
/// `H5F_CLOSE_WEAK`, which the settings of a file go before.
const CLOSE_WEAK: c_int = 1;
/// Metadata and small data together (0x1, 0x10), metadata gathered before they are written (0x2, 0x4), raw data sieved
/// (0x8), and a file as the usual driver makes it (0x8000).
const FEATURES: c_ulong = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x8000;
/// `H5FD_MEM_SUPER` and `H5FD_MEM_DRAW`: metadata and raw data in two lists, as the usual driver has them.
const FREE_LISTS: [Kind; 7] = [1, 1, 1, 3, 3, 1, 1];
const LARGEST: haddr_t = i64::MAX as haddr_t;

static CLASS: Class = Class {
    version: VERSION,
    value: VALUE,
    name: c"dyadsim".as_ptr(),
    most: LARGEST,
    close_degree: CLOSE_WEAK,
    terminate_and_superblock: [None; 4],
    fapl_size: 0,
    fapl: [None; 3],
    dxpl_size: 0,
    dxpl: [None; 2],
    open,
    close,
    compare,
    query,
    type_map_alloc_free: [None; 3],
    get_eoa,
    set_eoa,
    get_eof,
    get_handle: None,
    read,
    write,
    vectors_and_selections: [None; 4],
    flush: None,
    truncate,
    lock_unlock_delete_control: [None; 4],
    free_lists: FREE_LISTS,
};

thread_local! {
    /// What the file that this thread is just creating is written to.
    static PENDING: RefCell<Option<Arc<Sink>>> = const { RefCell::new(None) };
}

/// Creates a file that is written to `sink`. Its name is only told.
pub(super) fn create_file(sink: &Arc<Sink>, name: &Path) -> hdf5::Result<hdf5::File> {
    static DRIVER: OnceLock<hid_t> = OnceLock::new();
    let check = |id: hid_t, what: &str| match id {
        0.. => Ok(id),
        _ => Err(hdf5::Error::Internal(format!("{what} failed"))),
    };
    let name = CString::new(name.to_string_lossy().as_bytes()).map_err(|_| "a name with a zero byte")?;
    hdf5::sync::sync(|| {
        // SAFETY: the class is that of the linked library, which checks its version and copies it; the lock is held.
        let driver = *DRIVER.get_or_init(|| unsafe { hdf5_sys::h5fd::H5FDregister((&raw const CLASS).cast()) });
        check(driver, "H5FDregister")?;
        let access = FileAccess::build().fclose_degree(FileCloseDegree::Strong).finish()?;
        // Without times of creation, the same contents make the same file.
        let creation = FileCreate::build().obj_track_times(false).finish()?;
        // SAFETY: both identifiers are valid, and the driver wants no information of its own; the lock is held.
        let status = unsafe { hdf5_sys::h5p::H5Pset_driver(access.id(), driver, std::ptr::null()) };
        check(status.into(), "H5Pset_driver")?;
        PENDING.set(Some(Arc::clone(sink)));
        // SAFETY: the name ends with a zero, both identifiers are valid; the lock is held.
        let file = unsafe { hdf5_sys::h5f::H5Fcreate(name.as_ptr(), H5F_ACC_TRUNC, creation.id(), access.id()) };
        PENDING.set(None);
        // SAFETY: nobody else has this identifier.
        unsafe { hdf5::from_id(check(file, "H5Fcreate")?) }
    })
}

// The library calls these with files that `open` gave it, one call at a time for each, until it calls `close`.

unsafe extern "C" fn open(_: *const c_char, flags: c_uint, _: hid_t, _: haddr_t) -> *mut Open {
    let Some(sink) = PENDING.with_borrow(Clone::clone) else { return std::ptr::null_mut() };
    if flags & H5F_ACC_TRUNC != 0 {
        sink.state().set_length(0);
    }
    let public = Public {
        driver: 0,
        class: std::ptr::null(),
        number: 0,
        access_flags: 0,
        feature_flags: 0,
        most: 0,
        base: 0,
        threshold: 0,
        alignment: 0,
        paged: false,
    };
    Box::into_raw(Box::new(Open { public, sink, allocated: 0 }))
}

unsafe extern "C" fn close(file: *mut Open) -> herr_t {
    // SAFETY: `open` made it, and it is closed once.
    drop(unsafe { Box::from_raw(file) });
    0
}

unsafe extern "C" fn compare(a: *const Open, b: *const Open) -> c_int {
    // SAFETY: both are open.
    let place = |file: *const Open| Arc::as_ptr(unsafe { &(*file).sink }).addr();
    place(a).cmp(&place(b)) as c_int
}

unsafe extern "C" fn query(_: *const Open, flags: *mut c_ulong) -> herr_t {
    // SAFETY: null, or a place for the answer.
    if let Some(flags) = unsafe { flags.as_mut() } {
        *flags = FEATURES;
    }
    0
}

unsafe extern "C" fn get_eoa(file: *const Open, _: Kind) -> haddr_t {
    // SAFETY: it is open.
    unsafe { (*file).allocated }
}

unsafe extern "C" fn set_eoa(file: *mut Open, _: Kind, address: haddr_t) -> herr_t {
    // SAFETY: it is open.
    unsafe { (*file).allocated = address };
    0
}

unsafe extern "C" fn get_eof(file: *const Open, _: Kind) -> haddr_t {
    // SAFETY: it is open.
    unsafe { &(*file).sink }.state().end
}

unsafe extern "C" fn read(file: *mut Open, _: Kind, _: hid_t, at: haddr_t, size: usize, to: *mut c_void) -> herr_t {
    // SAFETY: it is open, and the buffer has this size.
    let (file, bytes) = unsafe { (&*file, std::slice::from_raw_parts_mut(to.cast::<u8>(), size)) };
    if file.sink.state().read(at, bytes).is_ok() { 0 } else { -1 }
}

unsafe extern "C" fn write(file: *mut Open, _: Kind, _: hid_t, at: haddr_t, size: usize, of: *const c_void) -> herr_t {
    // SAFETY: it is open, and the buffer has this size.
    let (file, bytes) = unsafe { (&*file, std::slice::from_raw_parts(of.cast::<u8>(), size)) };
    file.sink.state().write(at, bytes);
    0
}

unsafe extern "C" fn truncate(file: *mut Open, _: hid_t, _: bool) -> herr_t {
    // SAFETY: it is open.
    let file = unsafe { &*file };
    let mut state = file.sink.state();
    if state.end != file.allocated {
        state.set_length(file.allocated);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_read_back_and_the_first_error_is_kept() {
        let file = tempfile::tempfile().unwrap();
        let sink = Sink::new(file);
        let mut state = sink.state();
        state.write(0, &[1, 2, 3, 4]);
        state.failure = Some(Error::from_raw_os_error(28));
        state.write(2, &[5, 6, 7]);
        let mut bytes = [9; 6];
        state.read(0, &mut bytes).unwrap();
        assert_eq!((bytes, state.end), ([1, 2, 5, 6, 7, 0], 5));
        drop(state);
        assert_eq!(sink.failure().and_then(|error| error.raw_os_error()), Some(28));
    }
}
