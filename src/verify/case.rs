//! The format of a reference case.
use super::VerifyError;
use super::connections::{self, Connection, Input};
use super::numbers::Numbers;
use crate::credit::Inference;
use crate::credit::dual_propagation::DualPropagation;
use crate::credit::{CreditRule, Damping, Nudging, OutputAlpha};
use crate::dynamics::loss::Loss;
use crate::dynamics::output::{Linearised, LossGradientAt, OutputNudge};
use crate::dynamics::{Activation, LeakyReluConfig};
use crate::map::MaximaSettings;
use crate::network::{Architecture, Network};
use crate::parameter::{Count, Fraction, Positive, Repeats};
use crate::relax::schedule::{Listed, Parallel, Passes, Rounds, Schedule, Start};
use nalgebra::DVector;
use serde::Deserialize;
use std::path::Path;

/// One file. Fields beyond these (source, notes) are for people.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub name: String,
    rule: String,
    alpha: f64,
    alpha_hidden: Option<f64>,
    /// A number; in family C a sentence that says that β is the feedback gain.
    beta: serde_json::Value,
    #[serde(default = "one")]
    feedback_gain: f64,
    loss: Loss,
    output_nudge: String,
    loss_gradient_at: Option<LossGradientAt>,
    activation: String,
    schedule: ScheduleField,
    damping: Option<Vec<f64>>,
    /// Units of every layer, the stimulus first; of a network without images.
    layers: Option<Vec<usize>>,
    /// Shape of the stimuli; of a network of images.
    input: Option<Input>,
    connections: Option<Vec<Connection>>,
    #[serde(default)]
    max_pool_switches: MaximaSettings,
    weights: Vec<Numbers>,
    biases: Vec<Numbers>,
    x: Option<Numbers>,
    y: Option<Numbers>,
    s_plus: Option<Vec<Numbers>>,
    s_minus: Option<Vec<Numbers>>,
    grad_weights: Option<Vec<Numbers>>,
    grad_biases: Option<Vec<Numbers>>,
    stimuli: Option<Vec<StimulusField>>,
}

#[derive(Debug, Deserialize)]
struct ScheduleField {
    kind: String,
    passes: Option<usize>,
    rounds: Option<usize>,
    numiter: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct StimulusField {
    x: Numbers,
    y: Numbers,
    order: Option<Vec<usize>>,
    s_plus: Vec<Numbers>,
    s_minus: Vec<Numbers>,
}

/// One stimulus with the states that it leads to.
pub(super) struct Stimulus<'a> {
    pub x: &'a Numbers,
    pub y: &'a Numbers,
    pub order: Option<&'a [usize]>,
    pub s_plus: &'a [Numbers],
    pub s_minus: &'a [Numbers],
}

/// Which published code a case comes from; it decides what the file leaves unsaid.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Family {
    /// JAX models of the 2024 paper: α at the outputs as in the hidden layers.
    A,
    /// Julia script of the 2024 paper: α never transposed at the outputs, loss gradient at the current drive.
    B,
    /// Julia code of the 2023 paper: α = ½, β = γ, states without gradients, several stimuli.
    C,
}

fn one() -> f64 {
    1.0
}

impl Case {
    fn family(&self) -> Family {
        match self.schedule.kind.as_str() {
            "forward_then_rounds" => Family::B,
            "dualprop" | "corrupted" | "parallel" | "random" => Family::C,
            _ => Family::A,
        }
    }

    /// The network without its weights.
    fn architecture(&self, file: &Path) -> Result<Architecture, VerifyError> {
        let wrong = |field, rule: String| VerifyError::Field { file: file.into(), field, rule };
        match (&self.layers, &self.input, &self.connections) {
            (Some(layers), ..) if layers.len() < 2 || layers.contains(&0) => {
                Err(wrong("layers", "needs inputs and at least one layer, none of them empty".into()))
            }
            (Some(layers), ..) => Ok(Architecture::chain(layers)),
            (None, Some(input), Some(connections)) => {
                let network = connections::architecture(*input, connections, self.max_pool_switches);
                network.map_err(|source| VerifyError::Network { file: file.into(), source })
            }
            _ => Err(wrong("layers", "is needed, or input and connections of a network of images".into())),
        }
    }

    /// Checks that all arrays have the shapes that the network says, which it returns.
    pub fn check(&self, file: &Path) -> Result<Architecture, VerifyError> {
        let wrong = |field, rule: String| Err(VerifyError::Field { file: file.into(), field, rule });
        let network = self.architecture(file)?;
        let routes = network.routes();
        let fits = |matrices: &[Numbers]| {
            let needed = routes.iter().map(|route| route.map.weight_shape());
            matrices.iter().map(|numbers| &numbers.shape).eq(needed.collect::<Vec<_>>().iter())
        };
        if !fits(&self.weights) {
            let shapes: Vec<_> = routes.iter().map(|route| route.map.weight_shape()).collect();
            return wrong("weights", format!("need the shapes {shapes:?}"));
        }
        let fits_biases = |biases: &[Numbers]| {
            let needed = routes.iter().map(|route| vec![route.map.array().rows]);
            biases.iter().map(|numbers| &numbers.shape).eq(needed.collect::<Vec<_>>().iter())
        };
        if !fits_biases(&self.biases) {
            return wrong("biases", "need one number per unit, or per feature of a convolution".into());
        }
        if self.grad_weights.is_some() != self.grad_biases.is_some()
            || self.grad_weights.as_ref().is_some_and(|g| !fits(g))
            || self.grad_biases.as_ref().is_some_and(|g| !fits_biases(g))
        {
            return wrong("grad_weights, grad_biases", "need the shapes of weights and biases".into());
        }
        let stimuli = self.stimuli();
        if stimuli.is_empty() {
            return wrong("x", "there is neither x, y, s_plus, s_minus nor a list of stimuli".into());
        }
        let shapes: Vec<Vec<usize>> = network.populations().iter().map(|own| own.shape.axes()).collect();
        let (samples, last) = (stimuli[0].x.len(), shapes.len() - 1);
        // The axes of an image of one place may be written or not.
        let axes = |shape: &[usize]| match *shape {
            [channels, 1, 1] => vec![channels],
            _ => shape.to_vec(),
        };
        let is = |numbers: &Numbers, k: usize| numbers.len() == samples && axes(numbers.inner_shape()) == shapes[k];
        for stimulus in stimuli {
            let states_fit =
                |states: &[Numbers]| states.len() == last && states.iter().zip(1..).all(|(numbers, k)| is(numbers, k));
            if samples == 0
                || !is(stimulus.x, 0)
                || !is(stimulus.y, last)
                || !states_fit(stimulus.s_plus)
                || !states_fit(stimulus.s_minus)
            {
                return wrong("x, y, s_plus, s_minus", format!("need so many samples of the shapes {shapes:?}"));
            }
        }
        Ok(network)
    }

    /// The stimuli in the order in which they are presented.
    pub fn stimuli(&self) -> Vec<Stimulus<'_>> {
        match (&self.stimuli, &self.x, &self.y, &self.s_plus, &self.s_minus) {
            (Some(list), ..) => list
                .iter()
                .map(|s| Stimulus {
                    x: &s.x,
                    y: &s.y,
                    order: s.order.as_deref(),
                    s_plus: &s.s_plus,
                    s_minus: &s.s_minus,
                })
                .collect(),
            (None, Some(x), Some(y), Some(s_plus), Some(s_minus)) => {
                vec![Stimulus { x, y, order: None, s_plus, s_minus }]
            }
            _ => vec![],
        }
    }

    pub fn gradients(&self) -> Option<(&[Numbers], &[Numbers])> {
        Some((self.grad_weights.as_deref()?, self.grad_biases.as_deref()?))
    }

    /// Largest absolute value of the reference states and gradients.
    pub fn largest_reference(&self) -> f64 {
        let stimuli = self.stimuli();
        let states = stimuli.iter().flat_map(|s| s.s_plus.iter().chain(s.s_minus));
        let gradients = self.gradients().into_iter().flat_map(|(weights, biases)| weights.iter().chain(biases));
        states.chain(gradients).flat_map(|numbers| &numbers.values).fold(0.0, |m, &x| m.max(x.abs()))
    }

    /// The network with its weights.
    pub fn network(&self, file: &Path, architecture: &Architecture) -> Result<Network, VerifyError> {
        let layers = self.weights.iter().zip(&self.biases).zip(architecture.routes());
        let layers = layers.map(|((weight, bias), route)| {
            (Architecture::weight_of_file(route, &weight.single()), DVector::from_vec(bias.single()))
        });
        let network = architecture.with_weights(layers.collect());
        network.map_err(|source| VerifyError::Network { file: file.into(), source })
    }

    pub fn inference(&self, file: &Path) -> Result<Inference, VerifyError> {
        let wrong = |field, rule: String| VerifyError::Field { file: file.into(), field, rule };
        let unknown = |field, value: &str, known: &str| wrong(field, format!("{value:?} is not one of {known}"));
        let family = self.family();
        let rule = match self.rule.as_str() {
            "dp" => CreditRule::Dp,
            "dp_transpose" => CreditRule::DpTranspose,
            "damped_dp" => CreditRule::DampedDp(Damping::default()),
            other => return Err(unknown("rule", other, "dp, dp_transpose, damped_dp")),
        };
        let activation = match self.activation.as_str() {
            "relu" => Activation::Relu,
            "leaky_relu" => Activation::LeakyRelu(LeakyReluConfig::default()),
            "tanh" => Activation::Tanh,
            "hard_sigmoid" => Activation::HardSigmoid,
            "identity" | "linear" => Activation::Identity,
            other => return Err(unknown("activation", other, "relu, leaky_relu, tanh, hard_sigmoid, identity")),
        };
        let loss_gradient_at = self.loss_gradient_at.unwrap_or(LossGradientAt::CurrentDrive);
        let output = match self.output_nudge.as_str() {
            "linearised" => OutputNudge::Linearised(Linearised { loss_gradient_at }),
            "proximal" => OutputNudge::Proximal,
            other => return Err(unknown("output_nudge", other, "linearised, proximal")),
        };
        // In family C the gain of the feedback also is the strength of the output nudge.
        let beta = self.beta.as_f64().or((family == Family::C).then_some(self.feedback_gain));
        let beta = beta.ok_or_else(|| wrong("beta", "must be a number".into()))?;
        let fraction = |field, x| Fraction::new(x).map_err(|e| wrong(field, e.to_string()));
        let positive = |field, x| Positive::new(x).map_err(|e| wrong(field, e.to_string()));
        let nudging = Nudging {
            alpha: fraction("alpha", self.alpha)?,
            alpha_hidden: self.alpha_hidden.map(|x| fraction("alpha_hidden", x)).transpose()?,
            beta: positive("beta", beta)?,
            feedback_gain: positive("feedback_gain", self.feedback_gain)?,
            output,
            output_alpha: if family == Family::A { OutputAlpha::AsRule } else { OutputAlpha::Direct },
        };
        if let Some(conflict) = nudging.conflict(rule, self.loss) {
            return Err(wrong("beta", conflict));
        }
        let inference = match (&self.damping, rule) {
            (Some(damping), CreditRule::DampedDp(_)) if damping.len() + 1 != self.weights.len() => {
                return Err(wrong("damping", "needs one number per hidden layer".into()));
            }
            (Some(damping), CreditRule::DampedDp(_)) => {
                let damping = damping.iter().map(|&l| l as f32).collect();
                let rule = DualPropagation::new(activation, self.loss, rule, nudging).with_damping(damping);
                Inference::of(rule)
            }
            (None, CreditRule::DampedDp(_)) => return Err(wrong("damping", "is needed for damped_dp".into())),
            _ => Inference::new(activation, self.loss, rule, nudging),
        };
        let start = match self.schedule.kind.as_str() {
            "corrupted" => Start::Carried,
            "parallel" | "random" => Start::Zero,
            _ => Start::Forward,
        };
        Ok(Inference { start, ..inference })
    }

    /// The schedule, for a stimulus with this order of updates if the schedule is random.
    pub fn schedule(&self, file: &Path, order: Option<&[usize]>) -> Result<Schedule, VerifyError> {
        let wrong = |rule: String| VerifyError::Field { file: file.into(), field: "schedule", rule };
        let count = |what: &str, n: Option<usize>| {
            let n = n.ok_or_else(|| wrong(format!("{} needs {what}", self.schedule.kind)))?;
            Repeats::new(n).map_err(|e| wrong(format!("{what}: {e}")))
        };
        let passes = || Ok::<_, VerifyError>(Passes { passes: count("passes", self.schedule.passes)? });
        let rounds = |what, n| Ok::<_, VerifyError>(Rounds { rounds: count(what, n)? });
        Ok(match self.schedule.kind.as_str() {
            "fwK" => Schedule::FwK(passes()?),
            "bwK" => Schedule::BwK,
            "fwbwK" => Schedule::FwbwK(passes()?),
            "oddeven" => Schedule::OddEven(passes()?),
            "evenodd" => Schedule::EvenOdd(passes()?),
            "forward_then_rounds" => Schedule::ForwardThenRounds(rounds("rounds", self.schedule.rounds)?),
            // Down, then (up, down) numiter − 1 times: the passes of fwbwK but for the last update, which finds the
            // first layer settled.
            "dualprop" => Schedule::FwbwK(Passes { passes: count("numiter", self.schedule.numiter)? }),
            "corrupted" => Schedule::UpDown(rounds("numiter", self.schedule.numiter)?),
            "parallel" => Schedule::Parallel(Parallel::of_steps(count("numiter", self.schedule.numiter)?)),
            "random" => {
                let order = order.ok_or_else(|| wrong("random needs the order of every stimulus".into()))?;
                let layers = order.iter().map(|&k| Count::new(k)).collect::<Result<_, _>>();
                Schedule::Listed(Listed { layers: layers.map_err(|e| wrong(format!("order: {e}")))? })
            }
            other => return Err(wrong(format!("kind {other:?} is not known"))),
        })
    }
}
