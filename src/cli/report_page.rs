//! `dyad report`.
use super::console::outln;
use super::error_argument::ErrorArgument;
use crate::error::Error;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The folder of a sweep or of a run, or its sweep.h5 or trace.h5; several runs come on one page.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The page [default: report.html in the folder; of several runs, where it was asked for].
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    error: ErrorArgument,
}

/// Writes the page.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, Error> {
    let usual = match &arguments.sources[..] {
        [source] if source.is_dir() => source.join("report.html"),
        [source] => source.with_file_name("report.html"),
        _ => PathBuf::from("report.html"),
    };
    let page = arguments.output.clone().unwrap_or(usual);
    let bytes = match &arguments.sources[..] {
        [source] => crate::report::write(source, arguments.error.kind(), &page)?,
        sources => crate::report::write_runs(&sources.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &page)?,
    };
    outln!("{}  ({:.1} MB)", page.display(), bytes as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}
