//! Commands of the program `dyad`. Printing, progress bars and exit statuses are here and nowhere else.
mod ablate;
mod amounts;
mod arguments;
mod budget;
mod check;
mod console;
mod cost_table;
mod data;
mod data_show;
mod diff;
mod error_argument;
mod exit;
mod explain;
mod export;
mod init;
mod list;
mod memory;
mod models;
mod models_fit;
mod network_table;
mod plot;
mod progress;
mod report;
mod report_page;
mod robustness;
mod robustness_table;
mod run;
mod settings_file;
mod signals;
mod slurm_arguments;
mod status;
mod sweep;
mod sweep_progress;
mod sweep_slurm;
mod threads;
mod verify;

use crate::config::schema::schema_text;
use crate::config::{Experiment, Hardware};
use crate::error::Error;
use crate::linalg::Arithmetic;
use crate::sweep::SweepConfig;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use console::{errln, out};
use exit::EXIT_STATUSES;
pub use memory::ProgramAllocator;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Simulates neuromorphic analog hardware that learns: networks of dyads, trained by dual propagation.
#[derive(Debug, Parser)]
#[command(name = "dyad", version, propagate_version = true, after_help = EXIT_STATUSES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How sums of products are made: as fast as the processor can, or with the same bits on every processor.
    #[arg(long, global = true, value_enum, value_name = "WHICH", default_value = "fastest")]
    arithmetic: ChosenArithmetic,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChosenArithmetic {
    /// As fast as the processor can; last bits depend on it.
    Fastest,
    /// The same bits on every processor; about 1.4 times slower.
    Portable,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented file to begin with.
    Init(init::InitArguments),
    /// Train a network as an experiment file says.
    Run(run::RunArguments),
    /// Vary an experiment along axes and over replicates, as a sweep file says.
    Sweep(sweep::SweepArguments),
    /// Draw up the noise budget of a chip: what each of its non-idealities costs, alone and among the others.
    Ablate(ablate::AblateArguments),
    /// Make the result of a sweep from the results of its shards.
    Merge(sweep::MergeArguments),
    /// Tell how far a sweep is, from its files alone.
    Status {
        /// The folder of the sweep.
        folder: PathBuf,
    },
    /// Print every effective setting with its unit and origin, and what a run will cost; or what a key means.
    Explain(explain::ExplainArguments),
    /// Describe a trace or the result of a sweep.
    Info {
        /// A trace (trace.h5), the result of a sweep (sweep.h5), or the folder of either.
        file: PathBuf,
        #[command(flatten)]
        error: error_argument::ErrorArgument,
    },
    /// List the runs and sweeps in folders: how they ended, how far they are, how good they got.
    List(list::ListArguments),
    /// Tell what two runs or sweeps differ in: settings, and the first numbers that are not the same.
    Diff(diff::DiffArguments),
    /// Tell whether the files of a run or sweep are what was written, by their checksums.
    Check(check::CheckArguments),
    /// Write a trace or sweep as csv, npz or parquet, or a network as a nir graph.
    Export(export::ExportArguments),
    /// Draw a trace or the result of a sweep.
    Plot(Box<plot::PlotArguments>),
    /// Measure Lipschitz constants and robustness against perturbations of the inputs, of the network of a run.
    Robustness(robustness::RobustnessArguments),
    /// Write one HTML page of a sweep or a run: findings, figures, points, states, settings.
    Report(report_page::ReportArguments),
    /// List the hardware models that come with the program, explain one, or fit one to measurements.
    Models {
        #[command(subcommand)]
        command: Option<models::ModelsCommand>,
    },
    /// Replay reference cases and compare states and gradients.
    Verify {
        /// Files in the formats of tests/golden and tests/reference/peer_mvm.json.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of a kind of file, for editors.
    Schema {
        /// Which kind.
        kind: FileKind,
    },
    /// Data sets.
    Data {
        #[command(subcommand)]
        command: data::DataCommand,
    },
    /// Print shell completions.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FileKind {
    /// experiments/*.json
    Experiment,
    /// hw_models/*.json
    Hardware,
    /// experiments/*.json that vary another one.
    Sweep,
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    main_with(std::env::args_os().collect())
}

/// Runs the program with these arguments, of which the first is its name; wrong usage ends the process. Once in a process:
/// signals and arguments are those of the whole process.
pub fn main_with(arguments: Vec<OsString>) -> ExitCode {
    memory::end_in_order_without_memory();
    let arguments = Arguments::parse_from(arguments::note_arguments(arguments));
    match arguments.arithmetic {
        ChosenArithmetic::Fastest => Arithmetic::Fastest.choose(),
        ChosenArithmetic::Portable => Arithmetic::Portable.choose(),
    }
    console::exit_status(match memory::check_room().and_then(|()| dispatch(arguments.command)) {
        Ok(code) => code,
        Err(error) => {
            let mut told = error.to_string();
            errln!("error: {told}");
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                // Some messages hold that of their cause.
                let text = source.to_string();
                if !told.ends_with(&text) {
                    errln!("  because: {text}");
                    told = text;
                }
                cause = source.source();
            }
            ExitCode::FAILURE
        }
    })
}

fn dispatch(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Init(arguments) => init::init(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Ablate(arguments) => ablate::ablate(&arguments),
        Command::Merge(arguments) => sweep::merge_shards(&arguments),
        Command::Status { folder } => status::status(&folder),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Info { file, error } => report::info(&file, error.given()),
        Command::Plot(arguments) => plot::plot(&arguments),
        Command::Robustness(arguments) => robustness::robustness(&arguments),
        Command::Report(arguments) => report_page::report(&arguments),
        Command::Models { command } => models::models(command.as_ref()),
        Command::Verify { files } => Ok(verify::verify(&files)),
        Command::Schema { kind } => {
            let schema = match kind {
                FileKind::Experiment => schema_text::<Experiment>("dyadsim experiment"),
                FileKind::Sweep => schema_text::<SweepConfig>("dyadsim sweep"),
                FileKind::Hardware => schema_text::<Hardware>("dyadsim hardware model"),
            };
            out!("{schema}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Data { command } => data::run(&command),
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Arguments::command(), "dyad", &mut script);
            out!("{}", String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
    }
}
