//! What an experiment measures.
use crate::learning::{Adam, Optimizer};
use crate::parameter::{Count, Fraction, OpenFraction, Positive, ProbePasses, Size};
use crate::robustness::RobustnessSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A network of float synapses on ideal hardware that is trained alongside, on the same stimuli.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FloatTwin {
    /// Its learning rate, which follows the same schedule.
    pub rate: Positive,
    /// Its optimizer.
    pub optimizer: Optimizer,
}

impl Default for FloatTwin {
    fn default() -> Self {
        Self { rate: Positive::constant(1e-3), optimizer: Optimizer::Adam(Adam::default()) }
    }
}

/// Whether the states would converge if inference went on: the schedule is repeated on a few stimuli, states carried
/// over from pass to pass and the nudge on, with the present weights and nothing learnt. On a chip mismatch and
/// converters stay, what is random in time is left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StabilityProbe {
    /// After every N epochs, before the first and after the last.
    pub every_epochs: Count,
    /// Most passes of the schedule; that many are needed to tell a limit cycle.
    pub passes: ProbePasses,
    /// Stimuli: the first of the training set.
    pub samples: Size,
    /// Converged is a change of all states in a pass below this share of their norm.
    pub tolerance: OpenFraction,
}

impl Default for StabilityProbe {
    fn default() -> Self {
        Self {
            every_epochs: Count::constant(1),
            passes: ProbePasses::constant(200),
            samples: Size::constant(20),
            tolerance: OpenFraction::constant(1e-4),
        }
    }
}

/// What is measured while it runs. Null switches a measurement off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureConfig {
    /// Loss and accuracy of the training, validation and test sets after every N epochs, and before the first.
    pub accuracy_every_epochs: Option<Count>,
    /// The training set's loss and accuracy are taken on its first N samples.
    pub train_samples: Count,
    /// Spectral norm of every weight matrix, operator norm of their product, and the gain of the nudging that decides on
    /// stability, after every N epochs.
    pub norms_every_epochs: Option<Count>,
    /// Angle and ratio of norms between the local gradient and the exact backprop gradient of the same mini-batch,
    /// every N training steps; 100 unless given, with `backprop` null unless given, and only on hardware that is not ideal.
    #[serde(deserialize_with = "given")]
    pub gradient_every_steps: Option<Option<Count>>,
    /// The same angle after every update of a stimulus, every N training steps; null is none.
    pub gradient_course_every_steps: Option<Count>,
    /// Share of the synapses whose gradient is above the threshold of their rule, mean over every N-th training step of an
    /// epoch; only with rules that have a threshold.
    pub gradient_threshold_every_steps: Option<Count>,
    /// Residual ‖s(t+1) − s(t)‖ of every update, every N training steps; 100 unless given, not used with
    /// `backprop`.
    #[serde(deserialize_with = "given")]
    pub residual_every_steps: Option<Option<Count>>,
    /// Probe of the stability of inference; null is none. Not used with `backprop` or in a stream.
    pub stability: Option<StabilityProbe>,
    /// Lipschitz constants and robustness against perturbations of the inputs; null is none.
    pub robustness: Option<RobustnessSettings>,
    /// Test accuracy of a twin with float synapses, trained alongside; it doubles the work. A twin unless null, with rules
    /// that keep a latent value for every synapse; otherwise none unless given.
    #[serde(deserialize_with = "given_twin")]
    pub float_twin: Option<Option<FloatTwin>>,
    /// Test accuracy up to which energy and time of training are told; null tells none. Needs a hardware model with `costs`.
    pub target_accuracy: Option<Fraction>,
    /// Look at every training step for states and weights that leave the finite range, and end the run there.
    pub divergence: bool,
}

impl Default for MeasureConfig {
    fn default() -> Self {
        Self {
            accuracy_every_epochs: Some(Count::constant(1)),
            train_samples: Count::constant(10_000),
            norms_every_epochs: Some(Count::constant(1)),
            gradient_every_steps: None,
            gradient_course_every_steps: None,
            gradient_threshold_every_steps: Some(Count::constant(100)),
            residual_every_steps: None,
            stability: None,
            robustness: None,
            float_twin: None,
            target_accuracy: None,
            divergence: true,
        }
    }
}

/// Tells a key that is null (switched off) from one that is missing (left to its default).
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Count>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// As [`given`].
fn given_twin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<FloatTwin>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
