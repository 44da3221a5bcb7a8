//! What the samples of a run are, and what should be said of them before it learns.
use crate::config::Experiment;
use crate::data::{AppliedScaling, SetSummary, ValidationSplit};
use crate::measure::Samples;
use serde::{Deserialize, Serialize};

/// The sets of a run by class, and what is odd about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Name and content of every set: training, validation (if samples are held out), test.
    pub sets: Vec<(String, SetSummary)>,
    /// Layout of the features of a sample, last axis fastest.
    pub sample_shape: Vec<usize>,
    /// The map from raw values to inputs.
    pub scaling: AppliedScaling,
    /// Smallest, largest and mean input of the training set.
    pub inputs: [f64; 3],
    /// Names of the classes, in their order, if the files have such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// How files were read.
    pub notes: Vec<String>,
    /// Sets that a network cannot learn from, or be judged by, as is usually meant.
    pub warnings: Vec<String>,
}

/// Classes that a warning lists one by one.
const LISTED: usize = 12;

impl DataSummary {
    /// Of the samples of an experiment.
    pub fn of(experiment: &Experiment, samples: &Samples) -> Self {
        let splits = &samples.splits;
        let mut sets = vec![("training".to_owned(), SetSummary::of(&splits.train, &samples.training))];
        if !samples.validation.is_empty() {
            sets.push(("validation".to_owned(), SetSummary::of(samples.validation_set(), &samples.validation)));
        }
        sets.push(("test".to_owned(), SetSummary::of(&splits.test, &samples.test)));
        Self {
            warnings: warnings(experiment, &sets),
            sets,
            sample_shape: splits.train.sample_shape().to_vec(),
            scaling: splits.train.scaling().clone(),
            inputs: splits.train.input_range(),
            class_names: splits.class_names.clone(),
            notes: splits.notes.clone(),
        }
    }

    /// Lines for people: a name of at most 17 characters, and what it is.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines: Vec<_> = self.sets.iter().map(|(name, set)| (format!("{name} set"), set.to_string())).collect();
        let [low, high, mean] = self.inputs;
        lines.push(("a sample".to_owned(), format!("shape {:?}", self.sample_shape)));
        lines.push(("inputs".to_owned(), format!("{low:.4} to {high:.4}, mean {mean:.4} = {}", self.scaling)));
        lines.extend(self.notes.iter().map(|note| ("note".to_owned(), note.clone())));
        lines.extend(self.warnings.iter().map(|warning| ("warning".to_owned(), warning.clone())));
        lines
    }
}

/// What is odd about sets.
fn warnings(experiment: &Experiment, sets: &[(String, SetSummary)]) -> Vec<String> {
    let training = &experiment.training;
    let mut warnings = vec![];
    let takes_first = |name: &str| {
        let (key, limit) = match name {
            "test" => ("data.test_samples", experiment.data.test_samples),
            _ => ("data.train_samples", experiment.data.train_samples),
        };
        limit.map(|limit| format!("{key} takes the first {}", limit.get()))
    };
    let takes_last = matches!(training.validation, Some(ValidationSplit::Last(_))).then(|| {
        "training.validation.last holds out the last (training.validation.random takes some of all)".to_owned()
    });
    for (name, set) in sets {
        // Of a few samples some classes have none by chance.
        let empty = if name == "training" || set.samples >= set.per_class.len() { set.empty_classes() } else { vec![] };
        let what = match set.only_class() {
            Some(class) => format!("all {} samples of the {name} set are of class {class}", set.samples),
            None if empty.is_empty() => continue,
            None => {
                let listed: Vec<_> = empty.iter().take(LISTED).map(usize::to_string).collect();
                let more = if empty.len() > LISTED { ", …" } else { "" };
                let (some, all) = (empty.len(), set.per_class.len());
                format!("the {name} set has no sample of {some} of {all} classes: {}{more}", listed.join(", "))
            }
        };
        let last = takes_last.clone().filter(|_| name != "test");
        let why: Vec<String> = takes_first(name).into_iter().chain(last).filter(|_| set.is_sorted).collect();
        let why = if why.is_empty() {
            String::new()
        } else {
            format!("; the data are sorted by class, and {}", why.join(", "))
        };
        warnings.push(format!("{what}{why}"));
    }
    let (_, learnt) = &sets[0];
    if !training.shuffle && learnt.is_sorted && learnt.only_class().is_none() && learnt.per_class.len() > 1 {
        warnings.push("the training set is sorted by class, and training.shuffle is false".to_owned());
    }
    warnings
}
