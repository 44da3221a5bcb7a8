//! How an experiment trains.
use crate::data::ValidationSplit;
use crate::learning::rules::SynapseRule;
use crate::learning::synapses::TrainOn;
use crate::learning::{Adversarial, Optimizer, RateSchedule};
use crate::parameter::{Count, Epochs, NonNegative, Positive, Size};
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
    /// Ends the training when a score of the validation set does not get better any more. Null makes all epochs.
    #[serde(default)]
    pub early_stopping: Option<EarlyStopping>,
    /// What a run has found whose scores are no better than guessing.
    #[serde(default)]
    pub if_not_learnt: IfNotLearnt,
}

/// What a run has found whose scores are no better than guessing, on any of its sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfNotLearnt {
    /// Nothing: it ends as `did_not_learn` without final scores, so that means, maps and tables leave it out and say so.
    #[default]
    Missing,
    /// Its scores as any other run: for studies whose question is where networks end at chance.
    Measured,
}

/// When training ends before its last epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Epochs without a better score after which training ends.
    pub patience: Count,
    /// The score.
    #[serde(default)]
    pub metric: WatchedScore,
    /// By how much a score must be better than the best one so far to count; accuracies are fractions.
    #[serde(default = "none")]
    pub min_delta: NonNegative,
}

/// A score of the validation set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatchedScore {
    /// Accuracy; more is better.
    #[default]
    ValidationAccuracy,
    /// Mean loss; less is better.
    ValidationLoss,
}

impl TrainingConfig {
    /// What early stopping lacks.
    pub(super) fn conflict(&self) -> Option<&'static str> {
        let unwatched = self.early_stopping.is_some() && self.validation.is_none();
        unwatched.then_some("needs a validation set, whose score it watches: training.validation")
    }
}

impl EarlyStopping {
    /// Whether training ends after the last of these epochs, whose scores stand in order; not a number is never better.
    pub fn is_over(&self, scores: &[f64]) -> bool {
        let sign = match self.metric {
            WatchedScore::ValidationAccuracy => 1.0,
            WatchedScore::ValidationLoss => -1.0,
        };
        let (mut best, mut since) = (f64::NEG_INFINITY, 0);
        for score in scores.iter().map(|score| sign * score) {
            if score > best + self.min_delta.get() {
                (best, since) = (score, 0);
            } else {
                since += 1;
            }
        }
        since >= self.patience.get()
    }
}

fn none() -> NonNegative {
    NonNegative::constant(0.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(metric: WatchedScore, patience: usize, min_delta: f64, scores: &[f64]) -> Vec<bool> {
        let min_delta = NonNegative::new(min_delta).unwrap();
        let stopping = EarlyStopping { patience: Count::new(patience).unwrap(), metric, min_delta };
        (1..=scores.len()).map(|epochs| stopping.is_over(&scores[..epochs])).collect()
    }

    #[test]
    fn training_ends_after_so_many_epochs_without_a_better_score() {
        let accuracy = [0.5, 0.6, 0.6, 0.59, 0.7, 0.7, 0.7];
        assert_eq!(
            stops(WatchedScore::ValidationAccuracy, 2, 0.0, &accuracy),
            [false, false, false, true, false, false, true]
        );
        let loss = [1.0, 0.9, 0.95, 0.8];
        assert_eq!(stops(WatchedScore::ValidationLoss, 1, 0.0, &loss), [false, false, true, false]);
        // Each step is smaller than what counts, but together they do.
        assert_eq!(
            stops(WatchedScore::ValidationAccuracy, 2, 0.15, &[0.5, 0.6, 0.7, 0.71]),
            [false, false, false, false]
        );
        assert_eq!(stops(WatchedScore::ValidationAccuracy, 1, 0.0, &[f64::NAN]), [true]);
    }
}
