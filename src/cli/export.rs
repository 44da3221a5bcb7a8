//! `dyad export`.
use super::console::{errln, outln};
use crate::error::Error;
use crate::export::{Export, Format, WhichWeights, export as write};
use crate::results::{Opened, open};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  dyad export runs/quickstart --to csv\n  dyad export runs/sweep --to parquet -o table.parquet\n  dyad export runs/quickstart --to nir"
)]
pub(super) struct ExportArguments {
    /// A trace or sweep, or the folder of one.
    file: PathBuf,
    /// Format.
    #[arg(long, value_name = "FORMAT")]
    to: FormatName,
    /// File or folder [default: next to the file that is read, as trace-csv, trace.npz, trace.nir].
    #[arg(short, long, visible_alias = "output", value_name = "PATH")]
    out: Option<PathBuf>,
    /// Only this group or variable, as states/layer1 or metrics/test_accuracy; or all groups below, as weights.
    #[arg(long, value_name = "GROUP")]
    what: Option<String>,
    /// Weights of a nir graph [default: best if there are such, else final].
    #[arg(long, value_name = "WHICH")]
    weights: Option<WeightsName>,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum FormatName {
    /// Tables as text: one file a group, a row for each place, a column for each variable
    Csv,
    /// NumPy's archive of arrays, named by their path
    Npz,
    /// The same tables as csv, typed and compressed
    Parquet,
    /// The network as a graph of Affine nodes, which the Python package nir reads
    Nir,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WeightsName {
    /// Before training
    Initial,
    /// After training
    Final,
    /// The best on the validation set
    Best,
}

pub(super) fn export(arguments: &ExportArguments) -> Result<ExitCode, Error> {
    let to = match arguments.to {
        FormatName::Csv => Format::Csv,
        FormatName::Npz => Format::Npz,
        FormatName::Parquet => Format::Parquet,
        FormatName::Nir => Format::Nir,
    };
    let weights = arguments.weights.map(|name| match name {
        WeightsName::Initial => WhichWeights::Initial,
        WeightsName::Final => WhichWeights::Final,
        WeightsName::Best => WhichWeights::Best,
    });
    let (what, out) = (arguments.what.as_deref(), arguments.out.as_deref());
    if let Ok(Opened::Run(run)) = open(&arguments.file)
        && let Some(standing) = run.standing()
    {
        errln!("{standing}");
    }
    let written = write(&Export { from: &arguments.file, to, what, weights, out })?;
    for file in written {
        outln!("{}  ({})", file.file.display(), file.holds);
    }
    Ok(ExitCode::SUCCESS)
}
