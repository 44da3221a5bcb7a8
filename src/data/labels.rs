//! From the numbers of label arrays to classes.
use super::DataError;
use super::array::Array;
use super::axes::reorder;
use crate::parameter::Count;

/// The labels of an array, a number for each sample.
pub(super) fn read(array: &mut dyn Array) -> Result<Vec<f64>, DataError> {
    let extent = array.extent();
    let values = array.labels()?;
    let shape_error = |rule: &str| {
        Err(DataError::ArrayShape { place: array.place(), rule: rule.to_owned(), shape: extent.lengths.clone() })
    };
    let axes: Vec<u64> = extent.lengths.iter().copied().filter(|&length| length != 1).collect();
    match (extent.lengths.len(), &axes[..]) {
        (0, _) => shape_error("have an axis"),
        (_, [] | [_]) => Ok(values),
        (2, &[rows, columns]) => {
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
            match hot_classes(&columns_first, rows as usize) {
                Some(classes) => Ok(classes),
                None => shape_error(
                    "have one axis, or rows with a single 1 among zeros (numpy.argmax(y, axis=1) makes classes of scores)",
                ),
            }
        }
        _ => shape_error("have one axis (further axes of length 1 are allowed)"),
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

/// The classes of both sets.
pub(super) struct Classes {
    pub(super) train: Vec<u16>,
    pub(super) test: Vec<u16>,
    pub(super) number: usize,
    /// What the labels were, where they were not the classes themselves.
    pub(super) note: Option<String>,
}

/// Labels of a set, and where they are from.
pub(super) struct Labels {
    pub(super) values: Vec<f64>,
    pub(super) place: String,
}

impl Classes {
    /// The classes that labels stand for. Those from 1 to `number`, or from 1 on where no number is given, are counted from
    /// 0; -1 and 1 are two classes. Without a number, it is one more than the largest class, and `fewest` at least.
    pub(super) fn of(train: &Labels, test: &Labels, number: Option<Count>, fewest: usize) -> Result<Self, DataError> {
        let all = || train.values.iter().chain(&test.values).copied();
        let (smallest, largest) =
            all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if all().all(|label| label == 1.0 || label == -1.0) && smallest < 0.0 {
            let class = |labels: &Labels| labels.values.iter().map(|&label| u16::from(label > 0.0)).collect();
            let note = Some(format!("labels -1 and 1 of {} are the classes 0 and 1", train.place));
            let number = number.map_or(2, Count::get);
            return Ok(Self { train: class(train), test: class(test), number, note });
        }
        let number = number.map(Count::get).or((largest < fewest as f64).then_some(fewest));
        let from = usize::from(smallest == 1.0 && number.is_none_or(|number| largest == number as f64));
        let most = number.map_or(usize::from(u16::MAX), |number| number - 1 + from).min(u16::MAX.into());
        let class = |labels: &Labels| {
            let class = |(index, &label): (usize, &f64)| {
                let is_class = label.fract() == 0.0 && (from as f64..=most as f64).contains(&label);
                is_class.then(|| label as u16 - from as u16).ok_or_else(|| DataError::LabelElement {
                    place: labels.place.clone(),
                    index,
                    label,
                    smallest: from,
                    largest: most,
                })
            };
            labels.values.iter().enumerate().map(class).collect::<Result<Vec<u16>, _>>()
        };
        let (train_classes, test_classes) = (class(train)?, class(test)?);
        let note = (from == 1)
            .then(|| format!("labels of {} run from 1 to {largest}: class k holds those of label k + 1", train.place));
        let number = number.unwrap_or(largest as usize + 1 - from);
        Ok(Self { train: train_classes, test: test_classes, number, note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(
        train: &[f64],
        test: &[f64],
        number: Option<usize>,
    ) -> Result<(Vec<u16>, usize, Option<String>), String> {
        let labels = |place: &str, values: &[f64]| Labels { values: values.to_vec(), place: place.to_owned() };
        let number = number.map(|number| Count::new(number).unwrap());
        let found = Classes::of(&labels("y_train", train), &labels("y_test", test), number, 0);
        let found = found.map_err(|error| error.to_string())?;
        Ok(([found.train, found.test].concat(), found.number, found.note))
    }

    #[test]
    fn labels_are_counted_from_0() {
        assert_eq!(classes(&[0., 2.], &[1.], None), Ok((vec![0, 2, 1], 3, None)));
        let note = Some("labels of y_train run from 1 to 3: class k holds those of label k + 1".to_owned());
        assert_eq!(classes(&[1., 3.], &[2.], None), Ok((vec![0, 2, 1], 3, note.clone())));
        assert_eq!(classes(&[1., 3.], &[2.], Some(3)), Ok((vec![0, 2, 1], 3, note)));
        // The class 0 of four may have no sample.
        assert_eq!(classes(&[1., 3.], &[2.], Some(4)), Ok((vec![1, 3, 2], 4, None)));
        let few = Classes::of(
            &Labels { values: vec![1., 2.], place: String::new() },
            &Labels { values: vec![1.], place: String::new() },
            None,
            10,
        );
        assert!(few.is_ok_and(|few| few.train == [1, 2] && few.number == 10));
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
}
