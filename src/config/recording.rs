//! What of a network's states and weights goes into the trace. Field documentation is what `dyad explain` and the JSON Schema say.
use super::selection::Selection;
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes into the trace next to the measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingConfig {
    /// Dyad states; null records none.
    pub states: Option<StateRecording>,
    /// Initial and final weights and biases (and the best ones, with a validation set).
    pub weights: bool,
    /// What is frozen in the devices of the chip: mismatch of its units, conductances, steps and bounds of pulsed devices, which
    /// devices are stuck. `die` takes it back.
    pub devices: bool,
    /// What the network answers to every sample of the test set when training has ended, and the confusion matrix; of the
    /// weights that are kept.
    pub predictions: bool,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self { states: None, weights: true, devices: false, predictions: false }
    }
}

/// Which states are recorded, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StateRecording {
    /// Every this many training steps.
    pub every_steps: Count,
    /// At which moment of such a step.
    pub moment: RecordingMoment,
    /// Which signals.
    pub signals: Vec<Signal>,
    /// Which layers: 1 is the first hidden layer.
    pub layers: Selection,
    /// Which units of each layer, counted from 0.
    pub units: Selection,
    /// Which stimuli, by their place in the mini-batch, counted from 0.
    pub samples: Selection,
}

impl Default for StateRecording {
    fn default() -> Self {
        Self {
            every_steps: Count::constant(100),
            moment: RecordingMoment::InferenceEnd,
            signals: vec![Signal::SPlus, Signal::SMinus],
            layers: Selection::All,
            units: Selection::All,
            samples: Selection::First(Count::constant(1)),
        }
    }
}

/// When states are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingMoment {
    /// After the last update: the states that learning reads.
    InferenceEnd,
    /// After every update; the trace then has an axis of updates.
    EveryUpdate,
}

/// A signal of a dyad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Compartment s⁺.
    SPlus,
    /// Compartment s⁻.
    SMinus,
    /// s̄ = α s⁺ + (1−α) s⁻.
    Mean,
    /// s⁺ − s⁻.
    Difference,
    /// W s̄ + b of the layer below.
    Drive,
    /// Wᵀ (s⁺ − s⁻) of the layer above; of the outputs: the loss gradient that nudged them.
    Feedback,
}

impl StateRecording {
    pub(super) fn conflicts(&self, layers: usize, batch_size: usize, conflict: &mut impl FnMut(&str, String)) {
        let states = self;
        if states.signals.is_empty() {
            conflict("recording.states.signals", "must name at least one signal; states null records none".into());
        }
        if states.signals.iter().enumerate().any(|(i, s)| states.signals[..i].contains(s)) {
            conflict("recording.states.signals", "names a signal twice".into());
        }
        let last_sample = batch_size - 1;
        for (key, selection, from, to) in [
            ("recording.states.layers", &states.layers, 1, layers),
            ("recording.states.samples", &states.samples, 0, last_sample),
        ] {
            if let Err(missing) = selection.resolve(from, to) {
                conflict(key, format!("{missing} does not exist: they are counted from {from} to {to}"));
            }
        }
        for (key, selection) in [
            ("recording.states.layers", &states.layers),
            ("recording.states.units", &states.units),
            ("recording.states.samples", &states.samples),
        ] {
            if let Selection::Listed(list) = selection
                && (list.is_empty() || list.iter().enumerate().any(|(i, x)| list[..i].contains(x)))
            {
                conflict(key, "must list at least one number, and none twice".into());
            }
        }
    }
}
