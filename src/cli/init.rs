//! `dyad init`.
use super::console::outln;
use crate::error::Error;
use clap::{Args, ValueEnum};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// What to begin with.
    #[arg(default_value = "quickstart")]
    kind: Kind,
    /// The file, which must not exist yet [default: KIND.json].
    #[arg(short, long, value_name = "FILE")]
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
    fn file(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Quickstart => ("quickstart.json", include_str!("starters/quickstart.json"), "run"),
            Self::Mnist => ("mnist.json", include_str!("starters/mnist.json"), "run"),
            Self::Noise => ("noise.json", include_str!("starters/noise.json"), "run"),
            Self::Device => ("device.json", include_str!("starters/device.json"), "run"),
            Self::Sweep => ("sweep.json", include_str!("starters/sweep.json"), "sweep"),
        }
    }
}

/// Writes a commented file to begin with.
pub(super) fn init(arguments: &InitArguments) -> Result<ExitCode, Error> {
    let (name, text, command) = arguments.kind.file();
    let path = arguments.output.clone().unwrap_or_else(|| PathBuf::from(name));
    let failed = |source| Error::File { path: path.clone(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    outln!("{}  (next: dyad {command} {})", path.display(), path.display());
    Ok(ExitCode::SUCCESS)
}
