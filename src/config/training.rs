//! How an experiment trains.
use crate::data::ValidationSplit;
use crate::learning::rules::SynapseRule;
use crate::learning::synapses::TrainOn;
use crate::learning::{Adversarial, Optimizer, RateSchedule};
use crate::parameter::{Epochs, Positive, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weights change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Number of passes over the training samples; 0 only measures the network as it is.
    pub epochs: Epochs,
    /// Stimuli in a mini-batch. Samples that do not fill a last batch are left out of that epoch.
    pub batch_size: Size,
    /// Learning rate; the highest one of a schedule.
    pub rate: Positive,
    /// How the learning rate changes over the epochs.
    #[serde(default)]
    pub rate_schedule: RateSchedule,
    /// Rule of the updates.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// Learning rate of the biases; that of the weights unless given.
    #[serde(default)]
    pub bias_rate: Option<Positive>,
    /// Rule of the updates of the biases; that of the weights unless given.
    #[serde(default)]
    pub bias_optimizer: Option<Optimizer>,
    /// Adversarial training: stimuli are moved up their loss before they are learnt (Høier & Zach, ICML 2024, code
    /// `train_DP.jl`, mode 6). Null learns them as they are; only with `backprop`. Recorded states are those of the
    /// moved stimuli; losses and accuracies are measured on stimuli as they are.
    #[serde(default)]
    pub adversarial: Option<Adversarial>,
    /// How synapses of a few levels are trained; only with a hardware model that has such.
    #[serde(default)]
    pub synapses: Option<SynapseTraining>,
    /// Whether the order of the samples is drawn again for every epoch.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// Training samples held out; the weights that do best on them are kept. Null holds out none.
    #[serde(default)]
    pub validation: Option<ValidationSplit>,
}

/// How synapses of a few levels are trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SynapseTraining {
    /// What moves them.
    pub rule: SynapseRule,
    /// Which weights the network computes with while it is trained.
    #[serde(default)]
    pub train_on: TrainOn,
    /// Every latent value begins with this magnitude and the sign of its initial weight; with the initial weight, in
    /// units of the scale, unless given.
    #[serde(default)]
    pub latent_magnitude: Option<Positive>,
}

fn yes() -> bool {
    true
}
