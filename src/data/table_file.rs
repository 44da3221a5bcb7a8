//! Tables in files, column by column: CSV and Parquet.
use super::foreign::without_panic;
use super::{DataError, unreadable};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// A table.
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
}

/// A column of a table.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Cells,
}

/// What a column holds; what is missing is NaN, or an empty text.
pub(super) enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// What stands for a value that is missing, as pandas and R write it.
pub(super) const MISSING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"];

/// Reads a table; `header` says whether the first line of a text has the names of the columns.
pub(super) fn read(path: &Path, header: bool) -> Result<Table, DataError> {
    let failed = |source| DataError::Read { file: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut start = [0; 4];
    let found = file.read(&mut start).map_err(failed)?;
    if start[..found] == *b"PAR1" {
        let broken = |reason| wrong(path, format!("cannot be read as Parquet: {reason}"));
        return without_panic(|| read_parquet(path)).map_err(broken)?;
    }
    match unreadable::of_file(path) {
        Some(what) if !what.starts_with("gzip") => Err(DataError::Unreadable { file: path.to_owned(), what }),
        _ => read_csv(path, header),
    }
}

fn wrong(path: &Path, rule: impl Into<String>) -> DataError {
    DataError::Table { place: path.display().to_string(), rule: rule.into() }
}

fn read_csv(path: &Path, header: bool) -> Result<Table, DataError> {
    let failed = |source| DataError::Read { file: path.to_owned(), source };
    let file = super::byte_file::ByteFile::open(path)?;
    let mut text = vec![];
    BufReader::new(file).read_to_end(&mut text).map_err(failed)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator(text)).has_headers(header).trim(csv::Trim::All).from_reader(text);
    let told = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line) as usize;
        let rule = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("has {len} cells where the table has {expected_len} columns")
            }
            csv::ErrorKind::Utf8 { .. } => "is no text in UTF-8".to_owned(),
            other => format!("{other:?}"),
        };
        DataError::Line { file: path.to_owned(), line, rule }
    };
    let mut columns: Vec<Column> = vec![];
    if header {
        for name in reader.headers().map_err(told)? {
            if columns.iter().any(|column| column.name == name) {
                return Err(wrong(path, format!("two columns are called {name:?}")));
            }
            columns.push(Column { name: name.to_owned(), cells: Cells::Numbers(vec![]) });
        }
    }
    let (mut record, mut rows) = (csv::StringRecord::new(), 0);
    // What stood in a column of numbers before its first text.
    let mut before: Vec<Vec<String>> = vec![vec![]; columns.len()];
    while reader.read_record(&mut record).map_err(told)? {
        if rows == 0 && !header {
            columns.extend((0..record.len()).map(|k| Column { name: k.to_string(), cells: Cells::Numbers(vec![]) }));
            before = vec![vec![]; columns.len()];
        }
        for ((column, cell), before) in columns.iter_mut().zip(&record).zip(&mut before) {
            push(column, cell, before, rows);
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(wrong(path, "has no rows"));
    }
    Ok(Table { path: path.to_owned(), columns, rows })
}

/// How a number that was read as such is told from its text: only whole names of classes matter, so that a column which turns out to
/// be one of texts is made of the texts that were there.
fn push(column: &mut Column, cell: &str, before: &mut Vec<String>, rows: usize) {
    /// Rows of which the texts are kept: names of classes that look like numbers come mixed from the start.
    const KEPT: usize = 10_000;
    match &mut column.cells {
        Cells::Texts(texts) => texts.push(cell.to_owned()),
        Cells::Numbers(numbers) => {
            let is_missing = MISSING.contains(&cell);
            match cell.parse::<f64>() {
                Ok(number) if !is_missing => numbers.push(number),
                _ if is_missing => numbers.push(f64::NAN),
                _ => {
                    let mut texts = std::mem::take(before);
                    texts.extend(numbers.iter().skip(texts.len()).map(f64::to_string));
                    texts.push(cell.to_owned());
                    column.cells = Cells::Texts(texts);
                    return;
                }
            }
            if rows < KEPT {
                before.push(cell.to_owned());
            }
        }
    }
}

/// What separates the cells: the sign of which the first line has most.
fn separator(text: &[u8]) -> u8 {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| line.iter().filter(|&&byte| byte == sign).count();
    [b'\t', b';', b','].into_iter().max_by_key(|&sign| count(sign)).unwrap_or(b',')
}

fn read_parquet(path: &Path) -> Result<Table, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read { file: path.to_owned(), source })?;
    let told = |error: parquet::errors::ParquetError| {
        let text = error.to_string();
        let compressed = ["LZ4", "BROTLI", "LZO"].iter().find(|name| text.to_uppercase().contains(*name));
        wrong(
            path,
            compressed.map_or(text.clone(), |name| {
                format!("is compressed by {name}, which is not built into this program: write it with snappy or gzip")
            }),
        )
    };
    let reader = SerializedFileReader::new(file).map_err(told)?;
    let fields = reader.metadata().file_metadata().schema().get_fields().to_vec();
    let name = |field: &parquet::schema::types::TypePtr| field.name().to_owned();
    let mut columns: Vec<Column> =
        fields.iter().map(|field| Column { name: name(field), cells: Cells::Numbers(vec![]) }).collect();
    let mut rows = 0;
    for row in reader.get_row_iter(None).map_err(told)? {
        for (column, (name, field)) in columns.iter_mut().zip(row.map_err(told)?.into_columns()) {
            let number = match field {
                Field::Null => None,
                Field::Bool(truth) => Some(f64::from(u8::from(truth))),
                Field::Byte(x) => Some(x.into()),
                Field::Short(x) => Some(x.into()),
                Field::Int(x) => Some(x.into()),
                Field::Long(x) => Some(x as f64),
                Field::UByte(x) => Some(x.into()),
                Field::UShort(x) => Some(x.into()),
                Field::UInt(x) => Some(x.into()),
                Field::ULong(x) => Some(x as f64),
                Field::Float16(x) => Some(x.to_f64()),
                Field::Float(x) => Some(x.into()),
                Field::Double(x) => Some(x),
                Field::Str(text) => {
                    // Before the first text of a column of them there is nothing.
                    if let Cells::Numbers(missing) = &column.cells {
                        column.cells = Cells::Texts(vec![String::new(); missing.len()]);
                    }
                    if let Cells::Texts(texts) = &mut column.cells {
                        texts.push(text);
                    }
                    continue;
                }
                other => {
                    let rule = format!("column {name:?} holds {other}, neither a number nor a text: leave it out");
                    return Err(wrong(path, rule));
                }
            };
            match &mut column.cells {
                Cells::Numbers(numbers) => numbers.push(number.unwrap_or(f64::NAN)),
                Cells::Texts(texts) => texts.push(number.map_or(String::new(), |x| x.to_string())),
            }
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(wrong(path, "has no rows"));
    }
    Ok(Table { path: path.to_owned(), columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, header: bool) -> Result<Table, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path(), header).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_numbers_unless_a_cell_is_none() {
        let found = table("\u{feff}a;b ; c\n1; 2.5;x\n;NA;3\n", true).unwrap();
        let [a, b, c] = &found.columns[..] else { panic!("three columns") };
        assert_eq!((a.name.as_str(), b.name.as_str(), c.name.as_str(), found.rows), ("a", "b", "c", 2));
        assert!(matches!(&a.cells, Cells::Numbers(x) if x[0] == 1.0 && x[1].is_nan()));
        assert!(matches!(&b.cells, Cells::Numbers(x) if x[0] == 2.5 && x[1].is_nan()));
        assert!(matches!(&c.cells, Cells::Texts(x) if *x == ["x", "3"]));
        // What looked like a number keeps its text.
        let found = table("1,007\n2,x\n", false).unwrap();
        assert!(matches!(&found.columns[1].cells, Cells::Texts(x) if *x == ["007", "x"]));
        assert_eq!(found.columns[1].name, "1");
    }

    #[test]
    fn a_table_that_is_none_is_told() {
        let told = |text| table(text, true).err().unwrap();
        assert!(told("a,b\n1,2\n1\n").ends_with("line 3: has 1 cells where the table has 2 columns"));
        assert!(told("a,a\n1,2\n").ends_with("two columns are called \"a\""));
        assert!(told("a,b\n").ends_with("has no rows"));
        assert!(told("<!DOCTYPE html>").contains("web page"));
    }
}
