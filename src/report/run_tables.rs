//! The tables of a trace for the page: every series along epochs or steps, thinned.
use super::numbers::{evenly, measurements, number};
use crate::results::{RunResult, RunTable};
use crate::trace::TraceError;
use crate::vocabulary::place::group;
use crate::vocabulary::{Quantity, axis, consumption, metric};
use serde::Serialize;
use serde_json::Value;

/// Rows of a table on the page.
const MOST_ROWS: usize = 400;

/// A group of series along one axis.
#[derive(Debug, Serialize)]
pub(super) struct PageTable {
    pub group: String,
    /// Name of the axis along the rows.
    pub axis: String,
    pub coordinates: Vec<Value>,
    pub series: Vec<PageSeries>,
}

/// A series, row by row.
#[derive(Debug, Serialize)]
pub(super) struct PageSeries {
    #[serde(flatten)]
    pub quantity: Quantity,
    /// What each value of a row is of: "layer 1" or a projection; none where there is one value.
    pub parts: Vec<String>,
    /// Values in a row: layers or projections, else 1.
    pub layers: usize,
    pub values: Vec<Value>,
}

/// A figure that every page of a run has, if any of its series was measured.
#[derive(Debug, Serialize)]
pub(super) struct UsualFigure {
    pub title: String,
    /// Group of its table.
    pub group: &'static str,
    /// Names of the series, with what each is called in the figure.
    pub series: Vec<(&'static str, String)>,
}

/// Scores of all sets, and the angles to backprop.
pub(super) fn usual_figures() -> Vec<UsualFigure> {
    let scores = [metric::ACCURACY, metric::R2, metric::LOSS, metric::ENERGY].map(|scores| UsualFigure {
        title: scores.label.to_owned(),
        group: group::METRICS,
        series: scores.of_sets.iter().map(|(set, term)| (term.name, (*set).to_owned())).collect(),
    });
    let angle = metric::ANGLE.label();
    let angles = UsualFigure { title: angle.clone(), group: group::METRICS, series: vec![(metric::ANGLE.name, angle)] };
    let parts = UsualFigure {
        title: "energy of training on a stimulus, by part".to_owned(),
        group: group::COSTS,
        series: consumption::PARTS.iter().map(|(name, term)| (term.name, (*name).to_owned())).collect(),
    };
    scores.into_iter().chain([angles, parts]).collect()
}

/// All tables of a trace, and what has to be said of them. Of what is measured at every update the last update is kept.
pub(super) fn read(run: &RunResult) -> Result<(Vec<PageTable>, Vec<String>), TraceError> {
    let (mut tables, mut notes) = (vec![], vec![]);
    for table in run.tables()? {
        tables.extend(page_table(run, &table, &mut notes)?);
    }
    Ok((tables, notes))
}

fn page_table(run: &RunResult, table: &RunTable, notes: &mut Vec<String>) -> Result<Option<PageTable>, TraceError> {
    let all = table.coordinates.len();
    let rows = evenly(all, MOST_ROWS);
    if rows.len() < all {
        notes.push(format!("Of {}, {} of {all} rows are drawn, evenly spread.", table.group, rows.len()));
    }
    let mut series = vec![];
    for own in &table.series {
        // Sizes of perturbations have figures of their own.
        let known = |name: &String| axis::is_of_parts(name) || name == axis::UPDATE.name;
        if !own.inner.iter().all(|(name, _)| known(name)) {
            continue;
        }
        let (layers, width) = (own.layers(), own.width());
        let values = run.numbers(table, own)?;
        if width == 0 || values.len() != width * all {
            continue;
        }
        let kept: Vec<f64> =
            rows.iter().flat_map(|&r| values[(r + 1) * width - layers..(r + 1) * width].iter().copied()).collect();
        if kept.iter().any(|x| x.is_finite()) {
            let parts = run.part_names(table, own)?;
            series.push(PageSeries { quantity: own.quantity.clone(), parts, layers, values: measurements(&kept) });
        }
    }
    let coordinates = rows.iter().map(|&r| number(table.coordinates[r])).collect();
    let (group, axis) = (table.group.to_owned(), table.axis.clone());
    Ok((!series.is_empty()).then_some(PageTable { group, axis, coordinates, series }))
}
