//! The network of an experiment before training.
use super::error::RunError;
use super::initial_weights::initial_weights;
use super::measured_die::measured_die;
use super::setup::learner;
use crate::config::Setup;
use crate::learning::Learner;

/// The network of an experiment before training, for samples of this shape in so many classes, ready to learn from
/// mini-batches of `samples`, of which `steps_per_epoch` count as an epoch where its synapses ask for that.
///
/// # Errors
/// [`RunError`] if the network does not fit the samples or the hardware, or its initial weights cannot be read.
pub fn untrained(
    setup: &Setup,
    sample_shape: &[usize],
    classes: usize,
    samples: usize,
    steps_per_epoch: u64,
) -> Result<Learner, RunError> {
    let architecture = setup.architecture(sample_shape, classes)?;
    let weights = initial_weights(&setup.experiment, &setup.base_dir, &architecture)?;
    let die = measured_die(setup, &weights)?;
    let made = learner(&setup.experiment, &setup.hardware, weights, samples, steps_per_epoch, &die);
    Ok(made.map_err(|error| setup.misfit(&error))?)
}
