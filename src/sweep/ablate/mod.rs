//! The noise budget of a hardware model: what each of its non-idealities costs, alone and among all others.
//!
//! An ablation is a sweep over one axis, `variant`: the ideal chip, the chip as it is, and for every non-ideality that it
//! has the chip with that one alone and the chip without it. Replicates have common random numbers, so that variants
//! of the same replicate differ by the hardware alone and their differences have small errors.
mod budget;
mod sources;

pub use budget::{Budget, Cost, budget};

use super::error::SweepError;
use super::plan::Plan;
use crate::config::{Edit, Setup, SourceFiles};
use serde_json::{Map, Value, json};
use sources::{Source, present};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the axis.
pub const VARIANT: &str = "variant";
/// The chip without any non-ideality.
pub const IDEAL: &str = "ideal";
/// The chip as it is.
pub const FULL: &str = "full";
/// What the name of a variant with one non-ideality begins with.
const ONLY: &str = "only ";
/// What the name of a variant without one non-ideality begins with.
const WITHOUT: &str = "without ";

/// What is ablated.
#[derive(Debug, Clone)]
pub struct Ablation {
    /// The experiment.
    pub experiment: PathBuf,
    /// Edits of it and of its hardware.
    pub edits: Vec<Edit>,
    /// Replicates.
    pub replicates: usize,
}

impl Ablation {
    /// The sweep, with the path of a sweep file that exists only in the plan.
    ///
    /// # Errors
    /// If the experiment is invalid, or its hardware is ideal.
    pub fn plan(&self) -> Result<(Plan, PathBuf), SweepError> {
        self.plan_from(SourceFiles::default())
    }

    /// The same for files that may have been read before.
    ///
    /// # Errors
    /// As [`Self::plan`].
    pub fn plan_from(&self, files: SourceFiles) -> Result<(Plan, PathBuf), SweepError> {
        let setup = Setup::load_from(&files, &self.experiment, &self.edits)?;
        let sources = present(&setup);
        if sources.is_empty() {
            return Err(SweepError::NothingToAblate { hardware: setup.hardware.name.clone() });
        }
        // The hardware as edited becomes the file that variants edit again.
        let hardware = self.next_to_experiment("ablated-hardware.json");
        let experiment: Vec<&Edit> =
            self.edits.iter().filter(|edit| !edit.path.to_string().starts_with("hardware")).collect();
        let mut set = Map::new();
        for edit in experiment {
            set.insert(edit.path.to_string(), edit.value.clone());
        }
        set.insert("hardware".to_owned(), json!(hardware.file_name().map(|name| name.to_string_lossy())));
        let sweep = json!({
            "schema_version": 2,
            "title": format!("Noise budget of {}: {}", setup.hardware.name, setup.experiment.title),
            "description": "What does each non-ideality of the chip cost, alone and among all others?",
            "base": self.experiment.file_name().map(|name| name.to_string_lossy()),
            "set": set,
            "axes": [{"name": VARIANT, "long_name": "variant of the hardware", "points": {"settings": variants(&sources)}}],
            "replicates": {"count": self.replicates, "vary": ["init", "chip", "noise"]},
        });
        let path = self.next_to_experiment("ablation.json");
        let texts = BTreeMap::from([
            (path.clone(), format!("{sweep:#}")),
            (hardware, format!("{:#}", setup.hardware_file.given)),
        ]);
        let all = files.texts().into_iter().chain(texts).collect();
        Ok((Plan::read(SourceFiles::with_texts(all), &path, &[])?, path))
    }

    /// A file next to the experiment, which need not exist.
    fn next_to_experiment(&self, name: &str) -> PathBuf {
        let stem = self.experiment.file_stem().unwrap_or_default().to_string_lossy();
        self.experiment.parent().unwrap_or(Path::new("")).join(format!("{stem}.{name}"))
    }
}

/// The points of the axis.
fn variants(sources: &[&Source]) -> Vec<Value> {
    let without = |removed: &dyn Fn(&Source) -> bool| -> Value {
        let settings = sources.iter().filter(|source| removed(source)).flat_map(|source| source.removal());
        Value::Object(settings.map(|key| (key.to_owned(), Value::Null)).collect())
    };
    let variant = |label: String, set: Value| json!({"label": label, "set": set});
    let mut points = vec![variant(IDEAL.to_owned(), without(&|_| true)), variant(FULL.to_owned(), json!({}))];
    // Of a single one, "only" is the full chip and "without" the ideal one.
    if sources.len() > 1 {
        let only = |own: &&Source| variant(format!("{ONLY}{}", own.name), without(&|other| other.name != own.name));
        let rest = |own: &&Source| variant(format!("{WITHOUT}{}", own.name), without(&|other| other.name == own.name));
        points.extend(sources.iter().map(only));
        points.extend(sources.iter().map(rest));
    }
    points
}
