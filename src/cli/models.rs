//! `dyad models`.
use super::console::{out, outln};
use super::models_fit::{FitArguments, fit};
use crate::config::explain::{explain as entries, render};
use crate::config::models::{self, Model};
use crate::error::Error;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// Explain one model: what it is, where it comes from, every setting, and what each figure rests on.
    Show {
        /// Its name as `dyad models` lists it, or a file.
        name: String,
    },
    /// Print the file of one model, to be changed.
    Print {
        /// Its name as `dyad models` lists it.
        name: String,
    },
    /// Fit a pulsed device to measured pulse curves, and write the hardware model.
    Fit(FitArguments),
}

pub(super) fn models(command: Option<&ModelsCommand>) -> Result<ExitCode, Error> {
    match command {
        None => list()?,
        Some(ModelsCommand::Show { name }) => show(name)?,
        Some(ModelsCommand::Print { name }) => out!("{}", models::shipped(name)?.1),
        Some(ModelsCommand::Fit(arguments)) => fit(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<(), Error> {
    outln!("{:<24} {:<30} source", "hw_models/NAME.json", "model");
    for (name, _) in models::SHIPPED {
        let Model { hardware, .. } = models::load(name)?;
        let source = hardware.doi.map(|doi| format!("doi:{doi}")).or(hardware.url).unwrap_or_default();
        outln!("{name:<24} {:<30} {source}", hardware.name);
    }
    outln!("\n`dyad models show NAME` explains one; a run uses it by --set hardware=PATH or \"hardware\" of its file.");
    Ok(())
}

fn show(name: &str) -> Result<(), Error> {
    let Model { hardware, loaded } = models::load(name)?;
    outln!("{}\n{}\n", hardware.name, hardware.description);
    for (what, text) in
        [("source", &hardware.source), ("doi", &hardware.doi), ("url", &hardware.url), ("valid", &hardware.valid_range)]
    {
        if let Some(text) = text {
            outln!("{what:<8} {text}");
        }
    }
    let ends = ["$schema", "schema_version", "name", "description", "source", "doi", "url", "valid_range", "figures"];
    let mut settings = entries(&loaded);
    settings.retain(|entry| {
        let key = entry.key.to_string();
        !ends
            .iter()
            .any(|end| key == *end || key.starts_with(&format!("{end}[")) || key.starts_with(&format!("{end}.")))
    });
    outln!("\n{}", render(&settings));
    if !hardware.figures.is_empty() {
        outln!("what the figures rest on");
        for figure in &hardware.figures {
            let basis = format!("{:?}", figure.basis).to_lowercase();
            outln!("  {:<44} {:<4} {basis:<9} {}", figure.key, figure.unit, figure.remark);
        }
    }
    Ok(())
}
