//! The samples of a run, and the present mini-batch.
use crate::data::{Augmenter, DataError, DataSplits, ValidationSplit, fill_targets, split_validation};
use crate::linalg::Matrix;
use std::sync::Arc;

/// Training samples, those held out, and the test set.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The data they are from.
    pub splits: Arc<DataSplits>,
    /// Indices in the training set of the samples that are learnt.
    pub training: Vec<u32>,
    /// Indices in the training set of the samples held out.
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
        let (training, validation) = match held_out {
            Some(split) => split_validation(all, split, data_seed)?,
            None => ((0..all).collect(), vec![]),
        };
        let test = (0..splits.test.len() as u32).collect();
        Ok(Self { splits, training, validation, test })
    }
}

/// The present mini-batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Order of the training samples in the present epoch.
    pub order: Vec<u32>,
    /// Index in the training set of every stimulus.
    pub indices: Vec<u32>,
    /// Class of every stimulus.
    pub labels: Vec<u16>,
    /// Stimuli (input × sample).
    pub inputs: Matrix,
    /// Targets (class × sample).
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
    pub fn fill(&mut self, samples: &Samples, b: u64) {
        self.select(samples, b);
        samples.splits.train.fill_batch(&self.indices, &mut self.inputs, &mut self.labels);
        fill_targets(&self.labels, &mut self.targets);
    }

    /// Takes mini-batch `b` of the order, with the images as they are in `epoch`.
    pub fn fill_augmented(&mut self, samples: &Samples, b: u64, augmenter: &Augmenter, epoch: u64) {
        self.select(samples, b);
        augmenter.fill_batch(&samples.splits.train, epoch, &self.indices, &mut self.inputs, &mut self.labels);
        fill_targets(&self.labels, &mut self.targets);
    }

    fn select(&mut self, samples: &Samples, b: u64) {
        let from = b as usize * self.indices.len();
        for (index, &place) in self.indices.iter_mut().zip(&self.order[from..]) {
            *index = samples.training[place as usize];
        }
    }
}
