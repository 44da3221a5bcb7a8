//! The tables of a trace for the page: every series along epochs or steps, thinned.
use super::numbers::{evenly, measurements};
use crate::trace::{TraceError, TraceReader};
use serde::Serialize;
use serde_json::Value;

/// Rows of a table on the page.
const MOST_ROWS: usize = 400;

/// A group of series along one axis.
#[derive(Debug, Serialize)]
pub(super) struct PageTable {
    pub group: String,
    /// `epoch` or `step`.
    pub axis: String,
    pub coordinates: Vec<Value>,
    pub series: Vec<PageSeries>,
}

/// A series, row by row.
#[derive(Debug, Serialize)]
pub(super) struct PageSeries {
    pub name: String,
    pub long_name: String,
    pub units: String,
    /// Whether there is one value for each layer.
    pub per_layer: bool,
    /// Values in a row: layers, else 1.
    pub layers: usize,
    pub values: Vec<Value>,
}

/// All tables of a trace, and what has to be said of them. Of what is measured at every visit the last visit is kept.
pub(super) fn read(reader: &TraceReader) -> Result<(Vec<PageTable>, Vec<String>), TraceError> {
    let (mut tables, mut notes) = (vec![], vec![]);
    for group in reader.groups()? {
        if group.contains('/') {
            // States, weights and single synapses.
            continue;
        }
        let Some(table) = read_group(reader, &group, &mut notes)? else { continue };
        tables.push(table);
    }
    Ok((tables, notes))
}

fn read_group(reader: &TraceReader, group: &str, notes: &mut Vec<String>) -> Result<Option<PageTable>, TraceError> {
    let variables = reader.variables(group)?;
    let main = variables.iter().find(|v| v.is_coordinate && ["epoch", "step"].contains(&v.name.as_str()));
    let Some(axis) = main.map(|v| v.name.clone()) else { return Ok(None) };
    let coordinates = reader.read(&format!("{group}/{axis}"))?.values;
    let rows = evenly(coordinates.len(), MOST_ROWS);
    if rows.len() < coordinates.len() {
        notes.push(format!("Of {group}, {} of {} rows are drawn, evenly spread.", rows.len(), coordinates.len()));
    }
    let mut series = vec![];
    for variable in variables.iter().filter(|v| !v.is_coordinate && v.name != "visited_layer") {
        let names: Vec<&str> = variable.axes.iter().map(|(name, _)| name.as_str()).collect();
        let (visits, per_layer) = match names[..] {
            [first] if first == axis => (1, false),
            [first, "layer"] if first == axis => (1, true),
            [first, "visit"] if first == axis => (variable.axes[1].1, false),
            [first, "visit", "layer"] if first == axis => (variable.axes[1].1, true),
            _ => continue,
        };
        let layers = if per_layer { variable.axes.last().map_or(1, |(_, length)| *length) } else { 1 };
        let values = reader.read(&format!("{group}/{}", variable.name))?.values;
        let row = visits * layers;
        if row == 0 || values.len() != row * coordinates.len() {
            continue;
        }
        let kept: Vec<f64> =
            rows.iter().flat_map(|&r| values[(r + 1) * row - layers..(r + 1) * row].iter().copied()).collect();
        if kept.iter().any(|x| x.is_finite()) {
            series.push(PageSeries {
                name: variable.name.clone(),
                long_name: variable.long_name.clone(),
                units: variable.units.clone(),
                per_layer,
                layers,
                values: measurements(&kept),
            });
        }
    }
    let coordinates = rows.iter().map(|&r| super::numbers::number(coordinates[r])).collect();
    Ok((!series.is_empty()).then_some(PageTable { group: group.to_owned(), axis, coordinates, series }))
}
