//! Dual propagation: `dp`, `dp_transpose`, and `damped_dp`. The equations are those of [`super`].
use super::assignment::{CreditAssignment, Task};
use super::evidence::Evidence;
use super::local::Local;
use super::nudging::{CreditRule, NudgeShares, Nudging};
use super::stability::LinearRound;
use crate::dynamics::output::{LossGradientAt, OutputStep};
use crate::dynamics::unit::{Seen, Teacher, UnitStep};
use crate::dynamics::{Activation, Loss};
use crate::linalg::MatrixView;
use crate::map::NormEstimate;
use crate::network::Network;
use crate::random::{Purpose, Stream, stream};
use crate::relax::engine::Engine;
use crate::relax::rule::UnitRule;
use crate::relax::{NetworkState, UpdateObserver};
use crate::substrate::{NominalNudge, Sides, Substrate};

/// Dyads that are nudged by the loss and by the differences of those above them.
#[derive(Debug, Clone, PartialEq)]
pub struct DualPropagation {
    activation: Activation,
    loss: Loss,
    rule: CreditRule,
    nudging: Nudging,
    /// L of every hidden population; empty, which is zero, unless the rule is damped.
    damping: Vec<f32>,
}

impl DualPropagation {
    /// With the shares of this rule; without damping before it is prepared for a training step.
    pub fn new(activation: Activation, loss: Loss, rule: CreditRule, nudging: Nudging) -> Self {
        Self { activation, loss, rule, nudging, damping: vec![] }
    }

    /// With L of every hidden population, until a damped rule is prepared for a training step.
    #[must_use]
    pub fn with_damping(self, damping: Vec<f32>) -> Self {
        Self { damping, ..self }
    }

    /// L of population k.
    pub fn damping(&self, k: usize) -> f32 {
        k.checked_sub(1).and_then(|index| self.damping.get(index)).copied().unwrap_or(0.0)
    }

    fn output_step(&self) -> OutputStep {
        let NudgeShares { plus, minus } = self.nudging.output_shares(self.rule);
        let beta = self.nudging.beta.get();
        OutputStep {
            loss: self.loss,
            plus: (plus * beta) as f32,
            minus: (minus * beta) as f32,
            alpha: self.nudging.alpha.get() as f32,
            nudge: self.nudging.output,
        }
    }
}

impl UnitRule for DualPropagation {
    fn activation(&self, network: &Network, k: usize) -> Activation {
        if k == network.last() { Activation::Identity } else { self.activation }
    }

    fn step<'a>(&'a self, network: &'a Network, k: usize, targets: Option<MatrixView<'a>>) -> UnitStep<'a> {
        let (activation, bias) = (UnitRule::activation(self, network, k), network.bias(k));
        if k == network.last() {
            let nudge = targets.map(|targets| (self.output_step(), targets));
            return UnitStep::following(activation, bias, Teacher::Outputs(nudge));
        }
        let NudgeShares { plus, minus } = self.nudging.hidden_shares(self.rule);
        let gain = self.nudging.feedback_gain.get();
        UnitStep {
            activation,
            bias,
            nudge_plus: (plus * gain) as f32,
            nudge_minus: (minus * gain) as f32,
            alpha: self.nudging.alpha_hidden().get() as f32,
            is_balanced: self.nudging.turn(self.rule) == 0.0,
            damping: self.damping(k),
            leak: 0.0,
            teacher: Teacher::Hidden,
        }
    }

    fn depends_on_own_state(&self, network: &Network, k: usize) -> bool {
        let takes_mean_state = self.nudging.output.takes_gradient_at(LossGradientAt::MeanState);
        self.damping(k) != 0.0 || (k == network.last() && takes_mean_state)
    }

    fn loss_at_start(&self) -> Option<Loss> {
        self.nudging.output.takes_gradient_at(LossGradientAt::InitialForward).then_some(self.loss)
    }
}

impl CreditAssignment for DualPropagation {
    fn activation(&self) -> Activation {
        self.activation
    }

    fn loss(&self) -> Loss {
        self.loss
    }

    fn infer(&self, task: Task, state: &mut NetworkState, observer: Option<&mut dyn UpdateObserver>) -> Evidence {
        let Task { substrate, network, inputs, targets, start, plan } = task;
        Engine::new(self, substrate, network, state).infer(inputs, targets, start, plan, observer);
        self.standing_evidence(state.samples())
    }

    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        Engine::new(self, substrate, network, state).forward(inputs, Seen::All);
    }

    fn units(&self) -> Option<&dyn UnitRule> {
        Some(self)
    }

    fn standing_evidence(&self, samples: usize) -> Evidence {
        Evidence::of_dyads(self.nudging.beta.get(), samples)
    }

    fn nominal_nudges(&self, network: &Network) -> Vec<NominalNudge> {
        let nudging = &self.nudging;
        let hidden = NominalNudge {
            alpha: nudging.alpha_hidden().get(),
            sides: Sides::opposite(nudging.transposes_hidden(self.rule)),
            strength: nudging.feedback_gain.get(),
        };
        let outputs = NominalNudge {
            alpha: nudging.alpha.get(),
            sides: Sides::opposite(nudging.transposes_outputs(self.rule)),
            strength: nudging.beta.get(),
        };
        (1..=network.last()).map(|k| if k < network.last() { hidden } else { outputs }).collect()
    }

    /// L_k of every hidden population from the norm of what leaves it, if the rule is damped; the step only says where the
    /// iterations start.
    fn prepare_step(&mut self, network: &Network, seed: u64, step: u64) {
        let CreditRule::DampedDp(settings) = self.rule else { return };
        let alpha = self.nudging.alpha_hidden().get();
        let hidden = network.last() - 1;
        if settings.from_norm(f64::MAX.sqrt(), alpha) == 0.0 {
            // |1−2α| = 0: no norm is needed.
            self.damping = vec![0.0; hidden];
            return;
        }
        let estimate = NormEstimate::PowerIteration(settings.power_iterations.get());
        let norm = |k: usize| {
            let mut start = stream(seed, Purpose::PowerIteration, &[step, k as u64]);
            // ‖A‖² of all that leaves is at most the sum over its projections.
            network.leaving(k).map(|projection| projection.norm(estimate, &mut start)).reduce(f64::hypot).unwrap_or(0.0)
        };
        self.damping = (1..=hidden).map(|k| settings.from_norm(norm(k), alpha) as f32).collect();
    }

    fn nudging(&self) -> Option<&Nudging> {
        Some(&self.nudging)
    }

    fn gain(&self, network: &Network, inputs: MatrixView, start: &mut Stream) -> f64 {
        // What a chip adds in time would make a point of its own of every pass.
        let mut state = NetworkState::zeros(network, inputs.ncols(), &Substrate::Ideal);
        self.forward(&Substrate::Ideal, network, inputs, &mut state);
        let round = LinearRound {
            network,
            local: Local::new(network, self.activation, &state),
            answer: self.nudging.answer(self.rule),
            turn: self.nudging.turn(self.rule),
            feedback_gain: self.nudging.feedback_gain.get(),
            damping: &self.damping,
        };
        round.gain(inputs.ncols(), start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::output::{Linearised, OutputNudge};
    use crate::linalg::Matrix;
    use crate::map::{MaximaSettings, Shape};
    use crate::network::{Architecture, Initialization, Layer};
    use crate::parameter::{Fraction, Positive};
    use crate::relax::schedule::{Plan, Schedule, Start};

    /// Samples of two kinds: of half the teacher asks what the network answers anyway, nearly. In those nothing moves.
    fn stimuli(rule: &DualPropagation, network: &Network, samples: usize) -> [Matrix; 2] {
        let inputs =
            Matrix::from_fn(network.populations()[0].units(), samples, |i, j| ((i * 31 + j * 17) % 97) as f32 / 97.0);
        let mut state = NetworkState::zeros(network, samples, &Substrate::Ideal);
        rule.forward(&Substrate::Ideal, network, inputs.as_view(), &mut state);
        let wish = |i: usize, j: usize| if j.is_multiple_of(2) { 0.0 } else { ((i + j) % 3) as f32 - 1.0 };
        let outputs = &state.outputs().mean;
        [inputs, Matrix::from_fn(outputs.nrows(), samples, |i, j| outputs[(i, j)] + wish(i, j))]
    }

    /// Everything that a plan leaves, and whether any update found some samples as they were and others not. If it
    /// `forgets`, every product is made in all samples at every update.
    fn relax(rule: &DualPropagation, network: &Network, schedule: &Schedule, forgets: bool) -> (Vec<Matrix>, bool) {
        const SAMPLES: usize = 70;
        let [inputs, targets] = stimuli(rule, network, SAMPLES);
        let mut plan = Plan::default();
        schedule.plan(network.last(), Start::Forward, 1, 0, &mut plan).unwrap();
        let mut state = NetworkState::zeros(network, SAMPLES, &Substrate::Ideal);
        let mut engine = Engine::new(rule, &Substrate::Ideal, network, &mut state);
        engine.begin(inputs.as_view(), targets.as_view(), Start::Forward, |_| Seen::All);
        let mut was_mixed = false;
        for index in 0..plan.updates.len() {
            if forgets {
                engine.state.invalidate();
            }
            engine.relax(&plan, index..index + 1, targets.as_view(), &mut None);
            for k in 1..=network.last() {
                let stale = &engine.state.cache.of(k).stale;
                was_mixed |= stale.iter().any(|own| !own.is_empty() && own.count() < SAMPLES);
            }
        }
        engine.state.finish_update(network);
        let states = state.dyads().iter().flat_map(|own| {
            [&own.s_plus, &own.s_minus, &own.mean, &own.difference, &own.drive, &own.feedback].map(Matrix::clone)
        });
        (states.collect(), was_mixed)
    }

    fn rules() -> Vec<DualPropagation> {
        let mut rules = vec![];
        for (activation, rule, alpha) in [
            (Activation::Relu, CreditRule::DpTranspose, 0.0),
            (Activation::Relu, CreditRule::DpTranspose, 0.5),
            (Activation::HardSigmoid, CreditRule::Dp, 0.5),
            (Activation::Tanh, CreditRule::DpTranspose, 0.3),
            (Activation::Relu, CreditRule::Dp, 0.3),
        ] {
            let loss_gradient_at = if alpha == 0.3 { LossGradientAt::MeanState } else { LossGradientAt::CurrentDrive };
            let output = OutputNudge::Linearised(Linearised { loss_gradient_at });
            let (alpha, beta) = (Fraction::new(alpha).unwrap(), Positive::constant(0.1));
            let nudging = Nudging { alpha, beta, output, ..Nudging::default() };
            rules.push(DualPropagation::new(activation, Loss::HalfSquaredError, rule, nudging));
        }
        let damped = DualPropagation::new(Activation::Relu, Loss::HalfSquaredError, CreditRule::Dp, Nudging::default());
        rules.push(damped.with_damping(vec![0.5; 3]));
        rules
    }

    fn schedules() -> Vec<Schedule> {
        let texts = [
            r#"{"fwbwK": {"passes": 4}}"#,
            r#"{"fwK": {"passes": 5}}"#,
            r#"{"oddeven": {"passes": 3}}"#,
            r#"{"parallel": {"steps": 6}}"#,
            r#"{"listed": {"layers": [4, 2, 3, 1, 3, 1, 2, 4, 3, 2, 1, 1, 2, 3]}}"#,
        ];
        texts.into_iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// Whether a teacher moves the samples that it contradicts, and those alone: with α = 0 no s̄ moves.
    fn mixes(rule: &DualPropagation, schedule: &Schedule) -> bool {
        let is_balanced = rule.nudging.turn(rule.rule) == 0.0 && rule.damping.is_empty();
        is_balanced && rule.nudging.alpha.get() > 0.0 && matches!(schedule, Schedule::FwbwK(_))
    }

    /// Layers that are cut by units and by samples, and sums of more than 512 terms.
    #[test]
    fn what_is_not_made_again_changes_no_bit() {
        let network = Network::random(&[20, 130, 600, 60, 10], Initialization::HeNormal, 1).unwrap();
        for rule in rules() {
            for schedule in schedules() {
                let (states, was_mixed) = relax(&rule, &network, &schedule, false);
                assert!(was_mixed || !mixes(&rule, &schedule), "{rule:?} {schedule:?}: samples move together");
                assert!(states == relax(&rule, &network, &schedule, true).0, "{rule:?} {schedule:?}");
            }
        }
    }

    #[test]
    fn what_is_not_made_again_of_images_changes_no_bit() {
        let image = Shape { channels: 2, rows: 8, columns: 8 };
        let text = r#"[
            {"convolution": {"features": 4, "kernel": 3, "padding": "same", "name": "first"}},
            {"convolution": {"features": 4, "kernel": 3, "padding": "same"}}, {"skip": {"from": "first"}},
            {"max_pool": {"window": 2}}, {"dense": {"units": 70}}
        ]"#;
        let plain = text.replace(r#", {"skip": {"from": "first"}}"#, "");
        let skip = text.replace(r#"{"max_pool": {"window": 2}}, "#, "");
        let maxima = |text: &str| serde_json::from_str::<MaximaSettings>(text).unwrap();
        for (layers, maxima) in [
            (&skip, maxima("{}")),
            (&plain, maxima("{}")),
            (&plain, maxima(r#"{"feedback": "mean"}"#)),
            (&plain, maxima(r#"{"drive": "s_plus", "feedback": "s_plus"}"#)),
        ] {
            let layers: Vec<Layer> = serde_json::from_str(layers).unwrap();
            let network = Architecture::new(image, &layers, Some(10), maxima).unwrap();
            let network = network.random(Initialization::HeNormal, 1).unwrap();
            for rule in rules() {
                for schedule in schedules() {
                    let (states, was_mixed) = relax(&rule, &network, &schedule, false);
                    assert!(was_mixed || !mixes(&rule, &schedule), "{rule:?} {schedule:?}: samples move together");
                    assert!(states == relax(&rule, &network, &schedule, true).0, "{rule:?} {schedule:?} {maxima:?}");
                }
            }
        }
    }

    /// A branch may bring errors to a population before the populations in between have been updated.
    #[test]
    fn states_of_the_batch_before_leave_no_trace() {
        let text = r#"[
            {"convolution": {"features": 3, "kernel": 3, "padding": "same", "name": "first"}},
            {"convolution": {"features": 3, "kernel": 3, "padding": "same"}},
            {"convolution": {"features": 3, "kernel": 3, "padding": "same"}}, {"skip": {"from": "first"}}
        ]"#;
        let layers: Vec<Layer> = serde_json::from_str(text).unwrap();
        let image = Shape { channels: 1, rows: 6, columns: 6 };
        let network = Architecture::new(image, &layers, Some(4), MaximaSettings::default()).unwrap();
        let network = network.random(Initialization::HeNormal, 1).unwrap();
        for rule in rules() {
            for schedule in schedules() {
                let mut plan = Plan::default();
                schedule.plan(network.last(), Start::Forward, 1, 0, &mut plan).unwrap();
                let states = |batches: &[f32]| {
                    let mut state = NetworkState::zeros(&network, 5, &Substrate::Ideal);
                    for scale in batches {
                        let [inputs, targets] = stimuli(&rule, &network, 5);
                        let (inputs, targets) = (inputs * *scale, targets * *scale);
                        let mut engine = Engine::new(&rule, &Substrate::Ideal, &network, &mut state);
                        engine.infer(inputs.as_view(), targets.as_view(), Start::Forward, &plan, None);
                    }
                    state.dyads().iter().map(|own| [&own.s_plus, &own.s_minus].map(Matrix::clone)).collect::<Vec<_>>()
                };
                assert!(states(&[1.0]) == states(&[-2.0, 1.0]), "{rule:?} {schedule:?}");
            }
        }
    }
}
