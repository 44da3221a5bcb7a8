//! What a run will cost its chip, before it is made.
use super::error::RunError;
use super::setup::learner;
use crate::config::Setup;
use crate::costs::{Bill, Writes};
use crate::device::frozen::MeasuredDie;
use crate::learning::{Learner, operations_of_an_answer, operations_of_training};
use crate::linalg::Matrix;
use crate::network::Network;
use crate::relax::schedule::Schedule;
use crate::relax::stream::{Plasticity, Presentation, Stream, Updates};
use crate::substrate::calibration::CalibrationMethod;

/// Training steps of which a mean is taken, where they differ at random.
const STEPS: u64 = 64;

/// Energy and time of the chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// Of training on so many stimuli, calibration included. Nothing is known of its writes.
    pub training: Bill,
    /// These stimuli, all of the run.
    pub stimuli: u64,
    /// Whether it is a mean over stimuli that differ at random.
    pub is_mean: bool,
    /// Whether training writes its synapses by pulses.
    pub are_written: bool,
    /// Of a forward pass of one stimulus, without learning.
    pub answer: Bill,
}

/// What training costs the chip with these weights, found by training on one stimulus; none if its hardware states no costs.
///
/// # Errors
/// If the network cannot be built.
pub(super) fn foresee(
    setup: &Setup,
    weights: &Network,
    stimulus: &[f32],
    steps: u64,
) -> Result<Option<Foreseen>, RunError> {
    let Some(tariff) = setup.hardware.tariff(setup.experiment.has_dyads()) else { return Ok(None) };
    let mut experiment = setup.experiment.clone();
    // A divergence shows when the run is made; here only what is done counts.
    experiment.measure.divergence = false;
    let new_learner = learner(&experiment, &setup.hardware, weights.clone(), 1, 1, &MeasuredDie::default());
    let mut one: Learner = new_learner.map_err(|error| setup.misfit(&error))?;
    if one.inference.rule.energy().is_some() {
        return Ok(None);
    }
    let is_mean = experiment.schedule.as_ref().is_some_and(is_random);
    let made = if is_mean { STEPS.min(steps) } else { steps.min(1) };
    let inputs = Matrix::from_column_slice(stimulus.len(), 1, stimulus);
    let outputs = one.state.outputs().mean.nrows();
    let targets = Matrix::from_fn(outputs, 1, |i, _| if i == 0 { 1.0 } else { 0.0 });
    let [mut training, calibration] = operations_of_training(&mut one, inputs.as_view(), targets.as_view(), made)
        .expect("it does not watch for a divergence");
    let batch = experiment.training.batch_size.get() as u64;
    training.repeat(steps * batch, made.max(1));
    let mut calibration = calibration;
    let calibrations = |steps: u64| match one.inference.substrate.calibration().map(|own| own.method) {
        Some(CalibrationMethod::Reads(reads)) if steps > 0 => {
            1 + reads.every_steps.map_or(0, |every| (steps - 1) / every.get() as u64)
        }
        _ => 0,
    };
    calibration.repeat(calibrations(steps) * batch, calibrations(made).max(1));
    training += &calibration;
    let graph = weights.graph();
    let are_written = one.synapses.are_written() && one.synapses.are_devices();
    let answer = tariff.bill(graph, &operations_of_an_answer(&one), Some(Writes::default()));
    let training = tariff.bill(graph, &training, None);
    Ok(Some(Foreseen { training, stimuli: steps * batch, is_mean, are_written, answer }))
}

/// Whether training steps differ in what is done.
fn is_random(schedule: &Schedule) -> bool {
    match schedule {
        Schedule::RandomLayer(_) => true,
        Schedule::Stream(Stream { presentation, updates, plasticity, .. }) => {
            !matches!(presentation, Presentation::Fixed(_))
                || matches!(updates, Updates::RandomLayer)
                || matches!(plasticity, Plasticity::Random(_))
        }
        _ => false,
    }
}
