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
}

/// Reads all points. They stand in the order of the arrays, row by row.
pub(super) fn read(reader: &TraceReader, file: &SweepFile) -> Result<Vec<PagePoint>, ReportError> {
    let columns = Columns { reader, variables: reader.variables("points")? };
    let status = columns.read("status")?.ok_or_else(|| layout(reader, "points/status", "is missing"))?;
    if status.len() != file.slots() {
        let rule = format!("must be as many as the axes have places, {}, got {}", file.slots(), status.len());
        return Err(layout(reader, "points/status", rule));
    }
    let (steps, messages) = (columns.read("diverged_step")?, columns.read("message")?);
    let settings = columns.read("settings")?;
    let seeds = ["data", "init", "chip", "noise"]
        .into_iter()
        .map(|name| Ok((name, columns.read(&format!("seed_{name}"))?)))
        .collect::<Result<Vec<_>, TraceError>>()?;
    let layers =
        if reader.contains("final/diverged_layer") { reader.read("final/diverged_layer")?.values } else { vec![] };
    let at = |column: &Option<Vec<Value>>, p: usize| column.as_ref().map_or(Value::Null, |values| values[p].clone());
    let point = |(p, status): (usize, &Value)| PagePoint {
        index: p,
        slot: p,
        status: status.as_u64().map_or(0, |s| s as usize).min(STATUSES.len() - 1),
        diverged_step: at(&steps, p),
        diverged_layer: layers.get(p).map_or(Value::Null, |&x| number(x)),
        message: at(&messages, p).as_str().unwrap_or_default().to_owned(),
        settings: at(&settings, p).as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
        seeds: seeds.iter().filter(|(_, c)| c.is_some()).map(|(name, c)| ((*name).to_owned(), at(c, p))).collect(),
        coordinates: file.coordinates(p),
    };
    Ok(status.iter().enumerate().map(point).collect())
}

/// Whether an axis has more than one value.
pub(super) fn varies(axis: &SweepAxis) -> bool {
    axis.values.iter().any(|value| *value != axis.values[0])
}
