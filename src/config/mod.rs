//! Experiment and hardware files.
mod experiment;
mod hardware;

pub use experiment::{
    Experiment, MeasureConfig, NetworkConfig, OutputConfig, RecordingConfig, RecordingMoment, Selection, Signal,
    StateRecording, TrainingConfig,
};
pub use hardware::{Hardware, UnitsConfig};
