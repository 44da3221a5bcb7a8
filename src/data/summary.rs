//! What a set of samples holds, class by class.
use super::Dataset;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Samples of a set by class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSummary {
    /// Number of samples.
    pub samples: usize,
    /// Samples of each class.
    pub per_class: Vec<usize>,
    /// Whether all samples of a class stand together, classes in ascending or descending order.
    pub is_sorted: bool,
}

/// Classes that are listed one by one.
const LISTED: usize = 20;

impl SetSummary {
    /// Of the samples of a data set at these indices.
    ///
    /// # Panics
    /// If an index is not below [`Dataset::len`].
    pub fn of(set: &Dataset, indices: &[u32]) -> Self {
        let labels: Vec<u16> = indices.iter().map(|&index| set.labels()[index as usize]).collect();
        let mut per_class = vec![0; set.classes()];
        labels.iter().for_each(|&label| per_class[usize::from(label)] += 1);
        let is_sorted = labels.is_sorted() || labels.iter().rev().is_sorted();
        Self { samples: labels.len(), per_class, is_sorted }
    }

    /// Classes without a sample.
    pub fn empty_classes(&self) -> Vec<usize> {
        (0..self.per_class.len()).filter(|&class| self.per_class[class] == 0).collect()
    }

    /// The class of all samples, where that is one out of several.
    pub fn only_class(&self) -> Option<usize> {
        let all = |&class: &usize| self.samples > 0 && self.per_class[class] == self.samples;
        (0..self.per_class.len()).find(all).filter(|_| self.per_class.len() > 1)
    }
}

impl fmt::Display for SetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, per_class, .. } = self;
        let [fewest, most] = [per_class.iter().min(), per_class.iter().max()].map(|n| n.copied().unwrap_or(0));
        match per_class.len() {
            _ if fewest == most => write!(f, "{samples} samples, {most} of each of {} classes", per_class.len()),
            0..=LISTED => {
                let counts: Vec<_> = per_class.iter().map(usize::to_string).collect();
                write!(f, "{samples} samples, of classes 0 to {}: {}", per_class.len() - 1, counts.join(" "))
            }
            classes => write!(f, "{samples} samples, {fewest} to {most} of each of {classes} classes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn samples_are_counted_by_class() {
        let set = |labels: Vec<u16>| {
            Dataset::new("set".to_owned(), DMatrix::zeros(1, labels.len()), labels, 3, vec![1]).unwrap()
        };
        let all = SetSummary::of(&set(vec![2, 0, 2, 0]), &[0, 1, 2, 3]);
        assert_eq!((all.to_string().as_str(), all.is_sorted), ("4 samples, of classes 0 to 2: 2 0 2", false));
        assert_eq!((all.empty_classes(), all.only_class()), (vec![1], None));
        let part = SetSummary::of(&set(vec![2, 0, 2, 0]), &[0, 2]);
        assert_eq!((part.only_class(), part.is_sorted), (Some(2), true));
        assert!(SetSummary::of(&set(vec![2, 1, 1, 0]), &[0, 1, 2, 3]).is_sorted);
        let even = SetSummary::of(&set(vec![0, 1, 2]), &[0, 1, 2]);
        assert_eq!(even.to_string(), "3 samples, 1 of each of 3 classes");
    }
}
