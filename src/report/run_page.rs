//! What the page of a run says.
use super::error::ReportError;
use super::page::{Content, TextTable, detailed, fact};
use super::states::NamedStates;
use super::{numbers, run_tables, settings, states};
use crate::results::{RunResult, RunSeries};
use crate::trace::TraceError;
use crate::vocabulary::number::{NONE, spelled};
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{axis, metric, state};
use serde_json::json;

/// Tables whose last row is a finding.
const FOUND: [&str; 3] = [group::METRICS, group::SIGNAL, group::SYNAPSES];

/// The page of a run.
pub(super) fn content(run: &RunResult) -> Result<Content, ReportError> {
    let (tables, mut notes) = run_tables::read(run)?;
    let states = states::read(run, states::MOST_NUMBERS, &mut notes)?;
    notes.push(format!(
        "Measurements are rounded to {} digits; states are exactly those of the trace.",
        numbers::DIGITS
    ));
    let mut content = Content {
        title: run.title(),
        kind: "run",
        question: run.text(attribute::DESCRIPTION),
        settings: settings::texts(run.settings().json(), &[]),
        has_states: states.is_some(),
        ..Content::default()
    };
    if let Some(divergence) = run.divergence() {
        content.warnings.push(format!("The run diverged: {divergence}."));
    } else if run.is_incomplete() {
        content.warnings.push("The run is not complete.".to_owned());
    }
    find(run, &mut content)?;
    for name in [attribute::VERSION, attribute::COMMIT, attribute::COMMAND, attribute::STARTED, attribute::ENDED] {
        content.provenance.push(fact(&spelled(name), run.text(name)));
    }
    for (seed, value) in run.seeds() {
        content.provenance.push(fact(&spelled(seed.name), value.to_string()));
    }
    content.notes = notes;
    let states = states.map(|states| vec![NamedStates { name: "this run".to_owned(), states }]);
    content.data = json!({"kind": "run", "tables": tables, "figures": run_tables::usual_figures(), "first": metric::SPECTRAL_NORM.name, "states": states});
    Ok(content)
}

/// The final table.
fn find(run: &RunResult, content: &mut Content) -> Result<(), TraceError> {
    content.findings.push(fact(state::STATUS.name, run.status()));
    if let Some(epochs) = run.epochs_done() {
        content.findings.push(fact("epochs", epochs.to_string()));
    }
    let best = run.best_epoch();
    let mut per_layer: Vec<(RunSeries, Vec<f64>)> = vec![];
    for name in FOUND {
        let Some(table) = run.table(name)? else { continue };
        let mut all: Vec<&RunSeries> = table.series.iter().collect();
        all.sort_by_key(|series| metric::rank(&series.quantity.name));
        for series in all {
            let layers = match series.inner[..] {
                [] => 1,
                [_] if series.is_per_layer() => series.layers(),
                _ => continue,
            };
            let values = run.numbers(&table, series)?;
            let row = |r: usize| values.chunks_exact(layers.max(1)).nth(r);
            // The weights that are kept are those of the best epoch, where one was chosen.
            let is_score = metric::ACCURACY.of_sets.iter().any(|(_, term)| term.name == series.quantity.name);
            let kept = best.filter(|_| is_score);
            let chosen = kept.and_then(|e| table.coordinates.iter().position(|&x| x == e as f64));
            let known = |r: &usize| row(*r).is_some_and(|row| row.iter().any(|x| x.is_finite()));
            let rows = table.coordinates.len();
            let Some(at) = chosen.filter(known).or_else(|| (0..rows).rev().find(known)) else { continue };
            let Some(values) = row(at) else { continue };
            if series.is_per_layer() {
                per_layer.push((series.clone(), values.to_vec()));
            } else {
                let epoch = table.coordinates[at];
                let of = chosen.map_or(String::new(), |_| format!("weights of epoch {epoch}, the best"));
                content.findings.push(detailed(&series.quantity.label, series.quantity.tell(values[0]), of));
            }
        }
    }
    if let Some(layers) = per_layer.first().map(|(_, values)| values.len()) {
        let labels = per_layer.iter().map(|(series, _)| series.quantity.label.clone());
        let head = std::iter::once(axis::LAYER.label()).chain(labels);
        let rows = (0..layers).map(|k| {
            let cells = per_layer
                .iter()
                .map(|(series, values)| values.get(k).map_or(NONE.into(), |&x| series.quantity.tell(x)));
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
