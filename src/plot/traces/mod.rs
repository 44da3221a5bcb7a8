//! Figures of the trace of a run.
mod confusion;
mod histograms;
mod recorded;
mod run_page;
mod states;
mod tables;

pub(super) use run_page::run_page;

use super::error::PlotError;
use super::kind::Kind;
use super::request::Request;
use crate::figure::{Section, Sheet, Width};
use crate::results::RunResult;

/// Makes a sheet of a trace.
pub(super) fn sheet(run: &RunResult, kind: Kind, request: &Request) -> Result<Sheet, PlotError> {
    let (sections, note) = match kind {
        Kind::Angle => tables::angles(run, request)?,
        Kind::Weights => histograms::weights(run, request)?,
        Kind::Confusion => confusion::confusion(run)?,
        Kind::Flips => histograms::flips(run, request)?,
        Kind::States => states::states(run, request)?,
        Kind::Raster => states::raster(run, request)?,
        _ => tables::curves(run, request)?,
    };
    let panels = sections.iter().map(|section| match section {
        Section::Lines(section) => section.panels.len(),
        _ => 1,
    });
    let width = if panels.max().unwrap_or(0) > 1 { Width::Page } else { Width::Column };
    let about = run_page::subtitle(run);
    let subtitle = if note.is_empty() { about } else { format!("{note} · {about}") };
    Ok(Sheet { title: run.title(), subtitle, width, sections })
}
