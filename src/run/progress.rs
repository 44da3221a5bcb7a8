//! How a run talks with the program that has started it.
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks a run to stop.
#[derive(Debug, Default)]
pub struct Interrupt {
    now: AtomicBool,
    after_epoch: AtomicBool,
}

impl Interrupt {
    /// Asks it to stop after the present step, to be resumed from its last checkpoint.
    pub fn set(&self) {
        self.now.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn is_set(&self) -> bool {
        self.now.load(Ordering::Relaxed)
    }

    /// Asks it to end after the present epoch, with all its results.
    pub fn end_after_epoch(&self) {
        self.after_epoch.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    pub fn ends_after_epoch(&self) -> bool {
        self.after_epoch.load(Ordering::Relaxed)
    }
}

/// Hears how far a run is.
pub trait Progress {
    /// Training begins at `first_step` of `steps`.
    fn start(&mut self, first_step: u64, steps: u64);
    /// This many steps are done.
    fn step(&mut self, steps_done: u64);
    /// An epoch is done; epoch 0 is the untrained network.
    fn epoch(&mut self, report: &EpochReport);
    /// Something worth a line.
    fn message(&mut self, text: &str);
    /// Something that has to be said even of a quiet run.
    fn note(&mut self, text: &str) {
        self.message(&format!("note: {text}"));
    }
    /// Something that everybody has to know.
    fn warning(&mut self, text: &str) {
        self.message(&format!("warning: {text}"));
    }
    /// Training has ended.
    fn finish(&mut self);
}

/// Does not listen.
impl Progress for () {
    fn start(&mut self, _: u64, _: u64) {}
    fn step(&mut self, _: u64) {}
    fn epoch(&mut self, _: &EpochReport) {}
    fn message(&mut self, _: &str) {}
    fn note(&mut self, _: &str) {}
    fn warning(&mut self, _: &str) {}
    fn finish(&mut self) {}
}

/// Scores after an epoch, where they were measured.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochReport {
    /// Number of the epoch.
    pub epoch: u64,
    /// Of this many.
    pub epochs: u64,
    /// Mean loss on the training set.
    pub train_loss: Option<f64>,
    /// Accuracy on the training set.
    pub train_accuracy: Option<f64>,
    /// Accuracy on the validation set.
    pub validation_accuracy: Option<f64>,
    /// Accuracy on the test set.
    pub test_accuracy: Option<f64>,
    /// R² of real-valued targets on the training set.
    pub train_r2: Option<f64>,
    /// The same on the validation set.
    pub validation_r2: Option<f64>,
    /// The same on the test set.
    pub test_r2: Option<f64>,
    /// Root of the mean squared error on the test set.
    pub test_rmse: Option<f64>,
    /// Share of the test inputs that an unsupervised network does not reconstruct.
    pub test_reconstruction_error: Option<f64>,
}
