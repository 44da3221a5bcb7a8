//! What the axes of an array of inputs are, and which of them counts the samples.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an axis of an array of inputs counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputAxis {
    /// The samples.
    Sample,
    /// Features that are no image.
    Feature,
    /// Channels of an image.
    Channel,
    /// Rows of an image.
    Row,
    /// Columns of an image.
    Column,
}

/// The axes of an array of inputs, in the order in which the program that wrote it has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<InputAxis>", into = "Vec<InputAxis>")]
pub struct InputAxes(Vec<InputAxis>);

impl InputAxes {
    /// Checks that samples and something else are counted, nothing twice.
    ///
    /// # Errors
    /// What is wrong.
    pub fn new(axes: Vec<InputAxis>) -> Result<Self, String> {
        let twice = axes.iter().enumerate().find(|&(at, axis)| axes[..at].contains(axis));
        match twice {
            Some((_, axis)) => Err(format!("must name every axis once, got {axis:?} twice").to_lowercase()),
            None if axes.len() > 1 && axes.contains(&InputAxis::Sample) => Ok(Self(axes)),
            None => Err("must name the axis \"sample\" and at least one other".to_owned()),
        }
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the axes (sample, feature, channel, row, column) stand.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by_key(|&at| self.0[at]);
        order
    }
}

impl TryFrom<Vec<InputAxis>> for InputAxes {
    type Error = String;
    fn try_from(axes: Vec<InputAxis>) -> Result<Self, String> {
        Self::new(axes)
    }
}

impl From<InputAxes> for Vec<InputAxis> {
    fn from(axes: InputAxes) -> Self {
        axes.0
    }
}

/// Which element follows which in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementOrder {
    /// As in C and NumPy.
    LastAxisFastest,
    /// As in Fortran and MATLAB.
    FirstAxisFastest,
}

/// Lengths of the axes of an array as the program that wrote it has them, and the order of its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) lengths: Vec<u64>,
    pub(super) order: ElementOrder,
}

impl Extent {
    /// Lengths of the axes, the slowest first.
    pub(super) fn stored(&self) -> Vec<u64> {
        let mut lengths = self.lengths.clone();
        if self.order == ElementOrder::FirstAxisFastest {
            lengths.reverse();
        }
        lengths
    }

    /// Where an axis stands among those, or the other way round.
    pub(super) fn stored_axis(&self, axis: usize) -> usize {
        match self.order {
            ElementOrder::LastAxisFastest => axis,
            ElementOrder::FirstAxisFastest => self.lengths.len() - 1 - axis,
        }
    }
}

/// The elements of an array in another order of its axes: axis k of what comes out is axis `order[k]` of `values`, whose
/// lengths are given, the slowest first.
pub(super) fn reorder<T: Copy>(values: Vec<T>, lengths: &[usize], order: &[usize]) -> Vec<T> {
    if order.is_sorted() {
        return values;
    }
    let stride = |axis: usize| lengths[axis + 1..].iter().product::<usize>();
    let axes: Vec<(usize, usize)> = order.iter().map(|&axis| (lengths[axis], stride(axis))).collect();
    let Some((&(inner, step), outer)) = axes.split_last() else { return values };
    let mut sorted = Vec::with_capacity(values.len());
    let (mut index, mut from) = (vec![0; outer.len()], 0);
    while sorted.len() < values.len() {
        sorted.extend((0..inner).map(|k| values[from + k * step]));
        for (own, &(length, stride)) in index.iter_mut().zip(outer).rev() {
            (*own, from) = (*own + 1, from + stride);
            if *own < length {
                break;
            }
            (*own, from) = (0, from - length * stride);
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_exchanged() {
        // Element (a, b, c) of lengths 2, 3, 4 is 100 a + 10 b + c.
        let element = |at: usize| 100 * (at / 12) + 10 * (at / 4 % 3) + at % 4;
        let values: Vec<usize> = (0..24).map(element).collect();
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let lengths = [2, 3, 4];
            let sorted = reorder(values.clone(), &lengths, &order);
            let [l, m, n] = order.map(|axis| lengths[axis]);
            let worth = order.map(|axis| [100, 10, 1][axis]);
            let expected = (0..l * m * n).map(|at| [at / (m * n), at / n % m, at % n]);
            let expected: Vec<usize> = expected.map(|at| (0..3).map(|k| at[k] * worth[k]).sum()).collect();
            assert_eq!(sorted, expected, "{order:?}");
        }
    }

    #[test]
    fn axes_are_named_once_and_samples_are_among_them() {
        use InputAxis::{Channel, Column, Feature, Row, Sample};
        assert_eq!(InputAxes::new(vec![Row, Column, Channel, Sample]).unwrap().order(), [3, 2, 0, 1]);
        assert!(InputAxes::new(vec![Sample]).unwrap_err().contains("at least one other"));
        assert!(InputAxes::new(vec![Row, Column]).unwrap_err().contains("\"sample\""));
        assert_eq!(
            InputAxes::new(vec![Sample, Feature, Feature]).unwrap_err(),
            "must name every axis once, got feature twice"
        );
    }
}
