//! `dyad ablate`: the noise budget of a hardware model.
use super::arguments::{command_line, parse_edits};
use super::sweep::{SweepArguments, new_folder, print_points, run_points};
use super::threads::{core_count, pool};
use crate::data::Datasets;
use crate::error::Error;
use crate::sweep::ablate::Ablation;
use crate::sweep::{SavedPlan, check};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  dyad ablate exp.json --set hardware=analog_generic --replicates 5")]
pub(super) struct AblateArguments {
    /// The experiment file, with a hardware model that is not ideal.
    file: PathBuf,
    /// Change a setting, also of the hardware: dotted key = value. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Repetitions of every variant, each with other initial weights, another die and other noise.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    replicates: u16,
    /// Folder of the results [default: the first free of runs/NAME.ablation, runs/NAME.ablation-2, …]. An ablation that was cut
    /// off is continued by `dyad sweep --resume`.
    #[arg(short, long, visible_alias = "output", value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a sweep that is in the folder.
    #[arg(long)]
    overwrite: bool,
    /// Simulations at a time; they change the speed and nothing else [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Check and print the points and what they cost; run nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print only the result.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn ablate(arguments: &AblateArguments) -> Result<ExitCode, Error> {
    let experiment =
        std::path::absolute(&arguments.file).map_err(|source| Error::File { path: arguments.file.clone(), source })?;
    let replicates = usize::from(arguments.replicates);
    let (plan, file) = Ablation { experiment, edits: parse_edits(&arguments.set)?, replicates }.plan()?;
    let jobs = arguments.jobs.map_or_else(core_count, usize::from);
    let pool = pool(jobs)?;
    let datasets = Datasets::default();
    let costed = pool.install(|| check(plan, &datasets))?;
    if arguments.dry_run {
        return Ok(print_points(&costed, jobs));
    }
    let sweep = SweepArguments::of_ablation(arguments.out.clone(), arguments.overwrite, arguments.quiet);
    let (folder, _lock) = new_folder(&sweep, &file, &costed.plan)?;
    SavedPlan::new(&costed.plan, &file, &[], &command_line()).write(&folder)?;
    run_points(&sweep, &folder, &costed, &datasets, jobs, &pool)
}
