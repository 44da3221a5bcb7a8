//! `dyad init`.
use super::console::outln;
use super::settings_file::STARTERS;
use crate::error::Error;
use clap::{Args, ValueEnum};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  dyad init\n  dyad init mnist -o mine.json")]
pub(super) struct InitArguments {
    /// What to begin with.
    #[arg(default_value = "quickstart")]
    kind: Kind,
    /// The file, which must not exist yet [default: KIND.json].
    #[arg(short, long = "out", visible_alias = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A first network on digits that the program draws.
    Quickstart,
    /// MNIST and other IDX files.
    Mnist,
    /// A chip with noise and mismatch.
    Noise,
    /// Synapses that are pulsed devices.
    Device,
    /// Points along an axis, with replicates.
    Sweep,
}

impl Kind {
    /// Its place among the files that come with the program.
    fn starter(self) -> (&'static str, bool, &'static str) {
        STARTERS[match self {
            Self::Quickstart => 0,
            Self::Mnist => 1,
            Self::Noise => 2,
            Self::Device => 3,
            Self::Sweep => 4,
        }]
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Writes a commented file to begin with.
pub(super) fn init(arguments: &InitArguments) -> Result<ExitCode, Error> {
    let (name, is_sweep, text) = arguments.kind.starter();
    let command = if is_sweep { "sweep" } else { "run" };
    let path = arguments.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.json")));
    write_new(&path, text)?;
    let (base, _, text) = Kind::Quickstart.starter();
    let base = path.with_file_name(format!("{base}.json"));
    // A sweep needs the experiment that it is over.
    if is_sweep && !base.exists() {
        write_new(&base, text)?;
        outln!("{}", base.display());
    }
    outln!("{}  (next: dyad {command} {})", path.display(), path.display());
    Ok(ExitCode::SUCCESS)
}
