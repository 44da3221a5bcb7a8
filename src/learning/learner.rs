//! One network that learns: weights, states and optimizer, and the training step that ties them together.
use super::adversarial::AdversarialInputs;
use super::calibration::{calibrate, follow};
use super::divergence::{Divergence, FirstNonFinite, Quantity, first_non_finite_state, first_non_finite_weight};
use super::settings::LearnerSettings;
use super::stream_memory::StreamMemory;
use super::stream_timing::StreamTiming;
use super::synapses::Synapses;
use super::update::OptimizerState;
use crate::costs::Operations;
use crate::credit::Evidence;
use crate::credit::Inference;
use crate::credit::gradient::{GivenGradient, LocalGradient};
use crate::device::frozen::{Chip, Frozen};
use crate::device::noise_key::Context;
use crate::linalg::{MatrixView, WeightMatrix};
use crate::network::{FeedbackWeights, Network, NetworkError};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::Seeds;
use crate::relax::schedule::{Plan, Schedule, Start};
use crate::relax::stream::Stream;
use crate::relax::{NetworkState, UpdateObserver};
use crate::synapse::counts::WriteTotals;

/// A network in training.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let DataSplits { train: training, test, .. } = digits(300, 100, 1)?;
/// let network = Network::random(&[training.features(), 30, training.classes()], Initialization::HeNormal, 1)?;
/// let inference = Inference::new(Activation::Relu, Loss::default(), CreditRule::default(), Nudging::default());
/// let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), 20))?;
/// for (step, batch) in (0..).zip((1..=5).flat_map(|epoch| training.batches(20, 1, epoch))) {
///     train(&mut learner, batch.inputs.as_view(), batch.targets.as_view(), 2e-3, step)?;
/// }
/// assert!(score(&learner.inference, &learner.weights, &test).accuracy > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Learner {
    /// Weights and biases.
    pub weights: Network,
    /// Equations of inference.
    pub inference: Inference,
    /// What holds the weights.
    pub synapses: Synapses,
    /// Moments of the optimizer.
    pub optimizer: OptimizerState,
    /// Dyad states of the last mini-batch.
    pub state: NetworkState,
    /// What a stream remembers of the time before the present stimulus.
    pub stream_memory: StreamMemory,
    /// What the last mini-batch has left for the synapses.
    pub evidence: Evidence,
    /// What the chip has done for calibration.
    pub(crate) calibrations: Operations,
    schedule: Schedule,
    plan: Plan,
    pub(super) noise_seed: u64,
    pub(super) dt_s: Option<f64>,
    feedback_weights: FeedbackWeights,
    pub(super) adversarial: Option<AdversarialInputs>,
    watch_divergence: bool,
}

impl Learner {
    /// Ready for the first step, with the delay lines of chip seed 1 where a stream has some.
    ///
    /// # Errors
    /// If the schedule names a layer that does not exist, dyads are to learn from adversarial inputs, or hardware or credit
    /// rule cannot use such a network.
    pub fn new(settings: LearnerSettings) -> Result<Self, NetworkError> {
        Self::of_chip(settings, Seeds::default().into())
    }

    /// The same with the delay lines of a chip. That of circuits and synapses stands in the settings.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_chip(settings: LearnerSettings, chip: Chip) -> Result<Self, NetworkError> {
        let is_exact = settings.inference.rule.is_exact() && settings.inference.substrate.is_ideal();
        if settings.adversarial.is_some() && !is_exact {
            return Err(NetworkError::AdversarialDyads);
        }
        let layers = settings.weights.last();
        settings.inference.substrate.check(&settings.weights)?;
        settings.inference.rule.check(&settings.weights)?;
        let mut plan = Plan::default();
        settings.schedule.plan(layers, settings.inference.start, settings.noise_seed, 0, &mut plan)?;
        settings.inference.rule.complete(&mut plan);
        let mut state = NetworkState::zeros(&settings.weights, settings.batch_size, &settings.inference.substrate);
        let (schedule, weights) = (&settings.schedule, &settings.weights);
        let stream_memory = StreamMemory::new(schedule, weights, &mut state, chip, settings.noise_seed)?;
        let features = settings.weights.populations()[0].units();
        let adversarial = settings.adversarial.map(|own| AdversarialInputs::new(own, features, settings.batch_size));
        let evidence = settings.inference.rule.standing_evidence(settings.batch_size);
        let optimizer = OptimizerState::new(settings.optimizers, &settings.weights, &settings.synapses);
        Ok(Self {
            weights: settings.weights,
            inference: settings.inference,
            synapses: settings.synapses,
            optimizer,
            state,
            stream_memory,
            evidence,
            calibrations: Operations::default(),
            schedule: settings.schedule,
            plan,
            noise_seed: settings.noise_seed,
            dt_s: settings.dt_s,
            feedback_weights: settings.feedback_weights,
            adversarial,
            watch_divergence: settings.watch_divergence,
        })
    }

    /// What was drawn of the delay lines of a stream, and of which population.
    pub fn frozen_lines(&self) -> Vec<(usize, Frozen)> {
        self.stream_memory.timing.iter().flat_map(StreamTiming::frozen).collect()
    }

    /// Seed of what varies in time.
    pub fn noise_seed(&self) -> u64 {
        self.noise_seed
    }

    /// Updates of the stimulus that was inferred last; of a stream as many as a stimulus can have.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The stream that this learner is trained in, if it is.
    pub fn stream(&self) -> Option<&Stream> {
        match &self.schedule {
            Schedule::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Infers the states for a mini-batch: `inputs` (input × sample), `targets` (class × sample). In adversarial training
    /// the states are those of the inputs that are moved up the loss.
    ///
    /// # Errors
    /// If a state leaves the finite range.
    pub fn infer(
        &mut self,
        inputs: MatrixView,
        targets: MatrixView,
        step: u64,
        observer: Option<&mut dyn UpdateObserver>,
    ) -> Result<(), Divergence> {
        self.prepare(inputs, step);
        self.state.begin(Context::Training, step);
        let Self { inference, weights, plan, state, adversarial, .. } = self;
        self.evidence = inference.infer(weights, inputs, targets, plan, state, observer);
        if let Some(adversarial) = adversarial {
            adversarial.make(weights, inputs, state);
            self.evidence = inference.infer(weights, adversarial.view(), targets, plan, state, None);
        }
        if self.inference.rule.units().is_some() {
            follow(&mut self.inference, &self.state);
        }
        self.check_states(step, Some((inputs, targets)))
    }

    pub(super) fn check_states(
        &mut self,
        step: u64,
        stimulus: Option<(MatrixView, MatrixView)>,
    ) -> Result<(), Divergence> {
        match first_non_finite_state(&self.state) {
            Some(found) if self.watch_divergence => {
                let origin = stimulus.and_then(|(inputs, targets)| self.trace_divergence(inputs, targets, step));
                let (layer, unit) = origin.unwrap_or(found);
                Err(Divergence { quantity: Quantity::State, layer, unit, step })
            }
            _ => Ok(()),
        }
    }

    /// Where a divergence began: by the end of inference it has spread to the neighbours, so the stimulus is
    /// inferred once more and looked at before and after every update. Not possible where it began with the states of
    /// the stimulus before.
    fn trace_divergence(&mut self, inputs: MatrixView, targets: MatrixView, step: u64) -> Option<(usize, usize)> {
        if self.inference.rule.units().is_none() || self.inference.start == Start::Carried {
            return None;
        }
        let mut origin = FirstNonFinite(None);
        self.state.begin(Context::Training, step);
        self.inference.infer(&self.weights, inputs, targets, &self.plan, &mut self.state, Some(&mut origin));
        origin.0
    }

    /// The gradient that the present states hold.
    pub fn gradient(&self) -> LocalGradient<'_> {
        self.evidence.gradient(&self.state)
    }

    /// Learns from the present states.
    ///
    /// # Errors
    /// If a weight leaves the finite range.
    pub fn update(&mut self, rate: f64, step: u64) -> Result<(), Divergence> {
        self.update_by(&[], rate, step)
    }

    /// The same with gradients of the caller's for some projections, as they are counted.
    ///
    /// # Errors
    /// If a weight leaves the finite range.
    pub fn update_by(&mut self, given: &[Option<GivenGradient>], rate: f64, step: u64) -> Result<(), Divergence> {
        let gradient = self.evidence.gradient(&self.state).with_given(given);
        let before: Option<Vec<WeightMatrix>> = matches!(self.feedback_weights, FeedbackWeights::KolenPollack(_))
            .then(|| self.weights.projections().iter().map(|layer| layer.weight.clone()).collect());
        let finite = self.synapses.learn(&mut self.weights, &gradient, rate, step)
            & self.optimizer.update(&mut self.weights, &mut self.synapses, &gradient, rate, step);
        self.synapses.program(&mut self.weights, step);
        for (p, projection) in self.weights.projections_mut().iter_mut().enumerate() {
            if let (Some(own), Some(batch)) = (&mut projection.normalisation, self.state.normalised(p)) {
                own.follow(&batch.statistics);
            }
        }
        if let (Some(before), FeedbackWeights::KolenPollack(rule)) = (before, self.feedback_weights) {
            self.weights.follow_step(&before, (rule.decay.get() * rate) as f32);
        }
        self.weights.refresh_arrays();
        if finite || !self.watch_divergence {
            return Ok(());
        }
        let (layer, unit) = first_non_finite_weight(&self.weights).unwrap_or((1, 0));
        Err(Divergence { quantity: Quantity::Weight, layer, unit, step })
    }

    /// Writes of every projection with synapses since this was asked last, and its number of synapses; none with float synapses.
    pub fn take_writes(&mut self) -> Vec<(WriteTotals, usize)> {
        let synapses = self.weights.with_synapses().map(|(_, own)| own.synapses());
        self.synapses.take_totals().into_iter().zip(synapses).collect()
    }

    /// What the chip has done since this was asked last: to train, and to calibrate.
    pub fn take_operations(&mut self) -> [Operations; 2] {
        [self.state.take_operations(), self.calibrations.take()]
    }

    /// Bytes of what a stream keeps of population k (0 is the stimulus) to let errors meet their own activity.
    pub fn timing_bytes(&self, k: usize) -> usize {
        self.stream_memory.timing.as_ref().map_or(0, |timing| timing.memory_bytes(k))
    }

    /// Bytes of weights, of what their synapses keep next to them, and of the moments of the optimizer.
    pub fn memory_bytes(&self) -> usize {
        let moments = (0..self.weights.projections().len()).map(|p| self.optimizer.memory_bytes(p));
        self.weights.memory_bytes() + moments.sum::<usize>() + self.synapses.memory_bytes()
    }

    /// Brings what follows from the weights up to date before training step `step`, calibration and plan included.
    pub(super) fn prepare(&mut self, inputs: MatrixView, step: u64) {
        self.inference.rule.prepare_step(&self.weights, self.noise_seed, step);
        if self.inference.rule.units().is_some() {
            self.calibrations += &calibrate(&mut self.inference, &self.weights, inputs, step);
        }
        if matches!(self.schedule, Schedule::RandomLayer(_)) {
            self.schedule
                .plan(self.weights.last(), self.inference.start, self.noise_seed, step, &mut self.plan)
                .expect("the schedule was checked when the learner was made");
            self.inference.rule.complete(&mut self.plan);
        }
    }
}

impl Persist for Learner {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.optimizer.persist(archive)?;
        archive.part("weights", &mut self.weights)?;
        archive.group("chip", |archive| self.weights.persist_feedback(archive))?;
        archive.part("synapses", &mut self.synapses)?;
        self.state.persist(self.inference.start == Start::Carried, archive)?;
        if self.inference.substrate.calibration().is_some()
            && let Some(die) = self.inference.substrate.die_mut()
        {
            archive.part("chip", die)?;
        }
        let outputs = self.state.outputs().mean.shape();
        archive.group("stream_memory", |archive| self.stream_memory.persist(outputs, archive))?;
        if archive.is_loading() {
            self.weights.refresh_arrays();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::CreditRule;
    use crate::credit::{Damping, Nudging};
    use crate::dynamics::Activation;
    use crate::dynamics::loss::Loss;
    use crate::learning::Optimizer;
    use crate::linalg::Matrix;
    use crate::network::Initialization;
    use crate::parameter::{Fraction, Positive};

    fn learner(rule: CreditRule, nudging: Nudging, activation: Activation, seed: u64) -> Learner {
        let weights = Network::random(&[6, 9, 8, 4], Initialization::LecunNormal, seed).unwrap();
        let inference = Inference::new(activation, Loss::HalfSquaredError, rule, nudging);
        Learner::new(LearnerSettings::new(weights, inference, Optimizer::default(), 5)).unwrap()
    }

    fn batch() -> (Matrix, Matrix) {
        let inputs = Matrix::from_fn(6, 5, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 1.0);
        (inputs, Matrix::from_fn(4, 5, |i, j| if i == j % 4 { 1.0 } else { 0.0 }))
    }

    /// papers: in a linear network the nudges of DP⊤ cancel in the mean for every α, so one sweep gives the exact
    /// gradient for every β.
    #[test]
    fn the_transpose_rule_gives_the_exact_gradient_of_a_linear_network_for_every_asymmetry() {
        let (inputs, targets) = batch();
        for alpha in [0.0, 0.3, 1.0] {
            let nudging =
                Nudging { alpha: Fraction::new(alpha).unwrap(), beta: Positive::constant(0.7), ..Nudging::default() };
            let mut dyads = learner(CreditRule::DpTranspose, nudging, Activation::Identity, 4);
            let mut exact = learner(CreditRule::Backprop, nudging, Activation::Identity, 4);
            dyads.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
            exact.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
            let alignment = dyads.gradient().alignment(&exact.gradient());
            for a in alignment {
                assert!(a.angle_deg() < 1e-3 && (a.norm_ratio - 1.0).abs() < 1e-5, "alpha {alpha}: {a:?}");
            }
        }
    }

    #[test]
    fn learning_lowers_the_loss_with_every_rule() {
        let (inputs, targets) = batch();
        for rule in
            [CreditRule::Dp, CreditRule::DpTranspose, CreditRule::DampedDp(Damping::default()), CreditRule::Backprop]
        {
            let mut learner = learner(rule, Nudging::default(), Activation::Tanh, 2);
            let loss = |learner: &mut Learner| -> f64 {
                let Learner { inference, weights, state, .. } = learner;
                inference.forward(weights, inputs.as_view(), state);
                let outputs = &state.dyads()[2].mean;
                (0..5)
                    .map(|j| inference.rule.loss().value(outputs.column(j).as_slice(), targets.column(j).as_slice()))
                    .sum()
            };
            let before = loss(&mut learner);
            for step in 0..100 {
                learner.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
                learner.update(0.01, step).unwrap();
            }
            let after = loss(&mut learner);
            assert!(after < 0.1 * before, "{rule:?}: {before} to {after}");
        }
    }

    #[test]
    fn a_divergence_names_layer_unit_and_step() {
        let (inputs, targets) = batch();
        let mut learner = learner(CreditRule::Dp, Nudging::default(), Activation::Identity, 2);
        learner.weights.projections_mut()[1].bias[3] = f32::INFINITY;
        let divergence = learner.infer(inputs.as_view(), targets.as_view(), 17, None).unwrap_err();
        assert_eq!(divergence, Divergence { quantity: Quantity::State, layer: 2, unit: 3, step: 17 });
        assert!(divergence.to_string().contains("layer 2, unit 3 left the finite range at training step 17"));
    }
}
