//! Comma-separated values: a head of column names, then a line a row.
//!
//! Numbers have the fewest digits from which their own precision reads them back bit for bit; what a row does not have
//! is empty, what is not a number is `NaN`.
use super::ExportError;
use super::output::Output;
use super::table::{Slab, Table};
use crate::trace::Column;
use csv::Writer;
use serde::Serialize;
use std::io::Write;

/// An entry of a line.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell<'a> {
    Empty(()),
    F32(f32),
    F64(f64),
    I64(i64),
    Text(&'a str),
}

/// Writes a table.
pub(super) fn write(table: &Table, mut output: Output) -> Result<(), ExportError> {
    let error = output.error::<csv::Error>();
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(output.writer());
    writer.write_record(table.columns.iter().map(|column| &column.name)).map_err(&error)?;
    table.for_each_slab(|slab| write_slab(&slab, &mut writer).map_err(&error))?;
    writer.flush().map_err(|source| error(source.into()))?;
    drop(writer);
    output.keep()
}

fn write_slab<W: Write>(slab: &Slab, writer: &mut Writer<W>) -> csv::Result<()> {
    let mut line = Vec::with_capacity(slab.columns.len());
    for row in 0..slab.rows {
        line.clear();
        line.extend(slab.columns.iter().map(|column| match column {
            None => Cell::Empty(()),
            Some(Column::F32(x)) => Cell::F32(x[row]),
            Some(Column::F64(x)) => Cell::F64(x[row]),
            Some(Column::I64(x)) => Cell::I64(x[row]),
            Some(Column::Text(x)) => Cell::Text(&x[row]),
        }));
        writer.serialize(&line)?;
    }
    Ok(())
}
