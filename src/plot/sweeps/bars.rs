//! Bars over one axis: what each variant ends at.
use super::super::error::PlotError;
use super::lines::Made;
use super::roles::{Roles, Wanted};
use super::source::{Source, USUAL, notes, translated};
use crate::figure::{BarPanel, BarSection, Section};
use crate::results::statistics::{ErrorKind, Summary};
use crate::results::{Cube, Fixed};
use crate::vocabulary::place::group::FINAL;
use crate::vocabulary::{Quantity, metric};

/// Bars of the metric and, if none was asked for, of the first layer's angle to backprop.
pub(super) fn bars(source: &Source<'_>) -> Made {
    let (metric, cube) = source.metric(FINAL, &USUAL)?;
    let roles = Roles::new(&cube, source.request, Wanted::X, None)?;
    let Some(axis) = roles.x else {
        let needs = "no axis has more than one value; --what curves or yield show replicates alone".to_owned();
        return Err(PlotError::Needs { kind: source.kind.name(), needs });
    };
    let mut panels = vec![];
    for (title, fixed) in roles.panels(&cube) {
        let name = if title.is_empty() { metric.title() } else { format!("{}, {title}", metric.title()) };
        panels.push(panel(&cube, &metric, axis, &fixed, name, source.error()));
    }
    if source.request.metric.is_none()
        && let Some(angle) = source.also(&metric::ANGLE)?.filter(Cube::has_values)
        && let (Some(angle_axis), Some(layer)) = (angle.find(&cube.dims[axis].name), angle.parts())
    {
        let of_angle = Quantity::from(&metric::ANGLE);
        for (title, fixed) in roles.panels(&cube) {
            let fixed = [translated(&cube, &fixed, &angle), vec![(layer, 0)]].concat();
            let name = format!("{}, {} ({})", of_angle.label, angle.dims[layer].at(0), of_angle.sign());
            let name = if title.is_empty() { name } else { format!("{name}, {title}") };
            panels.push(panel(&angle, &of_angle, angle_axis, &fixed, name, source.error()));
        }
    }
    let categories = cube.dims[axis].labels.clone();
    let name = cube.dims[axis].title();
    let notes = [vec![format!("bars: {name}")], notes(&cube, &roles, source.error().label())].concat();
    Ok((vec![Section::Bars(BarSection { title: String::new(), categories, panels })], notes))
}

fn panel(cube: &Cube, metric: &Quantity, axis: usize, fixed: &[Fixed], quantity: String, error: ErrorKind) -> BarPanel {
    let at = |place: usize| Summary::of(cube.gather(&[fixed, &[(axis, place)]].concat()));
    let summaries: Vec<Summary> = (0..cube.dims[axis].len()).map(at).collect();
    let has_spread = summaries.iter().any(|summary| summary.deviation.is_some());
    let text = |summary: &Summary| match summary.deviation {
        Some(_) if error == ErrorKind::Range => {
            let [low, high] = summary.range.map(|end| metric.cell(end));
            format!("{} ({low} to {high})", metric.cell(summary.mean))
        }
        Some(_) => metric.with_deviation(summary.mean, summary.interval(error)[1] - summary.mean),
        None => metric.cell(summary.mean),
    };
    BarPanel {
        quantity,
        values: summaries.iter().map(|summary| summary.mean).collect(),
        spread: if has_spread { summaries.iter().map(|own| own.interval(error)).collect() } else { vec![] },
        texts: summaries.iter().map(text).collect(),
    }
}
