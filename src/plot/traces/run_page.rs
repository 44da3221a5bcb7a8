//! The page of a run, from its trace.
use super::super::error::PlotError;
use crate::figure::{Curve, RunFigure, StatePanel};
use crate::trace::TraceReader;
use serde_json::Value;

/// Panels of states at most: hidden layers first, then the outputs.
const MOST_PANELS: usize = 4;

/// What the page of a finished run shows.
pub(in super::super) fn run_page(reader: &TraceReader) -> Result<RunFigure, PlotError> {
    Ok(RunFigure {
        title: reader.text("title").unwrap_or_default(),
        subtitle: subtitle(reader),
        epochs: column(reader, "metrics/epoch")?,
        accuracy: scores(reader, "accuracy")?,
        // An unsupervised network has an energy in the place of a loss.
        loss: if reader.contains("metrics/train_energy") { scores(reader, "energy")? } else { scores(reader, "loss")? },
        angles_deg: angles(reader)?,
        states: states(reader)?,
    })
}

pub(super) fn settings(reader: &TraceReader) -> Value {
    reader.text("config_json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Rule, nudging, network and chip in one line.
pub(super) fn subtitle(reader: &TraceReader) -> String {
    let settings = settings(reader);
    let experiment = &settings["experiment"];
    let name = |value: &Value| match value {
        Value::String(name) => name.clone(),
        Value::Object(variant) => variant.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let hidden: Vec<String> =
        experiment["network"]["hidden"].as_array().into_iter().flatten().map(Value::to_string).collect();
    let mut parts = vec![name(&experiment["credit_rule"])];
    if let Some(nudging) = experiment["nudging"].as_object() {
        parts.push(format!("α = {}, β = {}", nudging["alpha"], nudging["beta"]));
        parts.push(name(&experiment["schedule"]));
    }
    parts.push(format!("hidden units {}", hidden.join("-")));
    parts.push(name(&experiment["data"]["source"]));
    parts.push(format!("chip {}", name(&settings["hardware"]["name"])));
    parts.join(" · ")
}

/// All numbers of a variable; none if it was not measured.
pub(super) fn column(reader: &TraceReader, variable: &str) -> Result<Vec<f64>, PlotError> {
    if reader.contains(variable) { Ok(reader.read(variable)?.values) } else { Ok(vec![]) }
}

fn scores(reader: &TraceReader, what: &str) -> Result<Vec<Curve>, PlotError> {
    let epochs = column(reader, "metrics/epoch")?;
    let mut curves = vec![];
    for set in ["train", "validation", "test"] {
        let y = column(reader, &format!("metrics/{set}_{what}"))?;
        if !y.is_empty() {
            curves.push(Curve { label: set.to_owned(), x: epochs.clone(), y });
        }
    }
    Ok(curves)
}

fn angles(reader: &TraceReader) -> Result<Vec<Curve>, PlotError> {
    if !reader.contains("metrics/angle_deg") {
        return Ok(vec![]);
    }
    let epochs = column(reader, "metrics/epoch")?;
    let angles = reader.read("metrics/angle_deg")?;
    let layers = angles.shape[1];
    Ok((0..layers)
        .map(|k| Curve {
            label: format!("layer {}", k + 1),
            x: epochs.clone(),
            y: angles.values.iter().skip(k).step_by(layers).copied().collect(),
        })
        .collect())
}

/// The weight of s⁺ in the mean of the units of a layer, given by its number.
pub(super) fn alpha(reader: &TraceReader, layer: &str) -> f64 {
    let settings = settings(reader);
    let experiment = &settings["experiment"];
    let outputs = experiment["network"]["hidden"].as_array().map_or(0, Vec::len) + 1;
    let key = if layer.parse() == Ok(outputs) { "alpha" } else { "alpha_hidden" };
    experiment["nudging"][key].as_f64().unwrap_or(0.5)
}

/// The last recorded step of the first recorded stimulus, layer by layer.
fn states(reader: &TraceReader) -> Result<Vec<StatePanel>, PlotError> {
    let mut panels = vec![];
    for group in reader.groups()? {
        let Some(layer) = group.strip_prefix("states/layer") else { continue };
        let (plus, minus) = (format!("{group}/s_plus"), format!("{group}/s_minus"));
        if !reader.contains(&plus) || !reader.contains(&minus) {
            continue;
        }
        let (plus, minus) = (reader.read(&plus)?, reader.read(&minus)?);
        let (visits, samples, units) = match plus.shape[..] {
            [_, visits, samples, units] => (visits, samples, units),
            [_, samples, units] => (1, samples, units),
            _ => continue,
        };
        let row = visits * samples * units;
        if row == 0 || plus.values.len() < row {
            continue;
        }
        let first_stimulus = |values: &[f64]| -> Vec<Vec<f64>> {
            let last = &values[values.len() - row..];
            last.chunks_exact(samples * units).map(|visit| visit[..units].to_vec()).collect()
        };
        panels.push((
            layer.parse::<usize>().unwrap_or(0),
            StatePanel {
                title: format!("layer {layer}"),
                alpha: alpha(reader, layer),
                visits: (0..visits).map(|v| v as f64).collect(),
                s_plus: first_stimulus(&plus.values),
                s_minus: first_stimulus(&minus.values),
            },
        ));
    }
    panels.sort_by_key(|(layer, _)| *layer);
    Ok(panels.into_iter().map(|(_, panel)| panel).take(MOST_PANELS).collect())
}
