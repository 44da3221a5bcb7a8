//! Experiment and hardware files, read strictly, so that no setting is ever silently ignored.
//!
//! A file is parsed ([`json`]), changed by `--set` ([`edit`]), held against the JSON Schema of its type ([`check`]),
//! built and cross-checked ([`strict`]), and can be shown with every default filled in ([`mod@explain`]). The types
//! themselves are in `experiment.rs` and `hardware.rs`; [`Setup`] is the two together.
mod backprop;
mod batch_norm;
pub mod check;
mod chosen;
pub mod demand;
pub mod edit;
pub mod error;
mod experiment;
pub mod explain;
mod files;
mod hardware;
pub mod json;
pub mod key;
mod key_help;
mod lifted;
mod measure;
pub mod models;
mod network;
pub mod node;
mod phases;
mod place;
mod places;
mod pulsed_rates;
mod recording;
pub mod renamed;
pub mod schema;
mod selection;
mod setup;
mod short_forms;
mod stream;
pub mod strict;
pub mod suggest;
mod targets;
pub mod text;
mod training;

pub use chosen::chosen;
pub use edit::{Edit, EditError};
pub use error::ConfigError;
pub use experiment::{Experiment, OutputConfig};
pub use files::SourceFiles;
pub use hardware::{ArraysConfig, Basis, Figure, Hardware};
pub use key_help::{key_help, keys_with};
pub use measure::{FloatTwin, MeasureConfig, StabilityProbe};
pub use network::{InitialWeights, KeptWeights, NetworkConfig};
pub use place::Place;
pub use pulsed_rates::pulsed_rates;
pub use recording::{RecordingConfig, RecordingMoment, Signal, StateRecording};
pub use selection::Selection;
pub use setup::Setup;
pub use strict::Loaded;
pub use training::{EarlyStopping, IfNotLearnt, SynapseTraining, TrainingConfig, WatchedScore};
