//! What the operations of a chip cost: energy and time of training and of evaluation.
//!
//! A hardware model may state what a read, a conversion, an update or a pulse costs ([`settings`]). The engine counts what it
//! really does ([`operations`]), and [`bill`] multiplies. A part whose cost is not stated stays unknown: it is named, and never
//! counts as 0. Counted are, of one stimulus
//!
//! | part | operations |
//! |---|---|
//! | `cell_read` | synapses of an array, in every read of it from either side |
//! | `row_read` | rows of an array in a forward read, W s̄ |
//! | `column_read` | columns of an array in a read back, Wᵀ (s⁺ − s⁻) or the errors of backprop |
//! | `dac`, `adc` | values sent to and received from an array by converters of a finite number of bits |
//! | `unit_update` | updates of units: a dyad is one unit, with both compartments |
//! | `write_pulse` | pulses, or attempts to write, of synapses that are devices |
//! | `static_power` | the time that all of this takes |
//!
//! A convolution reads its array once for every place. A matrix that is larger than a `tile` takes several arrays: what is sent
//! is converted for each of those along its rows, what is received by each of those along its columns. Where compartments have reads of their own (`shared_by_compartments`
//! false), cells, rows, columns and conversions of what is received count twice. What a population has read it holds until a
//! sender moves; where reads are noisy, every update of a population reads again. Reads that iterative bound management
//! repeats are not counted, since their number depends on the data.
//!
//! # What happens at the same time
//!
//! All rows and columns of an array in one read, all arrays that are read in one update of the schedule, and all units that
//! move in it. An array that is read from both sides in one update (a simultaneous step with transposed feedback) takes one
//! read after the other, and so do the places of a convolution and the lines that share a converter. A read is made of
//! conversion, settling of the cells, read of the lines and conversion, one after the other, then the units move. Updates
//! follow each other, and so do the stimuli of a mini-batch. Where the model says how long an update lasts (`units.dt_s`),
//! that is its time. Arrays write at the same time; in an array pulse trains reach all devices at once, and devices of a few levels
//! are written one by one.
pub mod bill;
pub mod operations;
pub mod part;
pub mod settings;

pub use bill::{ArraySide, Bill, Energy, PartBill, Tariff, Writes};
pub use operations::{Operations, Stage};
pub use part::Part;
pub use settings::Costs;
