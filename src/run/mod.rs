//! A run: training as an experiment says, with measurements, trace, checkpoints and a summary.
//!
//! Order of one training step: inference · audit of the gradient · recording · update. Of an epoch: steps · scores ·
//! norms · best weights · checkpoint. What measures or records only reads; its absence changes no bit of the result.
mod checkpoint;
mod cost;
mod error;
mod evaluate;
mod folder;
mod initial_weights;
mod measure;
mod observer;
mod progress;
mod recording;
mod remeasure;
mod robustness;
mod session;
mod setup;
mod signal_quality;
mod stability;
mod stimuli;
mod summary;
mod synapse_contents;
mod table;
mod tables;
mod trace_contents;

pub use cost::{Cost, estimate};
pub use error::RunError;
pub use evaluate::{Evaluator, Score};
pub use folder::RunFolder;
pub use measure::{GradientAudit, Norms, ResidualObserver, norms};
pub use progress::{EpochReport, Interrupt, Progress};
pub use remeasure::{EndedRun, MeasuredRun};
pub use session::{RunOptions, run};
pub use stability::{Probed, Stability, Verdict};
pub use summary::{Status, Summary};
pub use table::{RowAxes, RowAxis, Series, Table};
