//! One network that learns: weights, states and optimizer, and the training step that ties them together.
use super::adversarial::{Adversarial, AdversarialInputs};
use super::divergence::{Divergence, FirstNonFinite, Quantity, first_non_finite_state, first_non_finite_weight};
use super::live::Past;
use super::synapses::Synapses;
use super::update::{OptimizerState, Optimizers};
use crate::analog::moment::Context;
use crate::linalg::{MatrixView, WeightMatrix, power_iteration_norm};
use crate::network::backprop::backprop;
use crate::network::credit_rule::CreditRule;
use crate::network::gradient::LocalGradient;
use crate::network::inference::{Inference, VisitObserver};
use crate::network::lifted::Phases;
use crate::network::schedule::{Plan, Schedule, Start};
use crate::network::stream::Stream;
use crate::network::{FeedbackWeights, Layer, NetworkError, NetworkState, Weights};
use crate::random::{Purpose, stream};
use crate::synapse::counts::WriteTotals;

/// What a learner is made from.
#[derive(Debug, Clone)]
pub struct LearnerSettings {
    /// Initial weights.
    pub weights: Weights,
    /// Equations of inference.
    pub inference: Inference,
    /// Order of visits.
    pub schedule: Schedule,
    /// Rules of the updates.
    pub optimizers: Optimizers,
    /// What holds the weights; made together with them.
    pub synapses: Synapses,
    /// Stimuli in a mini-batch.
    pub batch_size: usize,
    /// Seed of what varies in time.
    pub noise_seed: u64,
    /// Duration of a visit, for Poisson clocks.
    pub dt_s: Option<f64>,
    /// Where the weights of the feedback come from; [`Weights::set_arrays`] has set them up.
    pub feedback_weights: FeedbackWeights,
    /// Learn from inputs that are moved up the loss; only with backprop.
    pub adversarial: Option<Adversarial>,
    /// Whether states and weights that leave the finite range are reported.
    pub watch_divergence: bool,
}

impl LearnerSettings {
    /// Float synapses, transposed feedback, the default schedule and noise seed 1.
    pub fn new(weights: Weights, inference: Inference, optimizers: impl Into<Optimizers>, batch_size: usize) -> Self {
        Self {
            weights,
            inference,
            schedule: Schedule::default(),
            optimizers: optimizers.into(),
            synapses: Synapses::Float,
            batch_size,
            noise_seed: 1,
            dt_s: None,
            feedback_weights: FeedbackWeights::Transposed,
            adversarial: None,
            watch_divergence: true,
        }
    }
}

/// A network in training.
#[derive(Debug, Clone)]
pub struct Learner {
    /// Weights and biases.
    pub weights: Weights,
    /// Equations of inference.
    pub inference: Inference,
    /// What holds the weights.
    pub synapses: Synapses,
    /// Moments of the optimizer.
    pub optimizer: OptimizerState,
    /// Dyad states of the last mini-batch.
    pub state: NetworkState,
    /// What a stream remembers of the time before the present stimulus.
    pub past: Past,
    /// What the last mini-batch has left in a lifted network.
    pub phases: Option<Phases>,
    schedule: Schedule,
    plan: Plan,
    pub(super) noise_seed: u64,
    pub(super) dt_s: Option<f64>,
    feedback_weights: FeedbackWeights,
    pub(super) adversarial: Option<AdversarialInputs>,
    watch_divergence: bool,
}

impl Learner {
    /// Ready for the first step.
    ///
    /// # Errors
    /// If the schedule names a layer that does not exist, or dyads are to learn from adversarial inputs.
    pub fn new(settings: LearnerSettings) -> Result<Self, NetworkError> {
        if settings.adversarial.is_some() && settings.inference.rule != CreditRule::Backprop {
            return Err(NetworkError::AdversarialDyads);
        }
        let layers = settings.weights.layers().len();
        let mut plan = Plan::default();
        settings.schedule.plan(layers, settings.inference.start, settings.noise_seed, 0, &mut plan)?;
        let chip = settings.inference.chip.as_deref();
        let units = settings.weights.units();
        let state = NetworkState::zeros(&units, settings.batch_size, chip);
        let adversarial = settings.adversarial.map(|own| AdversarialInputs::new(own, units[0], settings.batch_size));
        let optimizer = OptimizerState::new(settings.optimizers, &settings.weights, &settings.synapses);
        Ok(Self {
            weights: settings.weights,
            inference: settings.inference,
            synapses: settings.synapses,
            optimizer,
            state,
            past: Past::default(),
            phases: None,
            schedule: settings.schedule,
            plan,
            noise_seed: settings.noise_seed,
            dt_s: settings.dt_s,
            feedback_weights: settings.feedback_weights,
            adversarial,
            watch_divergence: settings.watch_divergence,
        })
    }

    /// Visits of the stimulus that was inferred last; of a stream as many as a stimulus can have.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The stream that this learner lives in, if it does.
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
        observer: Option<&mut dyn VisitObserver>,
    ) -> Result<(), Divergence> {
        if let Some(lifted) = self.inference.lifted.clone() {
            self.state.begin(Context::Training, step);
            let Self { inference, weights, state, .. } = self;
            self.phases = Some(inference.lifted_phases(&lifted, weights, inputs, targets, state));
        } else if self.inference.rule == CreditRule::Backprop {
            backprop(&self.inference, &self.weights, inputs, targets, &mut self.state);
            if let Some(adversarial) = &mut self.adversarial {
                adversarial.make(&self.weights, inputs, &mut self.state);
                backprop(&self.inference, &self.weights, adversarial.view(), targets, &mut self.state);
            }
        } else {
            self.refresh_damping(step);
            self.calibrate(inputs, step);
            if matches!(self.schedule, Schedule::RandomLayer(_)) {
                let layers = self.weights.layers().len();
                self.schedule
                    .plan(layers, self.inference.start, self.noise_seed, step, &mut self.plan)
                    .expect("the schedule was checked when the learner was made");
            }
            self.state.begin(Context::Training, step);
            self.inference.infer(&self.weights, inputs, targets, &self.plan, &mut self.state, observer);
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
    /// inferred once more and looked at before and after every visit. Not possible where it began with the states of
    /// the stimulus before.
    fn trace_divergence(&mut self, inputs: MatrixView, targets: MatrixView, step: u64) -> Option<(usize, usize)> {
        let makes_visits = !matches!(self.inference.rule, CreditRule::Backprop | CreditRule::Lifted);
        if !makes_visits || self.inference.start == Start::Carried {
            return None;
        }
        let mut origin = FirstNonFinite(None);
        self.state.begin(Context::Training, step);
        self.inference.infer(&self.weights, inputs, targets, &self.plan, &mut self.state, Some(&mut origin));
        origin.0
    }

    /// The gradient that the present states hold for the inputs that [`Learner::infer`] was given.
    pub fn gradient<'a>(&'a self, inputs: MatrixView<'a>) -> LocalGradient<'a> {
        gradient_of(&self.inference, learnt(self.adversarial.as_ref(), inputs), &self.state, self.phases.as_ref())
    }

    /// Learns from the present states, which [`Learner::infer`] has made of `inputs`.
    ///
    /// # Errors
    /// If a weight leaves the finite range.
    pub fn update(&mut self, inputs: MatrixView, rate: f64, step: u64) -> Result<(), Divergence> {
        let gradient =
            gradient_of(&self.inference, learnt(self.adversarial.as_ref(), inputs), &self.state, self.phases.as_ref());
        let before: Option<Vec<WeightMatrix>> = matches!(self.feedback_weights, FeedbackWeights::KolenPollack(_))
            .then(|| self.weights.layers().iter().map(|layer| layer.weight.clone()).collect());
        let finite = self.synapses.learn(&mut self.weights, &gradient, rate, step)
            & self.optimizer.update(&mut self.weights, &mut self.synapses, &gradient, rate, step);
        self.synapses.program(&mut self.weights, step);
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

    /// Writes of every layer since this was asked last, and its number of synapses; none with float synapses.
    pub fn take_writes(&mut self) -> Vec<(WriteTotals, usize)> {
        let synapses = self.weights.layers().iter().map(|layer| layer.weight.post() * layer.weight.pre());
        self.synapses.take_totals().into_iter().zip(synapses).collect()
    }

    /// Bytes of weights, of what their synapses keep beside, and of the moments of the optimizer.
    pub fn memory_bytes(&self) -> usize {
        let moments = self.optimizer.moments.iter();
        let moments = moments.map(|m| m.weight_first.len() + m.weight_second.len()).sum::<usize>();
        self.weights.memory_bytes() + 4 * moments + self.synapses.memory_bytes()
    }

    /// L_k of every hidden layer with these weights at training step `step`, which only says where the power iterations
    /// start; see [`crate::network::credit_rule::Damping`]. Empty unless the rule is damped.
    pub fn damping(&self, weights: &Weights, step: u64) -> Vec<f32> {
        let CreditRule::DampedDp(damping) = self.inference.rule else { return vec![] };
        let alpha = self.inference.nudging.alpha_hidden().get();
        let upper_layers = &weights.layers()[1..];
        if damping.from_norm(f64::MAX.sqrt(), alpha) == 0.0 {
            // |1−2α| = 0: no norm is needed.
            return vec![0.0; upper_layers.len()];
        }
        let of_layer = |(k, upper): (usize, &Layer)| {
            let mut start = stream(self.noise_seed, Purpose::PowerIteration, &[step, k as u64 + 1]);
            let norm = power_iteration_norm(&upper.weight, damping.power_iterations.get(), &mut start);
            damping.from_norm(norm, alpha) as f32
        };
        upper_layers.iter().enumerate().map(of_layer).collect()
    }

    pub(super) fn refresh_damping(&mut self, step: u64) {
        if matches!(self.inference.rule, CreditRule::DampedDp(_)) {
            self.inference.damping = self.damping(&self.weights, step);
        }
    }
}

/// What the first layer has received for these inputs.
fn learnt<'a>(adversarial: Option<&'a AdversarialInputs>, inputs: MatrixView<'a>) -> MatrixView<'a> {
    adversarial.map_or(inputs, AdversarialInputs::view)
}

fn gradient_of<'a>(
    inference: &Inference,
    inputs: MatrixView<'a>,
    state: &'a NetworkState,
    phases: Option<&'a Phases>,
) -> LocalGradient<'a> {
    match inference.rule {
        CreditRule::Lifted => LocalGradient::of_lifted(phases.map_or(&[], |phases| &phases.signals)),
        CreditRule::Backprop => LocalGradient::of_backprop(inputs, state),
        _ => LocalGradient::of_dyads(inference.nudging.beta.get(), inputs, state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Optimizer;
    use crate::linalg::Matrix;
    use crate::network::credit_rule::{Damping, Nudging};
    use crate::network::loss::Loss;
    use crate::network::{Activation, Initialization};
    use crate::parameter::{Fraction, Positive};

    fn learner(rule: CreditRule, nudging: Nudging, activation: Activation, seed: u64) -> Learner {
        let weights = Weights::random(&[6, 9, 8, 4], Initialization::LecunNormal, seed).unwrap();
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
            let alignment = dyads.gradient(inputs.as_view()).alignment(&exact.gradient(inputs.as_view()));
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
                let outputs = &state.layers()[2].mean;
                (0..5).map(|j| inference.loss.value(outputs.column(j).as_slice(), targets.column(j).as_slice())).sum()
            };
            let before = loss(&mut learner);
            for step in 0..100 {
                learner.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
                learner.update(inputs.as_view(), 0.01, step).unwrap();
            }
            let after = loss(&mut learner);
            assert!(after < 0.1 * before, "{rule:?}: {before} to {after}");
        }
    }

    #[test]
    fn a_divergence_names_layer_unit_and_step() {
        let (inputs, targets) = batch();
        let mut learner = learner(CreditRule::Dp, Nudging::default(), Activation::Identity, 2);
        learner.weights.layers_mut()[1].bias[3] = f32::INFINITY;
        let divergence = learner.infer(inputs.as_view(), targets.as_view(), 17, None).unwrap_err();
        assert_eq!(divergence, Divergence { quantity: Quantity::State, layer: 2, unit: 3, step: 17 });
        assert!(divergence.to_string().contains("layer 2, unit 3 left the finite range at training step 17"));
    }
}
