//! `dyad verify`.
use crate::verify::{TOLERANCE, verify as replay};
use std::path::PathBuf;
use std::process::ExitCode;

/// One line a case; fails if one is beyond the tolerance or cannot be replayed.
pub(super) fn verify(files: &[PathBuf]) -> ExitCode {
    println!("{:<44} {:>10} {:>10}", "case (largest relative error)", "states", "gradients");
    let mut failures = 0;
    for file in files {
        match replay(file) {
            Ok(verdict) => {
                let gradient = verdict.gradient_error.map_or("-".to_owned(), |e| format!("{e:.1e}"));
                let mark = if verdict.passes() { "" } else { "  FAILS" };
                println!("{:<44} {:>10.1e} {gradient:>10}{mark}", verdict.name, verdict.state_error);
                failures += usize::from(!verdict.passes());
            }
            Err(error) => {
                println!("{error}");
                failures += 1;
            }
        }
    }
    let passed = files.len() - failures;
    println!("{passed} of {} cases within {TOLERANCE:.0e}", files.len());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
