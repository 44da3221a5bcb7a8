//! Tables of a trace as lines: metrics over the epochs, audits over the steps.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::Request;
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Section, Spacing, Tone, VerticalAxis,
};
use crate::results::{RunResult, RunSeries, RunTable};
use crate::vocabulary::number::number;
use crate::vocabulary::place::group;
use crate::vocabulary::{Quantity, axis, metric};

/// Sections and a note on them.
pub(super) type Made = Result<(Vec<Section>, String), PlotError>;

/// Lines over the first axis of a table.
fn section(lines: Vec<(String, Vec<f64>)>, metric: &Quantity, title: &str, along: (&str, &[f64])) -> Section {
    let key = lines.iter().enumerate().map(|(nth, (label, _))| KeyEntry {
        label: label.clone(),
        tone: Tone::Nth(nth),
        look: Look::Band,
    });
    let name = if along.0 == axis::STEP.name { axis::STEP.label() } else { along.0.to_owned() };
    let scaling = if metric.may_be_logarithmic() { Scaling::Spanning } else { Scaling::Linear };
    let y = VerticalAxis { scaling, ..VerticalAxis::new(metric.title(), metric.limits()) };
    let key: Vec<KeyEntry> = key.collect();
    let line = |(entry, (_, values)): (usize, (String, Vec<f64>))| Line {
        entry,
        x: along.1.to_vec(),
        y: values.iter().map(|value| metric.factor() * value).collect(),
        spread: vec![],
    };
    let lines = lines.into_iter().enumerate().map(line).collect();
    Section::Lines(LineSection {
        title: title.to_owned(),
        x: HorizontalAxis::new(name, Spacing::Whole),
        y,
        key,
        panels: vec![LinePanel { lines, ..LinePanel::default() }],
    })
}

/// Accuracy and loss of every set over the epochs, or the metric asked for.
pub(super) fn curves(run: &RunResult, request: &Request) -> Made {
    if let Some(name) = &request.metric {
        return one(run, request, name);
    }
    refuse_layer(request)?;
    let epochs = run.column(group::METRICS, axis::EPOCH.name)?;
    let mut sections = vec![];
    for scores in [metric::ACCURACY, metric::R2, metric::LOSS] {
        let mut lines = vec![];
        for (set, term) in scores.of_sets {
            let values = run.column(group::METRICS, term.name)?;
            if !values.is_empty() {
                lines.push(((*set).to_owned(), values));
            }
        }
        if !lines.is_empty() {
            let of_all = Quantity { label: scores.label.to_owned(), ..Quantity::from(&scores.of_sets[0].1) };
            sections.push(section(lines, &of_all, "", (axis::EPOCH.name, &epochs)));
        }
    }
    if sections.is_empty() {
        let needs = "neither accuracy nor loss was measured (measure.accuracy_every_epochs)".to_owned();
        return Err(PlotError::Needs { kind: Kind::Curves.name(), needs });
    }
    Ok((sections, String::new()))
}

fn refuse_layer(request: &Request) -> Result<(), PlotError> {
    match &request.layer {
        None => Ok(()),
        Some(_) => {
            Err(PlotError::Needs { kind: "curves", needs: "--layer needs a --metric that has layers".to_owned() })
        }
    }
}

/// One metric over the rows of its table.
fn one(run: &RunResult, request: &Request, name: &str) -> Made {
    match run.find(name)? {
        Some((table, series)) => over_rows(run, request, &table, &series),
        None => {
            let tables = run.tables()?.into_iter().flat_map(|table| table.series);
            let mut names: Vec<String> = tables.map(|series| series.quantity.name).collect();
            names.dedup();
            Err(PlotError::unknown("--metric", "metric", name, names))
        }
    }
}

/// A series over the rows of its table; of several layers, projections, updates or sizes a line for each.
pub(super) fn over_rows(run: &RunResult, request: &Request, table: &RunTable, series: &RunSeries) -> Made {
    let values = run.numbers(table, series)?;
    let column = |place: usize, of: usize| values.iter().skip(place).step_by(of.max(1)).copied().collect();
    let lines = match series.inner.first() {
        None => {
            refuse_layer(request)?;
            vec![(String::new(), values.clone())]
        }
        Some((inner, count)) => {
            let places = run.column(table.group, inner)?;
            if axis::EPSILONS.iter().any(|term| term.name == inner) {
                refuse_layer(request)?;
                let sizes = places.iter().enumerate();
                sizes.map(|(nth, size)| (format!("ε = {}", number(*size)), column(nth, *count))).collect()
            } else {
                let numbers: Vec<usize> = places.iter().map(|n| *n as usize).collect();
                let chosen = if axis::is_of_parts(inner) { request.chosen_layers(&numbers)? } else { numbers.clone() };
                let place = |number: &usize| numbers.iter().position(|own| own == number).unwrap_or(0);
                let names = run.part_names(table, series)?;
                let label = |number: &usize| names.get(place(number)).cloned().unwrap_or(format!("{inner} {number}"));
                chosen.iter().map(|number| (label(number), column(place(number), *count))).collect()
            }
        }
    };
    let note = series.quantity.long_name.clone();
    Ok((vec![section(lines, &series.quantity, "", (&table.axis, &table.coordinates))], note))
}

/// The angle of every layer's gradient to backprop: over the epochs, or over audited steps.
pub(super) fn angles(run: &RunResult, request: &Request) -> Made {
    match run.find(metric::ANGLE.name)? {
        Some((table, series)) if table.group != group::GRADIENT_COURSE => over_rows(run, request, &table, &series),
        _ => {
            let needs = "no angle to backprop was measured (measure.gradient_every_steps)".to_owned();
            Err(PlotError::Needs { kind: Kind::Angle.name(), needs })
        }
    }
}
