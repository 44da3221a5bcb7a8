//! The HDF5 files of a run. This module knows names, axes and numbers, and nothing of networks.
//!
//! A trace follows the netCDF-4 conventions, so that xarray, h5py, Julia and MATLAB open it with named coordinates:
//! every axis is a dimension scale of the group that uses it, every variable is attached to its scales.
//!
//! States recorded during a run go through a [`Recorder`] into an append-only journal, as chunks that are compressed
//! on the workers of the simulation, and from there unchanged into the finished [`TraceFile`]. A run that is killed leaves a
//! journal that its checkpoint knows the valid length of. Files get their final name only when they are whole.
mod arrays;
mod attribute_texts;
mod chunk;
mod column;
mod dimension_scale;
mod driver;
mod error;
mod file;
mod guard;
mod heaps;
mod journal;
mod layout;
mod loose_arrays;
mod loose_layers;
mod marks;
mod npz;
mod opened;
mod output;
mod reader;
mod recorder;
mod refill;
mod summary;
mod tree;
mod unlocked;

pub use crate::persist::Array;
pub use arrays::ArrayFile;
pub use column::Column;
pub use error::TraceError;
pub use file::TraceFile;
pub use journal::{Journal, check_journal};
pub use layout::{Axis, Coordinate, Element, Group, Row, StreamGroup, Variable};
pub use loose_arrays::named_arrays;
pub use loose_layers::{LooseLayer, loose_layers};
pub use reader::{TraceReader, Values, VariableInfo};
pub use recorder::{Recorder, RecorderState};
pub use refill::refill;
pub use summary::describe;
pub use tree::{Leaf, write_tree};
