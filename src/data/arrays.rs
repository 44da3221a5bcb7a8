//! What files of arrays have in common: inputs and labels become sets.
use super::DataError;
use super::array::Array;
use super::axes::InputAxes;
use super::labels::{AllTargets, Labels};
use super::portion::Portion;
use super::raw::{RawSet, RawSplits};
use super::split::{ValidationSplit, split_test_set};
use super::targets::{TargetKind, Targets};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of the four arrays of a file. The first axis of each counts the samples, where `input_axes` says nothing else; further
/// axes of the inputs are the shape of a sample. Inputs hold numbers of any type, or true and false as 1 and 0. Labels hold whole
/// numbers of any type, counted from 0 or from 1, names of classes, or a row for each sample that is 1 at its class and 0
/// elsewhere (one-hot); with `data.targets` values or labels, a number or a row of numbers for each sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArrayNames {
    /// Inputs of the training samples.
    pub x_train: String,
    /// Targets of the training samples.
    pub y_train: String,
    /// Inputs of the test samples.
    pub x_test: String,
    /// Targets of the test samples.
    pub y_test: String,
    /// Inputs of a validation set of its own; null has none.
    pub x_validation: Option<String>,
    /// Its targets.
    pub y_validation: Option<String>,
}

impl ArrayNames {
    /// Inputs and targets of the validation set, if there is one.
    pub(super) fn validation(&self) -> Option<(&str, &str)> {
        self.x_validation.as_deref().zip(self.y_validation.as_deref())
    }
}

impl Default for ArrayNames {
    fn default() -> Self {
        let [x_train, y_train, x_test, y_test] = ["x_train", "y_train", "x_test", "y_test"].map(str::to_owned);
        Self { x_train, y_train, x_test, y_test, x_validation: None, y_validation: None }
    }
}

/// The sets that a source has.
pub(super) struct Sets<A> {
    pub(super) train: SetArrays<A>,
    /// None if the test set is taken from the training samples.
    pub(super) test: Option<SetArrays<A>>,
    /// If there is one.
    pub(super) validation: Option<SetArrays<A>>,
}

/// One set in a file.
pub(super) struct SetArrays<A> {
    /// Of the set.
    pub(super) name: String,
    pub(super) inputs: A,
    pub(super) labels: A,
}

/// What an experiment wants of its source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Samples of the training and the test set.
    pub(super) limits: [Option<usize>; 2],
    pub(super) targets: TargetKind,
    /// How the test set is taken from the training samples, if it is.
    pub(super) test_split: Option<ValidationSplit>,
    pub(super) data_seed: u64,
}

/// How arrays become sets.
pub(super) struct Reading<'a> {
    /// The setting for the axes, and what it is called.
    pub(super) axes: Option<&'a InputAxes>,
    pub(super) axes_key: &'static str,
    pub(super) classes: Option<Count>,
    /// Classes that there are at least, where no number is given.
    pub(super) fewest_classes: usize,
    pub(super) wanted: &'a Wanted,
}

/// Reads all sets. All labels are read, since together they say how many classes there are, but of the inputs only what
/// is asked for.
pub(super) fn read_splits<A: Array>(sets: Sets<A>, reading: &Reading) -> Result<RawSplits, DataError> {
    let Sets { train, test, validation } = sets;
    let (has_test, has_validation) = (test.is_some(), validation.is_some());
    let mut sets: Vec<SetArrays<A>> = std::iter::once(train).chain(test).chain(validation).collect();
    let kind = reading.wanted.targets;
    let of = |set: &mut SetArrays<A>| {
        let (place, lengths) = (set.inputs.place(), set.inputs.extent().lengths);
        if lengths.len() < 2 || lengths.contains(&0) {
            let rule = "have two axes or more, samples first, none of length 0".to_owned();
            return Err(DataError::ArrayShape { place, rule, shape: lengths });
        }
        Labels::read(&mut set.labels, kind)
    };
    let labels = sets.iter_mut().map(of).collect::<Result<Vec<_>, _>>()?;
    let (order, axes_note) = axes(&sets, &labels, reading)?;
    let all = AllTargets::of(&labels, reading.classes, reading.fewest_classes)?;
    let own = |targets: Targets| match (kind, targets) {
        (TargetKind::Labels, Targets::Values(numbers)) => Targets::Labels(numbers),
        (_, targets) => targets,
    };
    let [train_limit, test_limit] = reading.wanted.limits;
    // Which samples are tested decides which are the first of those that are left.
    let limits = [train_limit.filter(|_| has_test), test_limit.filter(|_| has_test), None];
    let mut read = vec![];
    for (place, (set, targets)) in sets.into_iter().zip(all.sets).enumerate() {
        let limit = if place == 1 && !has_test { None } else { limits[place.min(2)] };
        read.push(read_set(set, own(targets), &order, limit)?);
    }
    let validation = has_validation.then(|| read.pop()).flatten();
    let test = has_test.then(|| read.pop()).flatten();
    let (train, test) = match (read.pop(), test) {
        (Some(train), Some(test)) => (train, test),
        (Some(whole), None) => split_test(&whole, reading.wanted)?,
        (None, _) => unreachable!("the training set is always read"),
    };
    Ok(RawSplits {
        train,
        test,
        validation,
        outputs: all.outputs,
        class_names: all.names,
        notes: axes_note.into_iter().chain(all.note).collect(),
    })
}

/// Takes the test set from the training samples.
fn split_test(whole: &RawSet, wanted: &Wanted) -> Result<(RawSet, RawSet), DataError> {
    let split = wanted.test_split.ok_or_else(|| DataError::NoTestSet { set: whole.name.clone() })?;
    let samples = whole.targets.samples() as u32;
    let (learnt, tested) = split_test_set(samples, split, wanted.data_seed)?;
    let name = whole.name.strip_suffix(" train").unwrap_or(&whole.name);
    Ok((whole.select(whole.name.clone(), &learnt), whole.select(format!("{name} test"), &tested)))
}

/// Where the axes of a sample stand, that of the samples first, and what has to be said of it.
fn axes<A: Array>(
    sets: &[SetArrays<A>],
    labels: &[Labels],
    reading: &Reading,
) -> Result<(Vec<usize>, Option<String>), DataError> {
    let lengths: Vec<Vec<u64>> = sets.iter().map(|set| set.inputs.extent().lengths).collect();
    let count_fits =
        |axis: usize| lengths.iter().zip(labels).all(|(own, labels)| own.get(axis) == Some(&(labels.samples() as u64)));
    let in_order =
        |first: usize| [first].into_iter().chain((0..lengths[0].len()).filter(|&axis| axis != first)).collect();
    let (order, note): (Vec<usize>, _) = match reading.axes {
        Some(axes) => {
            if let Some((set, own)) = sets.iter().zip(&lengths).find(|(_, own)| own.len() != axes.len()) {
                let rule = format!("have the {} axes of {}", axes.len(), reading.axes_key);
                return Err(DataError::ArrayShape { place: set.inputs.place(), rule, shape: own.clone() });
            }
            (axes.order(), None)
        }
        None if sets[0].inputs.is_matlab() => matlab_axes(sets, &lengths[0], count_fits),
        None if has_channels_last(&lengths[0]) => {
            let place = sets[0].inputs.place();
            let hint = match reading.axes_key {
                "" => String::new(),
                key => format!("; if not, {key} says what its axes are"),
            };
            let note = format!("{place}, size {:?}: taken for images with channels last{hint}", lengths[0]);
            (vec![0, 3, 1, 2], Some(note))
        }
        None => (in_order(0), None),
    };
    for ((set, own), labels) in sets.iter().zip(&lengths).zip(labels) {
        let samples = own.get(order[0]).copied().unwrap_or(0);
        if samples != labels.samples() as u64 {
            return Err(DataError::SampleCounts {
                inputs_in: set.inputs.place(),
                inputs_shape: own.clone(),
                samples,
                labels_in: labels.place.clone(),
                labels: labels.samples(),
                transposed: transposed(own, labels.samples(), reading.axes_key),
            });
        }
    }
    Ok((order, note))
}

/// Whether samples are images as many programs have them, (row, column, channel): the last axis counts channels, the first does
/// not.
fn has_channels_last(lengths: &[u64]) -> bool {
    /// More are no channels, but rows or columns.
    const MOST_CHANNELS: u64 = 4;
    matches!(lengths, &[_, rows, columns, 1 | 3 | 4] if rows > MOST_CHANNELS && columns > MOST_CHANNELS)
}

/// MATLAB has tables with samples in rows, and images with them along the last axis, (row, column, channel, sample). What fits
/// the numbers of labels is taken; of two that fit, the first of tables and the last of images.
fn matlab_axes<A: Array>(
    sets: &[SetArrays<A>],
    lengths: &[u64],
    count_fits: impl Fn(usize) -> bool,
) -> (Vec<usize>, Option<String>) {
    let last = lengths.len() - 1;
    let candidates = [count_fits(0), count_fits(last)];
    let samples_last = match candidates {
        [true, true] => last > 1,
        [_, fits] => fits,
    };
    let order = match (samples_last, last) {
        (true, 3) => vec![3, 2, 0, 1],
        (true, _) => [last].into_iter().chain(0..last).collect(),
        (false, _) => (0..=last).collect(),
    };
    let other = if candidates == [true, true] {
        ", although both have as many as there are labels: input_axes says which, if it is the other"
    } else {
        ""
    };
    let which = if samples_last { "last" } else { "first" };
    let place = sets[0].inputs.place();
    (order, Some(format!("{place} of MATLAB, size {lengths:?}: its {which} axis counts the samples{other}")))
}

/// What helps where the samples are along another axis.
fn transposed(lengths: &[u64], labels: usize, axes_key: &str) -> String {
    let axes: &[&str] = match lengths.len() {
        2 => &["feature", "sample"],
        3 => &["row", "column", "sample"],
        4 => &["row", "column", "channel", "sample"],
        _ => &[],
    };
    match lengths.iter().rposition(|&length| length == labels as u64) {
        Some(at) if at + 1 == axes.len() && !axes_key.is_empty() => {
            format!("; transposed? With {axes_key} {axes:?} its last axis counts the samples")
        }
        Some(at) if at > 0 && axes_key.is_empty() => "; transposed?".to_owned(),
        Some(at) if at > 0 => format!("; transposed? {axes_key} names its axes"),
        _ => String::new(),
    }
}

/// Reads the first samples of a set.
fn read_set<A: Array>(
    mut set: SetArrays<A>,
    mut targets: Targets,
    order: &[usize],
    limit: Option<usize>,
) -> Result<RawSet, DataError> {
    let extent = set.inputs.extent();
    let available = targets.samples();
    let most = limit.map_or(available, |limit| limit.min(available));
    if let Some(wanted) = limit.filter(|&limit| limit > available) {
        return Err(DataError::TooFewSamples { set: set.name, wanted, available });
    }
    if most < available {
        targets = targets.select(&(0..most as u32).collect::<Vec<_>>());
    }
    let portion = Portion { lengths: extent.stored(), axis: extent.stored_axis(order[0]), most: most as u64 };
    let stored_order: Vec<usize> = order.iter().map(|&axis| extent.stored_axis(axis)).collect();
    let values = set.inputs.inputs(&portion)?.reorder(&portion.kept(), &stored_order);
    let sample_shape = order[1..].iter().map(|&axis| extent.lengths[axis] as usize).collect();
    Ok(RawSet { name: set.name, values, targets, sample_shape })
}
