//! What a set of samples holds, class by class, or output by output.
use super::{Dataset, TargetKind, Targets};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;

/// Samples of a set by class.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SetSummary {
    /// Number of samples.
    pub samples: usize,
    /// Samples of each class, or with each label.
    pub per_class: Vec<usize>,
    /// Samples of the most frequent class, or with the most frequent combination of labels.
    #[serde(skip)]
    pub commonest: usize,
    /// Whether all samples of a class stand together, classes in ascending or descending order.
    pub is_sorted: bool,
    /// What is learnt of the samples.
    #[serde(default, skip_serializing_if = "is_of_classes")]
    pub targets: TargetKind,
    /// Smallest and largest target of each output, and their mean, of real-valued targets as they were scaled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<[f64; 3]>,
}

fn is_of_classes(targets: &TargetKind) -> bool {
    *targets == TargetKind::Classes
}

/// Classes that are listed one by one.
const LISTED: usize = 20;

impl SetSummary {
    /// Of the samples of a data set at these indices.
    ///
    /// # Panics
    /// If an index is not below [`Dataset::len`].
    pub fn of(set: &Dataset, indices: &[u32]) -> Self {
        let targets = set.targets().kind();
        let own = Self { samples: indices.len(), targets, ..Self::default() };
        match set.targets() {
            Targets::Classes(_) => {}
            Targets::Labels(numbers) => {
                let with = |label: usize| indices.iter().filter(|&&i| numbers[(label, i as usize)] > 0.5).count();
                let mut combinations: HashMap<Vec<bool>, usize> = HashMap::new();
                for &i in indices {
                    let combination = numbers.column(i as usize).iter().map(|x| *x > 0.5).collect();
                    *combinations.entry(combination).or_default() += 1;
                }
                let commonest = combinations.into_values().max().unwrap_or(0);
                return Self { per_class: (0..set.outputs()).map(with).collect(), commonest, ..own };
            }
            Targets::Values(numbers) => {
                let of_output = |output: usize| {
                    let all = || indices.iter().map(|&index| f64::from(numbers[(output, index as usize)]));
                    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
                    [low, high, all().sum::<f64>() / indices.len() as f64]
                };
                return Self { values: (0..set.outputs()).map(of_output).collect(), ..own };
            }
        }
        let labels: Vec<u16> = indices.iter().map(|&index| set.labels()[index as usize]).collect();
        let mut per_class = vec![0; set.classes()];
        labels.iter().for_each(|&label| per_class[usize::from(label)] += 1);
        let is_sorted = labels.is_sorted() || labels.iter().rev().is_sorted();
        let commonest = per_class.iter().copied().max().unwrap_or(0);
        Self { per_class, commonest, is_sorted, ..own }
    }

    /// Classes without a sample.
    pub fn empty_classes(&self) -> Vec<usize> {
        (0..self.per_class.len()).filter(|&class| self.per_class[class] == 0).collect()
    }

    /// The class of all samples, where that is one out of several.
    pub fn only_class(&self) -> Option<usize> {
        let all = |&class: &usize| self.samples > 0 && self.per_class[class] == self.samples;
        let is_of_classes = self.targets == TargetKind::Classes && self.per_class.len() > 1;
        (0..self.per_class.len()).find(all).filter(|_| is_of_classes)
    }
}

impl fmt::Display for SetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, per_class, .. } = self;
        if self.targets == TargetKind::Values {
            let of_output = |[low, high, mean]: &[f64; 3]| format!("{low:.4} to {high:.4}, mean {mean:.4}");
            let listed: Vec<_> = self.values.iter().take(LISTED).map(of_output).collect();
            let more = if self.values.len() > LISTED { "; …" } else { "" };
            return write!(f, "{samples} samples, targets {}{more}", listed.join("; "));
        }
        if self.targets == TargetKind::Labels {
            let counts: Vec<_> = per_class.iter().take(LISTED).map(usize::to_string).collect();
            let more = if per_class.len() > LISTED { " …" } else { "" };
            return write!(
                f,
                "{samples} samples, with labels 0 to {}: {}{more}",
                per_class.len() - 1,
                counts.join(" ")
            );
        }
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
