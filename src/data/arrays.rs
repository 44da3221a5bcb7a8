//! What files of arrays have in common: four arrays become two sets.
use super::DataError;
use super::array::Array;
use super::axes::InputAxes;
use super::labels::{self, Classes, Labels};
use super::portion::Portion;
use super::raw::{RawSet, RawSplits};
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of the four arrays of a file. The first axis of each counts the samples, where `input_axes` says nothing else; further
/// axes of the inputs are the shape of a sample. Inputs hold numbers of any type, or true and false as 1 and 0. Labels hold whole
/// numbers of any type, counted from 0 or from 1, or a row for each sample that is 1 at its class and 0 elsewhere (one-hot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArrayNames {
    /// Inputs of the training samples.
    pub x_train: String,
    /// Classes of the training samples.
    pub y_train: String,
    /// Inputs of the test samples.
    pub x_test: String,
    /// Classes of the test samples.
    pub y_test: String,
}

impl Default for ArrayNames {
    fn default() -> Self {
        let [x_train, y_train, x_test, y_test] = ["x_train", "y_train", "x_test", "y_test"].map(str::to_owned);
        Self { x_train, y_train, x_test, y_test }
    }
}

/// One set in a file.
pub(super) struct SetArrays<A> {
    /// Of the set.
    pub(super) name: String,
    pub(super) inputs: A,
    pub(super) labels: A,
}

/// How arrays become sets.
pub(super) struct Reading<'a> {
    /// The setting for the axes, and what it is called.
    pub(super) axes: Option<&'a InputAxes>,
    pub(super) axes_key: &'static str,
    pub(super) classes: Option<Count>,
    /// Classes that there are at least, where no number is given.
    pub(super) fewest_classes: usize,
    /// Samples of the training and the test set.
    pub(super) limits: [Option<usize>; 2],
}

/// Reads both sets. All labels are read, since together they say how many classes there are, but of the inputs only what
/// is asked for.
pub(super) fn read_splits<A: Array>(
    mut train: SetArrays<A>,
    mut test: SetArrays<A>,
    reading: &Reading,
) -> Result<RawSplits, DataError> {
    let of = |set: &mut SetArrays<A>| {
        let (place, lengths) = (set.inputs.place(), set.inputs.extent().lengths);
        if lengths.len() < 2 || lengths.contains(&0) {
            let rule = "have two axes or more, samples first, none of length 0".to_owned();
            return Err(DataError::ArrayShape { place, rule, shape: lengths });
        }
        Ok(Labels { values: labels::read(&mut set.labels)?, place: set.labels.place() })
    };
    let labels = [of(&mut train)?, of(&mut test)?];
    let (order, axes_note) = axes(&[&train, &test], &labels, reading)?;
    let classes = Classes::of(&labels[0], &labels[1], reading.classes, reading.fewest_classes)?;
    Ok(RawSplits {
        train: read_set(train, classes.train, &order, reading.limits[0])?,
        test: read_set(test, classes.test, &order, reading.limits[1])?,
        classes: classes.number,
        notes: axes_note.into_iter().chain(classes.note).collect(),
    })
}

/// Where the axes of a sample stand, that of the samples first, and what has to be said of it.
fn axes<A: Array>(
    sets: &[&SetArrays<A>; 2],
    labels: &[Labels; 2],
    reading: &Reading,
) -> Result<(Vec<usize>, Option<String>), DataError> {
    let lengths = sets.map(|set| set.inputs.extent().lengths);
    let count_fits = |axis: usize| {
        lengths.iter().zip(labels).all(|(own, labels)| own.get(axis) == Some(&(labels.values.len() as u64)))
    };
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
        None => (in_order(0), None),
    };
    for ((set, own), labels) in sets.iter().zip(&lengths).zip(labels) {
        let samples = own.get(order[0]).copied().unwrap_or(0);
        if samples != labels.values.len() as u64 {
            return Err(DataError::SampleCounts {
                inputs_in: set.inputs.place(),
                inputs_shape: own.clone(),
                samples,
                labels_in: labels.place.clone(),
                labels: labels.values.len(),
                transposed: transposed(own, labels.values.len(), reading.axes_key),
            });
        }
    }
    Ok((order, note))
}

/// MATLAB has tables with samples in rows, and images with them along the last axis, (row, column, channel, sample). What fits
/// the numbers of labels is taken; of two that fit, the first of tables and the last of images.
fn matlab_axes<A: Array>(
    sets: &[&SetArrays<A>; 2],
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
    mut labels: Vec<u16>,
    order: &[usize],
    limit: Option<usize>,
) -> Result<RawSet, DataError> {
    let extent = set.inputs.extent();
    let most = limit.map_or(labels.len(), |limit| limit.min(labels.len()));
    if limit.is_some_and(|limit| limit > labels.len()) {
        return Err(DataError::TooFewSamples { set: set.name, wanted: limit.unwrap_or(0), available: labels.len() });
    }
    labels.truncate(most);
    let portion = Portion { lengths: extent.stored(), axis: extent.stored_axis(order[0]), most: most as u64 };
    let stored_order: Vec<usize> = order.iter().map(|&axis| extent.stored_axis(axis)).collect();
    let values = set.inputs.inputs(&portion)?.reorder(&portion.kept(), &stored_order);
    let sample_shape = order[1..].iter().map(|&axis| extent.lengths[axis] as usize).collect();
    Ok(RawSet { name: set.name, values, labels, sample_shape })
}
