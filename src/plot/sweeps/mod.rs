//! Figures of sweeps: which axis is drawn how, and the kinds of figures.
mod bars;
mod lines;
mod maps;
mod roles;
mod yields;

use super::cube::Cube;
use super::error::PlotError;
use super::request::{Kind, Request};
use super::sweep_file::SweepFile;
use super::words::Metric;
use crate::figure::{Section, Sheet, Width};
use crate::trace::TraceReader;
use roles::Roles;

/// With at least so many seeds and nothing else, the yield is drawn.
const MANY_SEEDS: usize = 10;

/// What is drawn when nothing is said, the first that has values.
const USUAL: [&str; 3] = ["test_accuracy", "validation_accuracy", "train_accuracy"];

/// What a figure is made from.
pub(super) struct Source<'a> {
    file: SweepFile<'a>,
    request: &'a Request,
    kind: Kind,
}

/// Makes the figure of a sweep.
pub(super) fn sheet(reader: &TraceReader, request: &Request) -> Result<Sheet, PlotError> {
    let file = SweepFile::new(reader);
    let kind = match request.kind {
        Some(kind) => kind,
        None => usual_kind(&file, request)?,
    };
    request.check_options(kind)?;
    let source = Source { file, request, kind };
    let (sections, notes) = match kind {
        Kind::Curves => lines::curves(&source, &USUAL)?,
        Kind::Angle => lines::by_layer(&source, "angle_deg")?,
        Kind::Flips => lines::by_layer(&source, "flips_per_synapse")?,
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
    let lost = source.file.losses(request)?;
    let notes = notes.into_iter().chain([lost]).filter(|note| !note.is_empty()).collect::<Vec<_>>();
    Ok(Sheet {
        title: source.file.title(),
        subtitle: notes.join("; "),
        width: request.width.unwrap_or(width),
        sections,
    })
}

/// The kind of figure for the axes that a sweep has.
fn usual_kind(file: &SweepFile<'_>, request: &Request) -> Result<Kind, PlotError> {
    let (_, cube) = file.metric("final", request, &USUAL)?;
    if cube.find("sample").is_some() {
        return Ok(Kind::Lines);
    }
    let free = || cube.dims.iter().filter(|dim| dim.len() > 1 && !dim.is_population && dim.name != "layer");
    // An axis of chips is there to be counted.
    if cube.dims.iter().any(|dim| dim.is_population && dim.name != "seed" && dim.len() >= MANY_SEEDS) {
        return Ok(Kind::Yield);
    }
    let quantities = free().filter(|dim| dim.is_quantity()).count();
    Ok(match (free().count(), quantities) {
        (0, _) if cube.find("seed").is_some_and(|axis| cube.dims[axis].len() >= MANY_SEEDS) => Kind::Yield,
        (0, _) => Kind::Curves,
        (1, 0) => Kind::Bars,
        (_, 1) => Kind::Lines,
        _ => Kind::Map,
    })
}

/// "mean ± standard deviation of 5 seeds", and what all points have in common.
fn notes(cube: &Cube, roles: &Roles, what: &str) -> Vec<String> {
    let averaged = match roles.averaged(cube) {
        none if none.is_empty() => none,
        one if one == "1 seed" => one,
        many => format!("{what} of {many}"),
    };
    let layout = roles.describe(cube);
    vec![averaged, cube.describe(&roles.fixed), layout]
}

/// The same places in another cube, whose axes are found by name.
fn translated(from: &Cube, fixed: &[(usize, usize)], to: &Cube) -> Vec<(usize, usize)> {
    fixed.iter().filter_map(|(axis, place)| Some((to.find(&from.dims[*axis].name)?, *place))).collect()
}

/// The metric of the figure from a group.
fn metric(source: &Source<'_>, group: &str, usual: &[&str]) -> Result<(Metric, Cube), PlotError> {
    source.file.metric(group, source.request, usual)
}
