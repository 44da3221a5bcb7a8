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
mod connections;
mod error;
mod matrices;
mod numbers;
mod pulse_response;

use crate::linalg::Matrix;
use crate::network::Architecture;
use crate::random::Seeds;
use crate::relax::NetworkState;
use crate::relax::schedule::Plan;
use crate::substrate::{Die, DieConfig, Substrate};
use array_reads::ArrayReads;
pub use array_reads::{ArrayVerdict, STD_TOLERANCE};
use case::Case;
pub use error::VerifyError;
use matrices::{largest_difference, worse};
use numbers::Numbers;
use pulse_response::PulseResponses;
pub use pulse_response::{PulseResponse, PulseVerdict};
use std::path::Path;

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
    let architecture = case.check(file)?;
    let ideal = replay(&case, file, &architecture, false)?;
    let analog = replay(&case, file, &architecture, true)?;
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
fn replay(case: &Case, file: &Path, architecture: &Architecture, on_chip: bool) -> Result<Replay, VerifyError> {
    let network_error = |source| VerifyError::Network { file: file.into(), source };
    let weights = case.network(file, architecture)?;
    let mut inference = case.inference(file)?;
    if on_chip {
        let nudges = inference.rule.nominal_nudges(&weights);
        inference.substrate =
            Substrate::die(Die::new(&DieConfig::default(), &weights.shapes(), &nudges, Seeds::default()));
        inference.substrate.check(&weights).map_err(network_error)?;
    }
    let mut state: Option<NetworkState> = None;
    let mut plan = Plan::default();
    let (mut state_error, mut gradient_error) = (0.0f64, None);
    let mut numbers = vec![];
    for (index, stimulus) in case.stimuli().into_iter().enumerate() {
        // A stimulus is a column; the order of its numbers is that of the file.
        let columns =
            |numbers: &Numbers| Matrix::from_vec(numbers.values.len() / numbers.len(), numbers.len(), numbers.single());
        let (inputs, targets) = (columns(stimulus.x), columns(stimulus.y));
        let state = state.get_or_insert_with(|| NetworkState::zeros(&weights, inputs.ncols(), &inference.substrate));
        case.schedule(file, stimulus.order)?
            .plan(weights.last(), inference.start, 0, index as u64, &mut plan)
            .map_err(network_error)?;
        let evidence = inference.infer(&weights, inputs.as_view(), targets.as_view(), &plan, state, None);
        let shapes = weights.populations()[1..].iter().map(|population| population.shape);
        for ((layer, shape), (plus, minus)) in
            state.dyads().iter().zip(shapes).zip(stimulus.s_plus.iter().zip(stimulus.s_minus))
        {
            for (found, reference) in [(&layer.s_plus, plus), (&layer.s_minus, minus)] {
                let mut found = found.clone();
                shape.to_file_order(found.as_mut_slice());
                state_error = worse(state_error, largest_difference(found.as_slice(), &reference.values));
                numbers.push(found);
            }
        }
        if let Some((grad_weights, grad_biases)) = case.gradients() {
            let gradient = evidence.gradient(state);
            let mut error = 0.0;
            for (index, route) in architecture.routes().iter().enumerate() {
                let found = gradient.weight(index + 1);
                let order = route.map.columns_in_file_order();
                let row = |i: usize| order.iter().map(move |&j| (i, j));
                let in_file: Vec<f32> = (0..found.nrows()).flat_map(row).map(|at| found[at]).collect();
                error = worse(error, largest_difference(&in_file, &grad_weights[index].values));
                let mut bias = vec![0.0; found.nrows()];
                gradient.bias(index + 1, &mut bias);
                error = worse(error, largest_difference(&bias, &grad_biases[index].values));
                numbers.extend([found, Matrix::from_vec(bias.len(), 1, bias)]);
            }
            gradient_error = Some(error);
        }
    }
    Ok(Replay { state_error, gradient_error, numbers })
}
