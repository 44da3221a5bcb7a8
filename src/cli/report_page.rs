//! `dyad report`.
use super::console::outln;
use crate::error::Error;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The folder of a sweep or of a run, or its sweep.h5 or trace.h5.
    source: PathBuf,
    /// The page [default: report.html in the folder].
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the page.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, Error> {
    let source = &arguments.source;
    let usual = if source.is_dir() { source.join("report.html") } else { source.with_file_name("report.html") };
    let page = arguments.output.clone().unwrap_or(usual);
    let bytes = crate::report::write(source, &page)?;
    outln!("{}  ({:.1} MB)", page.display(), bytes as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}
