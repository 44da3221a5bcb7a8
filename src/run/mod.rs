//! A run: training as an experiment says, with measurements, trace, checkpoints and a summary.
//!
//! Order of one training step: inference with the [measurements](crate::measure) that are due · recording · update. Of an
//! epoch: steps · measurements · best weights · checkpoint. What measures or records only reads; its absence changes no
//! bit of the result.
mod check;
mod checkpoint;
mod cost;
mod data_summary;
mod device_contents;
mod die_parts;
mod error;
mod extension;
mod extension_error;
mod folder;
mod foreseen;
mod initial_weights;
mod lock;
mod measured_die;
mod memory;
mod memory_limit;
mod metrics_file;
mod network_contents;
mod network_cost;
mod not_learnt;
mod observer;
mod options;
mod predictions;
mod progress;
mod progressed;
mod pulses;
mod recording;
mod remeasure;
mod samples;
mod session;
mod setup;
mod step;
mod summary;
mod synapse_contents;
mod table_contents;
mod tensorboard;
mod trace_contents;
mod untrained;
mod weight_contents;

pub use check::{check_checkpoint, check_result, check_run};
pub use cost::{Cost, estimate};
pub use data_summary::DataSummary;
pub use error::RunError;
pub use extension::Extension;
pub use extension_error::ExtensionError;
pub use folder::RunFolder;
pub use foreseen::Foreseen;
pub use lock::FolderLock;
pub use memory::Memory;
pub use memory_limit::{MemoryLimit, NoAmount, TooMuchMemory};
pub use network_cost::{NetworkCost, PopulationCost, ProjectionCost, network_cost};
pub use options::{RunOptions, RunStart};
pub use progress::{EpochReport, Interrupt, Progress};
pub use remeasure::{EndedRun, MeasuredRun};
pub use session::run;
pub use summary::{Status, Summary};
pub use untrained::untrained;
