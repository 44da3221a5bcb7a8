//! What a run has learnt from: samples of every set by class, and what was odd about them.
use super::page::{Content, TextTable};
use serde::Deserialize;

/// The part of the attribute `data_json` of a trace that a page shows.
#[derive(Deserialize)]
struct Data {
    sets: Vec<(String, Set)>,
    inputs: [f64; 3],
    notes: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Set {
    samples: usize,
    per_class: Vec<usize>,
}

/// Classes that have a column of their own.
const LISTED: usize = 20;

/// Adds the table; traces of earlier versions have none.
pub(super) fn add(text: &str, content: &mut Content) {
    let Ok(Data { sets, inputs: [low, high, mean], notes, warnings }) = serde_json::from_str::<Data>(text) else {
        return;
    };
    content.warnings.extend(warnings.into_iter().map(|warning| format!("{warning}.")));
    content.notes.extend(notes);
    let classes = sets.iter().map(|(_, set)| set.per_class.len()).max().unwrap_or(0);
    let columns: Vec<String> = match classes {
        0..=LISTED => (0..classes).map(|class| format!("class {class}")).collect(),
        _ => vec!["fewest of a class".to_owned(), "most of a class".to_owned()],
    };
    let row = |(name, Set { samples, per_class }): (String, Set)| {
        let counts = match classes {
            0..=LISTED => per_class,
            _ => vec![per_class.iter().min().copied().unwrap_or(0), per_class.iter().max().copied().unwrap_or(0)],
        };
        [name, samples.to_string()].into_iter().chain(counts.iter().map(usize::to_string)).collect()
    };
    content.tables.push(TextTable {
        caption: format!("Data: inputs from {low:.4} to {high:.4}, mean {mean:.4}"),
        head: ["set".to_owned(), "samples".to_owned()].into_iter().chain(columns).collect(),
        rows: sets.into_iter().map(row).collect(),
    });
}
