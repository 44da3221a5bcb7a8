//! What is measured during a run. Every measurement is an object behind one trait; the run knows the trait alone.
//!
//! | file | holds |
//! |---|---|
//! | `measurement` | the trait: columns, when it is due, what it does, what it costs, what a checkpoint keeps of it |
//! | `registry` | all measurements, one file each, and the list of them |
//! | `measurements` | those of a run: calls each when it is due |
//! | `due` | epochs and training steps at which a measurement is made |
//! | `epoch`, `step` | what a measurement finds after an epoch, during a training step |
//! | `table`, `tables` | rows of numbers along epochs or training steps |
//! | `evaluator` | loss and accuracy on a set of samples |
//! | `probe` | whether inference converges |
//! | `samples` | training, validation and test samples; the mini-batch |
mod due;
mod epoch;
mod evaluator;
mod measurement;
mod measurements;
mod probe;
mod quality;
mod registry;
mod samples;
mod step;
mod table;
mod tables;

pub use due::{ALWAYS, Clock, Due, DueEpochs, DueSteps};
pub use epoch::{AfterEpoch, EpochNetwork, SampleSet};
pub use evaluator::{Evaluated, Evaluator, Score, answers, score};
pub use measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
pub use measurements::{Measurements, StepMeasurements};
pub use probe::{Probed, Stability};
pub use registry::robustness;
pub use samples::{Batch, Samples};
pub use step::{AfterInference, Inferring};
pub use table::{ProjectionLabel, RowAxes, RowAxis, Series, Table};
pub use tables::Tables;
