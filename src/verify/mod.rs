//! Conformance: replays reference cases that other people's code has computed.
//!
//! Three formats: small networks with the states and gradients of the papers' authors (below), repeated reads of
//! analog arrays by aihwkit (`array_reads`), and pulse responses of its device presets (`pulse_response`).
//!
//! A case is a small network with weights, stimuli, and the states (and gradients) reached. The format is described
//! in `tests/golden/README.md`; its three families differ in where α sits at the outputs and where the loss gradient
//! is taken, and are told apart by their schedule.
mod array_reads;
mod case;
mod pulse_response;

use crate::analog::{Chip, ChipConfig};
use crate::linalg::{Matrix, MatrixView};
use crate::network::gradient::LocalGradient;
use crate::network::schedule::Plan;
use crate::network::{NetworkError, NetworkState};
use crate::random::Seeds;
use array_reads::ArrayReads;
pub use array_reads::{ArrayVerdict, STD_TOLERANCE};
use case::Case;
use pulse_response::PulseResponses;
pub use pulse_response::{PulseResponse, PulseVerdict};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a case could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file cannot be read.
    #[error("{file}: {source}", file = .file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a reference case.
    #[error("{file}: not a reference case: {source}", file = .file.display())]
    Parse {
        /// Which file.
        file: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A field has a value that the format does not know, or arrays do not fit together.
    #[error("{file}: {field}: {rule}", file = .file.display())]
    Field {
        /// Which file.
        file: PathBuf,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        rule: String,
    },
    /// The weights do not make a network.
    #[error("{file}: {source}", file = .file.display())]
    Network {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        source: NetworkError,
    },
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A network whose states and gradients were replayed.
    Network(NetworkVerdict),
    /// Reads of an analog array that were repeated.
    Array(ArrayVerdict),
    /// Pulsed devices that were driven again.
    Pulses(PulseVerdict),
}

impl Verdict {
    /// Name of the case.
    pub fn name(&self) -> &str {
        match self {
            Self::Network(verdict) => &verdict.name,
            Self::Array(verdict) => &verdict.name,
            Self::Pulses(verdict) => &verdict.name,
        }
    }

    /// Whether the case is reproduced.
    pub fn passes(&self) -> bool {
        match self {
            Self::Network(verdict) => verdict.passes(),
            Self::Array(verdict) => verdict.passes(),
            Self::Pulses(verdict) => verdict.passes(),
        }
    }
}

/// Largest errors of one network case, relative to max(1, largest absolute reference value).
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkVerdict {
    /// Name of the case.
    pub name: String,
    /// Largest error of s⁺ and s⁻.
    pub state_error: f64,
    /// Largest error of the gradients, if the case holds any.
    pub gradient_error: Option<f64>,
    /// Whether the analog unit step of a chip without noise and mismatch gives the same bits.
    pub analog_is_identical: bool,
}

/// Largest relative error that passes: single against double precision.
pub const TOLERANCE: f64 = 1e-4;

impl NetworkVerdict {
    /// Whether both errors are within [`TOLERANCE`], on ideal hardware and through the analog unit step.
    pub fn passes(&self) -> bool {
        // Written so that NaN fails.
        self.state_error <= TOLERANCE && self.gradient_error.is_none_or(|e| e <= TOLERANCE) && self.analog_is_identical
    }
}

/// Replays all cases of a file.
///
/// # Errors
/// If the file cannot be read or holds no case.
pub fn verify(file: &Path) -> Result<Vec<Verdict>, VerifyError> {
    let text = std::fs::read_to_string(file).map_err(|source| VerifyError::Read { file: file.into(), source })?;
    let parse_error = |source| VerifyError::Parse { file: file.into(), source };
    let json: serde_json::Value = serde_json::from_str(&text).map_err(parse_error)?;
    if json.get("cases").is_some() {
        let reads: ArrayReads = serde_json::from_value(json).map_err(parse_error)?;
        return reads.verify(file).map(|verdicts| verdicts.into_iter().map(Verdict::Array).collect());
    }
    if json.get("presets").is_some() {
        let responses: PulseResponses = serde_json::from_value(json).map_err(parse_error)?;
        return responses.verify(file).map(|verdicts| verdicts.into_iter().map(Verdict::Pulses).collect());
    }
    let case: Case = serde_json::from_value(json).map_err(parse_error)?;
    case.check(file)?;
    let ideal = replay(&case, file, false)?;
    let analog = replay(&case, file, true)?;
    let scale = case.largest_reference().max(1.0);
    Ok(vec![Verdict::Network(NetworkVerdict {
        name: case.name.clone(),
        state_error: ideal.state_error / scale,
        gradient_error: ideal.gradient_error.map(|error| error / scale),
        analog_is_identical: ideal == analog,
    })])
}

/// What a replay leaves behind.
#[derive(Debug, PartialEq)]
struct Replay {
    state_error: f64,
    gradient_error: Option<f64>,
    /// s⁺ and s⁻ of every layer, stimulus after stimulus, then the gradients.
    numbers: Vec<Matrix>,
}

/// `on_chip`: through the unit step of analog hardware, all of whose devices are nominal.
fn replay(case: &Case, file: &Path, on_chip: bool) -> Result<Replay, VerifyError> {
    let network_error = |source| VerifyError::Network { file: file.into(), source };
    let weights = case.weights(file)?;
    let mut inference = case.inference(file)?;
    if on_chip {
        let nudges = inference.nominal_nudges(weights.layers().len());
        let chip = Chip::new(&ChipConfig::default(), &weights.units(), &nudges, Seeds::default());
        inference.chip = Some(Arc::new(chip));
    }
    let chip = inference.chip.clone();
    let mut state: Option<NetworkState> = None;
    let mut plan = Plan::default();
    let (mut state_error, mut gradient_error) = (0.0f64, None);
    let mut numbers = vec![];
    for (index, stimulus) in case.stimuli().into_iter().enumerate() {
        let (inputs, targets) = (unit_by_sample(stimulus.x), unit_by_sample(stimulus.y));
        let state = state.get_or_insert_with(|| NetworkState::zeros(&weights.units(), inputs.ncols(), chip.as_deref()));
        case.schedule(file, stimulus.order)?
            .plan(weights.layers().len(), inference.start, 0, index as u64, &mut plan)
            .map_err(network_error)?;
        inference.infer(&weights, inputs.as_view(), targets.as_view(), &plan, state, None);
        for (layer, (plus, minus)) in state.layers().iter().zip(stimulus.s_plus.iter().zip(stimulus.s_minus)) {
            state_error = worse(state_error, largest_difference(layer.s_plus.as_view(), &unit_by_sample(plus)));
            state_error = worse(state_error, largest_difference(layer.s_minus.as_view(), &unit_by_sample(minus)));
            numbers.extend([layer.s_plus.clone(), layer.s_minus.clone()]);
        }
        if let Some((grad_weights, grad_biases)) = case.gradients() {
            let gradient = LocalGradient::of_dyads(inference.nudging.beta.get(), inputs.as_view(), state);
            let mut error = 0.0;
            for k in 1..=weights.layers().len() {
                let reference = post_by_pre(&grad_weights[k - 1]);
                let found = gradient.weight(k);
                error = worse(error, largest_difference(found.as_view(), &reference));
                numbers.push(found);
                let mut bias = vec![0.0; reference.nrows()];
                gradient.bias(k, &mut bias);
                for (&b, &r) in bias.iter().zip(&grad_biases[k - 1]) {
                    error = worse(error, (f64::from(b) - r).abs());
                }
            }
            gradient_error = Some(error);
        }
    }
    Ok(Replay { state_error, gradient_error, numbers })
}

/// The larger of two errors; NaN is larger than anything.
fn worse(a: f64, b: f64) -> f64 {
    if b.is_nan() || b > a { b } else { a }
}

fn largest_difference(found: MatrixView, reference: &nalgebra::DMatrix<f64>) -> f64 {
    found.iter().zip(reference.iter()).fold(0.0, |e, (&x, &r)| worse(e, (f64::from(x) - r).abs()))
}

/// Rows of the file are samples; a state matrix has them as columns.
fn unit_by_sample<T: FromF64>(rows: &[Vec<f64>]) -> nalgebra::DMatrix<T> {
    nalgebra::DMatrix::from_fn(rows[0].len(), rows.len(), |unit, sample| T::from_f64(rows[sample][unit]))
}

fn post_by_pre<T: FromF64>(rows: &[Vec<f64>]) -> nalgebra::DMatrix<T> {
    nalgebra::DMatrix::from_fn(rows.len(), rows[0].len(), |post, pre| T::from_f64(rows[post][pre]))
}

/// Numbers of a file, in the precision of whoever reads them.
trait FromF64: nalgebra::Scalar {
    fn from_f64(x: f64) -> Self;
}

impl FromF64 for f32 {
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}

impl FromF64 for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }
}

/// As [`Matrix`], so that weights of a case can be built.
fn weight_matrix(rows: &[Vec<f64>]) -> Matrix {
    post_by_pre(rows)
}
