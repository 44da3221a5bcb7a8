//! `dyad diff`.
use super::console::outln;
use crate::error::Error;
use crate::results::comparison::{Comparison, What};
use crate::vocabulary::number::{NONE, counted, number};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Variables that are listed at most.
const MOST_LISTED: usize = 20;

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// A run or sweep: its folder or its file.
    first: PathBuf,
    /// Another one.
    second: PathBuf,
}

/// Prints what two results differ in; exit status 1 if they do.
pub(super) fn diff(arguments: &DiffArguments) -> Result<ExitCode, Error> {
    let found = Comparison::of(&arguments.first, &arguments.second)?;
    if found.is_same() {
        outln!("the same settings, and the same {}", counted(found.compared, "variable"));
        return Ok(ExitCode::SUCCESS);
    }
    if found.settings.is_empty() {
        outln!("the same settings");
    } else {
        outln!("settings that differ:");
        let width = found.settings.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (key, values) in &found.settings {
            let [a, b] = [0, 1].map(|k| values[k].as_deref().unwrap_or(NONE));
            outln!("  {key:<width$}  {a} | {b}");
        }
    }
    for (names, file) in found.only.iter().zip([&arguments.first, &arguments.second]) {
        if !names.is_empty() {
            outln!("only in {}: {}", file.display(), names.join(", "));
        }
    }
    if found.variables.is_empty() {
        outln!("the same {}", counted(found.compared, "variable"));
    } else {
        outln!("{} of {} differ, the earliest first:", found.variables.len(), counted(found.compared, "variable"));
        for difference in found.variables.iter().take(MOST_LISTED) {
            match &difference.what {
                What::Shape([a, b]) => outln!("  {}: {a} | {b}", difference.variable),
                What::Values { count: [count, of], first, values: [a, b], largest, .. } => {
                    let largest = largest.map_or(String::new(), |size| format!(", by {} at most", number(size)));
                    outln!("  {} at {first}: {a} | {b}  ({count} of {of} differ{largest})", difference.variable);
                }
            }
        }
        if found.variables.len() > MOST_LISTED {
            outln!("  and {} more", found.variables.len() - MOST_LISTED);
        }
    }
    Ok(ExitCode::FAILURE)
}
