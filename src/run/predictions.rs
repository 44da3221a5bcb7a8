//! What the final network answers to the samples of the test set, and what it takes them for.
use super::error::RunError;
use super::progressed::Progressed;
use crate::measure::{Evaluator, Samples};
use crate::network::Network;
use crate::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, Variable};
use crate::vocabulary::place::group;
use crate::vocabulary::{axis, state};

/// Answers of a network.
pub(super) struct Predictions {
    classes: usize,
    /// Numbers of the samples in the test set, and their classes.
    samples: Vec<i64>,
    true_class: Vec<i64>,
    predicted: Vec<i64>,
    /// Sample by sample.
    outputs: Vec<f32>,
}

impl Predictions {
    /// Of the weights that are kept: the best on the validation set if there are such, else `held`.
    pub(super) fn of(progressed: &Progressed, held: &Network, samples: &Samples) -> Self {
        let test = &samples.splits.test;
        let (weights, epoch) = match (&progressed.best, progressed.best_epoch) {
            (Some(best), Some(epoch)) => (best, epoch),
            _ => (held, progressed.epoch),
        };
        let outputs = Evaluator::outputs(&progressed.learner.inference, weights, epoch, test, &samples.test);
        // Of equal ones none is the largest, as where accuracies are counted; the first stands for them.
        let largest = |output: &[f32]| {
            let best = output.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            output.iter().position(|&x| x == best).map_or(-1, |class| class as i64)
        };
        Self {
            classes: test.classes(),
            samples: samples.test.iter().map(|&sample| i64::from(sample)).collect(),
            true_class: samples.test.iter().map(|&sample| i64::from(test.labels()[sample as usize])).collect(),
            predicted: outputs.column_iter().map(|output| largest(output.as_slice())).collect(),
            outputs: outputs.as_slice().to_vec(),
        }
    }

    /// Samples of every class that are taken for every class.
    fn confusion(&self) -> Vec<i64> {
        let mut counts = vec![0; self.classes * self.classes];
        for (class, taken) in self.true_class.iter().zip(&self.predicted) {
            if let (Ok(class), Ok(taken)) = (usize::try_from(*class), usize::try_from(*taken)) {
                counts[class * self.classes + taken] += 1;
            }
        }
        counts
    }

    /// Writes them into a trace.
    pub(super) fn write(&self, file: &mut TraceFile) -> Result<(), RunError> {
        let confusion = self.confusion();
        let samples = axis::TEST_SAMPLE;
        let group = Group {
            path: group::PREDICTIONS.into(),
            axes: vec![
                Axis::of(&samples, Coordinate::Integers(self.samples.clone())),
                Axis::of(&axis::CLASS, Coordinate::Index(self.classes)),
                Axis::of(&axis::PREDICTED, Coordinate::Index(self.classes)),
            ],
            variables: vec![
                Variable::of(&state::TRUE_CLASS, &[samples], Element::I64),
                Variable::of(&state::PREDICTED_CLASS, &[samples], Element::I64),
                Variable::of(&state::OUTPUT, &[samples, axis::CLASS], Element::F32),
                Variable::of(&state::CONFUSION, &[axis::CLASS, axis::PREDICTED], Element::I64),
            ],
        };
        let values =
            [Row::I64(&self.true_class), Row::I64(&self.predicted), Row::F32(&self.outputs), Row::I64(&confusion)];
        Ok(file.write_group(&group, &values)?)
    }
}
