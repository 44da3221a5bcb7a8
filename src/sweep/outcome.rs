//! What a point has given: its status, and what was measured. One line of JSON in the file of its shard.
use super::numbers;
use crate::run::{RowAxis, Status, Summary, Table};
use serde::{Deserialize, Serialize};

/// How a point ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStatus {
    /// It has not been made.
    Missing = 0,
    /// All epochs were made.
    Complete = 1,
    /// A state or weight left the finite range.
    Diverged = 2,
    /// It could not be run to its end.
    Failed = 3,
    /// It ended, but with a loss or accuracy that is no number.
    NonFinite = 4,
}

impl PointStatus {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Complete, Self::Diverged, Self::Failed, Self::NonFinite];

    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Complete => "complete",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::NonFinite => "non_finite",
        }
    }
}

/// What one point has given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Number of the point.
    pub point: usize,
    /// How it ended.
    pub status: PointStatus,
    /// Why, where, if it did not end well.
    pub message: String,
    /// Training step at which it diverged.
    pub diverged_step: Option<u64>,
    /// Layer in which it diverged.
    pub diverged_layer: Option<u64>,
    /// Seconds that it took. Not part of the result.
    pub elapsed_s: f64,
    /// Where it ran. Not part of the result.
    pub host: String,
    /// What was measured.
    pub measured: Vec<Measured>,
}

/// One measured quantity of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name in the trace of a run.
    pub name: String,
    /// One phrase for people.
    pub long_name: String,
    /// Its unit.
    pub units: String,
    /// Numbers of a row: 1, or as many as there are layers or sizes of perturbations.
    pub width: usize,
    /// Whether a row has a number for every layer.
    pub per_layer: bool,
    /// Sizes of perturbations that a row has a number for, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilons: Option<Epsilons>,
    /// Its last row.
    #[serde(with = "numbers")]
    pub last: Vec<f64>,
    /// Epochs of the rows of its course; none if it is not measured along epochs.
    pub epochs: Vec<i64>,
    /// Its course, row after row.
    #[serde(with = "numbers")]
    pub course: Vec<f64>,
}

/// Sizes of perturbations along a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epsilons {
    /// Name of the axis.
    pub axis: String,
    /// The sizes, rising.
    pub sizes: Vec<f64>,
}

impl Outcome {
    /// Of a run that has ended by itself.
    pub fn of_run(point: usize, summary: &Summary, host: &str) -> Self {
        let mut measured = vec![];
        let residual = summary.residual.as_ref().and_then(last_residual);
        for table in summary.tables() {
            measured.extend(of_table(table));
        }
        measured.extend(residual);
        if let (Some(accuracy), Some(own)) =
            (summary.test_accuracy(), measured.iter_mut().find(|m| m.name == "test_accuracy"))
        {
            own.last = vec![accuracy];
        }
        let (mut status, mut message) = (PointStatus::Complete, String::new());
        let mut place = None;
        if let Status::Diverged(divergence) = summary.status {
            (status, message) = (PointStatus::Diverged, divergence.to_string());
            place = Some((divergence.step, divergence.layer as u64));
        } else if let Some(bad) = measured.iter().find(|m| is_score(&m.name) && !m.last.iter().all(|x| x.is_finite())) {
            (status, message) = (PointStatus::NonFinite, format!("{} is not finite", bad.name));
        }
        Self {
            point,
            status,
            message,
            diverged_step: place.map(|(step, _)| step),
            diverged_layer: place.map(|(_, layer)| layer),
            elapsed_s: summary.elapsed_s,
            host: host.to_owned(),
            measured,
        }
    }

    /// Of a run that could not be made or was broken off by an error.
    pub fn failed(point: usize, message: String, elapsed_s: f64, host: &str) -> Self {
        Self {
            point,
            status: PointStatus::Failed,
            message,
            diverged_step: None,
            diverged_layer: None,
            elapsed_s,
            host: host.to_owned(),
            measured: vec![],
        }
    }

    /// The last value of a quantity that has one number.
    pub fn last(&self, name: &str) -> Option<f64> {
        let measured = self.measured.iter().find(|m| m.name == name)?;
        measured.last.first().copied().filter(|x| x.is_finite())
    }
}

/// Quantities that every run which ends well has as numbers.
fn is_score(name: &str) -> bool {
    ["train_loss", "test_loss", "test_accuracy"].contains(&name)
}

/// The series of a table: of one that runs along epochs the course and the last row, of any other the last row.
fn of_table(table: &Table) -> impl Iterator<Item = Measured> {
    let along_epochs = table.axis == "epoch";
    use RowAxis::{EpsilonL2, EpsilonLinf, Layer, Scalar};
    let kept = table.series.iter().filter(|series| matches!(series.axis, Scalar | Layer | EpsilonL2 | EpsilonLinf));
    kept.map(move |series| {
        let width = table.width(series.axis);
        // Whatever is measured at all is measured after the last epoch; a NaN there is a result.
        let last = table.last(series.name);
        Measured {
            name: series.name.to_owned(),
            long_name: series.long_name.to_owned(),
            units: series.units.to_owned(),
            width,
            per_layer: series.axis == Layer,
            epsilons: table.epsilons(series.axis).map(|sizes| Epsilons {
                axis: if series.axis == EpsilonL2 { "epsilon_l2" } else { "epsilon_linf" }.to_owned(),
                sizes: sizes.to_vec(),
            }),
            last: last.map_or_else(|| vec![f64::NAN; width], <[f64]>::to_vec),
            epochs: if along_epochs { table.coordinates.clone() } else { vec![] },
            course: if along_epochs { series.values.clone() } else { vec![] },
        }
    })
}

/// The residual of the last visit of the last measured step.
fn last_residual(table: &Table) -> Option<Measured> {
    let residual = table.last("residual")?.iter().rev().find(|x| !x.is_nan()).copied()?;
    Some(Measured {
        name: "residual".to_owned(),
        long_name: "root mean square over samples of |s(t+1) - s(t)| of the last visit".to_owned(),
        units: "1".to_owned(),
        width: 1,
        per_layer: false,
        epsilons: None,
        last: vec![residual],
        epochs: vec![],
        course: vec![],
    })
}
