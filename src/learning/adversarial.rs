//! Adversarial training: every stimulus is moved up its own loss before the network learns it.
//!
//! x̃ = x + β ∇_x ℓ(x), one plain step of the exact gradient, neither normalised nor clipped; then an ordinary training
//! step on x̃ with the same target (Høier & Zach, ICML 2024, code `train_DP.jl`, mode 6; a step along the sign instead
//! would be that of Goodfellow, Shlens & Szegedy 2015). x̃ is a constant to the second step: nothing is differentiated
//! through it.
use crate::credit::backprop::input_gradient;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::parameter::Positive;
use crate::relax::NetworkState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adversarial training by one gradient step on the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adversarial {
    /// β of x̃ = x + β ∇_x ℓ(x), where ℓ is the loss of the one sample; the gradient is not normalised. In units of the
    /// inputs squared over those of the loss.
    pub step: Positive,
}

/// The inputs that a network learns instead of those it is given.
#[derive(Debug, Clone)]
pub(super) struct AdversarialInputs {
    step: f32,
    moved: Matrix,
}

impl AdversarialInputs {
    /// Room for `samples` stimuli of this many `features`.
    pub fn new(settings: Adversarial, features: usize, samples: usize) -> Self {
        Self { step: settings.step.get() as f32, moved: Matrix::zeros(features, samples) }
    }

    /// Moves `inputs` (input × sample) by the errors that backprop on them has left in `state`.
    pub fn make(&mut self, weights: &Network, inputs: MatrixView, state: &mut NetworkState) {
        input_gradient(weights, state, &mut self.moved);
        for (mut moved, input) in self.moved.column_iter_mut().zip(inputs.column_iter()) {
            moved.zip_apply(&input, |moved, x| *moved = x + self.step * *moved);
        }
    }

    /// x̃ of the last stimuli.
    pub fn view(&self) -> MatrixView<'_> {
        self.moved.as_view()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::Inference;
    use crate::credit::{CreditRule, Nudging};
    use crate::dynamics::Activation;
    use crate::dynamics::activation::LeakyReluConfig;
    use crate::dynamics::loss::Loss;
    use crate::learning::{Adam, Divergence, Learner, LearnerSettings, Optimizer, Quantity};
    use crate::linalg::multiply_left_transposed;
    use crate::network::{Initialization, NetworkError};
    use crate::parameter::Fraction;

    const UNITS: [usize; 4] = [6, 9, 8, 4];
    const LOSSES: [Loss; 3] = [Loss::SoftmaxCrossEntropy, Loss::SigmoidCrossEntropy, Loss::HalfSquaredError];

    fn settings(activation: Activation, loss: Loss, step: Option<f64>, samples: usize) -> LearnerSettings {
        let weights = Network::random(&UNITS, Initialization::HeNormal, 4).unwrap();
        let inference = Inference::new(activation, loss, CreditRule::Backprop, Nudging::default());
        let adversarial = step.map(|step| Adversarial { step: Positive::new(step).unwrap() });
        let optimizer = Optimizer::Adam(Adam::default());
        LearnerSettings { adversarial, ..LearnerSettings::new(weights, inference, optimizer, samples) }
    }

    fn batch(samples: usize) -> (Matrix, Matrix) {
        let inputs = Matrix::from_fn(6, samples, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 0.9);
        (inputs, Matrix::from_fn(4, samples, |i, j| if i == j % 4 { 1.0 } else { 0.0 }))
    }

    fn moved(learner: &Learner) -> Matrix {
        learner.adversarial.as_ref().unwrap().view().into_owned()
    }

    /// ℓ of one sample, in double precision and on its own.
    fn loss_of(weights: &Network, activation: Activation, loss: Loss, x: &[f64], y: &[f32]) -> f64 {
        let last = weights.projections().len() - 1;
        let outputs = weights.projections().iter().enumerate().fold(x.to_vec(), |below, (k, layer)| {
            let weight = layer.weight.to_matrix();
            let drive = |i: usize| {
                let products = below.iter().enumerate().map(|(j, x)| f64::from(weight[(i, j)]) * x);
                products.sum::<f64>() + f64::from(layer.bias[i])
            };
            let f = |v: f64| match activation {
                _ if k == last => v,
                Activation::Relu => v.max(0.0),
                Activation::LeakyRelu(leaky) => {
                    if v < 0.0 {
                        leaky.slope.get() * v
                    } else {
                        v
                    }
                }
                Activation::Tanh => v.tanh(),
                Activation::HardSigmoid => v.clamp(0.0, 1.0),
                Activation::Identity => v,
            };
            (0..weight.nrows()).map(|i| f(drive(i))).collect()
        });
        let y = y.iter().map(|&y| f64::from(y));
        match loss {
            Loss::SoftmaxCrossEntropy => {
                let log_sum = outputs.iter().map(|s| s.exp()).sum::<f64>().ln();
                outputs.iter().zip(y).map(|(s, y)| y * (log_sum - s)).sum()
            }
            Loss::SigmoidCrossEntropy => outputs.iter().zip(y).map(|(s, y)| (1.0 + s.exp()).ln() - y * s).sum(),
            Loss::HalfSquaredError => outputs.iter().zip(y).map(|(s, y)| 0.5 * (s - y).powi(2)).sum(),
        }
    }

    /// (x̃ − x)/β is the slope of each sample's own loss, whatever the size of the batch.
    #[test]
    fn inputs_move_by_the_slope_of_the_loss() {
        let leaky = Activation::LeakyRelu(LeakyReluConfig { slope: Fraction::constant(0.3) });
        let activations = [Activation::Relu, leaky, Activation::Tanh, Activation::HardSigmoid, Activation::Identity];
        for (activation, loss) in activations.iter().flat_map(|&f| LOSSES.map(|loss| (f, loss))) {
            for samples in [1, 5, 40] {
                let (inputs, targets) = batch(samples);
                let mut learner = Learner::new(settings(activation, loss, Some(0.7), samples)).unwrap();
                learner.weights.projections_mut()[0].bias.fill(0.2);
                learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
                let moved = moved(&learner);
                let (mut most, h) = (0.0f64, 1e-6);
                for (i, j) in (0..6).flat_map(|i| (0..samples).map(move |j| (i, j))) {
                    let at = |change: f64| {
                        let mut x: Vec<f64> = inputs.column(j).iter().map(|&x| f64::from(x)).collect();
                        x[i] += change;
                        loss_of(&learner.weights, activation, loss, &x, targets.column(j).as_slice())
                    };
                    let slope = (at(h) - at(-h)) / (2.0 * h);
                    let found = f64::from(moved[(i, j)] - inputs[(i, j)]) / 0.7;
                    let difference = (found - slope).abs();
                    assert!(
                        difference < 1e-5 * (1.0 + slope.abs()),
                        "{activation:?}, {loss:?} {i},{j}: {found} {slope}"
                    );
                    most = most.max(slope.abs());
                }
                assert!(most > 0.1, "{activation:?}, {loss:?}: the loss has no slope to speak of");
            }
        }
    }

    /// Bit for bit, moments of the optimizer included.
    #[test]
    fn a_step_is_an_ordinary_step_on_the_moved_inputs() {
        let (inputs, targets) = batch(5);
        for loss in LOSSES {
            let mut learner = Learner::new(settings(Activation::Relu, loss, Some(0.5), 5)).unwrap();
            let mut by_hand = Learner::new(settings(Activation::Relu, loss, None, 5)).unwrap();
            for step in 0..20 {
                by_hand.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
                let mut own = Matrix::zeros(6, 5);
                let weight = by_hand.weights.projections()[0].weight.to_matrix();
                let errors = &by_hand.state.dyads()[0].difference;
                multiply_left_transposed(own.as_view_mut(), weight.as_view(), errors.as_view());
                own.iter_mut().zip(inputs.iter()).for_each(|(own, x)| *own = x + 0.5 * *own);
                by_hand.infer(own.as_view(), targets.as_view(), step, None).unwrap();
                learner.infer(inputs.as_view(), targets.as_view(), step, None).unwrap();
                let gradients = [by_hand.gradient(), learner.gradient()];
                assert_eq!(gradients[0].weight(1), gradients[1].weight(1));
                by_hand.update(0.01, step).unwrap();
                learner.update(0.01, step).unwrap();
                assert_eq!(own, moved(&learner));
                assert_ne!(own, inputs);
            }
            assert_eq!(learner.weights, by_hand.weights);
            for (a, b) in learner.optimizer.moments.iter().zip(&by_hand.optimizer.moments) {
                assert_eq!(a.weight, b.weight);
            }
        }
    }

    /// Two forward and two backward passes, and the gradient of the inputs.
    #[test]
    fn its_arithmetic_is_counted() {
        let (inputs, targets) = batch(5);
        let flops = |step: Option<f64>| {
            let mut learner = Learner::new(settings(Activation::Relu, LOSSES[0], step, 5)).unwrap();
            learner.infer(inputs.as_view(), targets.as_view(), 0, None).unwrap();
            learner.state.product_flops
        };
        assert_eq!(flops(Some(0.5)), 2 * flops(None) + 2 * 6 * 9 * 5);
    }

    #[test]
    fn inputs_that_overflow_are_a_divergence() {
        let (inputs, targets) = batch(5);
        let mut learner = Learner::new(settings(Activation::Relu, LOSSES[1], Some(1e300), 5)).unwrap();
        let Divergence { quantity, layer, step, .. } =
            learner.infer(inputs.as_view(), targets.as_view(), 2, None).unwrap_err();
        assert_eq!((quantity, layer, step), (Quantity::State, 1, 2));
    }

    #[test]
    fn dyads_have_no_exact_gradient_to_follow() {
        let mut settings = settings(Activation::Relu, LOSSES[0], Some(0.5), 5);
        settings.inference = Inference::new(Activation::Relu, LOSSES[0], CreditRule::DpTranspose, Nudging::default());
        assert_eq!(Learner::new(settings).err(), Some(NetworkError::AdversarialDyads));
    }
}
