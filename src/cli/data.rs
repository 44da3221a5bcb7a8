//! `dyad data`.
use super::console::outln;
use super::data_show::{ShowArguments, show};
use super::progress::DownloadProgress;
use crate::data::fetch::{FetchSet, fetch};
use crate::data::{digits, write_npz};
use crate::error::Error;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Commands on data sets.
#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// Download a public data set and check it.
    Fetch(FetchArguments),
    /// Say what data are: shapes, types, samples of each class and set, range, missing values, scaling; draw their images.
    Show(ShowArguments),
    /// Write the built-in digits as a NumPy archive: x_train, y_train, x_test, y_test.
    Export(ExportArguments),
}

#[derive(Debug, Args)]
pub(super) struct FetchArguments {
    /// Which data set.
    #[arg(value_parser = PossibleValuesParser::new(FetchSet::ALL.map(FetchSet::name)).map(|name| by_name(&name)))]
    set: FetchSet,
    /// Folder for the files [default: data/NAME].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// A folder that holds the files, instead of the public mirrors: its address, or its path on this machine.
    #[arg(long, value_name = "URL|DIR", env = "DYADSIM_MIRROR")]
    mirror: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Which data set.
    #[arg(value_parser = ["digits"])]
    set: String,
    /// The archive [default: digits.npz].
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Training samples.
    #[arg(long, value_name = "N", default_value = "10000")]
    train: usize,
    /// Test samples.
    #[arg(long, value_name = "N", default_value = "2000")]
    test: usize,
    /// Seed of the data, `seeds.data` of an experiment.
    #[arg(long, value_name = "SEED", default_value = "1")]
    seed: u64,
}

/// Writes the digits that an experiment with these numbers and this seed learns.
fn export(arguments: &ExportArguments) -> Result<ExitCode, Error> {
    let ExportArguments { set, output, train, test, seed } = arguments;
    let file = output.clone().unwrap_or_else(|| PathBuf::from(format!("{set}.npz")));
    write_npz(&digits(*train, *test, *seed)?, &file)?;
    outln!("{}  ({train} training and {test} test samples, 28 x 28 pixels of 8 bits)", file.display());
    Ok(ExitCode::SUCCESS)
}

fn by_name(name: &str) -> FetchSet {
    FetchSet::ALL.into_iter().find(|set| set.name() == name).expect("the parser knows only these names")
}

pub(super) fn run(command: &DataCommand) -> Result<ExitCode, Error> {
    let FetchArguments { set, dir, mirror } = match command {
        DataCommand::Fetch(arguments) => arguments,
        DataCommand::Show(arguments) => return show(arguments),
        DataCommand::Export(arguments) => return export(arguments),
    };
    let folder = dir.clone().unwrap_or_else(|| PathBuf::from("data").join(set.name()));
    fetch(*set, &folder, mirror.as_deref(), &mut DownloadProgress::default())?;
    outln!("{} is in {}", set.name(), folder.display());
    Ok(ExitCode::SUCCESS)
}
