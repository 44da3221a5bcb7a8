//! Sweeps: one question asked of many experiments, on the cores of one machine or in shares on several.
//!
//! ```text
//! sweep file ─┐                      ┌─ point ─ run ─┐
//! base ───────┼─ plan ── check ──────┼─ point ─ run ─┼── shards/I-of-N.jsonl ── merge ── sweep.h5, sweep.csv
//! hardware ───┘ (plan.json)          └─ point ─ run ─┘   (a line a point)
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `config`, `axis`, `sampling` | the sweep file, its axes, points that are drawn |
//! | `plan`, `point`, `saved` | all points with their settings and seeds; the plan on disk |
//! | `cost` | every point is checked before the first one runs |
//! | `shard`, `journal`, `outcome`, `numbers` | shares of the points; what a point has given, line by line |
//! | `prepare`, `execute` | the network that all points begin with; running points |
//! | `merge`, `result`, `table` | the result as arrays and as a long table |
//! | `slurm` | scripts of a job array, written and submitted |
//! | `status`, `check` | progress from the files alone; whether they are what was written |
//! | `ablate` | the noise budget of a hardware model, a sweep made from it |
//!
//! A point is a pure function of the plan: its seeds stand in its settings, it runs on one thread and leaves one line.
//! So it does not matter which process makes it, when, or how often.
pub mod ablate;
mod axis;
mod check;
mod config;
mod cost;
mod error;
mod execute;
mod folder;
mod inner_axes;
mod journal;
mod merge;
mod numbers;
mod outcome;
mod plan;
mod point;
mod prepare;
mod quantity;
mod result;
mod sampling;
mod saved;
mod settings;
mod shard;
pub mod slurm;
mod status;
mod table;

pub use axis::{AxisConfig, AxisPoint, AxisPoints, Coordinate, LabelledSettings, LinearRange, LogarithmicRange, Scale};
pub use check::check_sweep;
pub use config::{Draws, Replicates, Sampling, SeedKind, SweepConfig, SweepOutput, Trained};
pub use cost::{CostedPlan, check};
pub use error::SweepError;
pub use execute::{Ended, ExecuteOptions, SweepProgress, execute};
pub use folder::SweepFolder;
pub use journal::missing_points;
pub use merge::{Counts, merge};
pub use outcome::{Measured, Outcome};
pub use plan::{Plan, ResultAxis};
pub use point::{Cell, Point};
pub use prepare::prepare;
pub use saved::SavedPlan;
pub use settings::Settings;
pub use shard::{NoShard, Shard};
pub use status::{ShardProgress, SweepReport, report};
