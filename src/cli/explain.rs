//! `dyad explain`.
use super::amounts::{duration, size};
use super::arguments::parse_edits;
use crate::config::explain::{explain as entries, render};
use crate::config::{Setup, pulsed_rates};
use crate::data::Datasets;
use crate::error::Error;
use crate::run::{RunError, estimate};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The experiment file.
    file: PathBuf,
    /// Change a setting: dotted key = value. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

pub(super) fn explain(arguments: &ExplainArguments) -> Result<ExitCode, Error> {
    let edits = parse_edits(&arguments.set)?;
    let setup = Setup::load(&arguments.file, &edits)?;
    println!("experiment {}\n", arguments.file.display());
    println!("{}", render(&entries(&setup.experiment_file)));
    println!("hardware {}\n", setup.base_dir.join(&setup.experiment.hardware).display());
    let mut hardware = entries(&setup.hardware_file);
    // What the figures rest on is for `dyad models show`.
    hardware.retain(|entry| !entry.key.to_string().starts_with("figures"));
    println!("{}", render(&hardware));
    let datasets = Datasets::default();
    let cost = match estimate(&setup, &datasets) {
        Ok(cost) => cost,
        Err(RunError::Data(error)) => {
            // The settings are explained all the same: the data may be fetched later.
            println!("cost\n  not known, the data cannot be read: {error}");
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    let experiment = &setup.experiment;
    let splits = datasets.load(&experiment.data, &setup.base_dir, experiment.seeds.data).map_err(RunError::Data)?;
    println!("data");
    for (set, samples) in [("training set", &splits.train), ("test set", &splits.test)] {
        println!(
            "  {set:<18} {} samples of shape {:?}, {} classes",
            samples.len(),
            samples.sample_shape(),
            samples.classes()
        );
    }
    println!("  inputs             {}", splits.train.scaling());
    if let Some(rates) = pulsed_rates(&setup, splits.train.sample_shape(), splits.train.classes())? {
        print!("\n{rates}");
    }
    println!("\ncost");
    println!("  training steps     {}", cost.steps);
    println!("  memory             {}", size(cost.memory_bytes));
    println!("  recorded states    {} before compression", size(cost.trace_bytes));
    println!("  arithmetic         {:.3e} floating-point operations in products", cost.training_flops);
    println!("                     about {} at 100 GFLOP/s", duration(cost.training_flops / 1e11));
    println!("  measurements       {:.3e} more", cost.evaluation_flops);
    Ok(ExitCode::SUCCESS)
}
