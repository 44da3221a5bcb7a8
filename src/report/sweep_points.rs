//! The points of a sweep: where each stands, how it ended, its settings and seeds.
use super::ReportError;
use super::numbers::number;
use super::sweep_file::{SweepAxis, SweepFile, layout};
use crate::trace::{TraceError, TraceReader, VariableInfo};
use serde::Serialize;
use serde_json::{Map, Value};

/// Names of the statuses, by number.
pub(super) const STATUSES: [&str; 5] = ["missing", "complete", "diverged", "failed", "non-finite"];

/// A point on the page.
#[derive(Debug, Serialize)]
pub(super) struct PagePoint {
    pub index: usize,
    /// Where it stands in the arrays of the sweep, row by row.
    pub slot: usize,
    pub status: usize,
    pub diverged_step: Value,
    pub diverged_layer: Value,
    pub message: String,
    /// Settings of this point that differ from the base, by key.
    pub settings: Value,
    pub seeds: Map<String, Value>,
    /// One for each axis of the file.
    pub coordinates: Vec<Value>,
}

/// The variables of the group `points`.
struct Columns<'r> {
    reader: &'r TraceReader,
    variables: Vec<VariableInfo>,
}

impl Columns<'_> {
    /// A column as JSON; nothing if the file has none of this name.
    fn read(&self, name: &str) -> Result<Option<Vec<Value>>, TraceError> {
        let Some(variable) = self.variables.iter().find(|v| v.name == name) else { return Ok(None) };
        let place = format!("points/{name}");
        Ok(Some(if variable.element == "text" {
            self.reader.read_texts(&place)?.into_iter().map(Value::from).collect()
        } else {
            self.reader.read(&place)?.values.into_iter().map(number).collect()
        }))
    }

    fn needed(&self, name: &str) -> Result<Vec<Value>, ReportError> {
        self.read(name)?.ok_or_else(|| layout(self.reader, &format!("points/{name}"), "is missing"))
    }
}

/// Reads all points.
pub(super) fn read(reader: &TraceReader, file: &SweepFile) -> Result<Vec<PagePoint>, ReportError> {
    let columns = Columns { reader, variables: reader.variables("points")? };
    let status = columns.needed("status")?;
    let coordinates = file.all_axes.iter().map(|axis| columns.needed(&axis.name)).collect::<Result<Vec<_>, _>>()?;
    let (steps, messages) = (columns.read("diverged_step")?, columns.read("message")?);
    let (layers, settings) = (columns.read("diverged_layer")?, columns.read("settings")?);
    let seeds = ["data", "init", "chip", "noise"]
        .into_iter()
        .map(|name| Ok((name, columns.read(&format!("seed_{name}"))?)))
        .collect::<Result<Vec<_>, TraceError>>()?;
    let finals = match reader.contains("final/diverged_layer") {
        true => reader.read("final/diverged_layer")?.values,
        false => vec![],
    };
    let at = |column: &Option<Vec<Value>>, p: usize| column.as_ref().map_or(Value::Null, |values| values[p].clone());
    let mut points = vec![];
    for (p, status) in status.iter().enumerate() {
        let of_point: Vec<Value> = coordinates.iter().map(|column| column[p].clone()).collect();
        let slot = slot(file, &of_point)
            .ok_or_else(|| layout(reader, &format!("points, point {p}"), "its coordinates must be on the axes"))?;
        let layer = match at(&layers, p) {
            Value::Null => finals.get(slot).map_or(Value::Null, |&x| number(x)),
            layer => layer,
        };
        points.push(PagePoint {
            index: p,
            slot,
            status: status.as_u64().map_or(0, |s| s as usize).min(STATUSES.len() - 1),
            diverged_step: at(&steps, p),
            diverged_layer: layer,
            message: at(&messages, p).as_str().unwrap_or_default().to_owned(),
            settings: at(&settings, p).as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
            seeds: seeds.iter().filter(|(_, column)| column.is_some()).map(|(name, c)| ((*name).to_owned(), at(c, p))).collect(),
            coordinates: of_point,
        });
    }
    Ok(points)
}

/// The place in the arrays with these coordinates, one for each axis of the file.
fn slot(file: &SweepFile, coordinates: &[Value]) -> Option<usize> {
    file.axes.iter().try_fold(0, |slot, axis| {
        let at = file.all_axes.iter().position(|other| other.name == axis.name)?;
        let place = axis.values.iter().position(|value| *value == coordinates[at])?;
        Some(slot * axis.values.len() + place)
    })
}

/// Whether an axis has more than one value.
pub(super) fn varies(axis: &SweepAxis) -> bool {
    axis.values.iter().any(|value| *value != axis.values[0])
}
