//! The scores of a run as a table that grows while it trains, for whoever wants to look before there is a trace.
use super::error::RunError;
use super::folder::RunFolder;
use crate::measure::{RowAxis, Table};
use std::fs::File;
use std::io::{self, Write};

/// `metrics.csv` of a run: a row for each epoch, a column for each score, and for each layer or projection of those that have
/// several. What was not measured is empty.
pub(super) struct MetricsFile {
    file: File,
    rows: usize,
}

impl MetricsFile {
    /// Begins it, with what a resumed run has measured so far.
    pub(super) fn create(folder: &RunFolder, metrics: &Table) -> Result<Self, RunError> {
        let path = folder.metrics();
        let failed = |source| RunError::Io { path: path.clone(), source };
        let mut own = Self { file: File::create(&path).map_err(failed)?, rows: 0 };
        own.file.write_all(header(metrics).as_bytes()).map_err(failed)?;
        own.add(metrics).map_err(failed)?;
        Ok(own)
    }

    /// Adds the rows that are new.
    pub(super) fn add(&mut self, metrics: &Table) -> io::Result<()> {
        let new: String = (self.rows..metrics.coordinates.len()).map(|row| line(metrics, row)).collect();
        self.rows = metrics.coordinates.len();
        self.file.write_all(new.as_bytes())?;
        self.file.flush()
    }
}

/// Series with a column or several.
fn columns(metrics: &Table) -> impl Iterator<Item = (&str, RowAxis, usize)> {
    metrics.series.iter().map(|series| (series.name, series.axis, metrics.width(series.axis)))
}

fn header(metrics: &Table) -> String {
    let mut names = vec![metrics.axis.to_owned()];
    for (name, axis, width) in columns(metrics) {
        match axis {
            RowAxis::Scalar => names.push(name.to_owned()),
            _ => names.extend((1..=width).map(|k| format!("{name}_{k}"))),
        }
    }
    names.join(",") + "\n"
}

fn line(metrics: &Table, row: usize) -> String {
    let mut cells = vec![metrics.coordinates[row].to_string()];
    for (name, ..) in columns(metrics) {
        let numbers = metrics.row(name, row).unwrap_or_default();
        cells.extend(numbers.iter().map(|x| if x.is_nan() { String::new() } else { x.to_string() }));
    }
    cells.join(",") + "\n"
}
