//! Laws of whole arrays, at four standard errors.
mod arrays;
mod laws;
mod settings;

use super::aged::Conductance;
use super::device::Device;
use super::event::block_length;
use super::hermes::{Hermes, HermesDevices};
use super::reram_cmo::{Acceptance, ReramCmo};
use super::state_independent::StateIndependent;
use super::{AgedArray, ProgrammedArray, ProgrammedModel, ProgrammedSynapses, ProgrammingEvent};
use crate::linalg::Matrix;
use crate::parameter::{NonNegative, Positive};
use crate::random::Seeds;
use law_assertions::{assert_correlation, assert_mean, assert_variance, kurtosis};

const SIDE: usize = 400;
const N: f64 = (SIDE * SIDE) as f64;

const EVENT: ProgrammingEvent =
    ProgrammingEvent { seeds: Seeds { data: 1, init: 1, chip: 5, noise: 6 }, layer: 2, event: 0 };

const HERMES_ONE: ProgrammedModel = ProgrammedModel::Hermes(Hermes { devices: HermesDevices::One });
const HERMES_TWO: ProgrammedModel = ProgrammedModel::Hermes(Hermes { devices: HermesDevices::Two });
const CMO_TIGHT: ProgrammedModel = ProgrammedModel::ReramCmo(ReramCmo { acceptance: Acceptance::OneFifthPercent });
const CMO_WIDE: ProgrammedModel = ProgrammedModel::ReramCmo(ReramCmo { acceptance: Acceptance::TwoPercent });

fn state_independent() -> ProgrammedModel {
    ProgrammedModel::StateIndependent(StateIndependent::default())
}

fn settings(model: ProgrammedModel) -> ProgrammedSynapses {
    ProgrammedSynapses { model, read_noise: model != ProgrammedModel::ReramWan2022, ..ProgrammedSynapses::default() }
}

/// The same without error and drift: only read noise is left.
fn reads_only(model: ProgrammedModel) -> ProgrammedSynapses {
    let zero = NonNegative::constant(0.0);
    ProgrammedSynapses { programming_noise_scale: zero, drift_scale: zero, ..settings(model) }
}

/// All weights the same, but for the first, which is 1 and sets the scale.
fn weights(value: f32) -> Matrix {
    let mut weights = Matrix::from_element(SIDE, SIDE, value);
    weights[0] = 1.0;
    weights
}

fn array(config: &ProgrammedSynapses, value: f32) -> ProgrammedArray {
    ProgrammedArray::program(&weights(value), config, EVENT)
}

/// The entries of plane 0, block after block, without that of the first weight.
fn plus<T: Copy>(entries: &[T]) -> Vec<T> {
    let block = block_length((SIDE, SIDE));
    entries.chunks(2 * block).flat_map(|entries| entries[..block].iter().copied()).skip(1).collect()
}

fn plus_devices(array: &ProgrammedArray) -> Vec<Device> {
    plus(&array.devices)
}

fn plus_means(aged: &AgedArray) -> Vec<f64> {
    plus::<Conductance>(&aged.conductances).iter().map(|g| f64::from(g.mean)).collect()
}

/// Mean and standard deviation of a normal law.
#[track_caller]
fn assert_moments(x: &[f64], mean: f64, std: f64) {
    assert_mean(x, mean, std * std, "a normal law");
    assert_variance(x, std * std, kurtosis::NORMAL, "a normal law");
}
