//! Tables of a trace as lines: metrics over the epochs, audits over the steps.
use super::super::error::PlotError;
use super::super::request::{Kind, Request};
use super::super::words::{Metric, number};
use super::run_page::column;
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Section, Spacing, Tone, VerticalAxis,
};
use crate::trace::{TraceReader, VariableInfo};

/// Groups that are tables, the first that has a metric counts.
const TABLES: [&str; 7] = ["metrics", "synapses", "stability", "robustness", "gradient", "signal", "residual"];

/// Sections and a note on them.
pub(super) type Made = Result<(Vec<Section>, String), PlotError>;

/// Lines over the first axis of a table.
fn section(lines: Vec<(String, Vec<f64>)>, metric: &Metric, title: &str, axis: (&str, &[f64])) -> Section {
    let key = lines.iter().enumerate().map(|(nth, (label, _))| KeyEntry {
        label: label.clone(),
        tone: Tone::Nth(nth),
        look: Look::Band,
    });
    let name = if axis.0 == "step" { "training step" } else { axis.0 };
    let y = VerticalAxis {
        name: metric.label.clone(),
        limits: metric.limits,
        may_be_logarithmic: metric.may_be_logarithmic,
        shared: true,
    };
    let key: Vec<KeyEntry> = key.collect();
    let line = |(entry, (_, values)): (usize, (String, Vec<f64>))| Line {
        entry,
        x: axis.1.to_vec(),
        y: values.iter().map(|value| metric.factor * value).collect(),
        spread: vec![],
    };
    let lines = lines.into_iter().enumerate().map(line).collect();
    Section::Lines(LineSection {
        title: title.to_owned(),
        x: HorizontalAxis { name: name.to_owned(), spacing: Spacing::Whole },
        y,
        key,
        panels: vec![LinePanel { lines, ..LinePanel::default() }],
    })
}

/// Accuracy and loss of every set over the epochs, or the metric asked for.
pub(super) fn curves(reader: &TraceReader, request: &Request) -> Made {
    if let Some(name) = &request.metric {
        return one(reader, request, name, "--metric");
    }
    refuse_layer(request)?;
    let epochs = column(reader, "metrics/epoch")?;
    let mut sections = vec![];
    for what in ["accuracy", "loss"] {
        let mut lines = vec![];
        for set in ["train", "validation", "test"] {
            let values = column(reader, &format!("metrics/{set}_{what}"))?;
            if !values.is_empty() {
                lines.push((set.to_owned(), values));
            }
        }
        if !lines.is_empty() {
            sections.push(section(lines, &Metric::new(what, "1"), "", ("epoch", &epochs)));
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

/// The metrics that can be drawn over the first axis of their table.
fn metrics(reader: &TraceReader) -> Result<Vec<(&'static str, VariableInfo)>, PlotError> {
    let mut found = vec![];
    for group in TABLES {
        if reader.contains(group) {
            let variables = reader.variables(group)?.into_iter();
            found.extend(variables.filter(|variable| !variable.is_coordinate).map(|variable| (group, variable)));
        }
    }
    Ok(found)
}

/// One metric over the first axis of its table; of several layers or visits a line for each.
fn one(reader: &TraceReader, request: &Request, name: &str, option: &'static str) -> Made {
    let metrics = metrics(reader)?;
    let Some((group, variable)) = metrics.iter().find(|(_, variable)| variable.name == name) else {
        let mut names: Vec<String> = metrics.into_iter().map(|(_, variable)| variable.name).collect();
        names.dedup();
        return Err(PlotError::unknown(option, "metric", name, names));
    };
    let values = reader.read(&format!("{group}/{name}"))?;
    let Some((first, _)) = variable.axes.first() else {
        return Err(PlotError::Needs { kind: "curves", needs: format!("{name} is a single number") });
    };
    let along = column(reader, &format!("{group}/{first}"))?;
    let lines = match variable.axes.get(1) {
        None => {
            refuse_layer(request)?;
            vec![(String::new(), values.values)]
        }
        Some((axis, count)) if axis.starts_with("epsilon") => {
            refuse_layer(request)?;
            let sizes = column(reader, &format!("{group}/{axis}"))?.into_iter().enumerate();
            let series = |nth: usize| values.values.iter().skip(nth).step_by((*count).max(1)).copied().collect();
            sizes.map(|(nth, size)| (format!("ε = {}", number(size)), series(nth))).collect()
        }
        Some((axis, count)) => {
            let numbers: Vec<usize> = column(reader, &format!("{group}/{axis}"))?.iter().map(|n| *n as usize).collect();
            let chosen = if axis == "layer" { super::chosen_layers(request, &numbers)? } else { numbers.clone() };
            let place = |number: &usize| numbers.iter().position(|own| own == number).unwrap_or(0);
            let line = |number: &usize| {
                let series = values.values.iter().skip(place(number)).step_by((*count).max(1)).copied().collect();
                (format!("{axis} {number}"), series)
            };
            chosen.iter().map(line).collect()
        }
    };
    let metric = Metric::new(name, &variable.units);
    let note = variable.long_name.clone();
    Ok((vec![section(lines, &metric, "", (first, &along))], note))
}

/// The angle of every layer's gradient to backprop: over the epochs, or over audited steps.
pub(super) fn angles(reader: &TraceReader, request: &Request) -> Made {
    if !metrics(reader)?.iter().any(|(_, variable)| variable.name == "angle_deg") {
        let needs = "no angle to backprop was measured (measure.gradient_every_steps)".to_owned();
        return Err(PlotError::Needs { kind: Kind::Angle.name(), needs });
    }
    one(reader, request, "angle_deg", "--metric")
}
