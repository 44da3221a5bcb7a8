//! `dyad check`.
use super::console::outln;
use crate::error::Error;
use crate::results::ResultsError;
use crate::run::{RunFolder, check_checkpoint, check_result, check_run};
use crate::storage::{Checked, Verdict};
use crate::sweep::{SweepFolder, check_sweep};
use crate::vocabulary::place::file::{CHECKPOINT, CHECKPOINT_BEFORE};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// The folder of a run or sweep, or one of its HDF5 files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub(super) fn check(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let mut is_damaged = false;
    for path in &arguments.paths {
        for Checked { file, verdict } in checked(path)? {
            let file = file.display();
            match verdict {
                Verdict::Whole => outln!("whole     {file}"),
                Verdict::Unsealed => outln!("no sum    {file}: reads well, but has no checksum"),
                Verdict::Damaged(reason) => {
                    is_damaged = true;
                    outln!("damaged   {file}: {reason}");
                }
            }
        }
    }
    Ok(if is_damaged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn checked(path: &Path) -> Result<Vec<Checked>, Error> {
    if !path.is_dir() {
        let is_checkpoint = path.file_name().is_some_and(|name| name == CHECKPOINT || name == CHECKPOINT_BEFORE);
        return Ok(vec![if is_checkpoint { check_checkpoint(path) } else { check_result(path) }]);
    }
    let sweep = SweepFolder::new(path);
    let is_sweep = sweep.is_begun() || sweep.result().exists();
    let checked = if is_sweep { check_sweep(&sweep)? } else { check_run(&RunFolder::new(path)) };
    if checked.is_empty() { Err(ResultsError::Nothing(path.to_owned()).into()) } else { Ok(checked) }
}
