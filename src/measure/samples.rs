//! The samples of a run, and the present mini-batch.
use crate::data::{Augmenter, DataError, DataSplits, Dataset, ValidationSplit, split_validation};
use crate::linalg::Matrix;
use std::sync::Arc;

/// Training samples, those held out, and the test set.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The data they are from.
    pub splits: Arc<DataSplits>,
    /// Indices in the training set of the samples that are learnt.
    pub training: Vec<u32>,
    /// Indices of the samples held out, in [`Self::validation_set`].
    pub validation: Vec<u32>,
    /// Indices in the test set of all its samples.
    pub test: Vec<u32>,
}

impl Samples {
    /// Holds out a validation set, if one is wanted.
    ///
    /// # Errors
    /// If it leaves nothing to learn from.
    pub fn new(splits: Arc<DataSplits>, held_out: Option<ValidationSplit>, data_seed: u64) -> Result<Self, DataError> {
        let all = splits.train.len() as u32;
        let (training, validation) = match (held_out, &splits.validation) {
            (Some(split), None) => split_validation(all, split, data_seed)?,
            (_, own) => ((0..all).collect(), (0..own.as_ref().map_or(0, Dataset::len) as u32).collect()),
        };
        let test = (0..splits.test.len() as u32).collect();
        Ok(Self { splits, training, validation, test })
    }

    /// The data that the validation samples are from: a set of their own, or the training set.
    pub fn validation_set(&self) -> &Dataset {
        self.splits.validation.as_ref().unwrap_or(&self.splits.train)
    }
}

/// The present mini-batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Order of the training samples in the present epoch.
    pub order: Vec<u32>,
    /// Index in the training set of every stimulus.
    pub indices: Vec<u32>,
    /// Class of every stimulus; 0 where none are learnt.
    pub labels: Vec<u16>,
    /// Stimuli (input × sample).
    pub inputs: Matrix,
    /// Targets (output × sample).
    pub targets: Matrix,
}

impl Batch {
    /// Room for `size` stimuli.
    pub fn new(features: usize, outputs: usize, size: usize) -> Self {
        Self {
            order: vec![],
            indices: vec![0; size],
            labels: vec![0; size],
            inputs: Matrix::zeros(features, size),
            targets: Matrix::zeros(outputs, size),
        }
    }

    /// Takes mini-batch `b` of the order.
    pub fn fill(&mut self, samples: &Samples, b: u64) {
        self.select(samples, b);
        samples.splits.train.fill_batch(&self.indices, &mut self.inputs, &mut self.labels);
        samples.splits.train.fill_targets(&self.indices, &mut self.targets);
    }

    /// Takes mini-batch `b` of the order, with the images as they are in `epoch`.
    pub fn fill_augmented(&mut self, samples: &Samples, b: u64, augmenter: &Augmenter, epoch: u64) {
        self.select(samples, b);
        augmenter.fill_batch(&samples.splits.train, epoch, &self.indices, &mut self.inputs, &mut self.labels);
        samples.splits.train.fill_targets(&self.indices, &mut self.targets);
    }

    fn select(&mut self, samples: &Samples, b: u64) {
        let from = b as usize * self.indices.len();
        for (index, &place) in self.indices.iter_mut().zip(&self.order[from..]) {
            *index = samples.training[place as usize];
        }
    }
}
