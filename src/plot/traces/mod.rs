//! Figures of the trace of a run.
mod histograms;
mod recorded;
mod run_page;
mod states;
mod tables;

pub(super) use run_page::run_page;

use super::error::PlotError;
use super::request::{Kind, Request};
use crate::figure::{Section, Sheet, Width};
use crate::trace::TraceReader;

/// Makes a sheet of a trace.
pub(super) fn sheet(reader: &TraceReader, kind: Kind, request: &Request) -> Result<Sheet, PlotError> {
    let (sections, note) = match kind {
        Kind::Angle => tables::angles(reader, request)?,
        Kind::Weights => histograms::weights(reader, request)?,
        Kind::Flips => histograms::flips(reader, request)?,
        Kind::States => states::states(reader, request)?,
        Kind::Raster => states::raster(reader, request)?,
        _ => tables::curves(reader, request)?,
    };
    let panels = sections.iter().map(|section| match section {
        Section::Lines(section) => section.panels.len(),
        _ => 1,
    });
    let width = if panels.max().unwrap_or(0) > 1 { Width::Page } else { Width::Column };
    let run = run_page::subtitle(reader);
    let subtitle = if note.is_empty() { run } else { format!("{note} · {run}") };
    let title = reader.text("title").unwrap_or_default();
    Ok(Sheet { title, subtitle, width: request.width.unwrap_or(width), sections })
}

/// The layers asked for among those that there are; all if none was.
fn chosen_layers(request: &Request, there: &[usize]) -> Result<Vec<usize>, PlotError> {
    let Some(given) = &request.layer else { return Ok(there.to_vec()) };
    let find = |text: &String| {
        let found = text.parse::<usize>().ok().filter(|layer| there.contains(layer));
        found.ok_or_else(|| PlotError::unknown("--layer", "layer", text, there.iter().map(usize::to_string)))
    };
    given.iter().map(find).collect()
}

/// Numbers of the layers that have a group `{prefix}K`, ascending.
fn layers_of(reader: &TraceReader, prefix: &str) -> Result<Vec<usize>, PlotError> {
    let groups = reader.groups()?;
    let numbers = groups.iter().filter_map(|group| group.strip_prefix(prefix));
    let mut layers: Vec<usize> = numbers.filter_map(|number| number.parse().ok()).collect();
    layers.sort_unstable();
    Ok(layers)
}
