//! Files as a whole: they appear under their names when every byte is on disk, and say by a checksum whether they still
//! are what was written.
//!
//! | file | holds |
//! |---|---|
//! | `whole` | files that get their name when they are whole |
//! | `seal` | the checksum at the end of a file |
//! | `sealed_json` | the checksum inside a JSON object |
//! | `verdict` | what was found of a file |
//! | `paged_file` | a file that is read here and there, in pages |
//! | `npy_header` | how long an array of NumPy says that its header is |
//! | `hdf5_texts` | what the texts of an HDF5 array claim to hold |
//!
//! Every step of writing is checked: a write, fsync or rename that fails is an error, and what stood there before stays.
pub(crate) mod hdf5_texts;
mod npy_header;
mod paged_file;
mod seal;
mod sealed_json;
mod verdict;
mod whole;

pub use hdf5_texts::{TextsError, claimed_texts};
pub use npy_header::{check_npy_header, check_npz_header};
pub use paged_file::PagedFile;
pub use seal::{Seal, check, seal};
pub use sealed_json::{JsonSeal, check_json, seal_json};
pub use verdict::{Checked, Verdict};
pub use whole::{WholeFile, remove_partial, write_whole};
