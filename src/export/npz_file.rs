//! NumPy's archive: every variable and coordinate under its path, texts of the file under `attributes/`.
use super::ExportError;
use super::output::Output;
use super::source::{Item, Source};
use crate::trace::{Column, TraceReader, VariableInfo};
use npyz::npz::NpzWriter;
use npyz::zip::{CompressionMethod, DateTime, write::FileOptions};
use npyz::{AutoSerialize, DType, WriterBuilder};
use std::io::{self, BufWriter, Seek, Write};

/// Numbers that are held in memory at once, about.
const SLAB_NUMBERS: usize = 1 << 20;
/// From this size on, an entry of a zip archive gets the large form of its head.
const LARGE_BYTES: u64 = 1 << 31;

/// Writes the arrays of these groups, and returns how many.
pub(super) fn write(source: &Source, items: &[Item], mut output: Output) -> Result<usize, ExportError> {
    let error = output.error::<io::Error>();
    let mut archive = NpzWriter::new(BufWriter::new(output.writer()));
    let mut arrays = 0;
    for item in items {
        for info in source.reader().variables(&item.group)? {
            let wanted = item.variable.as_ref().is_none_or(|wanted| *wanted == info.name);
            if wanted || info.is_coordinate {
                write_variable(source.reader(), &item.group, &info, &mut archive, &error)?;
                arrays += 1;
            }
        }
    }
    for name in source.reader().attributes() {
        if let Some(text) = source.reader().text(&name) {
            write_texts(&mut archive, &format!("attributes/{name}"), &[], &[text]).map_err(&error)?;
            arrays += 1;
        }
    }
    archive.zip_writer().finish().map_err(io::Error::from).and_then(|mut file| file.flush()).map_err(&error)?;
    drop(archive);
    output.keep()?;
    Ok(arrays)
}

fn write_variable<W: Write + Seek>(
    reader: &TraceReader,
    group: &str,
    info: &VariableInfo,
    archive: &mut NpzWriter<W>,
    error: &impl Fn(io::Error) -> ExportError,
) -> Result<(), ExportError> {
    let path = format!("{group}/{}", info.name);
    let shape: Vec<u64> = info.axes.iter().map(|(_, n)| *n as u64).collect();
    let rows = info.axes.first().map_or(1, |(_, n)| *n);
    let row: usize = info.axes.iter().skip(1).map(|(_, n)| *n).product();
    let step = (SLAB_NUMBERS / row.max(1)).max(1);
    let slabs = (0..rows).step_by(step).map(|start| match info.axes.is_empty() {
        true => reader.read_column(&path),
        false => reader.read_rows(&path, start..rows.min(start + step)),
    });
    macro_rules! write_numbers {
        ($kind:ident) => {{
            let mut array = begin(archive, &path, &shape).map_err(error)?;
            for slab in slabs {
                // Every slab of a variable has the type of the variable.
                let Column::$kind(numbers) = slab? else { break };
                array.extend(numbers).map_err(error)?;
            }
            array.finish().map_err(error)
        }};
    }
    match reader.read_rows(&path, 0..0)? {
        Column::F32(_) => write_numbers!(F32),
        Column::F64(_) => write_numbers!(F64),
        Column::I64(_) => write_numbers!(I64),
        Column::Text(_) => {
            let Column::Text(texts) = reader.read_column(&path)? else { return Ok(()) };
            write_texts(archive, &path, &shape, &texts).map_err(error)
        }
    }
}

type ArrayWriter<'w, T, W> = npyz::NpyWriter<T, &'w mut npyz::zip::ZipWriter<W>>;

fn begin<'w, T: AutoSerialize, W: Write + Seek>(
    archive: &'w mut NpzWriter<W>,
    path: &str,
    shape: &[u64],
) -> io::Result<ArrayWriter<'w, T, W>> {
    archive.array(path, options(8 * shape.iter().product::<u64>()))?.default_dtype().shape(shape).begin_nd()
}

/// Writes texts as NumPy has them: all as long as the longest.
fn write_texts<W: Write + Seek>(
    archive: &mut NpzWriter<W>,
    path: &str,
    shape: &[u64],
    texts: &[String],
) -> io::Result<()> {
    let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    let bytes = 4 * longest as u64 * texts.len() as u64;
    let element = format!("<U{longest}").parse().map_err(io::Error::other)?;
    let mut array = archive.array::<str>(path, options(bytes))?.dtype(DType::Plain(element)).shape(shape).begin_nd()?;
    texts.iter().try_for_each(|text| array.push(text))?;
    array.finish()
}

/// Compressed, and without the time of day: the same numbers give the same bytes.
fn options(bytes: u64) -> FileOptions {
    let options = FileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(1));
    options.last_modified_time(DateTime::default()).large_file(bytes >= LARGE_BYTES)
}
