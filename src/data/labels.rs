//! From arrays of labels to targets.
use super::DataError;
use super::array::{Array, Elements};
use super::axes::reorder;
use super::targets::{TargetKind, Targets};
use crate::parameter::Count;
use nalgebra::DMatrix;
use std::collections::BTreeSet;

/// Labels of a set, and where they are from.
pub(super) struct Labels {
    pub(super) content: Content,
    pub(super) place: String,
}

/// What there is for each sample.
pub(super) enum Content {
    /// The number of a class.
    Numbers(Vec<f64>),
    /// The name of a class.
    Names(Vec<String>),
    /// As many numbers as there are outputs, sample after sample.
    Rows {
        /// The numbers.
        numbers: Vec<f64>,
        /// How many of each sample.
        outputs: usize,
    },
}

impl Labels {
    /// Number of samples.
    pub(super) fn samples(&self) -> usize {
        match &self.content {
            Content::Numbers(numbers) => numbers.len(),
            Content::Names(names) => names.len(),
            Content::Rows { numbers, outputs } => numbers.len() / outputs,
        }
    }

    /// The labels of an array.
    pub(super) fn read(array: &mut dyn Array, kind: TargetKind) -> Result<Self, DataError> {
        let place = array.place();
        let content = match (array.labels()?, kind) {
            (Elements::Texts(_), TargetKind::Values | TargetKind::Labels) => {
                let (rule, found) = ("numbers, as data.targets says", "text".to_owned());
                return Err(DataError::ArrayType { place, rule, found });
            }
            (Elements::Texts(names), TargetKind::Classes) => match one_axis(array) {
                true => Content::Names(names),
                false => return Err(shape_error(array, "have one axis, of names")),
            },
            (Elements::Numbers(numbers), TargetKind::Classes) => Content::Numbers(class_numbers(array, numbers)?),
            (Elements::Numbers(numbers), _) => rows(array, numbers)?,
        };
        Ok(Self { content, place })
    }
}

fn shape_error(array: &dyn Array, rule: &str) -> DataError {
    DataError::ArrayShape { place: array.place(), rule: rule.to_owned(), shape: array.extent().lengths }
}

/// Whether all axes but one have length 1.
fn one_axis(array: &dyn Array) -> bool {
    let lengths = array.extent().lengths;
    !lengths.is_empty() && lengths.iter().filter(|&&length| length != 1).count() <= 1
}

/// A number for each sample, of an array of them or of rows that are 1 at one place.
fn class_numbers(array: &dyn Array, values: Vec<f64>) -> Result<Vec<f64>, DataError> {
    let extent = array.extent();
    if one_axis(array) {
        return Ok(values);
    }
    let &[rows, columns] = &extent.lengths[..] else {
        let rule = if extent.lengths.is_empty() {
            "have an axis"
        } else {
            "have one axis (further axes of length 1 are allowed)"
        };
        return Err(shape_error(array, rule));
    };
    let stored: Vec<usize> = extent.stored().iter().map(|&length| length as usize).collect();
    let order = [0, 1].map(|axis| extent.stored_axis(axis));
    let rows_first = reorder(values, &stored, &order);
    if let Some(classes) = hot_classes(&rows_first, columns as usize) {
        return Ok(classes);
    }
    if array.first_column_is_class() {
        return Ok(rows_first.into_iter().step_by(columns as usize).collect());
    }
    let columns_first = reorder(rows_first, &[rows, columns].map(|length| length as usize), &[1, 0]);
    hot_classes(&columns_first, rows as usize).ok_or_else(|| {
        let rule = "have one axis, or rows with a single 1 among zeros (numpy.argmax(y, axis=1) makes classes of scores; \
                    data.targets \"labels\" learns several 1 in a row, \"values\" any numbers)";
        shape_error(array, rule)
    })
}

/// Numbers of every sample, which the first axis counts.
fn rows(array: &dyn Array, values: Vec<f64>) -> Result<Content, DataError> {
    let extent = array.extent();
    match &extent.lengths[..] {
        &[_] | &[_, 1] => Ok(Content::Rows { numbers: values, outputs: 1 }),
        &[1, _] => Ok(Content::Rows { numbers: values, outputs: 1 }),
        &[_, outputs] => {
            let stored: Vec<usize> = extent.stored().iter().map(|&length| length as usize).collect();
            let order = [0, 1].map(|axis| extent.stored_axis(axis));
            Ok(Content::Rows { numbers: reorder(values, &stored, &order), outputs: outputs as usize })
        }
        _ => Err(shape_error(array, "have one axis, or two: samples and outputs")),
    }
}

/// The classes of rows that are 1 at one place and 0 elsewhere; `None` if a row is not.
fn hot_classes(rows: &[f64], classes: usize) -> Option<Vec<f64>> {
    let class_of = |row: &[f64]| {
        let at = row.iter().position(|&x| x == 1.0)?;
        row.iter().enumerate().all(|(k, &x)| k == at || x == 0.0).then_some(at as f64)
    };
    rows.chunks_exact(classes).map(class_of).collect()
}

/// The targets of all sets.
pub(super) struct AllTargets {
    /// Of each set.
    pub(super) sets: Vec<Targets>,
    /// Outputs that a network needs.
    pub(super) outputs: usize,
    /// Names of the classes, if the labels were such.
    pub(super) names: Vec<String>,
    /// What the labels were, where they were not the classes themselves.
    pub(super) note: Option<String>,
}

impl AllTargets {
    /// The targets that labels of all sets stand for. Numbers of classes from 1 to `number`, or from 1 on where no number is given,
    /// are counted from 0; -1 and 1 are two classes. Without a number, it is one more than the largest class, and `fewest` at
    /// least. Names of classes are sorted.
    pub(super) fn of(sets: &[Labels], number: Option<Count>, fewest: usize) -> Result<Self, DataError> {
        if sets.iter().any(|set| matches!(set.content, Content::Rows { .. })) {
            return Self::of_rows(sets);
        }
        if sets.iter().any(|set| matches!(set.content, Content::Names(_))) {
            return Self::of_names(sets, number);
        }
        let numbers: Vec<(&[f64], &str)> = sets.iter().map(|set| (numbers(set), set.place.as_str())).collect();
        Self::of_numbers(&numbers, number, fewest)
    }

    fn of_rows(sets: &[Labels]) -> Result<Self, DataError> {
        let mut all = vec![];
        let mut needed = None;
        for set in sets {
            let Content::Rows { numbers, outputs } = &set.content else { continue };
            let needed = *needed.get_or_insert(*outputs);
            if *outputs != needed {
                let rule = format!("have {needed} numbers for each sample, as that of the training set has");
                return Err(DataError::ArrayShape {
                    place: set.place.clone(),
                    rule,
                    shape: vec![set.samples() as u64, *outputs as u64],
                });
            }
            all.push(DMatrix::from_iterator(needed, set.samples(), numbers.iter().map(|&x| x as f32)));
        }
        let sets = all.into_iter().map(Targets::Values).collect();
        Ok(Self { sets, outputs: needed.unwrap_or(1), names: vec![], note: None })
    }

    fn of_names(sets: &[Labels], number: Option<Count>) -> Result<Self, DataError> {
        let texts = |set: &Labels| match &set.content {
            Content::Names(names) => names.clone(),
            Content::Numbers(numbers) => {
                numbers.iter().map(|x| if x.is_nan() { String::new() } else { x.to_string() }).collect()
            }
            Content::Rows { .. } => vec![],
        };
        let all: Vec<Vec<String>> = sets.iter().map(texts).collect();
        let names: Vec<String> = all.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let most = number.map_or(usize::from(u16::MAX), Count::get);
        if names.len() > most {
            return Err(DataError::ClassNames { place: sets[0].place.clone(), found: names.len(), most });
        }
        if let Some((set, at)) =
            sets.iter().zip(&all).find_map(|(set, own)| Some((set, own.iter().position(String::is_empty)?)))
        {
            return Err(DataError::Table {
                place: set.place.clone(),
                rule: format!("the label of sample {at} is missing"),
            });
        }
        let class = |name: &String| names.binary_search(name).unwrap_or(0) as u16;
        let classes = all.iter().map(|set| Targets::Classes(set.iter().map(class).collect()));
        let listed: Vec<String> = (0..).zip(&names).take(12).map(|(class, name)| format!("{class} {name}")).collect();
        let more = if names.len() > 12 { ", …" } else { "" };
        let note = Some(format!("labels of {} are the classes {}{more}", sets[0].place, listed.join(", ")));
        Ok(Self { sets: classes.collect(), outputs: number.map_or(names.len(), Count::get), names, note })
    }

    fn of_numbers(sets: &[(&[f64], &str)], number: Option<Count>, fewest: usize) -> Result<Self, DataError> {
        let all = || sets.iter().flat_map(|(numbers, _)| numbers.iter().copied());
        let place = sets.first().map_or("", |(_, place)| place);
        let (smallest, largest) =
            all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if all().all(|label| label == 1.0 || label == -1.0) && smallest < 0.0 {
            let class = |(labels, _): &(&[f64], &str)| {
                Targets::Classes(labels.iter().map(|&label| u16::from(label > 0.0)).collect())
            };
            let note = Some(format!("labels -1 and 1 of {place} are the classes 0 and 1"));
            let outputs = number.map_or(2, Count::get);
            return Ok(Self { sets: sets.iter().map(class).collect(), outputs, names: vec![], note });
        }
        let number = number.map(Count::get).or((largest < fewest as f64).then_some(fewest));
        let from = usize::from(smallest == 1.0 && number.is_none_or(|number| largest == number as f64));
        let most = number.map_or(usize::from(u16::MAX), |number| number - 1 + from).min(u16::MAX.into());
        let class = |(labels, place): &(&[f64], &str)| {
            let class = |(index, &label): (usize, &f64)| {
                let is_class = label.fract() == 0.0 && (from as f64..=most as f64).contains(&label);
                is_class.then(|| label as u16 - from as u16).ok_or_else(|| DataError::LabelElement {
                    place: (*place).to_owned(),
                    index,
                    label,
                    smallest: from,
                    largest: most,
                })
            };
            labels.iter().enumerate().map(class).collect::<Result<Vec<u16>, _>>().map(Targets::Classes)
        };
        let classes = sets.iter().map(class).collect::<Result<Vec<_>, _>>()?;
        let note = (from == 1)
            .then(|| format!("labels of {place} run from 1 to {largest}: class k holds those of label k + 1"));
        let outputs = number.unwrap_or(largest as usize + 1 - from);
        Ok(Self { sets: classes, outputs, names: vec![], note })
    }
}

fn numbers(set: &Labels) -> &[f64] {
    match &set.content {
        Content::Numbers(numbers) => numbers,
        Content::Names(_) | Content::Rows { .. } => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(place: &str, values: &[f64]) -> Labels {
        Labels { content: Content::Numbers(values.to_vec()), place: place.to_owned() }
    }

    fn classes(
        train: &[f64],
        test: &[f64],
        number: Option<usize>,
    ) -> Result<(Vec<u16>, usize, Option<String>), String> {
        let number = number.map(|number| Count::new(number).unwrap());
        let found = AllTargets::of(&[labels("y_train", train), labels("y_test", test)], number, 0);
        let found = found.map_err(|error| error.to_string())?;
        let all: Vec<u16> = found.sets.iter().flat_map(|set| set.classes().to_vec()).collect();
        Ok((all, found.outputs, found.note))
    }

    #[test]
    fn labels_are_counted_from_0() {
        assert_eq!(classes(&[0., 2.], &[1.], None), Ok((vec![0, 2, 1], 3, None)));
        let note = Some("labels of y_train run from 1 to 3: class k holds those of label k + 1".to_owned());
        assert_eq!(classes(&[1., 3.], &[2.], None), Ok((vec![0, 2, 1], 3, note.clone())));
        assert_eq!(classes(&[1., 3.], &[2.], Some(3)), Ok((vec![0, 2, 1], 3, note)));
        // The class 0 of four may have no sample.
        assert_eq!(classes(&[1., 3.], &[2.], Some(4)), Ok((vec![1, 3, 2], 4, None)));
        let few = AllTargets::of(&[labels("", &[1., 2.]), labels("", &[1.])], None, 10).unwrap();
        assert_eq!((few.sets[0].classes(), few.outputs), (&[1, 2][..], 10));
        let note = Some("labels -1 and 1 of y_train are the classes 0 and 1".to_owned());
        assert_eq!(classes(&[-1., 1.], &[1.], None), Ok((vec![0, 1, 1], 2, note)));
    }

    #[test]
    fn what_is_no_class_is_named() {
        let refusal = "y_test, element 1: label must be a whole number from 0 to 2, got 3";
        assert_eq!(classes(&[0.], &[2., 3.], Some(3)), Err(refusal.to_owned()));
        let refusal = "y_train, element 0: label must be a whole number from 0 to 65535, got NaN";
        assert_eq!(classes(&[f64::NAN], &[2.], None), Err(refusal.to_owned()));
    }

    #[test]
    fn names_of_classes_are_sorted_and_kept() {
        let named = |names: &[&str]| Labels {
            content: Content::Names(names.iter().map(|&name| name.to_owned()).collect()),
            place: "y".to_owned(),
        };
        let found = AllTargets::of(&[named(&["dog", "cat", "dog"]), named(&["ant"])], None, 0).unwrap();
        assert_eq!((found.sets[0].classes(), found.sets[1].classes()), (&[2, 1, 2][..], &[0][..]));
        assert_eq!((found.names.join(" "), found.outputs), ("ant cat dog".to_owned(), 3));
        assert_eq!(found.note.unwrap(), "labels of y are the classes 0 ant, 1 cat, 2 dog");
        let few = AllTargets::of(&[named(&["a", "b"])], Some(Count::constant(1)), 0);
        assert!(few.is_err_and(|error| error.to_string().contains("2 different labels")));
    }
}
