//! Traces and sweeps in the files of other programs.
//!
//! | format | what | file |
//! |---|---|---|
//! | `csv` (`csv_file`), `parquet` (`parquet_file`) | tables in long form (`table`) | one a group, in a folder; one file for one group or variable |
//! | `npz` (`npz_file`) | every variable and coordinate as an array under its path | one |
//! | `nir` (`nir_file`, `nir_graph`) | the network as a graph of the Neuromorphic Intermediate Representation | one |
//!
//! Files appear under their name only when they are whole; a file that has the name already is replaced.
mod csv_file;
mod error;
mod nir_file;
mod nir_graph;
mod npz_file;
mod output;
mod parquet_file;
mod source;
mod table;

pub use error::ExportError;
pub use nir_file::WhichWeights;

use output::{Output, prepare};
use source::Source;
use std::path::{Path, PathBuf};

/// Format of the files that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text, a line a row.
    Csv,
    /// NumPy's archive of arrays.
    Npz,
    /// Columns with types, compressed.
    Parquet,
    /// Graph of the Neuromorphic Intermediate Representation.
    Nir,
}

impl Format {
    /// Its name, which is also the extension of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Npz => "npz",
            Self::Parquet => "parquet",
            Self::Nir => "nir",
        }
    }
}

/// What is exported, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct Export<'a> {
    /// A trace, a sweep, or a folder that holds one.
    pub from: &'a Path,
    /// Format.
    pub to: Format,
    /// A group, a variable, or the beginning of the paths of several; everything if `None`.
    pub what: Option<&'a str>,
    /// Which weights a graph gets; `None` takes the best if there are such, else the final ones.
    pub weights: Option<WhichWeights>,
    /// File or folder; `None` takes a name next to the file that is read.
    pub out: Option<&'a Path>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Its name.
    pub file: PathBuf,
    /// What is in it, for people.
    pub holds: String,
}

/// Writes the files.
///
/// # Errors
/// If the source cannot be read or lacks what is asked for, or a file cannot be written.
pub fn export(export: &Export) -> Result<Vec<Exported>, ExportError> {
    let source = Source::open(export.from)?;
    match export.to {
        Format::Csv | Format::Parquet => write_tables(export, &source),
        Format::Npz => {
            let file = single(export, &source);
            let items = source.select(export.what)?;
            prepare(&file)?;
            let arrays = npz_file::write(&source, &items, Output::create(&file)?)?;
            Ok(vec![Exported { file, holds: format!("{arrays} arrays") }])
        }
        Format::Nir => {
            if export.what.is_some() {
                return Err(ExportError::WhatOfGraph);
            }
            let graph = nir_file::graph(&source, export.weights)?;
            let file = single(export, &source);
            prepare(&file)?;
            let holds = graph.describe();
            graph.write(&file)?;
            Ok(vec![Exported { file, holds }])
        }
    }
}

/// The name of the one file of an export.
fn single(export: &Export, source: &Source) -> PathBuf {
    export.out.map_or_else(|| source.path().with_extension(export.to.name()), Path::to_owned)
}

fn write_tables(export: &Export, source: &Source) -> Result<Vec<Exported>, ExportError> {
    let items = source.select(export.what)?;
    let extension = export.to.name();
    let one = items.len() == 1 && export.what.is_some();
    if let Some(out) = export.out
        && !one
        && out.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
    {
        let groups = items.iter().map(|item| item.group.clone()).collect();
        return Err(ExportError::SeveralTables { out: out.to_owned(), groups });
    }
    let mut written = vec![];
    for item in &items {
        let file = match export.out {
            Some(out) if one => out.to_owned(),
            Some(out) => out.join(format!("{}.{extension}", item.path())),
            None => source.folder(extension).join(format!("{}.{extension}", item.path())),
        };
        let table = table::Table::new(source, item)?;
        prepare(&file)?;
        let output = Output::create(&file)?;
        match export.to {
            Format::Csv => csv_file::write(&table, output)?,
            _ => parquet_file::write(source, &table, output)?,
        }
        let (rows, columns) = (table.rows(), table.columns.len());
        written.push(Exported { file, holds: format!("{rows} rows, {columns} columns") });
    }
    Ok(written)
}
