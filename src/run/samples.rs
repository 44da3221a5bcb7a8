//! The samples of a run, read and checked against its mini-batches.
use super::error::RunError;
use crate::config::{Experiment, Setup};
use crate::data::{Augmenter, Datasets};
use crate::measure::Samples;

/// Reads the data of an experiment, and holds out its validation set.
pub(super) fn load(setup: &Setup, datasets: &Datasets) -> Result<Samples, RunError> {
    let experiment = &setup.experiment;
    let splits = datasets.load(&experiment.data, &setup.base_dir, experiment.seeds.data)?;
    let samples = Samples::new(splits, experiment.training.validation, experiment.seeds.data)?;
    let batch_size = experiment.training.batch_size.get();
    if batch_size > samples.training.len() {
        return Err(RunError::BatchTooLarge { batch_size, samples: samples.training.len() });
    }
    Ok(samples)
}

/// What varies the training images of an experiment, if anything does.
pub(super) fn augmenter(experiment: &Experiment, samples: &Samples) -> Result<Option<Augmenter>, RunError> {
    let augmentation = experiment.data.augmentation.as_ref();
    let of = |settings| Augmenter::new(settings, &samples.splits.train, experiment.seeds.data);
    Ok(augmentation.map(of).transpose()?)
}
