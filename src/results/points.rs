//! The points of a sweep: how each ended, its settings and seeds.
use super::error::ResultsError;
use super::sweep::SweepResult;
use crate::trace::TraceError;
use crate::vocabulary::metric::{DIVERGED_LAYER, DIVERGED_STEP};
use crate::vocabulary::place::{file, group};
use crate::vocabulary::seed::{SEEDS, Seed};
use crate::vocabulary::state::{MESSAGE, SETTINGS, STATUS};
use crate::vocabulary::{PointStatus, Term};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct PointResult {
    /// Its number, in row-major order of the axes.
    pub index: usize,
    /// How it ended.
    pub status: PointStatus,
    /// Training step at which it diverged.
    pub diverged_step: Option<f64>,
    /// Layer in which it diverged.
    pub diverged_layer: Option<f64>,
    /// Why it did not end well.
    pub message: String,
    /// Settings in which it differs from the base, by dotted key.
    pub settings: Value,
    /// Its seeds.
    pub seeds: Vec<(Seed, u64)>,
}

/// Reads all points, in their order.
///
/// # Errors
/// If the file does not say how they ended, or cannot be read.
pub fn read(sweep: &SweepResult) -> Result<Vec<PointResult>, ResultsError> {
    let reader = sweep.reader();
    let path = |group: &str, name: &str| format!("{group}/{name}");
    let numbers = |group: &str, name: &str| -> Result<Vec<f64>, TraceError> {
        let path = path(group, name);
        if reader.contains(&path) { Ok(reader.read(&path)?.values) } else { Ok(vec![]) }
    };
    let texts = |term: &Term| -> Result<Vec<String>, TraceError> {
        let path = path(group::POINTS, term.name);
        if reader.contains(&path) { reader.read_texts(&path) } else { Ok(vec![]) }
    };
    if !reader.contains(&path(group::POINTS, STATUS.name)) {
        return Err(ResultsError::layout(reader.path(), path(group::POINTS, STATUS.name), "is missing"));
    }
    let status = numbers(group::POINTS, STATUS.name)?;
    let steps = numbers(group::POINTS, DIVERGED_STEP.name)?;
    let layers = numbers(group::FINAL, DIVERGED_LAYER.name)?;
    let (messages, settings) = (texts(&MESSAGE)?, texts(&SETTINGS)?);
    let seeds = SEEDS.into_iter().map(|seed| Ok((seed, numbers(group::POINTS, seed.name)?)));
    let seeds = seeds.collect::<Result<Vec<_>, TraceError>>()?;
    let known = |column: &[f64], index: usize| column.get(index).copied().filter(|x| x.is_finite());
    let point = |(index, status): (usize, &f64)| PointResult {
        index,
        status: PointStatus::from_code(*status).unwrap_or(PointStatus::Missing),
        diverged_step: known(&steps, index),
        diverged_layer: known(&layers, index),
        message: messages.get(index).cloned().unwrap_or_default(),
        settings: settings.get(index).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
        seeds: seeds.iter().filter_map(|(seed, column)| Some((*seed, known(column, index)? as u64))).collect(),
    };
    Ok(status.iter().enumerate().map(point).collect())
}

/// Where the trace of a point is, if it was kept.
pub fn trace(sweep: &SweepResult, index: usize) -> PathBuf {
    let folder = sweep.reader().path().parent().unwrap_or(Path::new(""));
    folder.join(file::POINTS).join(file::point(index)).join(file::TRACE)
}
