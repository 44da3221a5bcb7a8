//! What the page of a run says.
use super::numbers::{rank, spelled, told};
use super::page::{Content, TextTable, detailed, fact};
use super::states::NamedStates;
use super::{ReportError, numbers, run_tables, settings, states};
use crate::trace::{TraceError, TraceReader};
use serde_json::{Value, json};

/// The page of a run.
pub(super) fn content(reader: &TraceReader) -> Result<Content, ReportError> {
    let text = |name: &str| reader.text(name).unwrap_or_default();
    let config: Value = serde_json::from_str(&text("config_json")).unwrap_or_default();
    let (tables, mut notes) = run_tables::read(reader)?;
    let states = states::read(reader, &config["experiment"], states::MOST_NUMBERS, &mut notes)?;
    notes.push(format!(
        "Measurements are rounded to {} digits; states are exactly those of the trace.",
        numbers::DIGITS
    ));
    let mut content = Content {
        title: text("title"),
        kind: "run",
        question: text("description"),
        settings: settings::texts(&config, &[]),
        has_states: states.is_some(),
        ..Content::default()
    };
    if let Some(divergence) = reader.text("divergence") {
        content.warnings.push(format!("The run diverged: {divergence}."));
    } else if reader.integer("complete") == Some(0) {
        content.warnings.push("The run is not complete.".to_owned());
    }
    find(reader, &mut content)?;
    for name in ["dyadsim_version", "git_commit", "command", "started", "ended"] {
        content.provenance.push(fact(&spelled(name), text(name)));
    }
    for name in ["seed_data", "seed_init", "seed_chip", "seed_noise"] {
        if let Some(seed) = reader.integer(name) {
            content.provenance.push(fact(&spelled(name), seed.to_string()));
        }
    }
    content.notes = notes;
    content.data = json!({"kind": "run", "tables": tables, "states": states.map(|states| vec![NamedStates { name: "this run".to_owned(), states }])});
    Ok(content)
}

/// The final table.
fn find(reader: &TraceReader, content: &mut Content) -> Result<(), TraceError> {
    content.findings.push(fact("status", reader.text("status").unwrap_or_default()));
    if let Some(epochs) = reader.integer("epochs_done") {
        content.findings.push(fact("epochs", epochs.to_string()));
    }
    if !reader.contains("metrics/epoch") {
        return Ok(());
    }
    let epochs = reader.read("metrics/epoch")?.values;
    let best = reader.integer("best_epoch");
    let mut per_layer = vec![];
    for group in ["metrics", "signal", "synapses"] {
        if !reader.contains(group) {
            continue;
        }
        let mut variables = reader.variables(group)?;
        variables.sort_by_key(|v| rank(&v.name));
        for variable in variables.into_iter().filter(|v| !v.is_coordinate) {
            let values = reader.read(&format!("{group}/{}", variable.name))?;
            let layers = match variable.axes[..] {
                [_] => None,
                [_, (ref name, length)] if name == "layer" => Some(length),
                _ => continue,
            };
            let row = |r: usize| values.values.chunks_exact(layers.unwrap_or(1)).nth(r);
            let rows = values.shape[0];
            // The weights that are kept are those of the best epoch, where one was chosen.
            let kept = best.filter(|_| group == "metrics" && variable.name.ends_with("accuracy"));
            let chosen = kept.and_then(|e| epochs.iter().position(|&x| x == e as f64));
            let known = |r: &usize| row(*r).is_some_and(|row| row.iter().any(|x| x.is_finite()));
            let Some(at) = chosen.filter(known).or_else(|| (0..rows).rev().find(known)) else { continue };
            let Some(values) = row(at) else { continue };
            if layers.is_none() {
                let of =
                    if chosen.is_some() { format!("weights of epoch {}, the best", epochs[at]) } else { String::new() };
                let value = told(&variable.name, &variable.units, values[0]);
                content.findings.push(detailed(&spelled(&variable.name), value, of));
            } else {
                per_layer.push((variable.clone(), values.to_vec()));
            }
        }
    }
    if let Some(layers) = per_layer.first().map(|(_, values)| values.len()) {
        let head = std::iter::once("layer".to_owned()).chain(per_layer.iter().map(|(v, _)| spelled(&v.name)));
        let rows = (0..layers).map(|k| {
            let cells =
                per_layer.iter().map(|(v, values)| values.get(k).map_or("–".into(), |&x| told(&v.name, &v.units, x)));
            std::iter::once((k + 1).to_string()).chain(cells).collect()
        });
        content.tables.push(TextTable {
            caption: "Layers at the last epoch or audited step".to_owned(),
            head: head.collect(),
            rows: rows.collect(),
        });
    }
    Ok(())
}
