//! Samples in memory.
use super::DataError;
use super::applied_scaling::AppliedScaling;
use super::batches::{MiniBatch, epoch_order};
use super::singles::Singles;
use super::targets::Targets;
use nalgebra::DMatrix;
use std::sync::OnceLock;

/// Inputs and targets of one set of samples. At least one sample of at least one feature; every class is below
/// [`Dataset::classes`]; all inputs and targets are finite.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // Four samples of two features, in three classes.
/// let inputs = Matrix::from_column_slice(2, 4, &[0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// let set = Dataset::new("corners".to_owned(), inputs, vec![0, 1, 2, 0], 3, vec![2])?;
/// assert_eq!(set.sample(1), [1.0, 0.0]);
///
/// // Samples stand in an order drawn from (seed, epoch).
/// let batches: Vec<MiniBatch> = set.batches(2, 1, 1).collect();
/// assert_eq!(batches.len(), 2);
/// assert_eq!(batches[0].targets[(batches[0].labels[0].into(), 0)], 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    name: String,
    /// Sample after sample.
    inputs: Singles,
    targets: Targets,
    outputs: usize,
    sample_shape: Vec<usize>,
    scaling: AppliedScaling,
    target_std: Vec<f64>,
    /// Found when it is first asked for: the runs of a sweep share a set, and each of them tells it.
    input_range: OnceLock<[f64; 3]>,
}

impl PartialEq for Dataset {
    fn eq(&self, other: &Self) -> bool {
        // What follows from the inputs says nothing more.
        let Self { name, inputs, targets, outputs, sample_shape, scaling, target_std, input_range: _ } = self;
        (name, inputs, targets, outputs) == (&other.name, &other.inputs, &other.targets, &other.outputs)
            && (sample_shape, scaling, target_std) == (&other.sample_shape, &other.scaling, &other.target_std)
    }
}

/// The two sets of an experiment, of one sample shape and one number of classes.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let DataSplits { train, test, .. } = digits(200, 50, 1)?;
/// assert_eq!((train.len(), test.len()), (200, 50));
/// assert_eq!(train.sample_shape(), test.sample_shape());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DataSplits {
    /// What the network learns from (a validation set is cut from it).
    pub train: Dataset,
    /// What it is tested on.
    pub test: Dataset,
    /// What the best weights are chosen by, if the source has a set for that.
    pub validation: Option<Dataset>,
    /// Names of the classes, if the source has them.
    pub class_names: Vec<String>,
    /// How files were read, where that is not a matter of course: sentences for people.
    pub notes: Vec<String>,
}

impl Dataset {
    /// A set of samples. `inputs` is (feature × sample); `labels` holds the class of each sample, counted from 0;
    /// `sample_shape` says how the features of a sample are laid out, last axis fastest, for instance (row, column)
    /// or (channel, row, column). `name` appears in messages and traces.
    ///
    /// # Errors
    /// [`DataError`] if there is no sample or more than `u32::MAX`, if the numbers of inputs and labels differ, if
    /// the shape does not hold the number of features, if a label is not below `classes`, or if an input is not
    /// finite.
    pub fn new(
        name: String,
        inputs: DMatrix<f32>,
        labels: Vec<u16>,
        classes: usize,
        sample_shape: Vec<usize>,
    ) -> Result<Self, DataError> {
        Self::with_targets(name, inputs, Targets::Classes(labels), classes, sample_shape)
    }

    /// The same with targets of any kind, for so many outputs.
    ///
    /// # Errors
    /// As [`Dataset::new`]; if there are not as many targets of a sample as outputs, or they are not what their kind asks for.
    pub fn with_targets(
        name: String,
        inputs: DMatrix<f32>,
        targets: Targets,
        outputs: usize,
        sample_shape: Vec<usize>,
    ) -> Result<Self, DataError> {
        let features = inputs.nrows();
        if !inputs.is_empty() && sample_shape.iter().product::<usize>() != features {
            return Err(DataError::Features { set: name, features, sample_shape });
        }
        let inputs: Vec<f32> = inputs.data.into();
        Self::of_samples(name, inputs.into(), targets, outputs, sample_shape)
    }

    /// The same of inputs that fill a whole number of samples, one after the other.
    pub(super) fn of_samples(
        name: String,
        inputs: Singles,
        targets: Targets,
        outputs: usize,
        sample_shape: Vec<usize>,
    ) -> Result<Self, DataError> {
        let features = sample_shape.iter().product();
        let samples = inputs.len().checked_div(features).unwrap_or(0);
        if samples == 0 {
            return Err(DataError::Empty { set: name });
        }
        if u32::try_from(samples).is_err() {
            return Err(DataError::TooManySamples { set: name, samples });
        }
        let labels = targets.samples();
        if labels != samples {
            return Err(DataError::LabelCount { set: name, samples, labels });
        }
        let labels = targets.classes();
        if let Some(sample) = labels.iter().position(|&label| usize::from(label) >= outputs) {
            return Err(DataError::Label { set: name, sample, label: labels[sample], classes: outputs });
        }
        if let Some(rows) = targets.numbers().map(DMatrix::nrows).filter(|&rows| rows != outputs) {
            return Err(DataError::Outputs { set: name, rows, outputs });
        }
        targets.check(&name)?;
        if let Some(at) = first_not_finite(&inputs) {
            let (sample, feature) = (at / features, at % features);
            return Err(DataError::NotFinite { set: name, sample, feature, value: inputs[at] });
        }
        let scaling = AppliedScaling::identity(&sample_shape);
        let (target_std, input_range) = (vec![1.0; outputs], OnceLock::new());
        Ok(Self { name, inputs, targets, outputs, sample_shape, scaling, target_std, input_range })
    }

    /// The same set, whose inputs have come from raw values by this map, and whose targets were divided by these numbers.
    pub(super) fn scaled_by(self, scaling: AppliedScaling, target_std: Vec<f64>) -> Self {
        Self { scaling, target_std, ..self }
    }

    /// Name for messages and traces.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All inputs, sample after sample.
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// Smallest, largest and mean input.
    pub fn input_range(&self) -> [f64; 3] {
        *self.input_range.get_or_init(|| {
            let (low, high) =
                self.inputs.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
            let sum = self.inputs.iter().map(|&x| f64::from(x)).sum::<f64>();
            [low.into(), high.into(), sum / self.inputs.len() as f64]
        })
    }

    /// Inputs of one sample, one number per feature.
    ///
    /// # Panics
    /// If `index` is not below [`Dataset::len`].
    pub fn sample(&self, index: usize) -> &[f32] {
        let features = self.features();
        &self.inputs[index * features..(index + 1) * features]
    }

    /// Class of each sample, counted from 0; empty where something else than classes is learnt.
    pub fn labels(&self) -> &[u16] {
        self.targets.classes()
    }

    /// What is learnt of every sample.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// What the targets of each output were divided by, in units of the files; 1 unless they were scaled.
    pub fn target_std(&self) -> &[f64] {
        &self.target_std
    }

    /// Number of outputs that a network needs: of classes, of numbers, or of labels.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of classes; 0 where something else than classes is learnt.
    pub fn classes(&self) -> usize {
        if matches!(self.targets, Targets::Classes(_)) { self.outputs } else { 0 }
    }

    /// Layout of the features of a sample, last axis fastest.
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// The map that has made the inputs from raw values.
    pub fn scaling(&self) -> &AppliedScaling {
        &self.scaling
    }

    /// Number of features of a sample.
    pub fn features(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Number of samples; never 0.
    #[allow(clippy::len_without_is_empty, reason = "a set cannot be empty")]
    pub fn len(&self) -> usize {
        self.inputs.len() / self.features()
    }

    /// The mini-batches of an epoch: the samples in the order of [`epoch_order`], `size` at a time. The last samples are
    /// left out where they do not fill a batch.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn batches(&self, size: usize, data_seed: u64, epoch: u64) -> impl Iterator<Item = MiniBatch> + '_ {
        let mut order = vec![];
        epoch_order(self.len() as u32, data_seed, epoch, true, &mut order);
        (0..self.len() / size).map(move |b| {
            let mut batch = MiniBatch::zeros(self.features(), self.outputs(), size);
            let indices = &order[b * size..][..size];
            self.fill_batch(indices, &mut batch.inputs, &mut batch.labels);
            self.fill_targets(indices, &mut batch.targets);
            batch
        })
    }

    /// Writes the targets of the samples at `indices` into the columns of `targets` (output × batch): 1 at a class and 0
    /// elsewhere, or their numbers.
    ///
    /// # Panics
    /// If `targets` has another shape, or an index is not below [`Dataset::len`].
    pub fn fill_targets(&self, indices: &[u32], targets: &mut DMatrix<f32>) {
        assert_eq!(targets.shape(), (self.outputs, indices.len()), "targets must be (output × batch)");
        for (column, &index) in targets.as_mut_slice().chunks_exact_mut(self.outputs.max(1)).zip(indices) {
            self.targets.fill(index as usize, column);
        }
    }

    /// Copies the samples at `indices` into the columns of `inputs` (feature × batch) and their classes into
    /// `labels`, which are 0 where there are none. Nothing is allocated.
    ///
    /// # Panics
    /// If `inputs` has another number of features, if `inputs` or `labels` have another number of samples than
    /// `indices`, or if an index is not below [`Dataset::len`].
    pub fn fill_batch(&self, indices: &[u32], inputs: &mut DMatrix<f32>, labels: &mut [u16]) {
        let shape = (self.features(), indices.len());
        assert_eq!(inputs.shape(), shape, "batch matrix must be (feature × batch)");
        assert_eq!(labels.len(), indices.len(), "one label per sample of the batch");
        let columns = inputs.as_mut_slice().chunks_exact_mut(self.features());
        for ((column, label), &index) in columns.zip(labels).zip(indices) {
            column.copy_from_slice(self.sample(index as usize));
            *label = self.labels().get(index as usize).copied().unwrap_or(0);
        }
    }
}

/// Position of the first NaN or infinity. Blocks are tested without early exit, which the compiler vectorises.
fn first_not_finite(values: &[f32]) -> Option<usize> {
    const BLOCK: usize = 1024;
    let all_finite = |block: &[f32]| block.iter().fold(true, |finite, value| finite & value.is_finite());
    let block = values.chunks(BLOCK).position(|block| !all_finite(block))?;
    let start = block * BLOCK;
    values[start..].iter().position(|value| !value.is_finite()).map(|offset| start + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(inputs: DMatrix<f32>, labels: Vec<u16>, sample_shape: Vec<usize>) -> Result<Dataset, DataError> {
        Dataset::new("set".to_owned(), inputs, labels, 3, sample_shape)
    }

    fn refusal(inputs: DMatrix<f32>, labels: Vec<u16>, sample_shape: Vec<usize>) -> String {
        build(inputs, labels, sample_shape).unwrap_err().to_string()
    }

    #[test]
    fn a_sample_is_a_column() {
        let inputs = DMatrix::from_fn(4, 3, |feature, sample| (10 * sample + feature) as f32);
        let set = build(inputs, vec![2, 0, 1], vec![2, 2]).unwrap();
        assert_eq!(set.sample(1), [10.0, 11.0, 12.0, 13.0]);
        assert_eq!((set.features(), set.len(), set.classes()), (4, 3, 3));
        let unasked = set.clone();
        assert_eq!(set.input_range(), [0.0, 23.0, 11.5]);
        assert_eq!(set, unasked);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let inputs = || DMatrix::<f32>::zeros(4, 2);
        assert_eq!(refusal(DMatrix::zeros(4, 0), vec![], vec![4]), "set: holds no samples");
        assert_eq!(refusal(inputs(), vec![0], vec![4]), "set: 2 samples, but 1 labels");
        assert_eq!(refusal(inputs(), vec![0, 1], vec![2, 3]), "set: 4 features per sample do not fill shape [2, 3]");
        assert_eq!(refusal(inputs(), vec![0, 3], vec![4]), "set: label of sample 1 must be below 3, got 3");
    }

    #[test]
    fn the_first_input_that_is_not_finite_is_named() {
        let mut inputs = DMatrix::zeros(7, 500);
        inputs[(3, 411)] = f32::NAN;
        inputs[(2, 499)] = f32::INFINITY;
        assert_eq!(
            refusal(inputs, vec![0; 500], vec![7]),
            "set: input must be finite, got NaN (sample 411, feature 3)"
        );
    }
}
