//! `dyad list`.
use super::console::outln;
use crate::error::Error;
use crate::results::listing::{Entry, entries};
use crate::vocabulary::number::{NONE, percent};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Folders of runs and sweeps, or of folders of such [default: runs].
    folders: Vec<PathBuf>,
    /// What they are sorted by.
    #[arg(long, default_value = "name")]
    sort: Order,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// Path of the folder
    Name,
    /// The latest first
    Date,
    /// The best first
    Accuracy,
}

const HEAD: [&str; 6] = ["folder", "", "status", "epochs", "accuracy", "date"];

/// Prints a table of what stands in folders.
pub(super) fn list(arguments: &ListArguments) -> Result<ExitCode, Error> {
    let usual = [PathBuf::from("runs")];
    let folders = if arguments.folders.is_empty() { &usual[..] } else { &arguments.folders };
    if let Some(folder) = folders.iter().find(|folder| !folder.is_dir()) {
        return Err(Error::NoFolder(folder.clone()));
    }
    let mut found = entries(folders).map_err(|source| Error::List { folder: folders[0].clone(), source })?;
    match arguments.sort {
        Order::Name => {}
        Order::Date => found.sort_by(|a, b| b.date.cmp(&a.date)),
        // What has no accuracy comes last.
        Order::Accuracy => {
            found.sort_by(|a, b| a.accuracy.is_nan().cmp(&b.accuracy.is_nan()).then(b.accuracy.total_cmp(&a.accuracy)))
        }
    }
    if found.is_empty() {
        let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        outln!("no runs or sweeps in {}", names.join(", "));
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned)).chain(found.iter().map(row)).collect();
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|k| rows.iter().map(|row| row[k].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(k, (cell, width))| match k {
            3 | 4 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        outln!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

fn row(entry: &Entry) -> [String; 6] {
    let done = match entry.done {
        [Some(done), Some(of)] if entry.kind == "sweep" => format!("{done}/{of} points"),
        [Some(done), Some(of)] => format!("{done}/{of}"),
        [Some(done), None] => done.to_string(),
        _ => NONE.to_owned(),
    };
    let accuracy = if entry.accuracy.is_nan() { NONE.to_owned() } else { percent(entry.accuracy) };
    let date = entry.date.replace('T', " ");
    let date = if date.is_empty() { NONE.to_owned() } else { date.chars().take(16).collect() };
    [path(&entry.folder), entry.kind.to_owned(), entry.status.clone(), done, accuracy, date]
}

fn path(folder: &Path) -> String {
    folder.display().to_string()
}
