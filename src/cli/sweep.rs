//! `dyad sweep` and `dyad merge`.
use super::amounts::duration;
use super::arguments::{command_line, parse_edits};
use super::budget::{budget_figure, print_if_ablation};
use super::console::{errln, outln};
use super::error_argument::ErrorArgument;
use super::exit::INTERRUPTED;
use super::progress::RunProgress;
use super::settings_file::{explained, named};
use super::signals::stop_on_signals;
use super::slurm_arguments::{Engine, SlurmArguments};
use super::sweep_progress::{SweepBar, cell_means, print_best};
use super::sweep_slurm::submit_points;
use super::threads::{core_count, pool};
use crate::config::SourceFiles;
use crate::data::Datasets;
use crate::error::Error;
use crate::linalg::SAME_EVERYWHERE;
use crate::plot::{PlotError, draw_sweep};
use crate::results::statistics::ErrorKind;
use crate::run::{FolderLock, Interrupt, MemoryLimit};
use crate::sweep::{
    CostedPlan, Counts, Ended, ExecuteOptions, Outcome, Plan, SavedPlan, Shard, SweepFolder, check, execute, merge,
    prepare, slurm,
};
use crate::vocabulary::{PointStatus, metric, number};
use clap::Args;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  dyad sweep sweep.json --jobs 4\n  dyad sweep sweep.json --set sweep.replicates.count=5 --dry-run\n  dyad sweep --resume runs/sweep"
)]
pub(super) struct SweepArguments {
    /// The sweep file; or `sweep`, which comes with the program.
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    file: Option<PathBuf>,
    /// Make the points that are missing in the folder of a sweep.
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// Change a setting of all points, as in training.epochs=3, or of the sweep file itself, as in
    /// sweep.replicates.count=5. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", conflicts_with = "resume")]
    set: Vec<String>,
    /// Folder of the results [default: output.directory of the file, else the first free of runs/NAME, runs/NAME-2, …].
    #[arg(short, long, visible_alias = "output", value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Replace a sweep that is in the folder.
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
    /// Simulations at a time; they change the speed and nothing else [default: all cores; with Slurm one in each task].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Refuse a sweep whose points of a time take more memory than this, as 4G [default: what the machine has].
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<MemoryLimit>,
    /// Check and print the points and what they cost; run nothing.
    #[arg(long)]
    dry_run: bool,
    /// Only write the plan, and train the network that all points begin with, if there is one.
    #[arg(long)]
    prepare: bool,
    /// Make only the points of one of N shares, as a task of a job array does; `dyad merge` makes the result.
    #[arg(long, value_name = "I/N", requires = "resume")]
    shard: Option<Shard>,
    /// Print only the result.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    error: ErrorArgument,
    #[command(flatten)]
    slurm: SlurmArguments,
}

#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// The folder of a sweep.
    folder: PathBuf,
    /// Leave out points that are missing; they are NaN in the result.
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    error: ErrorArgument,
}

impl SweepArguments {
    /// For a sweep that `dyad ablate` has made.
    pub fn of_ablation(out: Option<PathBuf>, overwrite: bool, quiet: bool) -> Self {
        Self {
            file: None,
            resume: None,
            set: vec![],
            out,
            overwrite,
            jobs: None,
            memory_limit: None,
            dry_run: false,
            prepare: false,
            shard: None,
            quiet,
            error: ErrorArgument::default(),
            slurm: SlurmArguments::default(),
        }
    }
}

pub(super) fn sweep(arguments: &SweepArguments) -> Result<ExitCode, Error> {
    arguments.slurm.check(arguments.shard.is_some() || arguments.prepare);
    let jobs = arguments.jobs.map_or_else(core_count, usize::from);
    let datasets = Datasets::default();
    let pool = pool(jobs)?;
    let is_new = arguments.resume.is_none() && !arguments.overwrite;
    // The jobs of a scheduler have limits of their own.
    let fits = |costed: &CostedPlan| match arguments.slurm.engine {
        Engine::Local => {
            let points = if arguments.prepare { 0 } else { jobs };
            costed.check_memory(points, arguments.memory_limit.unwrap_or_default())
        }
        _ => Ok(()),
    };
    let (folder, costed, lock) = match (&arguments.resume, &arguments.file) {
        (Some(folder), _) => {
            let folder = SweepFolder::new(folder);
            let saved = SavedPlan::read(&folder)?;
            if let Some(warning) = saved.other_program() {
                errln!("warning: {warning}");
            }
            saved.choose_arithmetic();
            if let Some(warning) = saved.other_arithmetic() {
                errln!("warning: {warning}");
            }
            let plan = saved.load()?;
            let costed = pool.install(|| check(plan, &datasets))?;
            if arguments.dry_run {
                return Ok(print_points(&costed, jobs));
            }
            fits(&costed)?;
            let path = folder.path();
            let lock = if arguments.shard.is_some() { FolderLock::share(path) } else { FolderLock::take(path) }?;
            if arguments.slurm.submits() {
                slurm::refuse_doubles(folder.path())?;
            }
            (folder, costed, lock)
        }
        (None, Some(file)) => {
            let (files, file) = named(file);
            let file = std::path::absolute(&file).map_err(|source| Error::File { path: file.clone(), source })?;
            let edits = parse_edits(&arguments.set)?;
            let known = SourceFiles::with_texts(files.texts());
            let plan = Plan::read(files, &file, &edits).map_err(|error| explained(error, &known, &file, "sweep"))?;
            let costed = pool.install(|| check(plan, &datasets))?;
            if arguments.dry_run {
                return Ok(print_points(&costed, jobs));
            }
            fits(&costed)?;
            let (folder, lock) = new_folder(arguments, &file, &costed.plan)?;
            SavedPlan::new(&costed.plan, &file, &edits, &command_line()).write(&folder)?;
            (folder, costed, lock)
        }
        (None, None) => unreachable!("the parser asks for one of them"),
    };
    if arguments.slurm.engine != Engine::Local {
        let submitted = submit_points(&arguments.slurm, &costed, &folder, arguments.jobs);
        if submitted.is_err() && is_new && !has_jobs(&folder) {
            // The same command finds the folder as it was; what else is in it stays.
            let _ = folder.clear();
            drop(lock);
            let _ = std::fs::remove_dir(folder.path());
        }
        return submitted;
    }
    run_points(arguments, &folder, &costed, &datasets, jobs, &pool)
}

/// Whether jobs were submitted for a folder, or it cannot be told.
fn has_jobs(folder: &SweepFolder) -> bool {
    slurm::OtherScheduler::has_jobs(folder.path())
        || slurm::Jobs::read(folder.path()).map_or(true, |jobs| jobs.is_some())
}

/// The folder for a new sweep, which is then of this process alone.
pub(super) fn new_folder(
    arguments: &SweepArguments,
    file: &Path,
    plan: &Plan,
) -> Result<(SweepFolder, FolderLock), Error> {
    let of_file = plan.config.output.directory.as_ref().map(|own| file.parent().unwrap_or(Path::new("")).join(own));
    let wanted = arguments.out.clone().or(of_file);
    let name = file.file_stem().map_or("sweep".into(), |stem| stem.to_string_lossy().into_owned());
    let default = Path::new("runs").join(name);
    if arguments.overwrite {
        let folder = SweepFolder::new(wanted.unwrap_or(default));
        slurm::refuse_doubles(folder.path())?;
        let lock = FolderLock::take(folder.path())?;
        folder.clear()?;
        return Ok((folder, lock));
    }
    match wanted {
        Some(path) => {
            let lock = FolderLock::take(&path)?;
            Ok((SweepFolder::named(&path)?, lock))
        }
        None => {
            let folder = SweepFolder::free(&default)?;
            let lock = FolderLock::take(folder.path())?;
            Ok((folder, lock))
        }
    }
}

/// Prepares, runs and merges what the arguments ask for.
pub(super) fn run_points(
    arguments: &SweepArguments,
    folder: &SweepFolder,
    costed: &CostedPlan,
    datasets: &Datasets,
    jobs: usize,
    pool: &rayon::ThreadPool,
) -> Result<ExitCode, Error> {
    let interrupt = Arc::new(Interrupt::default());
    stop_on_signals(&interrupt);
    let command = command_line();
    if arguments.shard.is_none() || arguments.prepare {
        let mut progress = RunProgress::new(arguments.quiet);
        let plan = &costed.plan;
        if !pool.install(|| prepare(plan, folder, datasets, &command, &mut progress, &interrupt))? {
            return Ok(interrupted(folder));
        }
        if arguments.prepare {
            outln!("{} is prepared: {} points", folder.path().display(), plan.points.len());
            return Ok(ExitCode::SUCCESS);
        }
    }
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let mut bar = SweepBar::new(arguments.quiet, jobs, &costed.plan);
    let options = ExecuteOptions { shard, jobs, command };
    if execute(costed, folder, datasets, &options, &mut bar, &interrupt)? == Ended::Interrupted {
        return Ok(interrupted(folder));
    }
    if arguments.shard.is_some() {
        outln!("shard {shard} of {} is done", folder.path().display());
        return Ok(ExitCode::SUCCESS);
    }
    finish(&costed.plan, folder, false, &SavedPlan::read(folder)?.arithmetic, arguments.error.kind())
}

fn interrupted(folder: &SweepFolder) -> ExitCode {
    let folder = folder.path().to_string_lossy();
    let folder = shlex::try_quote(&folder).unwrap_or(Cow::Borrowed(&folder));
    outln!("interrupted; finished points are kept: dyad sweep --resume {folder}");
    ExitCode::from(INTERRUPTED)
}

pub(super) fn merge_shards(arguments: &MergeArguments) -> Result<ExitCode, Error> {
    let folder = SweepFolder::new(&arguments.folder);
    let saved = SavedPlan::read(&folder)?;
    let arithmetic = saved.arithmetic.clone();
    let plan = saved.load()?;
    finish(&plan, &folder, arguments.partial, &arithmetic, arguments.error.kind())
}

/// Says that points were made with another arithmetic than the one the sweep was begun with.
fn warn_of_arithmetic(outcomes: &[Option<Outcome>], begun: &str) {
    let mut others = outcomes.iter().flatten().map(|own| own.arithmetic.as_str()).filter(|own| *own != begun);
    if let Some(other) = others.next() {
        errln!(
            "warning: this sweep was begun with the arithmetic {begun}, {} of its points were made with {other}: last bits may \
             differ ({SAME_EVERYWHERE})",
            1 + others.count()
        );
    }
}

/// Makes the result and its figure, and says what they are.
fn finish(plan: &Plan, folder: &SweepFolder, partial: bool, begun: &str, error: ErrorKind) -> Result<ExitCode, Error> {
    let outcomes = merge(plan, folder, partial)?;
    warn_of_arithmetic(&outcomes, begun);
    print_result(plan, &outcomes, error);
    print_if_ablation(plan, &outcomes);
    outln!("\nresult  {}\ntable   {}", folder.result().display(), folder.table().display());
    if plan.config.output.figure {
        match draw_figure(plan, folder, &outcomes, error) {
            Ok(()) => outln!("figure  {}\nfigure  {}", folder.figure_svg().display(), folder.figure_png().display()),
            // The results are whole without it.
            Err(error) => errln!("warning: no figure: {error}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn draw_figure(
    plan: &Plan,
    folder: &SweepFolder,
    outcomes: &[Option<Outcome>],
    error: ErrorKind,
) -> Result<(), PlotError> {
    let (svg, png) = (folder.figure_svg(), folder.figure_png());
    match budget_figure(plan, outcomes) {
        Some(figure) => Ok(figure.save(&[&svg, &png])?),
        None => draw_sweep(&folder.result(), error, &svg, &png),
    }
}

fn print_result(plan: &Plan, outcomes: &[Option<Outcome>], error: ErrorKind) {
    outln!("\n{}", plan.config.title);
    outln!("points     {}", in_words(&Counts::of(outcomes.iter().map(Option::as_ref))));
    print_best(&cell_means(plan, outcomes, &metric::TEST_ACCURACY), &metric::TEST_ACCURACY, error);
    let troubled = outcomes.iter().flatten().filter(|outcome| outcome.status != PointStatus::Complete);
    let mut told: Vec<PointStatus> = vec![];
    for outcome in troubled {
        if !told.contains(&outcome.status) {
            told.push(outcome.status);
            outln!("{:<10} first: {}: {}", outcome.status.words(), plan.points[outcome.point].name(), outcome.message);
        }
    }
}

/// "12: 10 complete, 2 diverged".
pub(super) fn in_words(counts: &Counts) -> String {
    let parts: Vec<String> = PointStatus::ALL
        .into_iter()
        .filter(|&status| counts.with(status) > 0)
        .map(|status| format!("{} {}", counts.with(status), status.words()))
        .collect();
    format!("{}: {}", counts.points, parts.join(", "))
}

/// What a dry run says.
pub(super) fn print_points(costed: &CostedPlan, jobs: usize) -> ExitCode {
    let plan = &costed.plan;
    outln!("{}\n", plan.config.title);
    outln!("point  operations  settings");
    for (point, cost) in plan.points.iter().zip(&costed.costs) {
        outln!("{:>5}  {cost:>10.2e}  {}", point.index, point.name());
    }
    for axis in plan.axes.iter().chain([&plan.replicates]) {
        outln!("\n{:<14} {} of {} values ({})", axis.name, axis.role, axis.coordinates.len(), axis.keys.join(", "));
    }
    let total: f64 = costed.costs.iter().sum();
    outln!("\n{} points, all valid", plan.points.len());
    outln!("arithmetic     {total:.3e} floating-point operations, about");
    outln!("time           about {} on {jobs} cores at 50 GFLOP/s each", duration(total / 5e10 / jobs as f64));
    outln!("memory         {} for the largest point, times {jobs} at a time", number::bytes(costed.memory_bytes));
    ExitCode::SUCCESS
}
