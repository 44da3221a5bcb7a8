//! The words for what the program measures, records and shows, each of them once.
//!
//! A data set, an axis, a group, an attribute or a status has its name here and nowhere else. What people read of it (the
//! phrase, the unit, the label, which direction is better, how its numbers are written) stands next to the name. The
//! traces carry it in their attributes; figures, pages, exports and tables take it from here.
//!
//! | file | holds |
//! |---|---|
//! | `term` | what is said of one quantity |
//! | `metric` | the quantities that are measured |
//! | `consumption` | energy and time of the chip |
//! | `device` | what is frozen in the devices of a chip |
//! | `state` | the arrays that are recorded: states, stimuli, weights, synapses |
//! | `axis` | the axes of all arrays, and what an axis of a sweep can be |
//! | `place` | groups, attributes and names of files |
//! | `seed` | the seeds of an experiment |
//! | `status` | how runs, points and inferences end |
//! | `number` | numbers and units as text |
//! | `quantity` | a quantity as a reader needs it, also one that only a file knows |
//!
//! To rename a data set, change its name here. To add one, add a [`Term`] and, if it is measured, list it in
//! [`metric::METRICS`].
pub mod axis;
pub mod consumption;
pub mod device;
pub mod metric;
pub mod number;
pub mod place;
mod quantity;
pub mod seed;
pub mod state;
mod status;
mod term;

pub use quantity::Quantity;
pub use status::{PointStatus, RunStatus, Verdict};
pub use term::{Better, Format, Term};
