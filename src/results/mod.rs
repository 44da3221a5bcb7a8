//! The one reader of what runs, sweeps and measurements of robustness leave. It writes nothing.
//!
//! | file | holds |
//! |---|---|
//! | `open` | which result stands in a folder, and how far it is |
//! | `listing`, `comparison`, `names` | what stands in a folder of results; what results differ in, and are called |
//! | `run` | a run: its attributes and tables |
//! | `network` | populations and projections of its network |
//! | `settings` | what the settings of a run say of its network |
//! | `states`, `weights`, `synapses`, `robustness` | what a trace has next to its tables |
//! | `sweep`, `points` | a sweep: its axes and quantities; its points |
//! | `cells`, `pooled` | means of a sweep over its replicates, and what is not in them |
//! | `cube`, `dim` | numbers over named axes |
//! | `statistics` | spreads over replicates, yields |
//!
//! Names, phrases and units come from [`crate::vocabulary`]; of quantities that it does not know, from the file.
mod cells;
pub mod comparison;
mod cube;
mod dim;
mod error;
pub mod listing;
mod names;
mod network;
mod open;
pub mod points;
mod pooled;
pub mod robustness;
mod run;
mod settings;
pub mod states;
pub mod statistics;
mod sweep;
pub mod synapses;
pub mod weights;

pub use cells::{CellSummary, cell_summaries};
pub use cube::{Cube, Fixed};
pub use dim::Dim;
pub use error::ResultsError;
pub use names::distinct_names;
pub use network::{
    ConvolutionEntry, MapEntry, NetworkGraph, PooledEntry, PopulationEntry, ProjectionEntry, WindowEntry,
};
pub use open::{Opened, find, open};
pub use pooled::Pooled;
pub use run::{RunResult, RunSeries, RunTable};
pub use settings::RunSettings;
pub use sweep::{AxisValues, SweepAxis, SweepResult};
