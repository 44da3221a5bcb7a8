//! `dyad run`.
use super::arguments::{command_line, parse_edits};
use super::console::errln;
use super::exit::{DIVERGED, INTERRUPTED};
use super::progress::RunProgress;
use super::report;
use super::settings_file::load_experiment;
use super::signals::stop_on_signals;
use super::threads::pool;
use crate::config::Setup;
use crate::data::Datasets;
use crate::error::Error;
use crate::parameter::Count;
use crate::run::{
    Extension, ExtensionError, FolderLock, Interrupt, MemoryLimit, RunError, RunFolder, RunOptions, RunStart, Status,
    Summary, run as make_run,
};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  dyad run quickstart\n  dyad run exp.json --set training.epochs=3 -o runs/short\n  dyad run exp.yaml --resume\n  dyad run exp.json --extend-epochs 10"
)]
pub(super) struct RunArguments {
    /// The experiment file; or quickstart, mnist, noise or device, which come with the program.
    file: PathBuf,
    /// Change a setting: dotted key = value, as in training.epochs=3. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder of the results [default: output.directory of the file, else the first free of runs/NAME, runs/NAME-2, …].
    #[arg(short, long, visible_alias = "output", value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue an unfinished run from its last checkpoint.
    #[arg(long)]
    resume: bool,
    /// Add N epochs to a run that has ended. Learning rate and schedule may be set anew for them, by --set.
    #[arg(long, value_name = "N", value_parser = count, conflicts_with = "resume")]
    extend_epochs: Option<Count>,
    /// Replace a run that is in the folder.
    #[arg(long, conflicts_with_all = ["resume", "extend_epochs"])]
    overwrite: bool,
    /// Threads; they change the speed and nothing else [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Refuse a run that takes more memory than this, as 4G [default: what the machine has].
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<MemoryLimit>,
    /// Print only the final table.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(arguments: &RunArguments) -> Result<ExitCode, Error> {
    let edits = parse_edits(&arguments.set)?;
    let setup = load_experiment("run", &arguments.file, &edits)?;
    let (folder, lock) = folder(arguments, &setup)?;
    let extension = match arguments.extend_epochs {
        Some(more) => Some(Extension::of(&folder, &setup, more)?),
        None if arguments.resume => Extension::interrupted(&folder, &setup)?,
        None => None,
    };
    if arguments.resume && folder.is_finished() && extension.is_none() {
        if let Some(keys) = folder.differing_keys(&setup)? {
            return Err(RunError::EndedOtherwise { folder: folder.path().to_owned(), keys }.into());
        }
        // It may have been killed between the trace and the rest.
        folder.tidy()?;
        let is_drawn = folder.figure_svg().exists() && folder.figure_png().exists();
        if setup.experiment.output.figure && !is_drawn {
            draw_figure(&folder)?;
        }
        return report::print_ended(&folder, &setup);
    }
    if let Some(Extension { setup, after, comparison }) = &extension {
        let epochs = setup.experiment.training.epochs.get();
        errln!("note: {} goes on from {after} to {epochs} epochs; {comparison}", folder.path().display());
    }
    let setup = extension.map_or(setup, |extension| extension.setup);
    let start = match arguments {
        RunArguments { extend_epochs: Some(_), .. } => RunStart::Extend,
        RunArguments { resume: true, .. } => RunStart::Resume,
        _ => RunStart::New,
    };
    let memory_limit = arguments.memory_limit.unwrap_or_default();
    let options = RunOptions { folder, start, command: command_line(), memory_limit: Some(memory_limit) };
    let mut progress = RunProgress::new(arguments.quiet);
    let interrupt = Arc::new(Interrupt::default());
    stop_on_signals(&interrupt);
    let pool = pool(arguments.threads.map_or(0, usize::from))?;
    let make = || make_run(&setup, &Datasets::default(), Some(&options), &mut progress, &interrupt);
    let summary = pool.install(make).inspect_err(|_| {
        // A folder that was made for a run which could not begin; one that holds anything stays.
        drop(lock);
        let _ = std::fs::remove_dir(options.folder.path());
    })?;
    if !matches!(summary.status, Status::Interrupted { .. })
        && setup.experiment.output.figure
        && let Err(error) = draw_figure(&options.folder)
    {
        // The results are whole without it.
        errln!("warning: no figure: {error}");
    }
    report::print_summary(&setup, &summary, &options.folder);
    Ok(exit_code(&summary))
}

fn count(text: &str) -> Result<Count, String> {
    let number = text.parse().map_err(|_| format!("must be {}", Count::RULE))?;
    Count::new(number).map_err(|error| error.to_string())
}

/// Draws the page of a run next to its trace.
fn draw_figure(folder: &RunFolder) -> Result<(), crate::plot::PlotError> {
    crate::plot::draw_run(&folder.trace(), &folder.figure_svg(), &folder.figure_png())
}

fn exit_code(summary: &Summary) -> ExitCode {
    match summary.status {
        Status::Complete | Status::Stopped | Status::StoppedEarly | Status::DidNotLearn => ExitCode::SUCCESS,
        Status::Diverged(_) => ExitCode::from(DIVERGED),
        Status::Interrupted { .. } => ExitCode::from(INTERRUPTED),
    }
}

/// The folder of the run, which is then of this process alone.
fn folder(arguments: &RunArguments, setup: &Setup) -> Result<(RunFolder, FolderLock), Error> {
    let named = arguments.out.clone().or_else(|| setup.output_directory());
    let wanted = Path::new("runs").join(setup.name());
    if arguments.resume || arguments.extend_epochs.is_some() {
        let is_extended = arguments.extend_epochs.is_some();
        let find = if is_extended { RunFolder::finished } else { RunFolder::unfinished };
        let folder = named.map_or_else(|| find(&wanted).unwrap_or_else(|| RunFolder::new(&wanted)), RunFolder::new);
        if is_extended && !folder.path().exists() {
            return Err(RunError::from(ExtensionError::NotEnded { folder: folder.path().to_owned() }).into());
        }
        if !folder.path().exists() {
            return Err(RunError::NothingToResume { folder: folder.path().to_owned() }.into());
        }
        let lock = FolderLock::take(folder.path())?;
        return Ok((folder, lock));
    }
    // What is in a folder is looked for when nobody else can add to it.
    if let Some(path) = named.or_else(|| arguments.overwrite.then(|| wanted.clone())) {
        let lock = FolderLock::take(&path)?;
        return Ok((RunFolder::named(&path, arguments.overwrite)?, lock));
    }
    let folder = RunFolder::free(&wanted)?;
    let lock = FolderLock::take(folder.path())?;
    if let Some(unfinished) = RunFolder::unfinished(&wanted) {
        let (unfinished, folder) = (unfinished.path().display(), folder.path().display());
        errln!("{unfinished} holds an unfinished run (continue it with --resume); this one goes to {folder}");
    }
    Ok((folder, lock))
}
