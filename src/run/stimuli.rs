//! The stimuli of a run: sets of samples, and the present mini-batch.
use super::error::RunError;
use super::setup::fill_targets;
use crate::config::Setup;
use crate::data::{DataSplits, Datasets, split_validation};
use crate::linalg::Matrix;
use std::sync::Arc;

/// Training samples, those held out, and the test set.
pub(super) struct Data {
    pub splits: Arc<DataSplits>,
    pub training: Vec<u32>,
    pub validation: Vec<u32>,
    pub test: Vec<u32>,
}

impl Data {
    pub fn load(setup: &Setup, datasets: &Datasets) -> Result<Self, RunError> {
        let experiment = &setup.experiment;
        let splits = datasets.load(&experiment.data, &setup.base_dir, experiment.seeds.data)?;
        let all = splits.train.len() as u32;
        let (training, validation) = match experiment.training.validation {
            Some(split) => split_validation(all, split, experiment.seeds.data)?,
            None => ((0..all).collect(), vec![]),
        };
        let batch_size = experiment.training.batch_size.get();
        if batch_size > training.len() {
            return Err(RunError::BatchTooLarge { batch_size, samples: training.len() });
        }
        let test = (0..splits.test.len() as u32).collect();
        Ok(Self { splits, training, validation, test })
    }
}

/// The present mini-batch.
pub(super) struct Batch {
    pub order: Vec<u32>,
    pub indices: Vec<u32>,
    pub labels: Vec<u16>,
    pub inputs: Matrix,
    pub targets: Matrix,
}

impl Batch {
    /// Room for `size` stimuli.
    pub fn new(features: usize, classes: usize, size: usize) -> Self {
        Self {
            order: vec![],
            indices: vec![0; size],
            labels: vec![0; size],
            inputs: Matrix::zeros(features, size),
            targets: Matrix::zeros(classes, size),
        }
    }

    /// Takes mini-batch `b` of the order.
    pub fn fill(&mut self, data: &Data, b: u64) {
        let from = b as usize * self.indices.len();
        for (index, &place) in self.indices.iter_mut().zip(&self.order[from..]) {
            *index = data.training[place as usize];
        }
        data.splits.train.fill_batch(&self.indices, &mut self.inputs, &mut self.labels);
        fill_targets(&self.labels, &mut self.targets);
    }
}
