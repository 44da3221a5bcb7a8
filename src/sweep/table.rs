//! The result of a sweep as a long table: one number a row, for spreadsheets and data frames.
use super::error::SweepError;
use super::outcome::Outcome;
use super::plan::Plan;
use super::result::status_of;
use crate::storage::write_whole;
use crate::vocabulary::{axis, state};
use std::path::Path;

/// Writes `point, axes…, replicate, status, metric, epoch, layer, value`; a layer is a projection where those are more. Where robustness was measured a column `epsilon`, the
/// size of the perturbation, stands before the value. Without an epoch the value is the last one. A point
/// that has measured nothing has one row without metric.
///
/// # Errors
/// If the file cannot be written.
pub fn write_table(plan: &Plan, outcomes: &[Option<Outcome>], path: &Path) -> Result<(), SweepError> {
    let table_error = |source| SweepError::Table { file: path.to_owned(), source };
    let mut writer = csv::Writer::from_writer(vec![]);
    let file_axes = if plan.drawn.is_empty() { &plan.axes } else { &plan.drawn };
    let names = file_axes.iter().map(|axis| axis.name.as_str());
    let mut all = outcomes.iter().flatten().flat_map(|outcome| &outcome.measured);
    let epsilon = all.any(|measured| measured.epsilons.is_some()).then_some("epsilon");
    let head = std::iter::once(axis::POINT.name).chain(names).chain([
        axis::REPLICATE.name,
        state::STATUS.name,
        "metric",
        axis::EPOCH.name,
        axis::LAYER.name,
    ]);
    let head: Vec<&str> = head.chain(epsilon).chain(["value"]).collect();
    writer.write_record(&head).map_err(table_error)?;
    for (point, outcome) in plan.points.iter().zip(outcomes) {
        let replicate = plan.replicates.coordinates[point.replicate].to_string();
        let mut place = vec![point.index.to_string()];
        place.extend(point.coordinates().map(ToString::to_string));
        place.extend([replicate, status_of(outcome.as_ref()).name().to_owned()]);
        let mut row = |metric: &str, epoch: &str, [layer, size]: [&str; 2], value: &str| {
            let own = place.iter().map(String::as_str).chain([metric, epoch, layer]);
            writer.write_record(own.chain(epsilon.map(|_| size)).chain([value])).map_err(table_error)
        };
        let Some(outcome) = outcome.as_ref().filter(|outcome| !outcome.measured.is_empty()) else {
            row("", "", ["", ""], "")?;
            continue;
        };
        for measured in &outcome.measured {
            let inner = |i: usize| {
                let layer = match &measured.projections {
                    Some(numbers) => numbers[i].to_string(),
                    None if measured.per_layer => (i + 1).to_string(),
                    None => String::new(),
                };
                let size = measured.epsilons.as_ref().map_or(String::new(), |own| own.sizes[i].to_string());
                [layer, size]
            };
            for (i, x) in measured.last.iter().enumerate() {
                let inner = inner(i);
                row(&measured.name, "", inner.each_ref().map(String::as_str), &number(*x))?;
            }
            for (epoch, values) in measured.epochs.iter().zip(measured.course.chunks_exact(measured.width)) {
                for (i, x) in values.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                    let inner = inner(i);
                    row(&measured.name, &epoch.to_string(), inner.each_ref().map(String::as_str), &number(*x))?;
                }
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| table_error(error.into_error().into()))?;
    write_whole(path, &bytes).map_err(SweepError::io(path))
}

/// Empty where nothing was measured.
fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { x.to_string() }
}
