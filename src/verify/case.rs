//! The format of a reference case.
use super::VerifyError;
use super::matrices::weight_matrix;
use crate::credit::Inference;
use crate::credit::dual_propagation::DualPropagation;
use crate::credit::{CreditRule, Damping, Nudging, OutputAlpha};
use crate::dynamics::loss::Loss;
use crate::dynamics::output::{Linearised, LossGradientAt, OutputNudge};
use crate::dynamics::{Activation, LeakyReluConfig};
use crate::linalg::WeightMatrix;
use crate::network::Network;
use crate::parameter::{Count, Fraction, Positive, Repeats};
use crate::relax::schedule::{Listed, Parallel, Passes, Rounds, Schedule, Start};
use nalgebra::DVector;
use serde::Deserialize;
use std::path::Path;

type Rows = Vec<Vec<f64>>;

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
    layers: Vec<usize>,
    weights: Vec<Rows>,
    biases: Rows,
    x: Option<Rows>,
    y: Option<Rows>,
    s_plus: Option<Vec<Rows>>,
    s_minus: Option<Vec<Rows>>,
    grad_weights: Option<Vec<Rows>>,
    grad_biases: Option<Rows>,
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
    x: Rows,
    y: Rows,
    order: Option<Vec<usize>>,
    s_plus: Vec<Rows>,
    s_minus: Vec<Rows>,
}

/// One stimulus with the states that it leads to.
pub(super) struct Stimulus<'a> {
    pub x: &'a Rows,
    pub y: &'a Rows,
    pub order: Option<&'a [usize]>,
    pub s_plus: &'a [Rows],
    pub s_minus: &'a [Rows],
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

    /// Checks that all arrays have the shapes that `layers` says.
    pub fn check(&self, file: &Path) -> Result<(), VerifyError> {
        let wrong = |field, rule: String| Err(VerifyError::Field { file: file.into(), field, rule });
        let layers = self.layers.len().saturating_sub(1);
        if layers == 0 || self.layers.contains(&0) {
            return wrong("layers", "needs inputs and at least one layer, none of them empty".into());
        }
        let is = |rows: &Rows, height: usize, width: usize| {
            rows.len() == height && rows.iter().all(|row| row.len() == width)
        };
        let fits = |matrices: &[Rows]| {
            matrices.len() == layers
                && matrices.iter().zip(self.layers.windows(2)).all(|(rows, pair)| is(rows, pair[1], pair[0]))
        };
        if !fits(&self.weights) {
            return wrong("weights", format!("need {layers} matrices (post x pre) that fit {:?}", self.layers));
        }
        let fits_biases = |biases: &Rows| {
            biases.len() == layers && biases.iter().zip(&self.layers[1..]).all(|(row, &n)| row.len() == n)
        };
        if !fits_biases(&self.biases) {
            return wrong("biases", format!("need one number per unit of {:?}", &self.layers[1..]));
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
        let samples = stimuli[0].x.len();
        for stimulus in stimuli {
            let states_fit = |states: &[Rows]| {
                states.len() == layers
                    && states.iter().zip(&self.layers[1..]).all(|(rows, &units)| is(rows, samples, units))
            };
            if samples == 0
                || !is(stimulus.x, samples, self.layers[0])
                || !is(stimulus.y, samples, self.layers[layers])
                || !states_fit(stimulus.s_plus)
                || !states_fit(stimulus.s_minus)
            {
                return wrong(
                    "x, y, s_plus, s_minus",
                    format!("need (sample x unit) arrays that fit {:?}", self.layers),
                );
            }
        }
        Ok(())
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

    pub fn gradients(&self) -> Option<(&[Rows], &Rows)> {
        Some((self.grad_weights.as_deref()?, self.grad_biases.as_ref()?))
    }

    /// Largest absolute value of the reference states and gradients.
    pub fn largest_reference(&self) -> f64 {
        let stimuli = self.stimuli();
        let states = stimuli.iter().flat_map(|s| s.s_plus.iter().chain(s.s_minus));
        let gradients = self.gradients().into_iter().flat_map(|(weights, biases)| weights.iter().chain([biases]));
        states.chain(gradients).flatten().flatten().fold(0.0, |m, &x| m.max(x.abs()))
    }

    pub fn weights(&self, file: &Path) -> Result<Network, VerifyError> {
        let layers = self.weights.iter().zip(&self.biases).map(|(weight, bias)| {
            let bias = DVector::from_iterator(bias.len(), bias.iter().map(|&b| b as f32));
            (WeightMatrix::from_matrix(&weight_matrix(weight)), bias)
        });
        Network::chain(layers.collect()).map_err(|source| VerifyError::Network { file: file.into(), source })
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
            (Some(damping), CreditRule::DampedDp(_)) if damping.len() + 2 != self.layers.len() => {
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
