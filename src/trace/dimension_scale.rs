//! Dimension scales, ready-made chunks and where a file ends, through the C interface of HDF5: the Rust crate has none of them.
//!
//! Scales are written by HDF5's own high-level library (H5DS): its attribute CLASS is a fixed-length string of size 16
//! with a terminating zero, which is what netCDF-C and h5netcdf insist on and what the Rust crate's fixed strings are
//! not.
use hdf5::Dataset;
use hdf5_sys::h5::{haddr_t, herr_t, hsize_t};
use hdf5_sys::h5i::hid_t;
use std::ffi::{CString, c_char, c_uint, c_void};

unsafe extern "C" {
    fn H5Fget_eoa(file: hid_t, end: *mut haddr_t) -> herr_t;
    fn H5DSset_scale(dataset: hid_t, name: *const c_char) -> herr_t;
    fn H5DSattach_scale(dataset: hid_t, scale: hid_t, axis: c_uint) -> herr_t;
    fn H5DSget_scale_name(scale: hid_t, name: *mut c_char, size: usize) -> isize;
}

/// Longest name of an axis.
const LONGEST_NAME: usize = 256;

fn check(status: herr_t, what: &str) -> hdf5::Result<()> {
    if status < 0 { Err(hdf5::Error::Internal(format!("{what} failed"))) } else { Ok(()) }
}

/// Makes a data set the dimension scale `name`.
pub(super) fn set_scale(dataset: &Dataset, name: &str) -> hdf5::Result<()> {
    let name = CString::new(name).map_err(|_| hdf5::Error::Internal("a name with a zero byte".into()))?;
    hdf5::sync::sync(|| {
        // SAFETY: the identifier is that of an open data set, the name ends with a zero; the lock of the library is
        // held.
        check(unsafe { H5DSset_scale(dataset.id(), name.as_ptr()) }, "H5DSset_scale")
    })
}

/// Where a file ends by its own account.
pub(super) fn end_of_hdf5(file: &hdf5::File) -> Option<u64> {
    let mut end = 0;
    // SAFETY: the identifier is that of an open file, and the place is one for an address; the lock is held.
    let status = hdf5::sync::sync(|| unsafe { H5Fget_eoa(file.id(), &raw mut end) });
    (status >= 0).then_some(end)
}

/// The name of a dimension scale; none if it has none.
pub(super) fn scale_name(scale: &Dataset) -> Option<String> {
    let mut name = [0u8; LONGEST_NAME];
    let length = hdf5::sync::sync(|| {
        // SAFETY: the identifier is that of an open data set, and the library writes at most so many bytes; its lock is
        // held.
        unsafe { H5DSget_scale_name(scale.id(), name.as_mut_ptr().cast(), name.len()) }
    });
    let name = name.get(..usize::try_from(length).ok()?)?;
    (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

/// Attaches a scale to an axis of a data set.
pub(super) fn attach_scale(dataset: &Dataset, scale: &Dataset, axis: usize) -> hdf5::Result<()> {
    hdf5::sync::sync(|| {
        // SAFETY: both identifiers are those of open data sets; the library checks the axis; its lock is held.
        check(unsafe { H5DSattach_scale(dataset.id(), scale.id(), axis as c_uint) }, "H5DSattach_scale")
    })
}

/// Writes a chunk that has already been through the filters of the data set.
pub(super) fn write_chunk(dataset: &Dataset, offset: &[hsize_t], bytes: &[u8]) -> hdf5::Result<()> {
    if offset.len() != dataset.ndim() {
        return Err(hdf5::Error::Internal("a chunk needs an offset along every axis".into()));
    }
    hdf5::sync::sync(|| {
        // SAFETY: the offset has one entry per axis, the buffer is read only within its length; the library checks
        // that the offset is that of a chunk; its lock is held.
        let status = unsafe {
            hdf5_sys::h5d::H5Dwrite_chunk(
                dataset.id(),
                hdf5_sys::h5p::H5P_DEFAULT,
                0,
                offset.as_ptr(),
                bytes.len(),
                bytes.as_ptr().cast::<c_void>(),
            )
        };
        check(status, "H5Dwrite_chunk")
    })
}
