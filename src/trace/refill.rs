//! A journal that goes on where the trace of a run which has ended stopped.
use super::column::Column;
use super::error::TraceError;
use super::layout::{Row, StreamGroup};
use super::reader::TraceReader;
use super::recorder::Recorder;
use std::path::Path;

/// Rows that are read at a time.
const ROWS: usize = 64;

/// Begins a new journal with everything that the trace holds of these streams.
///
/// # Errors
/// If the trace holds no such streams or cannot be read, or the journal cannot be written.
pub fn refill(path: &Path, streams: Vec<StreamGroup>, trace: &TraceReader) -> Result<Recorder, TraceError> {
    let groups = streams.clone();
    let mut recorder = Recorder::create(path, streams)?;
    for (stream, group) in groups.iter().enumerate() {
        let object = format!("{}/{}", group.path, group.growing.name);
        let Column::I64(coordinates) = trace.read_column(&object)? else {
            return Err(trace.damaged(&object, "numbers that count no rows"));
        };
        for (block, coordinates) in coordinates.chunks(ROWS).enumerate() {
            let rows = block * ROWS..block * ROWS + coordinates.len();
            let read = |name: &str| trace.read_rows(&format!("{}/{name}", group.path), rows.clone());
            let columns = group.variables.iter().map(|own| read(&own.name)).collect::<Result<Vec<_>, _>>()?;
            for (row, &coordinate) in coordinates.iter().enumerate() {
                let parts: Vec<Row> = columns.iter().map(|own| row_of(own, row, coordinates.len())).collect();
                recorder.push(stream, coordinate, &parts)?;
            }
        }
    }
    Ok(recorder)
}

/// Row `row` of so many.
fn row_of(column: &Column, row: usize, rows: usize) -> Row<'_> {
    let length = column.len() / rows;
    let own = row * length..(row + 1) * length;
    match column {
        Column::F32(numbers) => Row::F32(&numbers[own]),
        Column::F64(numbers) => Row::F64(&numbers[own]),
        Column::I64(numbers) => Row::I64(&numbers[own]),
        Column::Text(texts) => Row::Text(&texts[own]),
    }
}
