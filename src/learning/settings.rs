//! What a learner is made from.
use super::adversarial::Adversarial;
use super::synapses::Synapses;
use super::update::Optimizers;
use crate::credit::Inference;
use crate::network::{FeedbackWeights, Network};
use crate::relax::schedule::Schedule;

/// What a learner is made from.
///
/// ```
/// use dyadsim::learning::Sgd;
/// use dyadsim::prelude::*;
///
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let inference = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let settings = LearnerSettings {
///     schedule: Schedule::BwK,
///     noise_seed: 7,
///     ..LearnerSettings::new(network, inference, Optimizer::Sgd(Sgd::default()), 50)
/// };
/// assert_eq!(Learner::new(settings)?.noise_seed(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LearnerSettings {
    /// Initial weights.
    pub weights: Network,
    /// Equations of inference.
    pub inference: Inference,
    /// Order of updates.
    pub schedule: Schedule,
    /// Rules of the updates.
    pub optimizers: Optimizers,
    /// What holds the weights; made together with them.
    pub synapses: Synapses,
    /// Stimuli in a mini-batch.
    pub batch_size: usize,
    /// Seed of what varies in time.
    pub noise_seed: u64,
    /// Duration of an update, for Poisson clocks.
    pub dt_s: Option<f64>,
    /// Where the weights of the feedback come from; [`Network::set_arrays`] has set them up.
    pub feedback_weights: FeedbackWeights,
    /// Learn from inputs that are moved up the loss; only with backprop.
    pub adversarial: Option<Adversarial>,
    /// Whether states and weights that leave the finite range are reported.
    pub watch_divergence: bool,
}

impl LearnerSettings {
    /// Float synapses, transposed feedback, the default schedule and noise seed 1.
    pub fn new(weights: Network, inference: Inference, optimizers: impl Into<Optimizers>, batch_size: usize) -> Self {
        Self {
            weights,
            inference,
            schedule: Schedule::default(),
            optimizers: optimizers.into(),
            synapses: Synapses::default(),
            batch_size,
            noise_seed: 1,
            dt_s: None,
            feedback_weights: FeedbackWeights::Transposed,
            adversarial: None,
            watch_divergence: true,
        }
    }
}
