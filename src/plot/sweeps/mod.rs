//! Figures of sweeps: which axis is drawn how, and the kinds of figures.
mod bars;
mod lines;
mod maps;
mod roles;
mod source;
mod yields;

use super::error::PlotError;
use super::kind::Kind;
use super::request::Request;
use crate::figure::{Section, Sheet, Width};
use crate::results::SweepResult;
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{axis, metric};
use source::{Source, USUAL};

/// With at least this many replicates and nothing else, the yield is drawn.
const MANY_REPLICATES: usize = 10;

/// Makes the figure of a sweep.
pub(super) fn sheet(sweep: &SweepResult, request: &Request) -> Result<Sheet, PlotError> {
    let source = |kind| Source { sweep, request, kind };
    let kind = match request.kind {
        Some(kind) => kind,
        None => {
            let usual = usual_kind(&source(Kind::Map))?;
            // Who asks for colours of lines or the end of an axis wants lines.
            let asked = [usual, Kind::Lines].into_iter().find(|kind| request.check_options(*kind, true).is_ok());
            asked.unwrap_or(usual)
        }
    };
    request.check_options(kind, true)?;
    let source = source(kind);
    let (sections, notes) = match kind {
        Kind::Curves => lines::curves(&source, &USUAL)?,
        Kind::Angle => lines::by_layer(&source, metric::ANGLE)?,
        Kind::Flips => lines::by_layer(&source, metric::FLIPS_PER_SYNAPSE)?,
        Kind::Lines => lines::over_axis(&source)?,
        Kind::Bars => bars::bars(&source)?,
        Kind::Yield => yields::yields(&source)?,
        Kind::Verdict => maps::verdicts(&source)?,
        _ => maps::maps(&source)?,
    };
    let panels = sections.iter().map(|section| match section {
        Section::Lines(section) => section.panels.len(),
        Section::Maps(section) => section.panels.len(),
        Section::Kinds(section) => section.panels.len(),
        Section::Bars(section) => section.panels.len(),
    });
    let width = if panels.max().unwrap_or(0) > 1 { Width::Page } else { Width::Column };
    let lost = source.losses()?;
    let notes = notes.into_iter().chain([lost]).filter(|note| !note.is_empty()).collect::<Vec<_>>();
    Ok(Sheet { title: sweep.text(attribute::TITLE), subtitle: notes.join("; "), width, sections })
}

/// The kind of figure for the axes that a sweep has.
fn usual_kind(source: &Source<'_>) -> Result<Kind, PlotError> {
    let (_, cube) = source.metric(group::FINAL, &USUAL)?;
    if cube.find(axis::DRAWN_SAMPLE.name).is_some() {
        return Ok(Kind::Lines);
    }
    let free = || cube.dims.iter().filter(|dim| dim.len() > 1 && !dim.is_population && !axis::is_of_parts(&dim.name));
    // An axis of chips is there to be counted.
    if cube.dims.iter().any(|dim| dim.is_population && dim.name != axis::REPLICATE.name && dim.len() >= MANY_REPLICATES)
    {
        return Ok(Kind::Yield);
    }
    let quantities = free().filter(|dim| dim.is_quantity()).count();
    Ok(match (free().count(), quantities) {
        (0, _) if cube.find(axis::REPLICATE.name).is_some_and(|axis| cube.dims[axis].len() >= MANY_REPLICATES) => {
            Kind::Yield
        }
        (0, _) => Kind::Curves,
        (1, 0) => Kind::Bars,
        (_, 1) => Kind::Lines,
        _ => Kind::Map,
    })
}
