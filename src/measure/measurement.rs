//! What a measurement is.
use super::due::{Clock, Due};
use super::epoch::AfterEpoch;
use super::samples::{Batch, Samples};
use super::step::{AfterInference, Inferring};
use super::table::{RowAxes, Table};
use crate::config::{Experiment, Hardware, Setup};
use crate::learning::Learner;
use crate::network::NetworkError;
use crate::persist::{Archive, Damaged};
use crate::relax::NetworkState;
use crate::relax::schedule::Update;
use std::fmt::Debug;

/// One thing that is measured during a run. It reads the network and never changes it: without it, no bit of the rest
/// of the results is another.
///
/// During a training step that it is due at, its methods are called in the order in which they stand here.
pub trait Measurement: Debug {
    /// The tables that it writes, without rows; series of the group [`METRICS`](crate::vocabulary::place::group::METRICS) get a row
    /// every epoch.
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table>;

    /// When it is made.
    fn due(&self) -> Due;

    /// What it costs.
    fn cost(&self, _workload: &Workload) -> MeasurementCost {
        MeasurementCost::default()
    }

    /// An epoch begins; always called.
    fn begin_epoch(&mut self) {}

    /// The inference of a training step begins.
    fn begin_step(&mut self) {}

    /// A layer is about to be updated.
    fn before_update(&mut self, _update: Update, _state: &NetworkState) {}

    /// A layer has been updated; the synapses have not written yet.
    fn after_update(&mut self, _update: Update, _at: &mut Inferring) {}

    /// All updates of the stimulus have been made; the synapses have not written yet.
    fn inference_done(&mut self, _at: &mut Inferring) {}

    /// The inference has ended: the place to write rows of a training step.
    fn after_inference(&mut self, _at: &mut AfterInference) {}

    /// The network has learnt from a mini-batch, at this share of its highest learning rate; always called.
    fn after_training_step(&mut self, _batch: &Batch, _rate_share: f64, _step: u64) {}

    /// An epoch has been made: the place to write metrics.
    fn after_epoch(&mut self, _at: &mut AfterEpoch) {}

    /// After this epoch the network does best so far on the validation set: called then whether or not it is due.
    fn after_best_epoch(&mut self, _at: &mut AfterEpoch) {}

    /// Hands what the next epochs depend on, besides the tables, to the archive of a checkpoint.
    ///
    /// # Errors
    /// As [`Persist::persist`](crate::persist::Persist::persist).
    fn persist(&mut self, _archive: &mut Archive) -> Result<(), Damaged> {
        Ok(())
    }
}

/// What measurements are made for.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Settings of the run.
    pub setup: &'a Setup,
    /// The network before training.
    pub learner: &'a Learner,
    /// Makes another network with the same initial weights.
    pub new_learner: &'a dyn Fn(&Experiment, &Hardware) -> Result<Learner, NetworkError>,
}

/// A measurement, if the settings ask for it.
pub type Made = Result<Option<Box<dyn Measurement>>, NetworkError>;

/// How much there is to measure.
#[derive(Debug, Clone, Copy)]
pub struct Workload<'a> {
    /// Length of the run.
    pub clock: Clock,
    /// Its samples.
    pub samples: &'a Samples,
    /// Units of every layer, inputs first.
    pub units: &'a [usize],
    /// Stimuli in a mini-batch.
    pub batch_size: usize,
    /// Bytes of the states of one stimulus on ideal hardware.
    pub state_bytes: usize,
}

/// What a measurement costs in a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeasurementCost {
    /// Passes of one sample through the network, at most.
    pub passes: usize,
    /// Bytes of memory.
    pub bytes: usize,
}
