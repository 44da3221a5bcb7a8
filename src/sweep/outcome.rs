//! What a point has given: its status, and what was measured. One line of JSON in the file of its shard.
use super::numbers;
use crate::linalg::arithmetic_name;
use crate::measure::{RowAxis, Table};
use crate::run::{Status, Summary};
use crate::vocabulary::axis::{EPOCH, EPSILON_L2, EPSILON_LINF};
use crate::vocabulary::place::group;
use crate::vocabulary::{PointStatus, Term, metric};
use serde::{Deserialize, Serialize};

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
    /// Instructions that made it. Not part of the result.
    pub arithmetic: String,
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
    /// Numbers of the projections that a row has a number for, of a network where they are not the layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projections: Option<Vec<usize>>,
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
        let mut measured: Vec<Measured> = vec![];
        for table in summary.tables.all() {
            // What is measured at single steps as well as along epochs is taken from the epochs.
            let new: Vec<_> = of_table(table).filter(|own| measured.iter().all(|m| m.name != own.name)).collect();
            measured.extend(new);
        }
        measured.extend(summary.tables.table(group::RESIDUAL).and_then(last_residual));
        for score in &metric::TEST_SCORES[1..] {
            if let (Some(kept), Some(own)) =
                (summary.kept(score), measured.iter_mut().find(|own| own.name == score.name))
            {
                own.last = vec![kept];
            }
        }
        let (mut status, mut message) = (PointStatus::Complete, String::new());
        let mut place = None;
        if let Status::Diverged(divergence) = summary.status {
            // What an epoch before has measured is not what the run ended with.
            for own in measured.iter_mut().filter(|own| !own.epochs.is_empty()) {
                own.last.fill(f64::NAN);
            }
            (status, message) = (PointStatus::Diverged, divergence.to_string());
            place = Some((divergence.step, divergence.layer as u64));
        } else if summary.status == Status::DidNotLearn {
            // Where nothing is learnt is no score; how its inference ended stays known, and what the twin has learnt.
            let stays =
                |name: &str| OF_INFERENCE.iter().chain([&metric::TEST_ACCURACY_FLOAT_TWIN]).any(|t| t.name == name);
            for own in measured.iter_mut().filter(|own| !own.epochs.is_empty() && !stays(&own.name)) {
                own.last.fill(f64::NAN);
            }
            (status, message) = (PointStatus::DidNotLearn, summary.not_learnt.clone().unwrap_or_default());
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
            arithmetic: arithmetic_name().to_owned(),
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
            arithmetic: arithmetic_name().to_owned(),
            measured: vec![],
        }
    }

    /// The last value of a quantity that has one number.
    pub fn last(&self, name: &str) -> Option<f64> {
        let measured = self.measured.iter().find(|m| m.name == name)?;
        measured.last.first().copied().filter(|x| x.is_finite())
    }
}

/// What is known of inference whatever was learnt.
const OF_INFERENCE: [Term; 5] =
    [metric::VERDICT, metric::VERDICT_PASSES, metric::VERDICT_RESIDUAL, metric::VERDICT_PERIOD, metric::NUDGING_GAIN];

/// Quantities that every run which ends well has as numbers.
fn is_score(name: &str) -> bool {
    [metric::TRAIN_LOSS, metric::TEST_LOSS, metric::TEST_ACCURACY].iter().any(|score| score.name == name)
}

/// The series of a table: of one that runs along epochs the course and the last row, of any other the last row.
fn of_table(table: &Table) -> impl Iterator<Item = Measured> {
    let along_epochs = table.axis == EPOCH.name;
    use RowAxis::{EpsilonL2, EpsilonLinf, Layer, Projection, Scalar};
    let is_kept = |axis| matches!(axis, Scalar | Layer | Projection | EpsilonL2 | EpsilonLinf);
    let kept = table.series.iter().filter(move |series| is_kept(series.axis));
    kept.map(move |series| {
        let width = table.width(series.axis);
        // Whatever is measured at all is measured after the last epoch; a NaN there is a result.
        let last = table.last(series.name);
        let projections = table.row_axes.projections.as_ref().filter(|_| series.axis == Projection);
        Measured {
            name: series.name.to_owned(),
            long_name: series.long_name.to_owned(),
            units: series.units.to_owned(),
            width,
            per_layer: series.axis == Layer || (series.axis == Projection && projections.is_none()),
            projections: projections.map(|all| all.iter().map(|own| own.number).collect()),
            epsilons: table.epsilons(series.axis).map(|sizes| Epsilons {
                axis: if series.axis == EpsilonL2 { EPSILON_L2.name } else { EPSILON_LINF.name }.to_owned(),
                sizes: sizes.to_vec(),
            }),
            last: last.map_or_else(|| vec![f64::NAN; width], <[f64]>::to_vec),
            epochs: if along_epochs { table.coordinates.clone() } else { vec![] },
            course: if along_epochs { series.values.clone() } else { vec![] },
        }
    })
}

/// The residual of the last update of the last measured step.
fn last_residual(table: &Table) -> Option<Measured> {
    let residual = table.last(metric::RESIDUAL.name)?.iter().rev().find(|x| !x.is_nan()).copied()?;
    Some(Measured {
        name: metric::LAST_RESIDUAL.name.to_owned(),
        long_name: metric::LAST_RESIDUAL.long_name.to_owned(),
        units: metric::LAST_RESIDUAL.units.to_owned(),
        width: 1,
        per_layer: false,
        projections: None,
        epsilons: None,
        last: vec![residual],
        epochs: vec![],
        course: vec![],
    })
}
