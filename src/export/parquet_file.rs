//! Parquet: the columns of a table with their types, compressed, one row group a slab.
//!
//! The file's own metadata hold the title, settings and version of the source, and, as `columns`, what each column is and
//! its unit.
use super::ExportError;
use super::output::Output;
use super::source::Source;
use super::table::{Slab, Table, TableColumn};
use crate::trace::Column;
use crate::vocabulary::place::attribute;
use parquet::basic::{Compression, ConvertedType, GzipLevel, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// Attributes of the source that the file repeats.
const ATTRIBUTES: [&str; 5] =
    [attribute::TITLE, attribute::CONVENTIONS, attribute::CONFIG, attribute::SWEEP, attribute::VERSION];

/// Writes a table.
pub(super) fn write(source: &Source, table: &Table, mut output: Output) -> Result<(), ExportError> {
    let error = output.error::<ParquetError>();
    let schema = Arc::new(schema(table).map_err(&error)?);
    let properties = properties(source, table).map_err(&error)?;
    let mut writer = SerializedFileWriter::new(output.writer(), schema, Arc::new(properties)).map_err(&error)?;
    table.for_each_slab(|slab| {
        let mut group = writer.next_row_group().map_err(&error)?;
        write_slab(&slab, &table.columns, &mut group).and_then(|()| group.close().map(drop)).map_err(&error)
    })?;
    writer.close().map_err(&error)?;
    output.keep()
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let field = |column: &TableColumn| {
        let (physical, logical, converted) = match column.element {
            Column::F32(_) => (Physical::FLOAT, None, ConvertedType::NONE),
            Column::F64(_) => (Physical::DOUBLE, None, ConvertedType::NONE),
            Column::I64(_) => (Physical::INT64, None, ConvertedType::NONE),
            Column::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
        };
        let repetition = if column.has_gaps { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(&column.name, physical).with_repetition(repetition);
        field.with_logical_type(logical).with_converted_type(converted).build().map(Arc::new)
    };
    let fields = table.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build()
}

fn properties(source: &Source, table: &Table) -> Result<WriterProperties, ParquetError> {
    let text = |name: &str| Some(KeyValue::new(name.to_owned(), source.reader().text(name)?));
    let mut metadata: Vec<KeyValue> = ATTRIBUTES.iter().filter_map(|name| text(name)).collect();
    let mut columns = json!({});
    for column in &table.columns {
        columns[&column.name] = json!({attribute::LONG_NAME: column.long_name, attribute::UNITS: column.units});
    }
    metadata.push(KeyValue::new("columns".to_owned(), columns.to_string()));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("dyadsim ", env!("CARGO_PKG_VERSION")).to_owned())
        // Noisy states hardly get smaller with more effort.
        .set_compression(Compression::GZIP(GzipLevel::try_new(1)?))
        .set_key_value_metadata(Some(metadata));
    Ok(properties.build())
}

fn write_slab<W: Write + Send>(
    slab: &Slab,
    columns: &[TableColumn],
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<(), ParquetError> {
    for (entries, column) in slab.columns.iter().zip(columns) {
        let Some(mut writer) = group.next_column()? else { break };
        // Of a column with gaps the file says for each row whether it has an entry.
        let present = column.has_gaps.then(|| vec![i16::from(entries.is_some()); slab.rows]);
        let present = present.as_deref();
        match entries.as_ref().unwrap_or(&column.element) {
            Column::F32(x) => put::<FloatType>(&mut writer, x, present)?,
            Column::F64(x) => put::<DoubleType>(&mut writer, x, present)?,
            Column::I64(x) => put::<Int64Type>(&mut writer, x, present)?,
            Column::Text(x) => {
                let x: Vec<ByteArray> = x.iter().map(|text| text.as_str().into()).collect();
                put::<ByteArrayType>(&mut writer, &x, present)?;
            }
        }
        writer.close()?;
    }
    Ok(())
}

fn put<T: DataType>(
    writer: &mut SerializedColumnWriter,
    entries: &[T::T],
    present: Option<&[i16]>,
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(entries, present, None).map(drop)
}
