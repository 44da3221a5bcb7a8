//! What the page of a run says.
use super::error::ReportError;
use super::page::{Content, TextTable, detailed, fact};
use super::states::NamedStates;
use super::{numbers, run_data, run_tables, settings, states};
use crate::results::{RunResult, RunSeries};
use crate::trace::TraceError;
use crate::vocabulary::number::{NONE, spelled};
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{Quantity, axis, metric, state};
use serde_json::json;

/// Tables whose last row is a finding.
const FOUND: [&str; 4] = [group::METRICS, group::SIGNAL, group::SYNAPSES, group::COSTS];

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
    } else if let Some(standing) = run.standing() {
        content.warnings.push(format!("{}.", capitalised(&standing)));
    } else if run.is_incomplete() {
        content.warnings.push("The run is not complete.".to_owned());
    }
    content.warnings.extend(run.not_learnt().map(|reason| format!("{}.", capitalised(&reason))));
    find(run, &mut content)?;
    run_data::add(&run.text(attribute::DATA), &mut content);
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

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The final table.
fn find(run: &RunResult, content: &mut Content) -> Result<(), TraceError> {
    content.findings.push(fact(state::STATUS.name, run.status()));
    if let Some(epochs) = run.epochs_done() {
        content.findings.push(fact("epochs", epochs.to_string()));
    }
    let best = run.best_epoch();
    let mut parts: Vec<Parts> = vec![];
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
            if run.has_no_result() && is_result(&series.quantity.name) {
                continue;
            }
            let is_score = metric::ACCURACY.of_sets.iter().any(|(_, term)| term.name == series.quantity.name);
            let kept = best.filter(|_| is_score);
            let chosen = kept.and_then(|e| table.coordinates.iter().position(|&x| x == e as f64));
            let known = |r: &usize| row(*r).is_some_and(|row| row.iter().any(|x| x.is_finite()));
            let rows = table.coordinates.len();
            let Some(at) = chosen.filter(known).or_else(|| (0..rows).rev().find(known)) else { continue };
            let Some(values) = row(at) else { continue };
            if series.is_per_layer() {
                let names = run.part_names(&table, series)?;
                let column = (series.quantity.clone(), values.to_vec());
                let axis = series.inner.last().map(|(name, _)| name.clone()).unwrap_or_default();
                match parts.iter_mut().find(|own| own.axis == axis) {
                    Some(own) => own.columns.push(column),
                    None => parts.push(Parts { axis, names, columns: vec![column] }),
                }
            } else {
                let epoch = table.coordinates[at];
                let of = chosen.map_or(String::new(), |_| format!("weights of epoch {epoch}, the best"));
                content.findings.push(detailed(&series.quantity.label, series.quantity.tell(values[0]), of));
            }
        }
    }
    content.tables.extend(parts.into_iter().map(Parts::table));
    Ok(())
}

/// Whether a quantity tells how well the network has learnt.
fn is_result(name: &str) -> bool {
    let of_sets = metric::TRAIN_SCORES.iter().chain(&metric::VALIDATION_SCORES).chain(&metric::TEST_SCORES);
    of_sets.chain([&metric::TEST_ACCURACY_IDEAL_DEVICES]).any(|term| term.name == name)
}

/// What was found of every layer or projection.
struct Parts {
    /// Name of the axis along them.
    axis: String,
    names: Vec<String>,
    columns: Vec<(Quantity, Vec<f64>)>,
}

impl Parts {
    fn table(self) -> TextTable {
        let Self { axis, names, columns } = self;
        let labels = columns.iter().map(|(quantity, _)| quantity.label.clone());
        let head = std::iter::once(axis.clone()).chain(labels).collect();
        let row = |(place, name): (usize, &String)| {
            let cells =
                columns.iter().map(|(quantity, values)| values.get(place).map_or(NONE.into(), |&x| quantity.tell(x)));
            // The head says what they are.
            let own = name.strip_prefix(&axis).unwrap_or(name).trim_start().to_owned();
            std::iter::once(own).chain(cells).collect()
        };
        let caption = if axis == axis::LAYER.name { "Layers" } else { "Projections" };
        TextTable {
            caption: format!("{caption} at the last epoch or audited step"),
            head,
            rows: names.iter().enumerate().map(row).collect(),
        }
    }
}
