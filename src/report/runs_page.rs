//! What the page of several runs says: their measurements side by side, and the settings in which they differ.
use super::error::ReportError;
use super::page::{Content, TextTable, fact};
use super::{numbers, run_tables, settings};
use crate::results::comparison::settings_by_key;
use crate::results::{Opened, ResultsError, RunResult, distinct_names, open};
use crate::vocabulary::number::{NONE, percent, spelled};
use crate::vocabulary::place::attribute;
use crate::vocabulary::{metric, state};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The page of these runs.
pub(super) fn content(sources: &[&Path]) -> Result<Content, ReportError> {
    let names = distinct_names(sources);
    let mut runs: Vec<(String, RunResult)> = vec![];
    for (source, name) in sources.iter().zip(names) {
        match open(source)? {
            Opened::Run(run) => runs.push((name, run)),
            Opened::Sweep(sweep) => {
                let rule = "is a sweep; a page of several results is one of runs".to_owned();
                let (file, object) = (sweep.reader().path().to_owned(), attribute::CONVENTIONS.to_owned());
                return Err(ResultsError::Layout { file, object, rule }.into());
            }
        }
    }
    let mut titles: Vec<String> = runs.iter().map(|(_, run)| run.title()).collect();
    titles.dedup();
    let mut content = Content { title: titles.join(" | "), kind: "run", ..Content::default() };
    let mut pages = vec![];
    for (name, run) in &runs {
        if let Some(divergence) = run.divergence() {
            content.warnings.push(format!("{name}: the run diverged: {divergence}."));
        }
        content.warnings.extend(run.not_learnt().map(|reason| format!("{name}: {reason}.")));
        content.warnings.extend(run.standing().map(|standing| format!("{name}: {standing}.")));
        let (tables, notes) = run_tables::read(run)?;
        content.notes.extend(notes.into_iter().map(|note| format!("{name}: {note}")));
        pages.push(json!({"name": name, "tables": tables}));
        for mut text in settings::texts(run.settings().json(), &[]) {
            text.name = format!("{name}: {}", text.name);
            content.settings.push(text);
        }
    }
    content.tables = vec![overview(&runs)?];
    content.tables.extend(differing(&runs));
    content.findings.push(fact("runs", runs.len().to_string()));
    content.notes.push(format!("Measurements are rounded to {} digits.", numbers::DIGITS));
    for (name, run) in &runs {
        let parts = [attribute::VERSION, attribute::COMMIT, attribute::COMMAND].map(|name| run.text(name));
        content.provenance.push(fact(name, parts.join(" · ")));
    }
    content.data = json!({"kind": "run", "runs": pages, "figures": run_tables::usual_figures(), "first": metric::SPECTRAL_NORM.name});
    Ok(content)
}

/// How each of them ended.
fn overview(runs: &[(String, RunResult)]) -> Result<TextTable, ReportError> {
    let head = ["run", state::STATUS.name, "epochs", "accuracy", "ended"].map(str::to_owned).to_vec();
    let mut rows = vec![];
    for (name, run) in runs {
        let epochs = run.epochs_done().map_or(NONE.to_owned(), |epochs| epochs.to_string());
        let accuracy = run.kept_accuracy()?.map_or(NONE.to_owned(), percent);
        rows.push(vec![name.clone(), run.status(), epochs, accuracy, run.text(attribute::ENDED)]);
    }
    Ok(TextTable { caption: "Runs; accuracies are those of the weights that are kept".to_owned(), head, rows })
}

/// The settings in which they differ.
fn differing(runs: &[(String, RunResult)]) -> Option<TextTable> {
    let settings: Vec<BTreeMap<String, String>> = runs.iter().map(|(_, run)| settings_by_key(run.reader())).collect();
    let keys: BTreeSet<&String> = settings.iter().flat_map(BTreeMap::keys).collect();
    let value = |own: &BTreeMap<String, String>, key: &String| own.get(key).cloned().unwrap_or(NONE.to_owned());
    let differ = |key: &&&String| settings.iter().any(|own| own.get(**key) != settings[0].get(**key));
    let row = |key: &String| std::iter::once(spelled(key)).chain(settings.iter().map(|own| value(own, key))).collect();
    let rows: Vec<Vec<String>> = keys.iter().filter(differ).map(|key| row(key)).collect();
    let head = std::iter::once("setting".to_owned()).chain(runs.iter().map(|(name, _)| name.clone())).collect();
    (!rows.is_empty()).then(|| TextTable { caption: "Settings that differ".to_owned(), head, rows })
}
